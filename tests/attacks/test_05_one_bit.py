"""ATTACKS 5: the store flips one bit in header, commitment, chunk, tag, padding or slot."""
import pytest
from world import attack

HEADER = {"magic": (0, "CFD-FMT-001"), "version": (4, "CFD-FMT-002"), "suite": (5, "CFD-FMT-002"),
          "kind": (6, "CFD-REC-001"), "chunk size": (7, "CFD-FMT-001"), "project": (8, "CFD-REC-001"),
          "author": (24, "CFD-REC-001"), "reserved": (56, "CFD-FMT-001"), "commitment": (64, "CFD-REC-001"),
          "its end": (95, "CFD-REC-001")}


@pytest.mark.parametrize("at, code", HEADER.values(), ids=HEADER)
def test_a_flipped_header_bit_is_another_record(world, evil, reader, at, code):
    attack(evil, ("header_bit", at), reader, "record", "show", world.tasks[0], codes=code)
