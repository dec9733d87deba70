"""Section 9: key file of a device."""

from dataclasses import dataclass

from . import prim
from .outcome import require
from .wire import Reader, fixed, uint

FILE_BYTES = 156


@dataclass(frozen=True)
class Keys:
    seed: bytes
    hedge: bytes
    storage: bytes


def _bounds(passes, memory):
    require(passes >= 2 and memory >= 65536, "kdf-floor", f"{passes} passes, {memory} KiB")
    require(passes <= 16 and memory <= 1048576, "limit", f"{passes} passes, {memory} KiB")


def make(passphrase, passes, memory, salt, nonce, keys):
    _bounds(passes, memory)
    front = (b"cfdk" + bytes([1, 1, 0, 0]) + uint(passes, 4) + uint(memory, 4)
             + fixed(salt, 16) + fixed(nonce, 12))
    key = prim.argon2id(passphrase, salt, passes, memory)
    return front + prim.gcm_seal(key, nonce, front,
                                 fixed(keys.seed, 32) + fixed(keys.hedge, 32) + fixed(keys.storage, 32))


def open_(passphrase, raw):
    require(len(raw) == FILE_BYTES, "format", f"key file of {len(raw)} bytes")
    reader = Reader(raw)
    reader.magic(b"cfdk")
    reader.version()
    reader.suite()
    reader.zero(2)
    passes, memory = reader.uint(4), reader.uint(4)
    _bounds(passes, memory)
    salt, nonce = reader.take(16), reader.take(12)
    key = prim.argon2id(passphrase, salt, passes, memory)
    plain = Reader(prim.gcm_open(key, nonce, raw[:44], reader.rest()))
    return Keys(plain.take(32), plain.take(32), plain.take(32))
