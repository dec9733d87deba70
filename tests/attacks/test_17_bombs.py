"""ATTACKS 17: bombs and floods, towards the client by the store, and towards the store by a malicious device."""
import os

import pytest
from cofferdam_format import manifest, pack, record
from device import SUBMISSION, plain
from evil_store import unenvelopes
from world import attack, opens, run

TRIES = 300


# --- the store against a client ---

def ends_soon(world, evil, lie):
    """Refused, or passed over: what opens then is the true record. Without the lie it opens for sure."""
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    evil.tell(*lie) if isinstance(lie, tuple) else evil.tell(lie)
    status, printed, err = run(newcomer, "record", "show", world.tasks[0])
    assert evil.told and (status, printed) in ((0, world.reads[world.tasks[0]]), (7, b""), (4, b"")), err
    assert status == 0 or any(f"[CFD-{c}]".encode() in err for c in ("FMT-001", "FMT-003", "FMT-006", "STM-003")), err
    evil.honest()
    assert opens(newcomer, "record", "show", world.tasks[0]) == world.reads[world.tasks[0]]


@pytest.mark.parametrize("lie", [("issuers_many", 1), ("issuers_many", 1000), ("chain_endless",)], ids=str)
def test_a_list_without_end_ends_soon(world, evil, lie):
    ends_soon(world, evil, lie)


def test_a_list_of_issuers_that_is_cut_is_refused(world, evil):
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, ("issuers_cut",), newcomer, "record", "show", world.tasks[0], codes="CFD-FMT-001")


def test_a_manifest_of_too_many_rows_is_refused(world, evil):
    for size in (0, 1, 168, 170, 169 * 65537):
        def lie(x, size=size):
            if x.path.startswith("/v1/object/"):
                x.reply = bytes(size)
        newcomer = world.forget(world.clone("newcomer", store=evil.url))
        attack(evil, lie, newcomer, "record", "show", world.tasks[0],
               codes=["CFD-FMT-001", "CFD-FMT-003", "CFD-REC-002"])


def test_lists_whose_lengths_lie_move_nothing(world, evil):
    for change in (lambda r: r[:-1], lambda r: b"\xff\xff" + r[2:], lambda r: r + b"\0\0" * 1000,
                   lambda r: unenvelopes([bytes(65535)] * 15)):
        def lie(x, change=change):
            if x.path.startswith("/v1/chain/") and x.reply:
                x.reply = change(x.reply)
        ends_soon(world, evil, lie)


# --- a device against the store ---

def put(device, raw, name=None, offset=0, total=None):
    name = name or pack.name(raw)
    return device.call("store", "PUT", f"/v1/pack/{name.hex()}/{offset}/{len(raw) if total is None else total}", raw)


@pytest.fixture(scope="module")
def made(mallory):
    s = mallory.seal(plain(b"in two packs"))
    mallory.write(s)
    return s


@pytest.fixture(autouse=True)
def whole(world, trainer, request):
    """Afterwards the store serves what it served, and has no record more."""
    yield
    assert opens(trainer, "record", "show", world.tasks[0]) == world.reads[world.tasks[0]]


def bad_packs(made):
    front = b"cfdp" + bytes([1, 0, 0, 0])
    row, size = made.header.raw, len(made.body)
    other = record.make(SUBMISSION, made.header.project, bytes.fromhex("11" * 32), os.urandom(32)).raw

    def packed(count, rows, bodies):
        return front + count.to_bytes(4, "big") + b"".join(h + n.to_bytes(8, "big") for h, n in rows) + bodies
    return {"no record": packed(0, [], b""), "2^32 records": packed((1 << 32) - 1, [(row, size)], made.body),
            "65,537 records": packed(65537, [(row, size)], made.body), "a body beyond the end": packed(
                1, [(row, size)], made.body[:-1]), "a byte left over": packed(1, [(row, size)], made.body + b"\0"),
            "a body of nothing": packed(1, [(row, 0)], b""), "a tag alone": packed(1, [(row, 16)], bytes(16)),
            "a length of 2^64": packed(1, [(row, (1 << 64) - 1)], made.body),
            "lengths that overflow": packed(2, [(row, size), (other, (1 << 64) - size)], made.body),
            "twice the same": packed(2, [(row, size)] * 2, made.body * 2),
            "another author's": packed(1, [(other, size)], made.body), "not a pack": b"x" * 500,
            "magic alone": b"cfdp"}


def test_packs_that_lie_about_themselves_are_refused(mallory, made):
    tried = 0
    for name, raw in bad_packs(made).items():
        status, reply = put(mallory, raw)
        assert 400 <= status < 500 and b"CFD-" in reply, (name, status, reply)
        status, reply = mallory.call("store", "GET", f"/v1/pack/{pack.name(raw).hex()}")
        assert status == 404, (name, status, reply)  # nothing of it stays
        tried += 1
    assert tried == 13


def test_pieces_that_overlap_or_lie_beyond_the_end_are_refused(mallory):
    s = mallory.seal(plain(b"in pieces"))
    raw = pack.make([(s.header.raw, s.body)])
    name = pack.name(raw)
    assert put(mallory, raw[:100], name, 0, len(raw))[0] == 200
    for offset, piece, total in ((0, raw[:100], len(raw)), (50, raw[50:150], len(raw)), (101, raw[101:], len(raw)),
                                 (100, raw[100:] + b"x", len(raw)), (100, raw[100:200], len(raw) + 1),
                                 (100, b"", len(raw)), (1 << 40, b"x", 1 << 41)):
        status, reply = put(mallory, piece, name, offset, total)
        assert 400 <= status < 500 and b"CFD-" in reply, (offset, total, status, reply)
    assert put(mallory, raw[100:], name, 100, len(raw))[0] == 200           # control: the rest, rightly
    assert mallory.call("store", "GET", f"/v1/body/{s.header.id.hex()}") == (200, s.body)
    status, reply = put(mallory, b"x", os.urandom(32), 0, (1 << 40) + 1)
    assert status == 413 and b"CFD-FMT-003" in reply


def test_the_same_record_in_a_second_pack_changes_nothing(mallory, trainer, made):
    raw = pack.make([(made.header.raw, bytes(len(made.body)))])
    assert put(mallory, raw)[0] == 200
    assert mallory.ask("store", "GET", f"/v1/body/{made.header.id.hex()}") == made.body
    assert opens(trainer, "record", "show", made.header.id.hex()) == b"in two packs"


def test_objects_without_a_row_are_not_kept(mallory, made):
    row = made.row.write()
    for raw in (b"", row[:-1], row + b"\0", row + row, bytes(169), manifest.make([made.row]) * 3):
        root = manifest.root(raw) if len(raw) % 169 == 0 else os.urandom(32)
        assert mallory.call("store", "PUT", f"/v1/object/{root.hex()}", raw)[0] == 400
    for _ in range(TRIES):
        root = os.urandom(32).hex()
        status, reply = mallory.call("store", "PUT", f"/v1/object/{root}")
        assert status == 400 and b"CFD-FMT-001" in reply
    assert mallory.call("store", "GET", f"/v1/object/{root}")[0] == 404
    assert mallory.call("store", "PUT", f"/v1/object/{manifest.root(row).hex()}", row)[0] == 200     # control


def test_a_body_longer_than_the_store_reads_is_cut_off(mallory):
    status, reply = put(mallory, bytes((12 << 20) + 1), os.urandom(32), 0, 1 << 30)
    assert status == 413, (status, reply[:200])
