"""ATTACKS 29: shares are banked over requests, gates and restarts; quorums are named wrongly. (Pauses and budget
windows are not built; they come with their issue.)"""
import itertools
import time

import pytest
from cofferdam_format import prim, record
from evil_device import Denied, EvilDevice, pad_of

PAIRS = (0b011, 0b101, 0b110)


@pytest.fixture(scope="module")
def mallory(world):
    return EvilDevice(world, "mallory")


@pytest.fixture(scope="module")
def task(world, mallory):
    [found] = mallory.find(world.tasks[0])
    return found


def share(device, task, gate, quorum=0b011, **how):
    """One gate's share of a request of its own: the other gates of its quorum are never asked."""
    signed = device.request([task.header.raw], quorum, **how)
    return device.take(signed, gate, device.send(signed, gate))


def test_shares_of_different_requests_open_nothing(world, mallory, task):
    banked = [share(mallory, task, g, q) for q in PAIRS for g in (1, 2, 3) if q >> g - 1 & 1 for _ in range(4)]
    whole = [list(mallory.ask(mallory.request([task.header.raw], q)).values()) for q in PAIRS for _ in range(2)]
    loose = banked + [s for pair in whole for s in pair]
    of_one = {frozenset(pair) for pair in whole}
    tried = opened = 0
    for size in (1, 2, 3, 4):
        for mix in itertools.islice(itertools.combinations(loose, size), 4000):
            if any(pair <= set(mix) for pair in of_one) and size == 2:
                continue
            tried, opened = tried + 1, opened + mallory.opens(task, pad_of(mix))
    controls = sum(mallory.opens(task, pad_of(pair)) for pair in whole)
    assert len(loose) == 36 and tried > 8000
    assert (opened, controls) == (0, 6)


def test_a_request_is_not_completed_by_another_one_after_a_restart(world, mallory, task):
    signed = mallory.request([task.header.raw], valid=120)
    today = mallory.take(signed, 1, mallory.send(signed, 1))
    world.restart("gate1")
    world.restart("gate2", kill=True)
    tomorrow = share(mallory, task, 2)
    assert not mallory.opens(task, pad_of([today, tomorrow]))
    assert not mallory.opens(task, pad_of([today, share(mallory, task, 1)]))
    for _ in range(2):
        assert not mallory.opens(task, pad_of([share(mallory, task, 1), share(mallory, task, 2)]))
    # The control: while it is valid, the one share more of the same request opens it.
    assert mallory.opens(task, pad_of([today, mallory.take(signed, 2, mallory.send(signed, 2))]))


def test_a_request_is_not_completed_after_it_has_expired(mallory, task):
    signed = mallory.request([task.header.raw], valid=2)
    first = mallory.take(signed, 1, mallory.send(signed, 1))
    time.sleep(3)
    reply = mallory.send(signed, 2)
    assert (reply.status, reply.code) == (403, "CFD-REL-002")
    assert not mallory.opens(task, pad_of([first, share(mallory, task, 2)]))


def test_the_same_body_signed_again_gives_no_second_share(mallory, task):
    signed = mallory.request([task.header.raw])
    again = mallory.signed(signed.body, signed.secret, signed.asked)
    first = mallory.take(signed, 1, mallory.send(signed, 1))
    with pytest.raises(Denied) as said:
        mallory.take(again, 1, mallory.send(again, 1))
    assert said.value.code == "CFD-REL-003"
    assert mallory.opens(task, pad_of([first, mallory.take(again, 2, mallory.send(again, 2))]))


def test_a_quorum_that_is_not_one_is_refused(mallory, task):
    header, bad = [task.header.raw], []
    own = [record.make(5, mallory.project, mallory.key, bytes(32)).raw]
    rows = [(gates, 1, header) for gates in range(256) if gates not in (0b011, 0b101, 0b110, 0b111)]
    rows += [(0b111, 1, header), (0b110, 1, header), (0b001, 2, own), (0b010, 2, own), (0b110, 2, own), (0b1111, 2, own)]
    for gates, act, headers in rows:
        reply = mallory.send(mallory.request(headers, gates, act), 1)
        if reply.code not in ("CFD-REL-004", "CFD-FMT-001") or reply.status not in (400, 403):
            bad.append((gates, act, reply))
    assert not bad and len(rows) == 258
    for gate, quorum in ((1, 0b011), (2, 0b110), (3, 0b101)):            # the control, at each gate
        assert share(mallory, task, gate, quorum)
    for gates in (0b011, 0b101, 0b111):
        assert mallory.send(mallory.request(own, gates, 2), 1).status == 200


def test_a_header_twice_and_a_header_too_many_are_refused(mallory, task):
    made = [record.make(5, mallory.project, mallory.key, prim.sha256(i.to_bytes(4, "big"))).raw for i in range(65536)]
    for headers in ([made[0], made[0]], [made[0], made[1], made[0]], [*made[:-1], made[0]], [task.header.raw] * 2):
        reply = mallory.send(mallory.request(headers), 1)
        assert (reply.status, reply.code) == (400, "CFD-FMT-001"), len(headers)
    asked = mallory.request(made)
    longer = (len(made) + 1) * 96
    at = asked.body.index(made[0]) - 3
    body = asked.body[:at] + longer.to_bytes(3, "big") + asked.body[at + 3:] + task.header.raw
    reply = mallory.send(mallory.signed(body), 1)
    assert (reply.status, reply.code) in ((400, "CFD-FMT-001"), (413, "CFD-FMT-003")), reply
    assert len(mallory.take(asked, 1, mallory.send(asked, 1))) == 65536 * 32     # the control: the most there may be
