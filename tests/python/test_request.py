"""Requests and their HTTP signatures."""

import dataclasses

import pytest
from helpers import drawn, flip, header, key, refused
from hypothesis import given, strategies as st

from cofferdam_format import http_signature as http, prim, record, request

SEED, PROJECT, NOW = drawn("author"), bytes(16), 1750000000
DEVICE = prim.ed25519_key(SEED)
HEADERS = tuple(header(kind, PROJECT, SEED).raw for kind in (2, 5))
GOOD = request.Request(1, 0b011, drawn("owner"), drawn("epoch"), PROJECT, NOW, NOW + 120, prim.x25519_key(drawn("e")), bytes(32),
                       b"work", (request.Close(drawn("task"), 1, drawn("sub")),), HEADERS)


def parse(changed, gate=1, t=2, roster=0b111):
    body = changed if isinstance(changed, bytes) else changed.write()
    return request.parse(DEVICE, t, roster, gate, body)


closes = st.one_of(st.builds(request.Close, key, st.just(1), key),
                   st.builds(request.Close, key, st.just(2), st.just(bytes(32))))


@given(st.sampled_from([1, 2]), st.lists(closes, max_size=4).map(tuple), st.integers(1, 120),
       st.text("abz09-", min_size=1, max_size=32).map(str.encode))
def test_a_request_reads_back(act, closed, seconds, purpose):
    made = dataclasses.replace(GOOD, act=act, closes=closed, expires=NOW + seconds, purpose=purpose)
    assert parse(made) == made


def test_offsets_are_those_of_the_page():
    body = GOOD.write()
    for at, field in ((6, b"\1"), (7, b"\3"), (8, GOOD.owner), (40, GOOD.epoch_id), (72, PROJECT), (88, NOW.to_bytes(8, "big")),
                      (96, (NOW + 120).to_bytes(8, "big")), (104, GOOD.ephemeral), (136, GOOD.manifest), (168, b"\4work")):
        assert body[at:at + len(field)] == field


BODY = GOOD.write()


@pytest.mark.parametrize("changed, outcome, why", [
    (b"cfdx" + BODY[4:], "format", "magic"), (BODY[:4] + b"\2" + BODY[5:], "version", "version"),
    (BODY[:5] + b"\0" + BODY[6:], "version", "suite"), (BODY + b"\0", "format", "left over"), (BODY[:-1], "format", "cut"),
    ({"act": 0}, "format", "act 0"), ({"act": 3}, "format", "re-key"), ({"act": 4}, "format", "grant"),
    ({"purpose": b"Work"}, "format", "upper case"), ({"purpose": b"a_b"}, "format", "underscore"), ({"purpose": b"w\n"}, "format", "newline"),
    ({"closes": (request.Close(bytes(32), 3, bytes(32)),)}, "format", "how 3"),
    ({"closes": (request.Close(bytes(32), 2, bytes(31) + b"\1"),)}, "format", "a skip that names a record"),
    ({"headers": HEADERS[:1] * 2}, "format", "a header twice"),
    ({"headers": (header(2, b"\1" * 16, SEED).raw,)}, "format", "another project"),
    ({"headers": (HEADERS[0][:6] + b"\x09" + HEADERS[0][7:],)}, "format", "kind 9"),
    ({"headers": (HEADERS[0][:4] + b"\2" + HEADERS[0][5:],)}, "version", "a header of version 2"),
    ({"act": 2, "headers": (header(2, PROJECT, drawn("another")).raw,)}, "format", "another author's create"),
    ({"expires": NOW}, "time", "expires at once"), ({"expires": NOW + 121}, "time", "lives too long"),
    ({"gates": 0b001}, "gates", "too few"), ({"gates": 0b111}, "gates", "too many"), ({"gates": 0b1001}, "gates", "not of the roster"),
    ({"gates": 0b110}, "gates", "the answering gate is not named"), ({"ephemeral": bytes(32)}, "key", "zero"),
    ({"ephemeral": b"\1" + bytes(31)}, "key", "low order"),
])
def test_requests_that_are_refused(changed, outcome, why):
    with refused(outcome):
        parse(changed if isinstance(changed, bytes) else dataclasses.replace(GOOD, **changed))


def test_headers_are_of_whole_records_and_at_least_one():
    for headers in (HEADERS[0] + b"\0", HEADERS[0][:95], b""):
        at = len(BODY) - 192
        with refused("format"):
            parse(BODY[:at - 3] + len(headers).to_bytes(3, "big") + headers)


@given(st.integers(0, 1 << 20))
def test_a_changed_body_is_another_request(bit):
    assert request.r(DEVICE, flip(BODY, bit)) != request.r(DEVICE, BODY)
    assert request.r(flip(DEVICE, 0), BODY) != request.r(DEVICE, BODY)


def signed(path="/v1/request", authority="", created=NOW, body=BODY):
    _, *fields = http.sign(SEED, path, created, authority, body)
    return fields


def verify(fields, path="/v1/request", authority="", now=NOW, body=BODY):
    return http.verify(path, authority, now, body, *fields)


def test_a_signature_covers_what_is_sent():
    assert verify(signed()) == (DEVICE, NOW)
    assert verify(signed("/v1/packs", "store.example:443"), "/v1/packs", "store.example:443", NOW + 120) == (DEVICE, NOW)
    base = http.sign(SEED, "/v1/request", NOW, "", b"")[0]
    assert base == ('"@method": POST\n"@path": /v1/request\n"content-digest": sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:\n'
                    f'"@signature-params": ("@method" "@path" "content-digest");created={NOW};keyid="{DEVICE.hex()}";tag="cofferdam/1"').encode()


@pytest.mark.parametrize("outcome, how", [
    ("signature", {"body": BODY + b"x"}), ("signature", {"path": "/v1/heads"}), ("time", {"path": "/v1/heads", "sign": "/v1/heads", "now": NOW + 121}),
    ("time", {"path": "/v1/heads", "sign": "/v1/heads", "now": NOW - 121}), ("format", {"authority": "a:1"}), ("time", {"created": NOW + 1}),
])
def test_a_signature_for_something_else_is_refused(outcome, how):
    fields = signed(how.pop("sign", "/v1/request"), created=how.pop("created", NOW))
    with refused(outcome):
        verify(fields, **how)


def test_another_authority_is_refused():
    with refused("signature"):
        verify(signed("/v1/packs", "a:1"), "/v1/packs", "a:2")
    with refused("format"):
        verify(signed("/v1/packs", "a:1"), "/v1/packs", "")


@pytest.mark.parametrize("at, old, new", [
    (0, "sha-256", "sha-512"), (0, "=:", "=: "), (1, "sig=", "sig1="), (1, ";created", "; created"), (1, "created=1", "created=01"),
    (1, '"@method" "@path"', '"@path" "@method"'), (1, '"content-digest"', '"content-digest" "date"'), (1, "cofferdam/1", "cofferdam/2"),
    (1, '"cofferdam/1"', '"cofferdam/1";alg="ed25519"'), (2, "sig=:", "sig1=:"), (2, "==:", ":"), (1, DEVICE.hex(), DEVICE.hex().upper()),
])
def test_signature_fields_have_one_form(at, old, new):
    fields = signed()
    assert old in fields[at]
    fields[at] = fields[at].replace(old, new, 1)
    with refused("format"):
        verify(fields)


def test_record_of_a_create_is_the_askers():
    assert record.parse(HEADERS[0]).author == DEVICE
    assert parse(dataclasses.replace(GOOD, act=2, gates=0b111)).act == 2
