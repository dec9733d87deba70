"""Header, data key, body, slot, manifest rows, pack."""

import pytest
from helpers import bytes_of, drawn, flip, header, key, refused
from hypothesis import given, strategies as st

from cofferdam_format import body, manifest, pack, prim, record, slot, tlog

DEK = drawn("dek")


@given(st.sampled_from(record.KINDS), bytes_of(16), key, key)
def test_a_header_reads_back_and_commits_to_its_key(kind, project, author, dek):
    made = record.make(kind, project, author, dek)
    read = record.parse(made.raw)
    assert (read.kind, read.project, read.author, read.id) == (kind, project, author, made.id)
    record.check_commitment(read, dek)
    with refused("pad"):
        record.check_commitment(read, flip(dek, 0))


@given(st.integers(0, 8 * 96 - 1))
def test_a_changed_header_is_refused_or_another_record_that_the_key_does_not_open(bit):
    raw = flip(header().raw, bit)
    with refused("format", "version", "pad"):
        record.check_commitment(record.parse(raw), DEK)


@pytest.mark.parametrize("at, value, outcome, why", [
    (3, b"n", "format", "magic"), (4, b"\0", "version", "version 0"), (4, b"\2", "version", "version 2"),
    (5, b"\2", "version", "suite 2"), (6, b"\0", "format", "kind 0"), (6, b"\x09", "format", "reserved kind"),
    (7, b"\x0f", "format", "chunk size"), (56, b"\1", "format", "first zero"), (63, b"\1", "format", "last zero"),
])
def test_each_field_of_a_header_is_checked(at, value, outcome, why):
    raw = header().raw
    with refused(outcome):
        record.parse(raw[:at] + value + raw[at + 1:])


def test_a_stream_has_a_key_of_its_own():
    assert record.dek(bytes(32), bytes(32)) != record.dek(bytes(32), bytes(32), b"")


@given(st.binary(min_size=1, max_size=600), st.integers(0, 1 << 20))
def test_a_changed_body_does_not_open(plaintext, bit):
    sealed = b"".join(body.seal(header(), DEK, plaintext))
    assert len(sealed) == body.sealed_length(len(plaintext)) and body.length_allowed(len(sealed))
    assert body.open_(header(), DEK, sealed) == plaintext
    with refused("open"):
        body.open_(header(), DEK, flip(sealed, bit))


@given(st.lists(st.integers(0, 2), max_size=5))
def test_chunks_open_only_all_and_in_order(order):
    plaintext = bytes(2 * body.CHUNK + 100)
    sealed = body.seal(header(), DEK, plaintext)
    raw = b"".join(sealed[i] for i in order)
    if order == [0, 1, 2]:
        assert body.open_(header(), DEK, raw) == plaintext
    else:
        with refused("open", "chunk"):
            body.open_(header(), DEK, raw)


@given(st.integers(1, 4 * body.CHUNK))
def test_a_sealed_length_is_allowed_exactly_when_some_plaintext_has_it(length):
    whole, rest = divmod(length, body.CHUNK + 16)
    candidates = {body.sealed_length(p) for p in range(max(1, whole * body.CHUNK), whole * body.CHUNK + rest + 1)}
    assert body.length_allowed(length) == (length in candidates)


def test_a_body_has_at_most_2_to_20_chunks():
    assert body.length_allowed((1 << 20) * (body.CHUNK + 16))
    assert not body.length_allowed((1 << 20) * (body.CHUNK + 16) + 17)
    assert not body.length_allowed(0)


@given(st.integers(0, 2**32 - 1), key, st.integers(0, 8 * 68 - 1))
def test_a_slot_opens_with_its_pad_only(epoch, pad, bit):
    made = slot.make(header().id, epoch, DEK, pad)
    assert slot.open_(header(), made, pad) == DEK and slot.parse(made).epoch == epoch
    if not 256 <= bit < 288:                        # the epoch number says where to ask, not what opens
        with refused("pad", "record-id"):
            slot.open_(header(), flip(made, bit), pad)
    with refused("format"):
        slot.parse(made + b"\0")


rows = st.lists(st.builds(manifest.Row, key, st.sampled_from(record.KINDS),
                          st.lists(key.filter(any), max_size=3).map(tuple), st.integers(0, 2**64 - 1), key),
                min_size=1, max_size=6, unique_by=lambda row: row.id)


@given(rows, st.integers(0, 1 << 16))
def test_a_manifest_reads_back_and_any_change_is_refused(listed, bit):
    raw = manifest.make(listed)
    root = manifest.root(raw)
    assert manifest.parse(raw, root) == listed
    with refused("manifest"):
        manifest.parse(flip(raw, bit), root)
    with refused("format"):
        manifest.parse(raw[:-1], root)


def test_manifest_rules_hold_whatever_the_root():
    good = manifest.Row(drawn(1), 2, (drawn(2),), 256, drawn(3))
    raw = manifest.make([good])
    for bad, outcome in ((raw * 2, "manifest"), (raw[:32] + b"\x09" + raw[33:], "manifest"), (b"", "format"),
                         (raw[:33] + bytes(32) + raw[33:65] + raw[97:], "manifest"), (bytes(169) * 65537, "format")):
        with refused(outcome):
            manifest.parse(bad, tlog.root([bad[i:i + 169] for i in range(0, len(bad), 169)]))


entries = st.lists(st.tuples(key, st.binary(min_size=17, max_size=99)), min_size=1, max_size=4, unique_by=lambda e: e[0])


@given(entries)
def test_a_pack_says_where_each_body_lies(listed):
    raw = pack.make([(header(dek=dek).raw, sealed) for dek, sealed in listed])
    assert [raw[p.offset:p.offset + p.length] for p in pack.parse(raw)] == [sealed for _, sealed in listed]
    for bad in (raw[:-1], raw + b"\0"):
        with refused("format"):
            pack.parse(bad)


def test_packs_that_are_refused():
    one = (header().raw, bytes(20))
    with refused("format"):
        pack.make([one, one])
    with refused("format"):
        pack.make([])
    with refused("format"):
        pack.make([(header().raw, bytes(16))])
    raw = pack.make([one])
    with refused("version"):
        pack.parse(raw[:4] + b"\2" + raw[5:])
    assert pack.name(raw) == prim.sha256(raw)
