"""Keys of gates: shares, quorums, ceremony."""

import itertools

import pytest
from helpers import SHAPES, drawn, epoch, flip, header, refused
from hypothesis import given, strategies as st

from cofferdam_format import ceremony, prim, shares, slot

PROJECT, R = bytes(16), drawn("r")
HEADERS = [header(kind, PROJECT, dek=drawn("dek", kind)) for kind in (2, 5, 6)]
RECORDS = [(h.kind, h.id) for h in HEADERS]


@st.composite
def rosters(draw):
    t, n = draw(st.sampled_from(SHAPES))
    return t, shares.as_set(draw(st.permutations(range(1, 9)))[:n])


def some_quorum(draw, t, roster):
    return draw(st.sampled_from(shares.subsets(roster, t)))


@given(rosters(), st.data())
def test_every_quorum_gives_the_pad_and_fewer_gates_do_not(shape, data):
    t, roster = shape
    whole, q = epoch(t, roster), some_quorum(data.draw, t, roster)
    pads = [whole.pad(PROJECT, *record) for record in RECORDS]
    slots = [slot.make(h.id, 1, drawn("dek", h.kind), pad) for h, pad in zip(HEADERS, pads)]
    given_ = {g: whole.answer(shares.RELEASE, g, q, PROJECT, RECORDS, R) for g in shares.members(q)}
    headers = [h.raw for h in HEADERS]
    assert shares.combine(q, headers, slots, given_) == (pads, [drawn("dek", h.kind) for h in HEADERS])
    first = shares.members(q)[0]
    with refused("pad"):
        shares.combine(q, headers, slots, given_ | {first: flip(given_[first], 5)})
    with refused("pad"):                            # a share to another request is worth nothing
        other = whole.answer(shares.RELEASE, first, q, PROJECT, RECORDS, drawn("r2"))
        shares.combine(q, headers, slots, given_ | {first: other})


@given(rosters())
def test_all_quorums_of_a_create_agree(shape):
    t, roster = shape
    n = len(shares.members(roster))
    asked = shares.as_set(shares.members(roster)[:min(n, 2 * t - 1)])
    whole = epoch(t, roster)
    given_ = {g: whole.answer(shares.CREATE, g, asked, PROJECT, RECORDS, R) for g in shares.members(asked)}
    found = shares.combine_create(t, asked, len(RECORDS), given_)
    assert list(found) == shares.subsets(asked, t)
    assert all(pads == [whole.pad(PROJECT, *record) for record in RECORDS] for pads in found.values())


@pytest.mark.parametrize("t, n", SHAPES)
def test_each_subset_is_assigned_to_one_member_of_a_quorum_and_t_minus_1_gates_lack_one(t, n):
    roster = shares.as_set(range(1, n + 1))
    every = shares.subsets(roster, n - t + 1)
    for q in shares.subsets(roster, t):
        assigned = shares.assign(t, roster, q)
        assert sorted(itertools.chain(*assigned.values())) == every
        assert all(a >> g - 1 & 1 for g, sets in assigned.items() for a in sets)
    for few in shares.subsets(roster, t - 1):
        assert any(a & few == 0 for a in every)


@given(rosters(), st.integers(0, 255), st.sampled_from([shares.RELEASE, shares.CREATE]))
def test_only_quorums_of_the_roster_are_answered(shape, gates, act):
    t, roster = shape
    n, named = len(shares.members(roster)), bin(gates).count("1")
    most = t if act == shares.RELEASE else min(n, 2 * t - 1)
    if gates & ~roster == 0 and t <= named <= most:
        shares.check_quorum(act, t, roster, gates)
    else:
        with refused("gates"):
            shares.check_quorum(act, t, roster, gates)


def test_masks_of_later_records_are_further_on_in_one_keystream():
    whole = prim.ctr_keystream(prim.hmac(drawn("z"), b"cfd1 mask", R, b"\3"), 0, 128)
    assert b"".join(shares.mask(drawn("z"), R, 3, i) for i in range(4)) == whole


def held(t, gates, epoch_id=drawn("epoch")):
    roster = shares.as_set(gates)
    size = len(gates) - t + 1
    return roster, ceremony.ceremony(
        t, epoch_id, {g: drawn("x", g) for g in gates},
        {(a, b): drawn("p", a, b) for a in gates for b in gates if a < b},
        {(g, a): drawn("c", g, a) for a in shares.subsets(roster, size) for g in shares.members(a)})


@given(st.sampled_from(SHAPES), st.integers(0, 1 << 20))
def test_what_is_dealt_makes_the_same_key_at_every_member(shape, bit):
    t, n = shape
    gates = sorted([2, 3, 5, 7, 8][:n])
    roster, (pairs, deals, keys) = held(t, gates)
    got = {(g, a): drawn("c", g, a) for a in keys for g in shares.members(a)}
    for (g, h), message in deals.items():
        s = pairs[min(g, h), max(g, h)].s
        dealt = ceremony.deal_open(s, t, roster, drawn("epoch"), g, h, message)
        assert dealt == {a: got[g, a] for a in keys if a >> g - 1 & 1 and a >> h - 1 & 1}
        with refused("format", "version", "open"):
            ceremony.deal_open(s, t, roster, drawn("epoch"), g, h, flip(message, bit))
    for a, made in keys.items():
        assert made == ceremony.subset_key([got[g, a] for g in shares.members(a)], drawn("epoch"), a)


def test_both_sides_of_a_pair_agree_and_low_order_is_refused():
    a, b = drawn("a"), drawn("b")
    assert prim.x25519(a, prim.x25519_key(b)) == prim.x25519(b, prim.x25519_key(a))
    for low in (bytes(32), b"\1" + bytes(31), bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")):
        with refused("key"):
            prim.x25519(a, low)
