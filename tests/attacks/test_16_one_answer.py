"""ATTACKS 16: whoever serves slot and body, and watches, learns from a failure only that it was one."""
import json

import pytest
from cofferdam_format import padding
from device import plain
from evil_store import EvilStore
from world import attack, opens, run

ZSTD = bytes.fromhex("28b52ffd")


def bad_plaintexts():
    good = plain(b"honest work")
    return {"padding": good[:-1] + b"\1", "padding's start": good[:40] + b"\1" + good[41:],
            "length": good[:20] + b"\xff" + good[21:], "encoding": good[:13] + b"\2" + good[14:],
            "type": good[:1] + b"\xff" + good[2:], "padded longer": good + bytes(16),
            "no frame": plain(b"no frame", 1), "cut frame": plain(ZSTD + bytes.fromhex("2005290000") + b"hell", 1),
            "bomb": plain(ZSTD + bytes.fromhex("a000000040") + b"\2\0\x10a" * 8191 + b"\3\0\x10a", 1)}


@pytest.fixture(scope="module")
def records(mallory):
    """What a malicious author has sealed: one honest record, and those that cannot be read."""
    sealed = {"honest": mallory.seal(plain()), **{name: mallory.seal(raw) for name, raw in bad_plaintexts().items()}}
    mallory.write(*sealed.values())
    return {name: s.header.id.hex() for name, s in sealed.items()}


@pytest.fixture(scope="module")
def watched(world, evil_server):
    """A trainer whose store and gates are all looked at; and what they see."""
    proxies = {g: EvilStore(world.urls[g]).__enter__() for g in (1, 2, 3)}
    tom = world.clone("tom", agent=True, store=evil_server.url, **{f"gate{g}": p.url for g, p in proxies.items()})

    def seen(record):
        """Method, path and length of each call, by receiver, without what names the record."""
        said = {"store": evil_server.seen, **{g: p.seen for g, p in proxies.items()}}
        return {who: [(m, p.replace(record, "ID"), len(b)) for m, p, b in calls] for who, calls in said.items()}

    def forget():
        for proxy in proxies.values():
            proxy.honest()
    yield tom, seen, forget
    for proxy in proxies.values():
        proxy.__exit__()


def attempt(evil, watched, record, lie=None):
    """(exit code, what was said without the id, what was seen)."""
    tom, seen, forget = watched
    evil.tell(*lie) if lie else evil.honest()
    forget()
    status, printed, err = run(tom, "record", "show", record, "--json")
    said = json.loads(printed)
    assert said["data"] is None or not lie
    return status, json.dumps(said["error"]).replace(record[:12], "ID"), seen(record)


LIES = {"slot": ("slot_bit", 40), "no slot": ("slot_none",), "null slot": ("slot_null",), "epoch": ("slot_bit", 35),
        "tag": ("body_bit", -1), "content": ("body_bit", 30), "padding": ("body_bit", 200)}


def test_every_failure_to_open_looks_alike(evil, watched, records):
    attempt(evil, watched, records["honest"])        # the author's chain is fetched once
    lied = {name: attempt(evil, watched, records["honest"], lie) for name, lie in LIES.items()}
    sealed = {name: attempt(evil, watched, record) for name, record in records.items() if name != "honest"}
    assert len(lied) == len(LIES) and len(sealed) == len(bad_plaintexts())
    status, said, _ = lied["slot"]
    assert status == 7 and "CFD-CRY-001" in said
    for name, outcome in lied.items():
        assert outcome == lied["slot"], name
    for name, outcome in sealed.items():
        assert outcome == lied["slot"], name
    status, _, seen = attempt(evil, watched, records["honest"])
    assert status == 0 and seen != lied["slot"][2]   # control: it opens, and what is seen can differ


def test_a_bomb_takes_no_time_and_no_memory(evil, trainer, records):
    attack(evil, lambda x: x.reply_fields.update(seen="1"), trainer, "record", "show", records["bomb"],
           codes="CFD-CRY-001", control=records["honest"])


def test_a_frame_that_promises_little_opens(mallory, trainer):
    frame = ZSTD + bytes.fromhex("a0ff370000fbbf0161")
    sealed = mallory.seal(plain(frame, 1))
    mallory.write(sealed)
    assert opens(trainer, "record", "show", sealed.header.id.hex()) == padding.unpack(1, frame) == b"a" * 14335
