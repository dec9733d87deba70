"""ATTACKS 30: an enrolled device asks for what is not its own, guesses, and asks ten thousand times."""
import concurrent.futures
import http.client
import json
import secrets
import time
import urllib.parse

import pytest
from cofferdam_format import entry, prim, record, shares, slot, statement
from cofferdam_format.outcome import Refused
from evil_device import EvilDevice, call, pad_of
from evil_gate import read_keys, read_log, statements

ASKED, LINES = 10_000, 4
PAIRS = (0b011, 0b101, 0b110)


@pytest.fixture(scope="module")
def mallory(world):
    return EvilDevice(world, "mallory")


@pytest.fixture(scope="module")
def sealed(world):
    """A gold answer and a rubric of the lab's."""
    with open(world.path("gold.txt"), "wb") as f:
        f.write(secrets.token_bytes(40))
    return {kind: world.party("lab").do("record", "seal", world.path("gold.txt"), "--kind", kind, "--type", "text/plain",
                                        "--project", "demo")["record"] for kind in ("gold", "rubric")}


def true_pad(world, found):
    """With two gates' keys the pad is an XOR away: the control of what a device cannot have."""
    (_, one), (_, two) = read_keys(world.party("gate1").state), read_keys(world.party("gate2").state)
    whole = shares.Epoch(2, 0b111, one.id, {**one.subset_keys, **two.subset_keys}, {})
    return whole.pad(found.header.project, found.header.kind, found.header.id)


def test_gold_called_a_task_is_another_record(world, mallory, sealed):
    tried = opened = 0
    for kind, id in sealed.items():
        [found] = mallory.find(id)
        for quorum in PAIRS:
            reply = mallory.send(mallory.request([found.header.raw], quorum), shares.members(quorum)[0])
            assert (reply.status, reply.code) == (403, "CFD-POL-003")
            for called, author in ((1, None), (2, None), (5, mallory.key)):      # guide, task, own submission
                raw = found.header.raw
                raw = raw[:6] + bytes([called]) + raw[7:24] + (author or raw[24:56]) + raw[56:]
                pad = pad_of(mallory.ask(mallory.request([raw], quorum)).values())
                renamed = record.parse(raw)
                for s in found.slots:
                    for header, own in ((found.header, s), (renamed, renamed.id + s[32:])):
                        tried += 1
                        try:
                            slot.open_(header, own, pad)
                            opened += 1
                        except Refused:
                            pass
        assert mallory.opens(found, true_pad(world, found))
    assert (tried, opened) == (2 * 3 * 3 * 2, 0)


def test_anothers_work_is_refused(world, mallory):
    submission = world.submissions[world.tasks[0]]
    [found] = mallory.find(submission)
    for quorum in PAIRS:
        for gate in shares.members(quorum):
            reply = mallory.send(mallory.request([found.header.raw], quorum), gate)
            assert (reply.status, reply.code) == (403, "CFD-POL-004")
    [task] = mallory.find(world.tasks[0])
    hidden = mallory.send(mallory.request([task.header.raw, found.header.raw]), 1)
    assert (hidden.status, hidden.code) == (403, "CFD-POL-004")          # one that it may have does not carry it in
    author = EvilDevice(world, "ann" if found.header.author.hex() == world.keys["ann"] else "bob")
    assert author.opens(found, pad_of(author.ask(author.request([found.header.raw])).values()))


def test_guessed_ids_find_nothing(world, mallory):
    known = bytes.fromhex(world.tasks[0])
    near = [known[:31] + bytes([known[31] ^ i]) for i in range(1, 256)]
    guesses = near + [secrets.token_bytes(32) for _ in range(245)]
    found = 0
    for guess in guesses:
        reply = mallory.signed_call("store", "POST", "/v1/records", guess)
        found += (reply.status, reply.code) != (404, "CFD-STO-001")
    assert (len(guesses), found) == (500, 0)
    reply = mallory.signed_call("store", "GET", f"/v1/body/{secrets.token_bytes(32).hex()}")
    assert (reply.status, reply.code) == (404, "CFD-STO-001")
    assert mallory.signed_call("store", "POST", "/v1/records", known).status == 200


def flood(device, header, count):
    """`count` requests that are refused, over one connection: how many were not."""
    at = urllib.parse.urlsplit(device.urls[3])
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    other = 0
    for _ in range(count):
        signed = device.request([header], 0b101)
        connection.request("POST", "/v1/request", signed.body, dict(signed.fields))
        reply = connection.getresponse()
        text = reply.read()
        other += (reply.status, json.loads(text)["code"] if reply.status != 200 else "OK") != (403, "CFD-POL-004")
    connection.close()
    return other


def entries_of(log, kind):
    return [e for e in (entry.parse(raw) for raw in log) if e.type == kind]


def test_ten_thousand_requests_are_a_handful_of_entries(world, mallory):
    """And a stranger's are none."""
    state = world.party("gate3").state
    [found] = mallory.find(world.submissions[world.tasks[0]])
    [task] = mallory.find(world.tasks[0])
    stranger = EvilDevice(world, "mallory")
    words = world.stop("gate3")                      # an end writes what waits, so the count begins and ends with one
    before = read_log(state)
    world.start("gate3", words)
    begun = time.time()
    with concurrent.futures.ThreadPoolExecutor(LINES) as pool:
        other = sum(pool.map(lambda _: flood(mallory, found.header.raw, ASKED // LINES), range(LINES)))
    stranger.seed = prim.sha256(b"nobody enrolled me")
    strangers = [stranger.send(stranger.request([task.header.raw], 0b101), 3) for _ in range(200)]
    minutes = int(time.time() // 60) - int(begun // 60) + 1
    assert mallory.opens(task, pad_of(mallory.ask(mallory.request([task.header.raw], 0b101)).values()))
    world.restart("gate3")
    new = read_log(state)[len(before):]
    refusals = entries_of(new, entry.REFUSALS)
    assert other == 0 and {(r.status, r.code) for r in strangers} == {(401, "CFD-REL-001")}
    assert 1 <= len(refusals) <= minutes and {e.body["device"] for e in refusals} == {mallory.key}
    assert sum(e.body["count"] for e in refusals) == ASKED
    assert {e.body["reason"] for e in refusals} == {b"CFD-POL-004"}
    assert len(entries_of(new, entry.RELEASE)) == 1  # the control: what was granted is one entry


def vendor_root(seed, device):
    """A root statement of a vendor that nobody knows."""
    now = int(time.time())
    members = {"owner": "0" * 64, "issuer": "0" * 64, "number": 1, "previous": "0" * 64, "created": now,
               "expires": now + 86400, "party": "vendor", "threshold": 1, "keys": [prim.ed25519_key(seed).hex()],
               "devices": [{"key": device.hex(), "member": secrets.token_hex(16), "door": "native", "role": "person"}]}
    return statement.make("root", [seed], members)[1]


def carry(url, envelopes):
    body = b"".join(len(e).to_bytes(2, "big") + e for e in envelopes)
    return json.loads(call(url, "POST", "/v1/statements", (), body).body)["results"]


def test_a_strangers_vendor_roots_make_no_log_grow(world, mallory):
    roots = [vendor_root(secrets.token_bytes(32), mallory.key) for _ in range(100)]
    before = len(statements(read_log(world.party("gate2").state)))
    for to in (2, "store"):
        results = carry(world.urls[to], roots)
        assert [r["code"] for r in results] == ["CFD-STM-003"] * len(roots)
    # The control: one that the lab admits enters, at gate and store, and only that one.
    with open(world.path("another-vendor"), "wb") as f:
        f.write(roots[0])
    world.party("lab").do("vendor", "admit", world.path("another-vendor"), "--project", "demo")
    for to in (1, 2, 3, "store"):
        assert [r["code"] for r in carry(world.urls[to], roots[:2])] == ["OK", "CFD-STM-003"]
    world.restart("gate2")
    new = statements(read_log(world.party("gate2").state))[before:]
    assert [s.kind for s in new if s.kind in ("root", "vendor")] == ["vendor", "root"]
