"""ATTACKS 38, the store: each call of a store's session fails once, and it is killed before and after each; so is each
allocation. A sample in every run; COFFERDAM_FAULT_TRIES=0 tries as many as there is time for."""
import faults
import lane
import pytest


@pytest.fixture(scope="module")
def lanes(stored):
    return [lane.StoreLane(stored, n) for n in range(lane.LANES)]


def test_no_call_that_fails_and_no_kill_loses_what_a_store_promised(lanes):
    seen = lanes[0].count()
    seen.pop("allocate")
    lane.check(lanes, faults.plan(seen), 0.25)


def test_no_allocation_that_fails_loses_what_a_store_promised(lanes):
    seen = lanes[0].count(late=True)
    lane.check(lanes, faults.plan({"allocate": seen["allocate"]}), 0.1, late=True)
