"""Section 2.3: sealed chunks."""

from . import prim, record, tlog
from .outcome import require
from .wire import fixed

CHUNK = 65536
TAG = 16
CHUNKS_MAX = 1 << 20


def sealed_length(length):
    return length + TAG * -(-length // CHUNK)


def length_allowed(sealed):
    """Whether some plaintext of 1 byte to 2^20 chunks has this sealed length."""
    whole, rest = divmod(sealed, CHUNK + TAG)
    return sealed > 0 and (rest == 0 or rest > TAG) and whole + (rest > 0) <= CHUNKS_MAX


def nonce(index, last):
    return index.to_bytes(11, "big") + bytes([last])


def split(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


def seal_chunks(key, record_id, plaintext):
    pieces = split(plaintext, CHUNK)
    require(1 <= len(pieces) <= CHUNKS_MAX, "chunk", f"{len(pieces)} chunks")
    return [prim.gcm_seal(fixed(key, 32), nonce(i, i == len(pieces) - 1), record_id, piece)
            for i, piece in enumerate(pieces)]


def body_hash(chunks):
    return tlog.root(chunks)


def open_body(key, record_id, body):
    require(length_allowed(len(body)), "chunk", f"body of {len(body)} bytes")
    pieces = split(body, CHUNK + TAG)
    return b"".join(prim.gcm_open(key, nonce(i, i == len(pieces) - 1), record_id, piece)
                    for i, piece in enumerate(pieces))


def seal(header, dek, plaintext):
    record.check_commitment(header, dek)
    return seal_chunks(record.content_key(dek, header), header.id, plaintext)


def open_(header, dek, body):
    record.check_commitment(header, dek)
    return open_body(record.content_key(dek, header), header.id, body)
