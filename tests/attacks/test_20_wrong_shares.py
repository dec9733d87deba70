"""ATTACKS 20: a gate gives wrong shares, well-formed, logged and proven."""
import json

import evil_gate
import pytest
from evil_gate import EvilGate, chosen_share, only_for, random_share, wrong_share, zero_share
from world import opens, refused, run

LIES = [wrong_share, zero_share, chosen_share, random_share]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def liar(world):
    with EvilGate(world.party("gate2").state, world.urls[2]) as gate:
        yield gate


@pytest.fixture(scope="module")
def ann(world, liar):
    return world.clone("ann", agent=True, gate2=liar.url)


@pytest.fixture(autouse=True)
def honest_again(liar):
    yield
    liar.tell()


def shown(person, record):
    """(content, the set of gates that the command names) of a record that opens."""
    data = json.loads(opens(person, "record", "show", record, "--json"))["data"]
    return data["content_base64"], data["gates_named"]


def test_a_gate_that_lies_on_a_read_is_named_and_the_record_opens(world, liar, ann):
    right, named = shown(ann, world.tasks[0])
    assert named == 0
    for lie in LIES:
        liar.tell(lie)
        assert shown(ann, world.tasks[0]) == (right, 0b010), lie.__name__
        assert liar.told == 2                        # both quorums that it is in were tried
        code, printed, err = run(ann, "record", "show", world.tasks[0])
        assert (code, b"gate 2 gave wrong shares" in err) == (0, True)
    liar.tell()
    assert shown(ann, world.tasks[0]) == (right, 0)


def test_a_lie_for_one_vendor_is_seen_there_and_slanders_nobody_elsewhere(world, liar, ann):
    vendors = {bytes.fromhex(world.keys[name]) for name in world.keys if name != "tom"}
    tom = world.clone("tom", gate2=liar.url)
    submission = world.submissions[world.tasks[0]]
    liar.tell(only_for(vendors, wrong_share))
    assert shown(ann, world.tasks[1])[1] == 0b010 and liar.told == 2
    before = len(liar.asked)
    assert shown(tom, submission)[1] == 0
    assert len(liar.asked) == before + 1 and liar.told == 2      # tom asked it too, and was told the truth


def test_where_no_quorum_works_nobody_is_named(world, liar):
    alone = world.clone("ann", agent=True, gate2=liar.url, gate3=NOWHERE)
    assert shown(alone, world.tasks[0])[1] == 0
    for lie in LIES:
        liar.tell(lie)
        refused(alone, "record", "show", world.tasks[0], codes="CFD-CRY-001")
        assert b"gave wrong shares" not in run(alone, "record", "show", world.tasks[0])[2]
    liar.tell()
    assert shown(alone, world.tasks[0])[1] == 0


def test_a_wrong_slot_by_the_store_gets_no_gate_named(world, liar, evil):
    ann = world.clone("ann", agent=True, gate2=liar.url, store=evil.url)
    assert shown(ann, world.tasks[0])[1] == 0
    for lie in (None, random_share):                 # all gates honest; and one of them lying as well
        liar.tell(lie)
        for bit in (36, 67):                         # of the sealed DEK
            evil.tell("slot_bit", bit)
            code, printed, err = run(ann, "record", "show", world.tasks[0])
            assert (code, printed) == (7, b"") and b"[CFD-CRY-001]" in err and b"gave wrong" not in err
            assert evil.told
    evil.honest()
    liar.tell()
    assert shown(ann, world.tasks[0])[1] == 0


def test_store_and_one_gate_together_prove_nothing_against_an_honest_gate(world, evil):
    """The store changes the slot by what gate 3 adds to its share for one quorum: then only that quorum works, and
    gate 2 stands in failing ones alone. Whatever is said of gate 2 is said with what else can explain it."""
    with EvilGate(world.party("gate3").state, world.urls[3]) as three:
        ann = world.clone("ann", agent=True, gate3=three.url, store=evil.url)
        right, named = shown(ann, world.tasks[0])
        assert named == 0
        three.tell(lambda gate, ask: wrong_share(gate, ask) if ask.request.gates == 0b101 else None)
        evil.tell("slot_bit", 36)
        data = json.loads(opens(ann, "record", "show", world.tasks[0], "--json"))["data"]
        assert data["content_base64"] == right and evil.told and three.told
        assert (data["gates_named"], data["named_unless"]) == (0b010, 1)
        said = run(ann, "record", "show", world.tasks[0])[2]
        assert b"unless 1 other gate and the store lie together" in said


def test_the_double_answers_as_the_real_gate_does(world, liar, ann):
    """The control of all these tests: without a lie its shares are the real gate's."""
    number, epoch = evil_gate.read_keys(world.party("gate2").state)
    opens(ann, "record", "show", world.tasks[0])
    ask = liar.asked[-1]
    assert number == 2 and len(liar.shares(ask)) == 32 and liar.shares(ask) == epoch.answer(
        ask.request.act, 2, ask.request.gates, ask.request.project, ask.records, ask.r)
