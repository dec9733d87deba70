"""Statements: one form, one signature, the rules that one alone can show; chains."""

import json

import pytest
from helpers import drawn, flip, refused
from hypothesis import given, strategies as st
from statements import ADMIN, DEVICE, MEMBERS, RECORDS, ROOT_SEEDS, ZERO, make, public, seeds, signed, whole

from cofferdam_format import fields, payload, prim, statement

kinds = st.sampled_from(sorted(fields.KINDS))


@given(kinds, st.randoms())
def test_every_kind_reads_back_whatever_the_order_it_was_given_in(kind, random):
    members = list(whole(kind).items())
    random.shuffle(members)
    body, envelope = statement.make(kind, seeds(kind), dict(members))
    read = statement.read(envelope)
    assert (read.kind, read.payload, read.fields) == (kind, body, whole(kind))
    assert list(read.fields) == list(fields.COMMON) + list(MEMBERS[kind])


@given(kinds, st.integers(0, 1 << 20))
def test_a_changed_envelope_is_refused(kind, bit):
    with refused():
        statement.read(flip(make(kind)[1], bit))


texts = st.text(st.characters(blacklist_categories=["Cs"], min_codepoint=32) | st.just("\n"))
values = st.recursive(texts | st.integers(0, 2**53 - 1),
                      lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4), max_leaves=15)


@given(st.dictionaries(texts, values, max_size=5))
def test_what_payload_writes_it_reads(value):
    raw = payload.write(value).encode()
    assert payload.read(raw) == value == json.loads(raw)
    payload.require_canonical(value, raw)


def bent(old, new, kind="manifest"):
    body = make(kind)[0]
    assert old in body
    return signed(kind, body.replace(old, new, 1))


@pytest.mark.parametrize("envelope, outcome, why", [
    (signed("manifest", b"{"), "json", "cut"), (signed("manifest", b""), "json", "nothing"),
    (bent(b'"count":3', b'"count":03'), "json", "leading zero"),
    (bent(b'"count":3', b'"count":NaN'), "json", "not a number"),
    (bent(b'"count":3', b'"count":3,"count":3'), "json", "a member twice"),
    (bent(b"}", b"}{}"), "json", "two objects"), (bent(b'work', b'wo\xffrk', "policy"), "json", "not UTF-8"),
    (bent(b'work', b'wo\trk', "policy"), "json", "a raw control character"),
    (bent(b'work', b'wo\\ud800rk', "policy"), "json", "a lone surrogate"),
    (signed("manifest", b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}"), "json", "a tower"),
    (bent(b'"count":3', b'"count": 3'), "canonical", "a space"), (bent(b"}", b"}\n"), "canonical", "a newline after"),
    (bent(b'work', b'w\\u006frk', "policy"), "canonical", "an escaped letter"),
    (bent(b'work', b'w\\/rk', "policy"), "canonical", "an escaped slash"),
    (bent(b'work', b'w\\trk', "policy"), "canonical", "a tab"), (bent(b'work', b'w\\u0000rk', "policy"), "canonical", "NUL"),
    (bent(b'"count":3', b'"count":3.0'), "canonical", "a real"), (bent(b'"count":3', b'"count":3e0'), "canonical", "an exponent"),
    (bent(b'"count":3', b'"count":-3'), "canonical", "a sign"), (bent(b'"count":3', b'"count":-0'), "canonical", "minus zero"),
    (bent(b'"count":3', b'"count":9007199254740992'), "canonical", "2^53"), (bent(b'"count":3', b'"count":true'), "canonical", "true"),
    (bent(b'"number":1,"previous":"' + b"0" * 64 + b'"', b'"previous":"' + b"0" * 64 + b'","number":1'), "canonical", "another order"),
    (bent(b'"count":3', b'"count":"3"'), "format", "a string"), (bent(b'"count":3', b'"more":1,"count":3'), "format", "one too many, in the middle"),
    (bent(b'"}', b'","x":1}'), "format", "one too many"), (bent(b'"count":3,', b''), "format", "one missing"),
])
def test_payloads_that_are_refused(envelope, outcome, why):
    with refused(outcome):
        statement.read(envelope)


def gates(*numbers):
    return [MEMBERS["epoch"]["gates"][0] | {"number": n} for n in numbers]


@pytest.mark.parametrize("kind, changed, outcome, why", [
    ("policy", {"number": 0}, "format", "number 0"), ("policy", {"previous": "1" * 64}, "format", "a previous of number 1"),
    ("policy", {"expires": 1750000000}, "format", "expires at once"), ("policy", {"version": 0}, "format", "version 0"),
    ("policy", {"project": "A" * 32}, "format", "upper case"), ("policy", {"project": "a" * 31}, "format", "too short"),
    ("policy", {"expires": 0}, "format", "expires before it was created"),
    ("member", {"role": "boss"}, "format", "unknown role"), ("device", {"door": "hosted"}, "format", "reserved door"),
    ("device", {"role": "annotator"}, "format", "a member's role"), ("manifest", {"count": 0}, "format", "an empty manifest"),
    ("epoch", {"threshold": 3}, "format", "t = n"), ("epoch", {"threshold": 1}, "format", "t = 1"),
    ("epoch", {"gates": gates(1, 2, 3, 4, 5, 6)}, "format", "six gates"), ("epoch", {"gates": gates(2, 1, 3)}, "format", "not ascending"),
    ("epoch", {"gates": gates(1, 1, 3)}, "format", "a number twice"), ("epoch", {"gates": gates(1, 2, 9)}, "format", "gate 9"),
    ("epoch", {"cosigners": 2}, "format", "more cosigners than witnesses"), ("epoch", {"epoch": 0}, "format", "epoch 0"),
    ("receipt", {"records": []}, "format", "no record"), ("receipt", {"records": [RECORDS[0]] * 2}, "format", "a record twice"),
    ("receipt", {"records": [drawn(i).hex() for i in range(401)]}, "format", "401 records"),
    ("heads", {"heads": MEMBERS["heads"]["heads"][::-1]}, "format", "not ascending"),
    ("root", {"threshold": 1}, "format", "no majority"), ("root", {"threshold": 4}, "format", "more than keys"),
    ("root", {"keys": MEMBERS["root"]["keys"][::-1]}, "format", "keys not ascending"),
    ("root", {"devices": MEMBERS["root"]["devices"] * 2}, "format", "a device twice"),
    ("root", {"owner": "1" * 64}, "format", "an owner"), ("root", {"number": 2, "previous": "1" * 64}, "version", "a later root"),
    ("root", {"threshold": 3}, "signature", "fewer signatures than the threshold"),
    ("root", {"keys": sorted(public("k", i) for i in range(3))}, "signature", "signed by others"),
])
def test_members_that_are_refused(kind, changed, outcome, why):
    body = payload.write(fields.order(kind, whole(kind, **changed))).encode()
    with refused(outcome):
        statement.read(signed(kind, body))


BODY, GOOD = make("manifest")


def test_another_than_the_issuer_cannot_sign():
    with refused("format"):
        statement.read(statement.envelope("manifest", BODY, [DEVICE]))


@pytest.mark.parametrize("old, new, why", [
    (b",", b", ", "white space"), (b'{"payloadType"', b'{"x":1,"payloadType"', "another member"),
    (b".v1+", b".v2+", "another version"), (b"cofferdam.manifest", b"cofferdam.lease", "an unknown kind"),
    (b"application/vnd.", b"text/", "another media type"), (b"=", b"", "unpadded"), (b"]}", b"]}\n", "a byte after the end"),
])
def test_envelopes_that_are_refused(old, new, why):
    assert old in GOOD
    with refused("envelope"):
        statement.read(GOOD.replace(old, new, 1))


def test_envelopes_whose_signers_are_refused():
    keyid = prim.ed25519_key(ADMIN).hex().encode()
    assert keyid.upper() != keyid
    root = make("root")[0]
    for bad in (GOOD.replace(keyid, keyid.upper()), statement.envelope("manifest", BODY, sorted([ADMIN, DEVICE], key=prim.ed25519_key)),
                statement.envelope("manifest", BODY, []), statement.envelope("root", root, ROOT_SEEDS[1::-1]),
                statement.envelope("root", root, ROOT_SEEDS[:1] * 2), statement.envelope("manifest", bytes(32769), [ADMIN])):
        with refused("envelope"):
            statement.read(bad)
    with refused("signature"):
        statement.read(statement.envelope("root", root, ROOT_SEEDS[:1]))
    with refused("signature"):                      # the type is signed too
        statement.read(GOOD.replace(b"cofferdam.manifest", b"cofferdam.receipt"))


def test_bits_that_base64_does_not_need_are_zero():
    sig = statement.envelope("manifest", BODY, [ADMIN])
    at = sig.rindex(b'=="')
    last = sig[at - 1:at]
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    with refused("envelope"):
        statement.read(sig[:at - 1] + bytes([alphabet[alphabet.index(last) ^ 1]]) + sig[at:])


def chain(issuer, count):
    out, previous = [], ZERO
    for number in range(1, count + 1):
        body, envelope = make("receipt", issuer=issuer, number=number, previous=previous)
        previous = statement.statement_id("receipt", body).hex()
        out.append(envelope)
    return out


@given(st.lists(st.booleans(), min_size=6, max_size=6))
def test_chains_of_two_issuers_and_a_root_may_be_mixed_in_any_way(turns):
    queues = [chain(ADMIN, 3), chain(DEVICE, 3)]
    order = [queues[turn].pop(0) if queues[turn] else queues[not turn].pop(0) for turn in turns]
    newest = statement.fold([make("root")[1]] + order)
    assert sorted(s.fields["number"] for s in newest.values()) == [1, 3, 3]


@given(st.permutations(range(4)).filter(lambda p: list(p) != [0, 1, 2, 3]))
def test_a_chain_out_of_order_is_refused(order):
    whole_chain = chain(ADMIN, 4)
    with refused("rollback"):
        statement.fold([whole_chain[i] for i in order])


def test_forks_gaps_and_strangers_previous_are_refused():
    ours, theirs = chain(ADMIN, 3), chain(DEVICE, 3)
    fork = make("receipt", number=2, previous=statement.read(ours[0]).id.hex(), expires=1760000001)[1]
    stranger = make("receipt", number=2, previous=statement.read(theirs[0]).id.hex())[1]
    for bad in (ours[:2] + [fork], ours[:1] + ours[2:], ours[1:], ours[:2] + ours[1:2], theirs + ours[:1] + [stranger]):
        with refused("rollback"):
            statement.fold(bad)
