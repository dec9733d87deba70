"""Section 11: heads of devices, asked of a gate."""

from dataclasses import dataclass

from . import prim
from .outcome import require
from .wire import Reader, fixed, gate, rows, strictly_ascending, uint, vector

ROW_BYTES = 104
ROWS_MAX = (1 << 24) - 1
LABEL = b"cfd1 heads"


@dataclass(frozen=True)
class Row:
    issuer: bytes
    number: int
    id: bytes
    manifest: bytes

    def write(self):
        return fixed(self.issuer, 32) + uint(self.number, 8) + fixed(self.id, 32) + fixed(self.manifest, 32)


def question(project, nonce):
    return b"cfdh" + bytes([1, 0, 0, 0]) + fixed(project, 16) + fixed(nonce, 32)


def parse_question(raw):
    reader = Reader(raw)
    reader.magic(b"cfdh")
    reader.version()
    reader.zero(3)
    project, nonce = reader.take(16), reader.take(32)
    reader.done()
    return project, nonce


def reply(asked, by, size, entries, seed):
    raw = (b"cfdg" + bytes([1]) + uint(by, 1) + bytes(2) + prim.sha256(asked) + uint(size, 8)
           + vector(b"".join(row.write() for row in entries), 0, ROWS_MAX))
    return raw + prim.ed25519_sign(seed, LABEL, raw)


def _row(raw):
    reader = Reader(raw)
    return Row(reader.take(32), reader.uint(8), reader.take(32), reader.take(32))


def check(asked, asked_gate, key, raw):
    """Layout, then the signature, then that it answers this question at this gate."""
    reader = Reader(raw)
    reader.magic(b"cfdg")
    reader.version()
    by = gate(reader.uint(1))
    reader.zero(2)
    answered, size = reader.take(32), reader.uint(8)
    entries = [_row(piece) for piece in rows(reader.vector(0, ROWS_MAX), ROW_BYTES)]
    require(strictly_ascending([row.issuer for row in entries]), "format", "rows do not ascend by issuer")
    signed = raw[:reader.at]
    signature = reader.take(64)
    reader.done()
    prim.ed25519_verify(key, signature, LABEL, signed)
    require(by == asked_gate and answered == prim.sha256(asked), "answer", "answers another question or gate")
    return size, entries


def newest(replies):
    best = {}
    for row in (row for entries in replies for row in entries):
        if row.issuer not in best or row.number > best[row.issuer].number:
            best[row.issuer] = row
    return [best[issuer] for issuer in sorted(best)]
