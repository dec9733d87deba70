"""Section 6: a gate's answer and the client's checks of it, in their order."""

from dataclasses import dataclass

from . import entry, hpke, note, prim, shares, tlog
from .outcome import require
from .wire import Reader, fixed, gate, rows, uint, vector


@dataclass(frozen=True)
class Answer:
    gate: int
    entry: bytes
    enc: bytes
    ciphertext: bytes
    index: int
    inclusion: tuple
    checkpoint: bytes
    consistency: tuple

    def write(self):
        return (b"cfda" + bytes([1]) + uint(self.gate, 1) + bytes(2) + vector(self.entry, 0, 65535)
                + fixed(self.enc, 32) + vector(self.ciphertext, 16, (1 << 24) - 1) + uint(self.index, 8)
                + vector(b"".join(self.inclusion), 0, 2048) + vector(self.checkpoint, 1, 65535)
                + vector(b"".join(self.consistency), 0, 2048))


@dataclass(frozen=True)
class Expected:
    """What the client knows before it reads: nothing of it comes from the answer."""
    key: bytes
    owner: bytes
    gate: int
    incarnation: int
    kept: bytes
    r: bytes
    epoch_id: bytes
    device: bytes
    request_hash: bytes
    purpose: bytes
    act: int
    t: int
    gates: int
    count: int
    secret: bytes


def parse(raw):
    reader = Reader(raw)
    reader.magic(b"cfda")
    reader.version()
    by = gate(reader.uint(1))
    reader.zero(2)
    parts = Answer(by, reader.vector(0, 65535), reader.take(32), reader.vector(16, (1 << 24) - 1),
                   reader.uint(8), tuple(rows(reader.vector(0, 2048), 32)), reader.vector(1, 65535),
                   tuple(rows(reader.vector(0, 2048), 32)))
    reader.done()
    return parts


def info(r, epoch_id, gate):
    return b"cfd1 answer" + fixed(r, 32) + fixed(epoch_id, 32) + bytes([gate])


def answer_hash(enc, ciphertext):
    return prim.sha256(enc, ciphertext)


def seal(ephemeral, r, epoch_id, gate, secret, plaintext):
    return hpke.seal(secret, ephemeral, info(r, epoch_id, gate), plaintext)


def check(expected, raw):
    """(shares, entry's bytes, checkpoint)."""
    answer = parse(raw)
    origin = note.origin(expected.owner, expected.gate, expected.incarnation)
    seen = note.open_(answer.checkpoint, origin, expected.key)
    kept = note.open_(expected.kept, origin, expected.key) if expected.kept else note.Checkpoint(0, tlog.root([]))
    tlog.check_consistency(kept.size, kept.root, seen.size, seen.root, answer.consistency)
    tlog.check_inclusion(entry.leaf(answer.entry), answer.index, seen.size, answer.inclusion, seen.root)
    _check_entry(expected, answer)
    plaintext = hpke.open_(expected.secret, answer.enc, info(expected.r, expected.epoch_id, expected.gate),
                           answer.ciphertext)
    length = shares.answer_length(expected.act, expected.t, expected.gates, expected.gate, expected.count)
    require(len(plaintext) == length, "format", f"{len(plaintext)} bytes of shares, not {length}")
    return plaintext, answer.entry, seen


def _check_entry(expected, answer):
    logged = entry.parse(answer.entry)
    require(logged.type == entry.RELEASE, "answer", f"entry of type {logged.type}")
    for name, value in (("r", expected.r), ("gate", expected.gate), ("epoch_id", expected.epoch_id),
                        ("answer_hash", answer_hash(answer.enc, answer.ciphertext)), ("act", expected.act),
                        ("device", expected.device), ("request_hash", expected.request_hash)):
        require(logged.body[name] == value, "answer", f"entry of another {name}")
    require(logged.body["rule"].split(b"#")[0] == expected.purpose, "answer", "rule of another purpose")
    require(answer.gate == expected.gate, "answer", "answer of another gate")
