"""Plaintext, Padmé and the one zstd frame."""

import ctypes
import math

import pytest
from helpers import refused
from hypothesis import given, strategies as st

from cofferdam_format import padding

plains = st.builds(padding.Plaintext, st.text(max_size=20).map(str.encode), st.text(max_size=60).map(str.encode),
                   st.sampled_from([0, 1]), st.binary(max_size=700))


@given(st.integers(0, 2**40))
def test_padding_is_monotone_idempotent_and_below_12_percent(length):
    padded = padding.padded_length(length)
    assert padded >= max(256, length) and padding.padded_length(padded) == padded
    assert padded <= padding.padded_length(length + 1)
    if length >= 256:
        assert (padded - length) / length < 0.12


@given(st.integers(256, 2**40))
def test_padding_is_padmes_formula(length):
    e = math.floor(math.log2(length)) if length < 2**40 else 40
    s = math.floor(math.log2(e)) + 1
    assert padding.padded_length(length) == -(-length // 2**(e - s)) * 2**(e - s)


@given(plains, st.integers(1, 300))
def test_a_plaintext_reads_back_and_padding_is_checked(plain, more):
    raw = padding.build(plain)
    assert padding.parse(raw) == plain
    with refused("padding"):
        padding.parse(raw + bytes(more))
    used = 12 + len(plain.type) + len(plain.name) + len(plain.bytes)
    if used < len(raw):
        with refused("padding"):
            padding.parse(raw[:-1])
        for at in (used, len(raw) - 1):
            with refused("padding"):
                padding.parse(raw[:at] + b"\1" + raw[at + 1:])
    else:
        with refused("format"):
            padding.parse(raw[:-1])


@pytest.mark.parametrize("raw, why", [
    (b"\1\xff" + bytes(254), "type is not UTF-8"), (b"\0\0\1\xff" + bytes(252), "name is not UTF-8"),
    (b"\0\4\0" + bytes(2000), "name of 1024"), (b"\0\0\0\2" + bytes(252), "encoding 2"),
    (b"\0\0\0\0" + (245).to_bytes(8, "big") + bytes(244), "a byte more than there is"), (b"", "nothing"),
])
def test_malformed_plaintexts(raw, why):
    with refused("format"):
        padding.parse(raw)


def frame(content):
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(content) + 1000)
    size = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), content, ctypes.c_size_t(len(content)), 3)
    return out.raw[:size]


@given(st.binary(max_size=500), st.integers(0, 40))
def test_a_frame_unpacks_to_the_size_it_declares(content, cut):
    packed = frame(content)
    assert padding.unpack(1, packed) == content
    assert padding.unpack(0, packed) == packed
    for bad in (packed + b"\0", packed * 2, packed[:-1 - cut], b"\x50\x2a\x4d\x18\0\0\0\0" + packed):
        with refused("format"):
            padding.unpack(1, bad)


@pytest.mark.parametrize("bad, outcome, why", [
    ("28b52ffd0048190000616263", "format", "no size"),
    ("28b52ffd21010000", "format", "dictionary id"),
    ("28b52ffda001000040010000", "limit", "2^30 + 1"),
    ("28b52ffd2004190000616263", "format", "a byte more than it has"),
])
def test_frames_that_are_refused(bad, outcome, why):
    with refused(outcome):
        padding.unpack(1, bytes.fromhex(bad))
