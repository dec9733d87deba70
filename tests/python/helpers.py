"""What several tests need: refusals, keys, whole epochs."""

import contextlib
import hashlib

import pytest
from hypothesis import strategies as st

from cofferdam_format import prim, record, shares
from cofferdam_format.outcome import OUTCOMES, Refused

SHAPES = [(2, 3), (2, 4), (2, 5), (3, 4), (3, 5), (4, 5)]


def bytes_of(size):
    return st.binary(min_size=size, max_size=size)


key = bytes_of(32)
small = st.binary(max_size=300)


@contextlib.contextmanager
def refused(*outcomes):
    with pytest.raises(Refused) as info:
        yield
    assert info.value.outcome in (outcomes or OUTCOMES), info.value


def drawn(*words):
    """32 bytes that look random and are the same each time."""
    return hashlib.sha256("/".join(map(str, words)).encode()).digest()


def flip(data, bit):
    at, bit = divmod(bit % (8 * len(data)), 8)
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def header(kind=2, project=bytes(16), seed=drawn("author"), dek=drawn("dek")):
    return record.make(kind, project, prim.ed25519_key(seed), dek)


def epoch(t, roster):
    gates = shares.members(roster)
    return shares.Epoch(t, roster, drawn("epoch"),
                        {a: drawn("k", a) for a in shares.subsets(roster, len(gates) - t + 1)},
                        {(a, b): drawn("z", a, b) for a in gates for b in gates if a < b})
