"""ATTACKS 3 and 20 at create: a gate gives null, repeated, chosen or wrong shares to an author.

The author, Eve, works in a project of this file's own, so that the others' tasks stay theirs."""
import json
import os
import secrets
import sqlite3

import pytest
from cofferdam_format import prim, shares, slot
from cofferdam_format.outcome import Refused
from evil_device import EvilDevice, pad_of
from evil_gate import (EvilGate, chosen_share, only_act, random_share, read_keys, repeated_share, wrong_share, zero_share)
from world import ROOT, opens

LIES = [zero_share, repeated_share, chosen_share, random_share, wrong_share]
PAIRS = (0b011, 0b101, 0b110)


class Desk:
    """Eve, for whom gate 2 is a liar; and what she would send to the real gates."""

    def __init__(self, world, two):
        lab = world.party("lab")
        self.world, self.two = world, two
        self.project = lab.do("project", "new", "desk")["project"]
        lab.do("policy", "set", str(ROOT / "demo" / "policy.txt"), "--project", "desk")
        self.eve = world.party("eve")
        key = self.eve.do("device", "init", "--kdf", "interactive")["key"]
        lab.do("member", "enrol", "--project", "desk", "--role", "annotator", "--device", key)
        with open(world.path("desk.json"), "w") as f:
            json.dump(lab.do("invite", "--project", "desk"), f)
        self.eve.do("join", world.path("desk.json"))
        with open(ROOT / "tests" / "data" / "gsm8k" / "train-600.jsonl", "rb") as f:
            lines = f.read().split(b"\n")[100:100 + len(LIES) + 5]
        with open(world.path("desk.jsonl"), "wb") as f:
            f.write(b"\n".join(lines) + b"\n")
        lab.do("task", "import", world.path("desk.jsonl"), "--project", "desk")
        world.connect(self.eve, gate2=two.url)

    def write(self):
        """A submission by the real program: (its id, its bytes)."""
        text = secrets.token_hex(100).encode()
        task = self.eve.do("task", "next")["task"]
        return self.eve.do("submit", task, "-", "--type", "text/plain", text=text)["submission"], text

    def kept(self):
        with sqlite3.connect(os.path.join(self.eve.state, "client.db")) as db:
            return [bytes(row[0]).hex() for row in db.execute("SELECT record FROM kept")]

    def device(self):
        return EvilDevice(self.world, "eve", self.project)


@pytest.fixture(scope="module")
def desk(world):
    with EvilGate(world.party("gate2").state, world.urls[2]) as two:
        yield Desk(world, two)


def tries(found, gate, ask):
    """What a gate that has the store can try as a pad: all it sent, knows, or can make of that."""
    own = [gate.epoch.partial(a, ask.request.project, found.header.kind, found.header.id) for a in gate.epoch.subset_keys]
    masks = [shares.mask(z, ask.r, q, 0) for z in gate.epoch.pair_keys.values() for q in PAIRS]
    pieces = [bytes(32), prim.sha256(b"chosen"), *own, prim.xor(*own), *masks, ask.given[:32], ask.given[32:]]
    return pieces + [prim.xor(a, b) for a in pieces for b in pieces]


def opened_by(found, pads):
    count = 0
    for pad in pads:
        for raw in found.slots:
            try:
                slot.open_(found.header, raw, pad)
                count += 1
            except Refused:
                pass
    return count


def true_pad(world, found):
    """With one more gate's keys beside the liar's, the pad is an XOR away: the control."""
    (_, two), (_, one) = read_keys(world.party("gate2").state), read_keys(world.party("gate1").state)
    keys = {**one.subset_keys, **two.subset_keys}
    whole = shares.Epoch(2, 0b111, one.id, keys, {})
    return whole.pad(found.header.project, found.header.kind, found.header.id)


@pytest.mark.parametrize("lie", LIES, ids=[f.__name__ for f in LIES])
def test_a_create_with_one_lying_gate_succeeds_and_the_record_is_readable(world, desk, lie):
    desk.two.tell(only_act(shares.CREATE, lie))
    wrote, text = desk.write()
    assert desk.two.told == 1
    desk.two.tell()
    create = [ask for ask in desk.two.asked if ask.request.act == shares.CREATE][-1]
    device = desk.device()
    [found] = device.find(wrote)
    assert found.header.id == create.records[0][1]
    assert 2 <= len(found.slots) <= 3                # candidates: the quorums did not agree
    assert opened_by(found, [true_pad(world, found)]) == 1
    for quorum in PAIRS:                             # at the real gates every quorum reads it
        assert device.opens(found, pad_of(device.ask(device.request([found.header.raw], quorum)).values()))
    assert opens(desk.eve, "record", "show", wrote) == text
    guesses = tries(found, desk.two, create)
    assert len(guesses) > 150 and opened_by(found, guesses) == 0
    assert desk.kept() == []                         # her own read through another quorum has shown it to be good


def test_chosen_pads_do_not_repeat_between_records(world, desk):
    """Whatever a gate gives, the other's share is fresh: no two slots differ as their keys do."""
    desk.two.tell(only_act(shares.CREATE, chosen_share))
    device, sealed = desk.device(), []
    for _ in range(2):
        [found] = device.find(desk.write()[0])
        pad = true_pad(world, found)
        [dek] = [prim.xor(s[36:], pad) for s in found.slots if opened_by(type(found)(found.header, [s]), [pad])]
        sealed.append((found.slots, dek))
    desk.two.tell()
    (first, a), (second, b) = sealed
    pads = [prim.xor(s[36:], d) for slots, d in ((first, a), (second, b)) for s in slots]
    assert len(pads) >= 4 and len(set(pads)) == len(pads) and prim.sha256(b"chosen") not in pads


def test_the_key_is_kept_until_another_quorum_has_shown_a_slot_to_be_good(world, desk):
    desk.two.tell(random_share)                      # on reads as well: her check cannot pass through it
    wrote, text = desk.write()
    assert desk.kept() == [wrote] and desk.two.told >= 2
    assert opens(desk.eve, "record", "show", wrote) == text
    desk.two.tell()
    before = len(desk.device().find(wrote)[0].slots)
    other, _ = desk.write()                          # the next piece of work heals what was left
    assert desk.kept() == [] and len(desk.device().find(wrote)[0].slots) == before
