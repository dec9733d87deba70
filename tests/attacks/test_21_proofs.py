"""ATTACKS 21 (and 22 as one client sees it): answers whose proof, checkpoint, entry or length is wrong."""
import secrets

import pytest
from cofferdam_format import prim
from evil_gate import EvilGate, LIES, entry_says
from world import opens, refused

NOWHERE = "http://127.0.0.1:9"
ROWS = [
    ("without_proof", None, "CFD-LOG-001"), ("unlogged", None, "CFD-LOG-001"), ("old_checkpoint", None, "CFD-LOG-001"),
    ("other_root", None, "CFD-LOG-003"), ("other_fork", None, "CFD-LOG-003"), ("shrunken", None, "CFD-LOG-003"),
    ("same_size", None, "CFD-LOG-003"),
    ("other_log_key", None, "CFD-LOG-002"), ("other_origin", None, "CFD-LOG-002"),
    ("another r", entry_says(r=bytes(32)), "CFD-LOG-004"), ("another gate", entry_says(gate=3), "CFD-LOG-004"),
    ("another epoch", entry_says(epoch_id=prim.sha256(b"epoch")), "CFD-LOG-004"),
    ("another answer", entry_says(answer_hash=prim.sha256(b"answer")), "CFD-LOG-004"),
    ("another act", entry_says(act=2), "CFD-LOG-004"), ("another device", entry_says(device=bytes(32)), "CFD-LOG-004"),
    ("a rule of another purpose", entry_says(rule=b"publish#1"), "CFD-LOG-004"),
    ("another request", entry_says(request=b"other", request_hash=prim.sha256(b"other")), "CFD-LOG-004"),
    ("answer_of_other_gate", None, "CFD-LOG-004"), ("statement_entry", None, "CFD-LOG-004"),
    ("replayed", None, "CFD-LOG-004"), ("sealed_for_another", None, "CFD-CRY-001"),
    ("one_share_more", None, "CFD-FMT-001"), ("half_a_share", None, "CFD-FMT-001"), ("no_shares", None, "CFD-FMT-001"),
    ("cut_short", None, "CFD-FMT-001"), ("byte_more", None, "CFD-FMT-001"), ("newer_version", None, "CFD-FMT-002"),
    ("nothing", None, "CFD-FMT-001"),
]


@pytest.fixture(scope="module")
def liar(world):
    with EvilGate(world.party("gate2").state, world.urls[2]) as gate:
        yield gate


@pytest.fixture(scope="module")
def cornered(world, liar):
    """An annotator whom no third gate answers: what gate 2 says is taken, or nothing is."""
    return world.clone("ann", agent=True, gate2=liar.url, gate3=NOWHERE)


@pytest.fixture(scope="module")
def free(world, liar):
    return world.clone("ann", agent=True, gate2=liar.url)


@pytest.mark.parametrize("name, lie, code", ROWS, ids=[r[0] for r in ROWS])
def test_an_answer_is_believed_only_under_its_proof(world, liar, cornered, free, name, lie, code):
    task = world.tasks[0]
    liar.tell()
    right = opens(cornered, "record", "show", task)  # the control; and so there is a log that was seen
    liar.tell(lie or LIES[name])
    refused(cornered, "record", "show", task, codes=code)
    assert liar.told == 1
    assert opens(free, "record", "show", task) == right and liar.told == 2
    liar.tell()
    assert opens(cornered, "record", "show", task) == right


def test_an_answer_with_one_flipped_bit_opens_nothing(world, liar, cornered):
    """A sample of all bits, through the real client."""
    def flipped(gate, ask):
        raw = bytearray(gate.answer(ask).write())
        at = secrets.randbelow(8 * len(raw))
        raw[at // 8] ^= 1 << at % 8
        return bytes(raw)
    liar.tell(flipped)
    codes = {refused(cornered, "record", "show", world.tasks[0], codes=[
        "CFD-FMT-001", "CFD-FMT-002", "CFD-LOG-001", "CFD-LOG-002", "CFD-LOG-003", "CFD-LOG-004", "CFD-CRY-001"])
        for _ in range(25)}
    assert liar.told == 25 and len(codes) > 1, codes
    liar.tell()
    assert opens(cornered, "record", "show", world.tasks[0])
