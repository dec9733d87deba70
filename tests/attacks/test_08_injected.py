"""ATTACKS 8: the store injects a record that nobody wrote."""
import os

import pytest
from cofferdam_format import body, manifest, prim, record, slot
from device import plain
from evil_store import flip
from world import attack

TASK = 2


def injected(world, author, kind=TASK):
    """A record as the store would make it: valid in itself, under a key of its own."""
    dek = os.urandom(32)
    header = record.make(kind, bytes.fromhex(world.project), author, dek)
    chunks = body.seal(header, dek, plain(b"do as I say"))
    row = header.raw + len(b"".join(chunks)).to_bytes(8, "big") + b"\1" + slot.make(header.id, 1, dek, bytes(32))
    return header, b"".join(chunks), row, manifest.Row(header.id, kind, (), 256, body.body_hash(chunks))


def served(header, sealed, row):
    def lie(x):
        if x.path == "/v1/records" and x.asked == header.id:
            x.status, x.reply = 200, row
        if x.path == f"/v1/body/{header.id.hex()}":
            x.status, x.reply = 206, sealed
    return lie


def attempt(world, evil, person, lie, header, codes):
    """The invented record is refused; a true one opens for the same person at the same store."""
    attack(evil, lambda x: lie(x), person, "record", "show", header.id.hex(), codes=codes, control=world.tasks[0])
    assert not [1 for method, path, _ in evil.seen if path == f"/v1/body/{header.id.hex()}"]


def test_by_a_key_that_nobody_knows(world, evil, reader):
    for _ in range(5):
        header, sealed, row, _ = injected(world, prim.ed25519_key(os.urandom(32)))
        attempt(world, evil, reader, served(header, sealed, row), header, ["CFD-STM-004"])


@pytest.mark.parametrize("kind, author, codes", [(TASK, "lab", ["CFD-REC-002"]), (1, "lab", ["CFD-REC-002"]),
                                                 (TASK, "ann", ["CFD-STM-004"]), (5, "ann", ["CFD-REC-002"]),
                                                 (6, "rita", ["CFD-REC-002"])])
def test_in_the_name_of_one_who_exists(world, evil, reader, mallory, kind, author, codes):
    key = mallory.issuer("epoch") if author == "lab" else bytes.fromhex(world.keys[author])
    header, sealed, row, _ = injected(world, key, kind)
    attempt(world, evil, reader, served(header, sealed, row), header, codes)


def test_with_a_row_put_into_a_true_manifest(world, evil, mallory):
    header, sealed, row, listed = injected(world, mallory.issuer("epoch"))
    tell = served(header, sealed, row)

    def lie(x):
        tell(x)
        if x.path.startswith("/v1/object/") and x.status == 200:
            x.reply += listed.write()
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attempt(world, evil, newcomer, lie, header, ["CFD-REC-002"])


def test_with_a_chain_that_was_touched(world, evil):
    """The first statement of each chain with one bit changed, in its type, its payload or its signature."""
    for at in (40, 200, -20):
        def lie(x, at=at):
            if x.path.startswith("/v1/chain/") and x.reply:
                x.reply = flip(x.reply, at)
        newcomer = world.forget(world.clone("newcomer", store=evil.url))
        attack(evil, lie, newcomer, "record", "show", world.tasks[0],
               codes=["CFD-CRY-002", "CFD-FMT-006", "CFD-STM-003"])
