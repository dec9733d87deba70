"""Section 7: entries of a gate's log."""

import re
from dataclasses import dataclass

from . import prim, tlog
from .outcome import require
from .wire import Reader, fixed, gate, rows, strictly_ascending, uint, utf8, vector

ENTRY_MAX = 65535
RULE = re.compile(rb"[a-z0-9-]{1,32}#[1-9][0-9]*")
STATEMENT, RELEASE, REFUSALS, CHECK, READY = range(1, 6)


@dataclass(frozen=True)
class Entry:
    salt: bytes
    ms: int
    type: int
    body: dict

    def write(self):
        raw = (fixed(self.salt, 16) + uint(self.ms, 8) + uint(self.type, 2) + uint(1, 2)
               + WRITERS[self.type](self.body))
        require(len(raw) <= ENTRY_MAX, "format", f"entry of {len(raw)} bytes")
        return raw


def leaf(raw):
    return tlog.leaf_hash(raw)


def _gate(reader):
    return gate(reader.uint(1))


def _text(data, what):
    """For people: UTF-8 without control characters."""
    require(all(" " <= c != "\x7f" for c in utf8(data, what)), "format", f"{what} has a control character")
    return data


def _read_statement(reader):
    return {"envelope": reader.vector(1, 65000)}


def _write_statement(b):
    return vector(b["envelope"], 1, 65000)


def _read_release(reader):
    b = {"gate": _gate(reader), "act": reader.uint(1)}
    require(b["act"] in (1, 2), "format", f"act {b['act']}")
    for name, size in (("epoch_id", 32), ("r", 32), ("device", 32), ("signature", 64), ("answer_hash", 32)):
        b[name] = reader.take(size)
    b["rule"] = reader.vector(1, 64)
    require(RULE.fullmatch(b["rule"]), "format", "rule is not PURPOSE#n")
    b["reason"] = reader.vector(1, 16)
    require(b["reason"] == b"OK", "format", "reason of a release is not OK")
    b["obligations"] = _text(reader.vector(0, 255), "obligations")
    b["place"] = reader.uint(1)
    require(b["place"] in (0, 1), "format", f"place {b['place']}")
    b["request_hash"] = reader.take(32)
    b["request"] = reader.vector(0, 60000)
    if b["place"] == 0:
        require(b["request"], "format", "no request inline")
        require(b["request_hash"] == prim.sha256(b["request"]), "format", "request hash of another request")
    else:
        require(not b["request"], "format", "an object's request stands inline as well")
    return b


def _write_release(b):
    return (uint(b["gate"], 1) + uint(b["act"], 1) + fixed(b["epoch_id"], 32) + fixed(b["r"], 32)
            + fixed(b["device"], 32) + fixed(b["signature"], 64) + fixed(b["answer_hash"], 32)
            + vector(b["rule"], 1, 64) + vector(b["reason"], 1, 16) + vector(b["obligations"], 0, 255)
            + uint(b["place"], 1) + fixed(b["request_hash"], 32) + vector(b["request"], 0, 60000))


def _read_refusals(reader):
    b = {"device": reader.take(32), "minute": reader.uint(8), "count": reader.uint(4),
         "reason": _text(reader.vector(1, 16), "reason"), "r": reader.take(32)}
    require(b["count"] > 0, "format", "no refusal")
    return b


def _write_refusals(b):
    return (fixed(b["device"], 32) + uint(b["minute"], 8) + uint(b["count"], 4)
            + vector(b["reason"], 1, 16) + fixed(b["r"], 32))


def _read_check(reader):
    b = {"gate": _gate(reader), "epoch_id": reader.take(32)}
    b["rows"] = [{"set": row[0], "check": row[1:]} for row in rows(reader.vector(33, 65535), 33)]
    require(strictly_ascending([row["set"] for row in b["rows"]]), "format", "rows do not ascend")
    return b


def _write_check(b):
    packed = b"".join(uint(row["set"], 1) + fixed(row["check"], 32) for row in b["rows"])
    return uint(b["gate"], 1) + fixed(b["epoch_id"], 32) + vector(packed, 33, 65535)


def _read_ready(reader):
    return {"gate": _gate(reader), "epoch_id": reader.take(32)}


def _write_ready(b):
    return uint(b["gate"], 1) + fixed(b["epoch_id"], 32)


READERS = {STATEMENT: _read_statement, RELEASE: _read_release, REFUSALS: _read_refusals,
           CHECK: _read_check, READY: _read_ready}
WRITERS = {STATEMENT: _write_statement, RELEASE: _write_release, REFUSALS: _write_refusals,
           CHECK: _write_check, READY: _write_ready}


def parse(raw):
    require(len(raw) <= ENTRY_MAX, "format", f"entry of {len(raw)} bytes")
    reader = Reader(raw)
    salt, ms, kind = reader.take(16), reader.uint(8), reader.uint(2)
    require(reader.uint(2) == 1, "version", "rules version is not 1")
    require(kind in READERS, "format", f"type {kind}")
    body = READERS[kind](reader)
    reader.done()
    return Entry(salt, ms, kind, body)
