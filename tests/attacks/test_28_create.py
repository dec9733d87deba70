"""ATTACKS 28: `create` for somebody else's record gives all pads of it, so only its author may ask."""
import pytest
from cofferdam_format import record, shares

from evil_device import CREATE, EvilDevice, pad_of


@pytest.fixture(scope="module")
def devices(world):
    return {name: EvilDevice(world, name) for name in ("ann", "mallory", "bob")}


def create(device, headers, gates=0b111):
    return device.request(headers, gates, CREATE)


def pads_by_quorum(device, signed):
    given = device.ask(signed)
    return shares.combine_create(2, signed.asked.gates, len(signed.asked.headers), given)


def test_only_the_author_may_create(world, devices):
    ann, mallory = devices["ann"], devices["mallory"]
    submission = next(s for s in world.submissions.values() if ann.find(s)[0].header.author == ann.key)
    anns, task, guide = ann.find(submission, world.tasks[0], world.guide)
    own = record.make(5, mallory.project, mallory.key, bytes(32)).raw
    rows = [("her submission", [anns.header.raw]), ("a task", [task.header.raw]), ("the guide", [guide.header.raw]),
            ("behind an own one", [own, anns.header.raw]), ("before an own one", [anns.header.raw, own])]
    tried = 0
    for name, headers in rows:
        for gates in (0b111, 0b011, 0b101):
            reply = mallory.send(create(mallory, headers, gates), 1)
            assert (reply.status, reply.code) == (403, "CFD-POL-006"), (name, reply)
            tried += 1
    assert tried == 15
    # As its own: the header says so then, it is another record, and its pads open nothing of hers.
    stolen = anns.header.raw[:24] + mallory.key + anns.header.raw[56:]
    pads = pads_by_quorum(mallory, create(mallory, [stolen]))
    assert len(pads) == 3 and not any(mallory.opens(anns, p) for [p] in pads.values())
    # The control: by its author the same call gives pads that open it, by each quorum.
    pads = pads_by_quorum(ann, create(ann, [anns.header.raw]))
    assert len(pads) == 3 and all(ann.opens(anns, p) for [p] in pads.values())


def test_a_kind_that_the_policy_does_not_let_one_create_is_refused(devices):
    mallory = devices["mallory"]
    for kind in (1, 2, 3, 4, 6, 7, 8):
        made = record.make(kind, mallory.project, mallory.key, bytes(32)).raw
        reply = mallory.send(create(mallory, [made]), 1)
        assert (reply.status, reply.code) == (403, "CFD-POL-003"), (kind, reply)
    assert mallory.send(create(mallory, [record.make(5, mallory.project, mallory.key, bytes(32)).raw]), 1).status == 200


def test_shares_of_a_create_and_of_a_release_do_not_mix(world, devices):
    """Masks are bound to the quorum and to r: a create's shares for two quorums, or beside a release's, open nothing."""
    ann = devices["ann"]
    submission = next(s for s in world.submissions.values() if ann.find(s)[0].header.author == ann.key)
    [found] = ann.find(submission)
    made = ann.ask(create(ann, [found.header.raw]))
    read = {q: ann.ask(ann.request([found.header.raw], q)) for q in (0b011, 0b101, 0b110)}
    pieces = {("create", g, q): made[g][32 * i:32 * i + 32]
              for g in (1, 2, 3) for i, q in enumerate(shares.quorums_of(CREATE, 2, 0b111, g))}
    pieces |= {("release", g, q): share for q, given in read.items() for g, share in given.items()}
    tried = opened = controls = 0
    for a, one in pieces.items():
        for b, other in pieces.items():
            if a >= b:
                continue
            works = ann.opens(found, pad_of([one, other]))
            if a[0] == b[0] and a[2] == b[2]:        # two gates of one quorum of one request
                controls += works
            else:
                tried, opened = tried + 1, opened + works
    assert (tried, opened, controls) == (60, 0, 6)
