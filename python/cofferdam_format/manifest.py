"""Section 2.5: manifest rows."""

from dataclasses import dataclass

from . import record, tlog
from .outcome import require
from .wire import Reader, fixed, rows, uint

ROW_BYTES = 169
ROWS_MAX = 65536


@dataclass(frozen=True)
class Row:
    id: bytes
    kind: int
    parents: tuple
    length: int
    body_hash: bytes

    def write(self):
        require(len(self.parents) <= 3, "format", f"{len(self.parents)} parents")
        parents = b"".join(fixed(p, 32) for p in self.parents).ljust(96, b"\0")
        return fixed(self.id, 32) + uint(self.kind, 1) + parents + uint(self.length, 8) + fixed(self.body_hash, 32)


def make(entries):
    require(1 <= len(entries) <= ROWS_MAX, "format", f"{len(entries)} rows")
    return b"".join(row.write() for row in entries)


def root(raw):
    return tlog.root(rows(raw, ROW_BYTES))


def _row(raw):
    reader = Reader(raw)
    record_id, kind = reader.take(32), reader.uint(1)
    require(kind in record.KINDS, "manifest", f"kind {kind}")
    parents = [reader.take(32) for _ in range(3)]
    present = [p for p in parents if any(p)]
    require(parents[:len(present)] == present, "manifest", "an absent parent before a present one")
    return Row(record_id, kind, tuple(present), reader.uint(8), reader.take(32))


def parse(raw, stated_root):
    pieces = rows(raw, ROW_BYTES)
    require(1 <= len(pieces) <= ROWS_MAX, "format", f"{len(pieces)} rows")
    out = [_row(piece) for piece in pieces]
    require(len({row.id for row in out}) == len(out), "manifest", "a record twice")
    require(tlog.root(pieces) == stated_root, "manifest", "root is not the statement's")
    return out
