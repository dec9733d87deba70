"""Section 5: the body of a request."""

import re
from dataclasses import dataclass

from . import prim, record, shares
from .outcome import require
from .wire import Reader, fixed, rows, uint, vector

SECONDS_MAX = 120
CLOSE_BYTES = 65
HEADERS_MAX = 65536
PURPOSE = re.compile(rb"[a-z0-9-]{1,32}")


@dataclass(frozen=True)
class Close:
    task: bytes
    how: int
    record: bytes


@dataclass(frozen=True)
class Request:
    act: int
    gates: int
    owner: bytes
    epoch_id: bytes
    project: bytes
    created: int
    expires: int
    ephemeral: bytes
    manifest: bytes
    purpose: bytes
    closes: tuple
    headers: tuple

    def write(self):
        closes = b"".join(fixed(c.task, 32) + bytes([c.how]) + fixed(c.record, 32) for c in self.closes)
        return (b"cfdr" + bytes([1, 1]) + uint(self.act, 1) + uint(self.gates, 1)
                + fixed(self.owner, 32) + fixed(self.epoch_id, 32) + fixed(self.project, 16)
                + uint(self.created, 8) + uint(self.expires, 8)
                + fixed(self.ephemeral, 32) + fixed(self.manifest, 32)
                + vector(self.purpose, 1, 32) + vector(closes, 0, 65535)
                + vector(b"".join(fixed(h, 96) for h in self.headers), 96, 96 * HEADERS_MAX))


def r(device, body):
    return prim.sha256(b"cfd1 request", fixed(device, 32), body)


def _close(raw):
    reader = Reader(raw)
    close = Close(reader.take(32), reader.uint(1), reader.take(32))
    require(close.how in (1, 2), "format", f"closes how {close.how}")
    require(close.how == 1 or not any(close.record), "format", "a skip names a record")
    return close


def read(body):
    """The layout alone."""
    reader = Reader(body)
    reader.magic(b"cfdr")
    reader.version()
    reader.suite()
    act = reader.uint(1)
    require(act in (shares.RELEASE, shares.CREATE), "format", f"act {act}")
    gates, owner, epoch_id, project = reader.uint(1), reader.take(32), reader.take(32), reader.take(16)
    created, expires = reader.uint(8), reader.uint(8)
    ephemeral, manifest, purpose = reader.take(32), reader.take(32), reader.vector(1, 32)
    require(PURPOSE.fullmatch(purpose), "format", "purpose is not a-z, 0-9, '-'")
    closes = tuple(_close(row) for row in rows(reader.vector(0, 65535), CLOSE_BYTES))
    headers = tuple(rows(reader.vector(96, 96 * HEADERS_MAX), 96))
    reader.done()
    return Request(act, gates, owner, epoch_id, project, created, expires, ephemeral, manifest, purpose,
                   closes, headers)


def parse(device, t, roster, gate, body):
    """All that a body can show to the gate that answers it."""
    request = read(body)
    require(request.created < request.expires <= request.created + SECONDS_MAX, "time",
            f"expires {request.expires - request.created} s after it was created")
    parsed = [record.parse(header) for header in request.headers]
    require(all(h.project == request.project for h in parsed), "format", "a header of another project")
    require(len(set(request.headers)) == len(parsed), "format", "a header twice")
    require(request.act != shares.CREATE or all(h.author == device for h in parsed), "format",
            "a create for another device's record")
    shares.check_quorum(request.act, t, roster, request.gates, gate)
    prim.x25519(b"\1" * 32, request.ephemeral)
    return request
