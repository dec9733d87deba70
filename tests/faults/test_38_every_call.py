"""ATTACKS 38: each call of a gate's session fails once, and the gate is killed before and after each; so is each
allocation. A sample in every run; COFFERDAM_FAULT_TRIES=0 tries as many as
there is time for."""
import faults
import gate
import lane
import pytest
from cofferdam_format import entry

@pytest.fixture(scope="module")
def lanes(site):
    return [lane.Lane(site, n) for n in range(lane.LANES)]


def test_no_call_that_fails_and_no_kill_loses_or_doubles_an_answer(lanes):
    seen = lanes[0].count()
    seen.pop("allocate")
    lane.check(lanes, faults.plan(seen), 0.25)


def test_no_allocation_that_fails_makes_a_wrong_answer(lanes):
    seen = lanes[0].count(late=True)
    lane.check(lanes, faults.plan({"allocate": seen["allocate"]}), 0.1, late=True)


# --- controls: every oracle fails where it should ---

@pytest.fixture(scope="module")
def whole(lanes):
    """What a session told, and the log that it left."""
    lanes[0].control.set(armed=False)
    told, broken = lanes[0].session()
    assert not broken
    return told, gate.read_log(gate.pathlib.Path(lanes[0].place) / "log")


@pytest.mark.parametrize("oracle", gate.ORACLES)
def test_each_oracle_accepts_a_good_log(whole, oracle):
    assert not oracle(*whole)


def spoilt(entries, kind):
    at = [i for i, e in enumerate(entries) if entry.parse(e).type == kind][-1]
    return entries[:at] + entries[at + 1:]


def test_a_log_without_an_answered_request_is_told(whole):
    told, entries = whole
    assert "not in the log" in gate.answered_is_logged(told, [e for e in entries if entry.parse(e).type != entry.RELEASE])


def test_a_log_that_lost_an_entry_is_told(whole):
    told, entries = whole
    assert "does not extend" in gate.log_extends_checkpoints(told, entries[:-1])
    assert "does not extend" in gate.log_extends_checkpoints(told, entries[1:] + entries[:1])


def test_a_second_answer_is_told(whole):
    told, entries = whole
    release = [e for e in entries if entry.parse(e).type == entry.RELEASE][-1]
    assert "twice" in gate.nothing_is_answered_twice(told, entries + [release])
    twice = gate.Told()
    twice.answers = {r: replies * 2 for r, replies in told.answers.items()}
    assert "twice" in gate.nothing_is_answered_twice(twice, entries)


def test_a_lost_statement_is_told(whole):
    told, entries = whole
    assert "not in the log" in gate.nothing_submitted_is_lost(told, spoilt(entries, entry.STATEMENT))


def test_a_run_that_did_too_little_has_failed():
    chosen = [faults.Fault("read", n, faults.KILL_BEFORE) for n in range(9)] + [faults.Fault("read", 1, faults.FAIL, 5)]
    assert not lane.enough({"kill before": 9, "EIO": 1}, chosen)
    assert "never met" in lane.enough(lane.collections.Counter({"kill before": 10}), chosen)
    assert "planned" in lane.enough(lane.collections.Counter({"kill before": 7, "EIO": 1}), chosen)
