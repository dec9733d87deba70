"""ATTACKS 40: the disk of a gate is full.

The gate's directory lies on a small file system of its own, filled to the last block."""
import errno
import os
import pathlib
import subprocess
import time

import faults
import gate
import pytest
from cofferdam_format import note

FULL = "CFD-REL-011"
DISK_MIB = 48


def mounted(place):
    """Mounts a small disk: as root, or else in a user's own namespace, seen through its holder. What ends it."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode == 0:
        return place, lambda: subprocess.run(["umount", "-l", place], check=True)
    holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                               '"$@" && echo mounted && exec cat', "sh", *mount], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if holder.stdout.readline() != b"mounted\n":
        holder.kill()
        pytest.fail("no disk can be mounted here: neither as root nor in a user namespace")
    return pathlib.Path(f"/proc/{holder.pid}/root{place}"), lambda: holder.communicate(b"")


@pytest.fixture
def disk(world):
    place = pathlib.Path(world.path("disk"))
    place.mkdir(exist_ok=True)
    seen, end = mounted(place)
    yield seen
    end()


def fill(disk):
    """Takes all room that is left."""
    with open(disk / "filler", "ab", buffering=0) as f:
        try:
            while f.write(bytes(4096)):
                pass
        except OSError as e:
            assert e.errno == errno.ENOSPC


def make_full(talk, disk, statements):
    """Until the gate itself finds it out: what it writes meanwhile frees a little, and that is filled too."""
    for envelope in statements:
        fill(disk)
        assert talk.statement(envelope) == "OK"             # logged, if need be from the reserve
        for _ in range(20):
            if talk.status() == FULL:
                return
            time.sleep(0.05)
    pytest.fail("the gate never says that its disk is full")


def until(talk, code, seconds=5):
    """Waits until the gate itself says so."""
    for _ in range(int(seconds / 0.05)):
        if talk.status() == code:
            return
        time.sleep(0.05)
    pytest.fail(f"the gate never says {code}")


def told_size(site, checkpoint):
    return note.open_(checkpoint.read_bytes(), site.origin, site.key).size


def live_through(site, place, talk, told, process, disk):
    checkpoint = place / "log" / "tlog" / "checkpoint"
    asked = [site.ask(), site.ask(), site.ask()]
    assert talk.release(asked[0]) == "OK"
    statements = iter(site.news + site.more)
    make_full(talk, disk, statements)
    assert talk.release(asked[1]) == FULL                   # refused, with its own code
    assert talk.statement(next(statements)) == "OK"         # logged from the reserve
    size = told_size(site, checkpoint)
    assert talk.statement(next(statements)) == "OK"
    deadline = time.monotonic() + 5
    while told_size(site, checkpoint) <= size and time.monotonic() < deadline:
        time.sleep(0.05)
    assert told_size(site, checkpoint) > size               # and checkpoints still come
    assert process.poll() is None
    os.remove(disk / "filler")
    until(talk, "OK")                                       # by itself
    assert talk.release(asked[1]) == "OK" and talk.release(asked[2]) == "OK"
    assert gate.end(process) == 0
    assert not gate.recover(site, place, told, asked)

def test_a_full_disk_stops_releases_only_and_passes(site, disk):
    place = site.fresh(disk / "gate")
    control = faults.Control(site.world.path("disk.control"))
    process = control.start(site.argv(place), site.world.path("disk.log"))
    told = gate.Told()
    talk = gate.Talk(site, told)
    assert gate.ready(process, talk)
    live_through(site, place, talk, told, process, disk)


def test_a_gate_starts_on_a_full_disk(site, disk):
    place = site.fresh(disk / "gate")
    fill(disk)
    control = faults.Control(site.world.path("disk.control"))
    process = control.start(site.argv(place), site.world.path("disk.log"))
    told, asked = gate.Told(), [site.ask()]
    talk = gate.Talk(site, told)
    assert gate.ready(process, talk)
    make_full(talk, disk, iter(site.news + site.more))
    assert talk.release(asked[0]) == FULL
    os.remove(disk / "filler")
    until(talk, "OK")
    assert talk.release(asked[0]) == "OK"
    assert gate.end(process) == 0
    assert not gate.recover(site, place, told, asked)
