"""ATTACKS 3, the store's side: slots of zeroes, repeated slots, too many, somebody else's, after a create."""
import os

import pytest
from evil_store import change_rows, rows, unrows
from world import EXITS, Failed, attack, opens, run

LIES = [("slot_null",), ("slot_none",), ("slot_bit", 40), ("slot_null_many", 9)]


@pytest.mark.parametrize("lie", LIES[:3], ids=[lie[0] for lie in LIES[:3]])
def test_a_slot_that_the_author_did_not_make_does_not_open(world, evil, reader, lie):
    attack(evil, lie, reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")


def test_a_false_slot_beside_the_true_one_is_passed_over(world, evil, reader):
    evil.tell("slot_null_many", 9)
    assert opens(reader, "record", "show", world.tasks[0]) == world.reads[world.tasks[0]]
    assert evil.told
    evil.tell("slot_many", 10)
    assert opens(reader, "record", "show", world.tasks[0]) == world.reads[world.tasks[0]]


def test_more_slots_than_a_record_may_have_are_refused(world, evil, reader):
    for count in (11, 100, 255):
        attack(evil, ("slot_many", count), reader, "record", "show", world.tasks[0], codes="CFD-FMT-001")


def test_another_records_slot_does_not_open_this_one(world, evil, reader):
    def other(x):
        if x.path == "/v1/records":
            change_rows(x, lambda h, n, s: (h, n, [foreign]))
    evil.honest()
    kept = []
    evil.lie = lambda x: kept.append(x.reply) if x.path == "/v1/records" else None
    opens(reader, "record", "show", world.tasks[1])
    foreign = rows(kept[0])[0][2][0]
    attack(evil, other, reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")
    foreign = bytes.fromhex(world.tasks[0]) + foreign[32:]
    attack(evil, other, reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")


def test_a_store_that_swallows_the_slots_of_a_create_makes_nobody_accept_others(world, evil):
    """The author writes; every slot that comes back is the one of an older record of the same author."""
    bob, path = world.clone("bob", store=evil.url), world.path("answer")
    task = world.spare[0]
    with open(path, "w") as f:
        f.write("mine")
    evil.tell(lambda x: setattr(x, "reply", unrows([(h, n, [s[0][:36] + os.urandom(32)]) for h, n, s in rows(x.reply)]))
              if x.path == "/v1/records" else None)
    status, printed, err = run(bob, "submit", task, path)
    assert status in (0, *EXITS.values()) and b"Sanitizer" not in err
    evil.honest()
    if status:
        raise Failed(err.decode())
    assert opens(bob, "record", "show", printed.decode().strip()) == b"mine"
