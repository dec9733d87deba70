"""ATTACKS 7: the store renames, re-parents, changes kind or content type, or says that work came back."""
import json

import pytest
from world import attack

FIELDS = {"id": 0, "kind": 32, "first parent": 33, "second parent": 65, "length": 136, "body hash": 137, "last byte": 168}


@pytest.mark.parametrize("kind", [1, 3, 4, 5, 6, 7, 8])
def test_a_record_of_another_kind_is_another_record(world, evil, reader, kind):
    attack(evil, ("header_kind", kind), reader, "record", "show", world.tasks[0], codes="CFD-REC-001")


def test_a_kind_that_is_not_known_is_refused(world, evil, reader):
    for kind in (0, 9, 10, 17, 255):
        attack(evil, ("header_kind", kind), reader, "record", "show", world.tasks[0], codes="CFD-FMT-001")


@pytest.mark.parametrize("at", FIELDS.values(), ids=FIELDS)
def test_a_changed_row_is_not_what_the_author_signed(world, evil, at):
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, ("object_bit", at), newcomer, "record", "show", world.tasks[0], codes="CFD-REC-002")


def test_name_and_type_are_inside_the_seal(world, evil, reader):
    for at in (1, 8, 16):
        attack(evil, ("body_bit", at), reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")


@pytest.mark.parametrize("change", [{"state": "returned"}, {"state": "returned", "review": "11" * 32}])
def test_work_that_no_reviewer_returned_did_not_come_back(world, evil, change):
    def lie(x):
        if x.path == "/v1/queue/claim" and x.status == 200:
            x.reply = json.dumps({**json.loads(x.reply), **change}).encode()
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, lie, newcomer, "task", "next", codes="CFD-STM-004")
