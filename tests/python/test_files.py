"""Key file, kept DEK, heads of devices."""

import pytest
from helpers import bytes_of, drawn, flip, key, refused
from hypothesis import given, settings, strategies as st

from cofferdam_format import heads, kept, keyfile, prim

KEYS = keyfile.Keys(drawn("seed"), drawn("hedge"), drawn("storage"))
FILE = keyfile.make(b"correct horse", 2, 65536, drawn("salt")[:16], drawn("nonce")[:12], KEYS)


@settings(max_examples=5)
@given(st.integers(8 * 16, 8 * keyfile.FILE_BYTES - 1))
def test_a_key_file_opens_with_its_passphrase_and_unchanged(bit):
    with refused("open"):
        keyfile.open_(b"correct horse", flip(FILE, bit))


def test_a_key_file_reads_back():
    assert len(FILE) == keyfile.FILE_BYTES and keyfile.open_(b"correct horse", FILE) == KEYS
    with refused("open"):
        keyfile.open_(b"wrong horse", FILE)


@pytest.mark.parametrize("at, value, outcome, why", [
    (0, "78", "format", "magic"), (4, "02", "version", "version"), (5, "02", "version", "suite"), (7, "01", "format", "reserved"),
    (8, "00000001", "kdf-floor", "1 pass"), (8, "00000011", "limit", "17 passes"), (12, "0000ffff", "kdf-floor", "too little memory"),
    (12, "00100001", "limit", "too much memory"), (8, "ffffffff", "limit", "no end"), (156, "00", "format", "left over"),
])
def test_bounds_are_checked_before_anything_is_derived(at, value, outcome, why):
    raw = bytes.fromhex(value)
    with refused(outcome):
        keyfile.open_(b"", FILE[:at] + raw + FILE[at + len(raw):])


@given(key, bytes_of(12), key, key, st.integers(0, 1 << 20))
def test_a_kept_dek_reads_back_and_any_change_is_refused(storage, nonce, record_id, dek, bit):
    raw = kept.make(storage, nonce, record_id, dek)
    assert kept.open_(storage, raw) == (record_id, dek)
    with refused("open"):
        kept.open_(storage, flip(raw, bit))
    with refused("open"):
        kept.open_(flip(storage, 1), raw)
    with refused("format"):
        kept.open_(storage, raw[:-1])


QUESTION = heads.question(drawn("project")[:16], drawn("nonce"))
SEED = drawn("log")
row_lists = st.lists(st.builds(heads.Row, key, st.integers(1, 2**64 - 1), key, key), max_size=4, unique_by=lambda r: r.issuer)
ascending = row_lists.map(lambda rows: sorted(rows, key=lambda r: r.issuer))


@given(ascending, st.integers(0, 2**64 - 1), st.integers(0, 1 << 20))
def test_a_reply_reads_back_and_any_change_is_refused(rows, size, bit):
    raw = heads.reply(QUESTION, 3, size, rows, SEED)
    assert heads.check(QUESTION, 3, prim.ed25519_key(SEED), raw) == (size, rows)
    with refused("format", "version", "signature"):
        heads.check(QUESTION, 3, prim.ed25519_key(SEED), flip(raw, bit))
    for question, gate in ((QUESTION[:-1] + b"\0", 3), (QUESTION, 2)):
        with refused("answer"):
            heads.check(question, gate, prim.ed25519_key(SEED), raw)


def test_rows_ascend_and_questions_are_whole():
    row = heads.Row(drawn("i"), 1, drawn("s"), bytes(32))
    with refused("format"):
        heads.check(QUESTION, 3, prim.ed25519_key(SEED), heads.reply(QUESTION, 3, 1, [row, row], SEED))
    assert heads.parse_question(QUESTION) == (drawn("project")[:16], drawn("nonce"))
    for bad, outcome in ((QUESTION + b"\0", "format"), (QUESTION[:-1], "format"), (QUESTION[:4] + b"\2" + QUESTION[5:], "version"),
                         (QUESTION[:6] + b"\1" + QUESTION[7:], "format")):
        with refused(outcome):
            heads.parse_question(bad)


@given(st.lists(ascending, max_size=3))
def test_the_newest_is_the_greatest_number_of_any_gate(replies):
    merged = heads.newest(replies)
    every = [row for rows in replies for row in rows]
    assert [row.issuer for row in merged] == sorted({row.issuer for row in every})
    assert all(row.number >= other.number for row in merged for other in every if other.issuer == row.issuer)
