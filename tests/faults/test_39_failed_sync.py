"""ATTACKS 39: a sync of a gate's log fails once."""
import errno
import subprocess
import time

import faults
import gate
import lane
import pytest

END_SECONDS_MAX = 1
LOG_IO = 1                                                  # exit code of CFD-LOG-006


@pytest.fixture(scope="module")
def place(site):
    return lane.Lane(site, "sync")


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_after_a_failed_sync_nothing_is_answered_and_the_gate_ends(site, place, error):
    folder = site.fresh(place.place)
    place.control.set(armed=False)
    process = place.control.start(site.argv(folder), place.place + ".log")
    told, asked = gate.Told(), [site.ask(), site.ask()]
    talk = gate.Talk(site, told)
    assert gate.ready(process, talk)
    assert talk.release(asked[0]) == "OK"                   # the control: the same request is answered
    place.control.set(faults.Fault("fdatasync", 1, faults.FAIL, error))
    begun = time.monotonic()
    assert talk.release(asked[1]) is None
    assert place.control.hits == 1
    try:
        code = process.wait(END_SECONDS_MAX + 2)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail("the gate lives on after a failed sync")
    assert time.monotonic() - begun < END_SECONDS_MAX
    assert code == LOG_IO
    assert b"CFD-LOG-006" in open(place.place + ".log", "rb").read()
    assert talk.release(asked[1]) is None                   # nor ever after
    assert asked[1][1] not in told.answers
    assert not gate.recover(site, folder, told, asked)


def test_a_sync_is_never_tried_again(site, place):
    """A kernel that reports a failure once and then success has dropped the pages."""
    folder = site.fresh(place.place)
    place.control.set(armed=False)
    process = place.control.start(site.argv(folder), place.place + ".log")
    talk = gate.Talk(site, gate.Told())
    assert gate.ready(process, talk)
    place.control.set(faults.Fault("fdatasync", 1, faults.FAIL, errno.EIO))
    assert talk.statement(site.news[0]) is None
    process.wait(5)
    assert place.control.seen["fdatasync"] == 1
