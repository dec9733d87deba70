"""ATTACKS 15: weak parameters, an older suite, an unknown version: floors are local, the unknown is an error."""
import os

import pytest
from cofferdam_format import pack, statement
from device import plain
from evil_store import envelopes, flip, unenvelopes
from world import attack, opens, refused

KEY_FILE = {"passes 1": (8, (1).to_bytes(4, "big"), "CFD-CRY-005"), "passes 0": (8, bytes(4), "CFD-CRY-005"),
            "memory 64 KiB": (12, (64).to_bytes(4, "big"), "CFD-CRY-005"),
            "memory 0": (12, bytes(4), "CFD-CRY-005"), "version 0": (4, b"\0", "CFD-FMT-002"),
            "version 2": (4, b"\2", "CFD-FMT-002"), "suite 0": (5, b"\0", "CFD-FMT-002"),
            "suite 2": (5, b"\2", "CFD-FMT-002"), "passes 2^31": (8, (1 << 31).to_bytes(4, "big"), "CFD-FMT-003")}


@pytest.mark.parametrize("at, value, code", KEY_FILE.values(), ids=KEY_FILE)
def test_a_weakened_key_file_is_not_opened(world, at, value, code):
    ann = world.clone("ann")
    path = os.path.join(ann.state, "device.key")
    with open(path, "rb") as f:
        raw = f.read()
    with open(path, "wb") as f:
        f.write(raw[:at] + value + raw[at + len(value):])
    refused(ann, "record", "show", world.tasks[0], codes=code)
    with open(path, "wb") as f:
        f.write(raw)
    opens(ann, "record", "show", world.tasks[0])


@pytest.mark.parametrize("at", [4, 5], ids=["version", "suite"])
def test_no_version_or_suite_but_the_known_one_is_read(world, evil, reader, at):
    for bit in range(8):
        attack(evil, ("header_bit", at, bit), reader, "record", "show", world.tasks[0], codes="CFD-FMT-002")


@pytest.mark.parametrize("old, new", [(b".v1+json", b".v0+json"), (b".v1+json", b".v2+json"),
                                      (b"vnd.cofferdam.", b"vnd.cofferdom."), (b".member.", b".grants.")])
def test_a_statement_of_another_version_is_none(world, evil, old, new):
    def lie(x):
        if x.path.startswith("/v1/chain/") and x.reply:
            x.reply = unenvelopes([e.replace(old, new) for e in envelopes(x.reply)])
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, lie, newcomer, "record", "show", world.tasks[0], codes=["CFD-FMT-006", "CFD-CRY-002", "CFD-STM-003"])


def test_the_store_takes_no_other_version_either(mallory):
    s = mallory.seal(plain())
    good = pack.make([(s.header.raw, s.body)])
    for at in (4, 12 + 4, 12 + 5):                  # the pack's version; its record's version and suite
        bad = flip(good, at)
        status, reply = mallory.call("store", "PUT", f"/v1/pack/{pack.name(bad).hex()}/0/{len(bad)}", bad)
        assert status == 400 and b"CFD-FMT-002" in reply, (at, status, reply)
    envelope = mallory.first("manifest")[1]
    raw = statement.envelope("manifest", envelope.payload, [mallory.seed]).replace(b".v1+json", b".v2+json")
    assert b"CFD-FMT-006" in mallory.ask("store", "POST", "/v1/statements", unenvelopes([raw]))
