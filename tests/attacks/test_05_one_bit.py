"""ATTACKS 5: the store flips one bit in header, commitment, chunk, tag, padding or slot."""
import os

import pytest
from world import attack, opens, refused

HEADER = {"magic": (0, "CFD-FMT-001"), "version": (4, "CFD-FMT-002"), "suite": (5, "CFD-FMT-002"),
          "kind": (6, "CFD-REC-001"), "chunk size": (7, "CFD-FMT-001"), "project": (8, "CFD-REC-001"),
          "author": (24, "CFD-REC-001"), "reserved": (56, "CFD-FMT-001"), "commitment": (64, "CFD-REC-001"),
          "its end": (95, "CFD-REC-001")}
# A task is 256 bytes of plaintext and a tag of 16: type, name, encoding and length, bytes, padding, tag.
BODY = {"type": 1, "encoding": 19, "length": 27, "content": 40, "padding": 250, "tag": 256, "its end": -1}
SLOT = {"epoch": 35, "key": 36, "its end": -1}


@pytest.mark.parametrize("at, code", HEADER.values(), ids=HEADER)
def test_a_flipped_header_bit_is_another_record(world, evil, reader, at, code):
    attack(evil, ("header_bit", at), reader, "record", "show", world.tasks[0], codes=code)


@pytest.mark.parametrize("at", BODY.values(), ids=BODY)
def test_a_flipped_body_bit_does_not_open(world, evil, reader, at):
    attack(evil, ("body_bit", at), reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")


@pytest.mark.parametrize("at", SLOT.values(), ids=SLOT)
def test_a_flipped_slot_bit_does_not_open(world, evil, reader, at):
    attack(evil, ("slot_bit", at), reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")


def test_each_part_of_the_key_in_a_slot_counts(world, evil, reader):
    for at in range(0, 32, 4):
        attack(evil, ("slot_bit", 36 + at, at % 8), reader, "record", "show", world.tasks[1],
               codes="CFD-CRY-001")


@pytest.mark.parametrize("lie", [("body_bit", 40), ("body_bit", -1), ("slot_bit", 36)], ids=["content", "tag", "slot"])
def test_a_flipped_bit_leaves_the_file_as_it_was(world, evil, reader, tmp_path, lie):
    out = tmp_path / "out"
    words = ("record", "show", world.tasks[0], "--out", str(out))
    opens(reader, *words)
    assert b"question" in out.read_bytes()
    out.write_bytes(b"before")
    evil.tell(*lie)
    refused(reader, *words, codes="CFD-CRY-001")
    assert evil.told and out.read_bytes() == b"before" and os.listdir(tmp_path) == ["out"]
