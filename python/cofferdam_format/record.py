"""Section 2.1: header, record id, commitment, keys of a record."""

from dataclasses import dataclass

from . import prim
from .outcome import require
from .wire import Reader, fixed

KINDS = range(1, 9)
HEADER_BYTES = 96


@dataclass(frozen=True)
class Header:
    raw: bytes
    kind: int
    project: bytes
    author: bytes
    commitment: bytes

    @property
    def id(self):
        return prim.sha256(b"cfd1 record", self.raw)


def dek(random, hedge, padded=None):
    """`padded` None: a stream, whose plaintext is not known yet."""
    content = bytes(32) if padded is None else prim.sha256(padded)
    return prim.hmac(fixed(random, 32), b"cfd1 dek", fixed(hedge, 32), content)


def commitment(key, front):
    return prim.hkdf(key, b"cfd1 commit", salt=front)


def content_key(key, header):
    return prim.hkdf(key, b"cfd1 content", salt=header.raw[:64])


def make(kind, project, author, key):
    front = (b"cfdm" + bytes([1, 1, kind, 16]) + fixed(project, 16) + fixed(author, 32) + bytes(8))
    return parse(front + commitment(key, front))


def parse(raw):
    require(len(raw) == HEADER_BYTES, "format", f"header of {len(raw)} bytes")
    reader = Reader(raw)
    reader.magic(b"cfdm")
    reader.version()
    reader.suite()
    kind = reader.uint(1)
    require(kind in KINDS, "format", f"kind {kind}")
    require(reader.uint(1) == 16, "format", "chunk size is not 2^16")
    project, author = reader.take(16), reader.take(32)
    reader.zero(8)
    return Header(raw, kind, project, author, reader.take(32))


def check_commitment(header, key):
    require(prim.same(commitment(key, header.raw[:64]), header.commitment), "pad",
            "key is not the one that the header commits to")
