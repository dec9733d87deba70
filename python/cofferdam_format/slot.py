"""Section 2.4: slots."""

from dataclasses import dataclass

from . import prim, record
from .outcome import require
from .wire import Reader, fixed, uint

SLOT_BYTES = 68


@dataclass(frozen=True)
class Slot:
    id: bytes
    epoch: int
    sealed: bytes


def make(record_id, epoch, dek, pad):
    return fixed(record_id, 32) + uint(epoch, 4) + prim.xor(fixed(dek, 32), fixed(pad, 32))


def parse(raw):
    require(len(raw) == SLOT_BYTES, "format", f"slot of {len(raw)} bytes")
    reader = Reader(raw)
    return Slot(reader.take(32), reader.uint(4), reader.take(32))


def open_(header, raw, pad):
    slot = parse(raw)
    require(slot.id == header.id, "record-id", "slot of another record")
    dek = prim.xor(slot.sealed, pad)
    record.check_commitment(header, dek)
    return dek
