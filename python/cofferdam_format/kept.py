"""Section 10: a DEK that its author keeps for a while."""

from . import prim
from .outcome import require
from .wire import Reader, fixed

KEPT_BYTES = 92
LABEL = b"cfd1 kept"


def make(storage, nonce, record_id, dek):
    return record_id + nonce + prim.gcm_seal(storage, fixed(nonce, 12), LABEL + fixed(record_id, 32), fixed(dek, 32))


def open_(storage, raw):
    require(len(raw) == KEPT_BYTES, "format", f"kept DEK of {len(raw)} bytes")
    reader = Reader(raw)
    record_id, nonce = reader.take(32), reader.take(12)
    return record_id, prim.gcm_open(storage, nonce, LABEL + record_id, reader.rest())
