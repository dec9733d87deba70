"""A pause binds by the gates alone, whoever is away: ATTACKS 23, in part."""
import pytest
from cofferdam_format import statement
from evil_gate import read_log, statements
from world import opens, refused, run

PAUSED = "CFD-REL-012"


@pytest.fixture
def lab(world):
    """The lab's admin; whatever a test has paused goes on again."""
    lab = world.party("lab")
    yield lab
    for pause in lab.do("pauses")["pauses"]:
        if pause["in_force"]:
            lab.do("resume", pause["pause"])


@pytest.fixture(scope="module")
def people(world):
    """Their chains are theirs alone: no other test has a copy of their devices."""
    roles = {"ann": "annotator", "bob": "annotator", "rita": "reviewer"}
    for name, role in roles.items():
        world.keys["paused-" + name] = world.enrol("paused-" + name, role, world.party("vendor"))
    world.keys["paused-tom"] = world.enrol("paused-tom", "trainer", world.party("lab"))
    return {name: world.party("paused-" + name) for name in (*roles, "tom")}


@pytest.fixture
def ann(people):
    return people["ann"]


def vendor(world):
    return statement.read(open(world.path("vendor", "party"), "rb").read()).id.hex()


def test_a_vendor_is_paused_and_goes_on_where_it_stopped(world, lab, people, ann):
    task = world.tasks[0]
    before = opens(ann, "record", "show", task)
    said = lab.do("pause", "vendor", vendor(world)[:12], "--reason", "a breach is looked into")
    assert said["in_force"] and said["gates"] == 0b111 and (said["binds_at"], said["binds_at_if_one_lies"]) == (2, 3)
    refused(ann, "record", "show", task, codes=PAUSED)
    refused(people["rita"], "record", "show", task, codes=PAUSED)
    _, _, err = run(ann, "record", "show", task)
    assert b"a breach is looked into" in err
    assert opens(people["tom"], "record", "show", task) == before     # the lab's own trainer is not the vendor's
    [pause] = [p for p in lab.do("pauses")["pauses"] if p["in_force"]]
    assert (pause["what"], pause["of"], pause["pause"]) == ("vendor", vendor(world), said["statement"])
    refused(world.party("vendor"), "resume", pause["pause"], codes="CFD-STM-004")
    lab.do("resume", pause["pause"][:8])
    assert opens(ann, "record", "show", task) == before


@pytest.mark.parametrize("what", ["member", "device", "project", "kind", "everything"])
def test_whatever_is_paused_stops_and_nothing_else(world, lab, people, ann, what):
    of = {"device": [world.keys["paused-ann"]], "project": ["demo"], "kind": ["task"], "everything": []}
    members = {s.fields["key"]: s.fields["member"] for s in statements(read_log(world.party("gate1").state))
               if s.kind == "device"}
    of["member"] = [members[world.keys["paused-ann"]]]
    lab.do("pause", what, *of[what])
    refused(ann, "record", "show", world.tasks[0], codes=PAUSED)
    bob = people["bob"]
    if what in ("member", "device"):
        opens(bob, "record", "show", world.tasks[1])
    else:
        refused(bob, "record", "show", world.tasks[1], codes=PAUSED)
    if what == "kind":
        opens(bob, "record", "show", world.guide)


def test_with_a_gate_and_the_store_away_it_binds_all_the_same(world, lab, ann):
    words = {name: world.stop(name) for name in ("gate2", "store")}
    try:
        said = lab.do("pause", "vendor", vendor(world), "--seconds", "1")
        assert said["in_force"] and said["gates"] == 0b101
    finally:
        for name, command in words.items():
            world.start(name, command)
    refused(ann, "record", "show", world.tasks[0], codes=PAUSED)
