"""Section 2.7: packs."""

from dataclasses import dataclass

from . import body, prim, record
from .outcome import require
from .wire import Reader, uint

RECORDS_MAX = 65536


@dataclass(frozen=True)
class Place:
    header: record.Header
    offset: int
    length: int


def make(entries):
    """`entries` are pairs of a header's and a sealed body's bytes."""
    raw = b"cfdp" + bytes([1, 0, 0, 0]) + uint(len(entries), 4)
    raw += b"".join(header + uint(len(sealed), 8) for header, sealed in entries)
    raw += b"".join(sealed for _, sealed in entries)
    parse(raw)
    return raw


def name(raw):
    return prim.sha256(raw)


def parse(raw):
    reader = Reader(raw)
    reader.magic(b"cfdp")
    reader.version()
    reader.zero(3)
    count = reader.uint(4)
    require(1 <= count <= RECORDS_MAX, "format", f"{count} records")
    listed = []
    for _ in range(count):
        header, length = record.parse(reader.take(96)), reader.uint(8)
        require(body.length_allowed(length), "format", f"sealed length {length}")
        listed.append((header, length))
    require(len({header.id for header, _ in listed}) == count, "format", "a record twice")
    places = []
    for header, length in listed:
        places.append(Place(header, reader.at, length))
        reader.take(length)
    reader.done()
    return places
