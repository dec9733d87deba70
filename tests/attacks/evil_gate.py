"""A malicious gate: it has a real gate's keys and log key, speaks the gate's protocol, and lies on command.

It answers POST /v1/request itself, from a log of its own that goes on from where the real gate's log was; everything
else goes to the real gate as it came. A lie is a function of the gate and an Ask, and gives the answer (an
answer.Answer, or bytes of any kind). Without a lie it is honest, so that whoever is pointed at it can stay.
`python evil_gate.py GATE-STATE REAL-URL LIE` serves one of LIES until it is killed.
"""
import configparser
import contextlib
import dataclasses
import http.client
import http.server
import inspect
import os
import pathlib
import secrets
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))

from cofferdam_format import answer, entry, note, prim, record, request, shares, statement, tlog  # noqa: E402

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date"}
TILE = 256


# --- what lies in a gate's state directory ---

def tile_name(number):
    digits = f"{number // 1000:03d}/{number % 1000:03d}" if number >= 1000 else f"{number:03d}"
    return "x" + digits if number >= 1000 else digits


def read_log(state):
    """The entries that the gate has published."""
    place = os.path.join(state, "log", "tlog")
    for _ in range(100):                             # a new checkpoint may come between the two readings
        with contextlib.suppress(FileNotFoundError):
            size = int(open(os.path.join(place, "checkpoint"), "rb").read().split(b"\n")[1])
            bundles = b""
            for n in range(-(-size // TILE)):
                width = min(TILE, size - n * TILE)
                name = tile_name(n) + ("" if width == TILE else f".p/{width}")
                bundles += open(os.path.join(place, "tile", "entries", name), "rb").read()
            out = []
            while bundles:
                end = 2 + int.from_bytes(bundles[:2], "big")
                out.append(bundles[2:end])
                bundles = bundles[end:]
            if len(out) == size:
                return out
        time.sleep(0.05)
    raise RuntimeError(f"no log can be read under {place}")


def statements(log):
    """The statements of a log, in its order."""
    parsed = (entry.parse(raw) for raw in log)
    return [statement.read(e.body["envelope"]) for e in parsed if e.type == entry.STATEMENT]


def read_keys(state):
    """What one gate holds of its epoch: (its number, the epoch with this gate's keys alone)."""
    [name] = [n for n in os.listdir(state) if n.startswith("keys-")]
    raw = open(os.path.join(state, name), "rb").read()
    assert raw[:5] == b"cfdx\1", name
    t, roster, number, epoch_id = raw[5], raw[6], raw[7], raw[8:40]
    size = len(shares.members(roster)) - t + 1
    held = [a for a in shares.subsets(roster, size) if a >> number - 1 & 1]
    peers = [g for g in shares.members(roster) if g != number]
    keys = [raw[i:i + 32] for i in range(40, len(raw), 32)]
    assert len(keys) == len(held) + len(peers), name
    return number, shares.Epoch(t, roster, epoch_id, dict(zip(held, keys)),
                                {(min(number, g), max(number, g)): z for g, z in zip(peers, keys[len(held):])})


# --- the gate ---

class Ask:
    """One signed request, as it came."""

    def __init__(self, fields, body):
        self.fields, self.body = fields, body
        self.request = request.read(body)
        self.device = bytes.fromhex(fields["signature-input"].split('keyid="')[1][:64])
        self.signature = prim.unb64(fields["signature"][len("sig=:"):-1], "format")
        self.seen = int(fields.get("cofferdam-seen") or 0)
        self.r = request.r(self.device, body)
        parsed = [record.parse(h) for h in self.request.headers]
        self.records = [(h.kind, h.id) for h in parsed]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fields = {k.lower(): v for k, v in self.headers.items()}
        if (self.command, self.path) == ("POST", "/v1/request"):
            status, kind, reply = 200, "application/octet-stream", owner.reply(Ask(fields, body))
        else:
            status, kind, reply = owner.forward(self.command, self.path, fields, body)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

    do_GET = do_POST = serve


class EvilGate:
    """`asked`: what came, in order. `answers`: what was given for it. `told`: how many of them were lies."""

    def __init__(self, state, real, lie=None):
        conf = configparser.ConfigParser()
        conf.read(os.path.join(state, "gate.conf"))
        self.seed = open(os.path.join(state, "secret"), "rb").read()[:32]
        self.number, self.epoch = read_keys(state)
        self.log = read_log(state)
        self.leaves = [entry.leaf(raw) for raw in self.log]
        root = statement.read(open(os.path.join(state, "root"), "rb").read())
        self.owner = root.id
        self.origin = note.origin(root.id, self.number, int(conf["gate"]["incarnation"]))
        self.real, self.lie = urllib.parse.urlsplit(real), lie
        self.asked, self.answers, self.told, self.lock = [], [], 0, threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.owner = True, self
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def tell(self, lie=None):
        self.lie, self.told = lie, 0

    def reply(self, ask):
        with self.lock:
            given = self.lie(self, ask) if self.lie else None
            self.told += given is not None
            given = self.answer(ask) if given is None else given
            self.asked.append(ask)
            self.answers.append(given)
            return given if isinstance(given, bytes) else given.write()

    def forward(self, method, path, fields, body):
        c = http.client.HTTPConnection(self.real.hostname, self.real.port, timeout=20)
        try:
            c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in fields.items():
                if name not in HOP:
                    c.putheader(name, value)
            c.putheader("content-length", str(len(body)))
            c.endheaders(body)
            got = c.getresponse()
            return got.status, got.getheader("content-type"), got.read()
        except OSError:
            return 503, "application/json", b'{"code":"CFD-NET-001","message":"the real gate is gone","hint":""}'
        finally:
            c.close()

    # what an honest gate does, each step with room for a lie

    def shares(self, ask):
        q = ask.request
        return self.epoch.answer(q.act, self.number, q.gates, q.project, ask.records, ask.r)

    def entry(self, ask, enc, ciphertext, **changes):
        body = {"gate": self.number, "act": ask.request.act, "epoch_id": ask.request.epoch_id, "r": ask.r,
                "device": ask.device, "signature": ask.signature,
                "answer_hash": answer.answer_hash(enc, ciphertext), "rule": ask.request.purpose + b"#1",
                "reason": b"OK", "obligations": b"", "place": 0, "request_hash": prim.sha256(ask.body),
                "request": ask.body}
        return entry.Entry(secrets.token_bytes(16), time.time_ns() // 10**6, entry.RELEASE, body | changes).write()

    def append(self, raw):
        self.log.append(raw)
        self.leaves.append(entry.leaf(raw))
        return len(self.log) - 1

    def checkpoint(self, size=None, root=None, seed=None, origin=None):
        size = len(self.leaves) if size is None else size
        root = tlog.root_of_hashes(self.leaves[:size]) if root is None else root
        return note.make(origin or self.origin, size, root, seed or self.seed)

    def prove(self, ask, raw, enc, ciphertext, index):
        seen = ask.seen if ask.seen < len(self.leaves) else 0
        return answer.Answer(self.number, raw, enc, ciphertext, index, tuple(tlog.inclusion(self.leaves, index)),
                             self.checkpoint(), tuple(tlog.consistency(self.leaves, seen)))

    def answer(self, ask, given=None, **changes):
        ask.given = self.shares(ask) if given is None else given
        enc, ciphertext = answer.seal(ask.request.ephemeral, ask.r, ask.request.epoch_id, self.number,
                                      secrets.token_bytes(32), ask.given)
        raw = self.entry(ask, enc, ciphertext, **changes)
        return self.prove(ask, raw, enc, ciphertext, self.append(raw))

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


# --- lies in shares: well-formed, logged and proven, so that only the commitment can show them ---

def wrong_share(gate, ask):
    """Every share differs in one bit from the right one."""
    return gate.answer(ask, bytes(b ^ 1 if i % 32 == 0 else b for i, b in enumerate(gate.shares(ask))))


def zero_share(gate, ask):
    return gate.answer(ask, bytes(len(gate.shares(ask))))


def repeated_share(gate, ask):
    """The first share again and again, for every record and quorum."""
    right = gate.shares(ask)
    return gate.answer(ask, right[:32] * (len(right) // 32))


def chosen_share(gate, ask):
    """32 bytes that the attacker knows beforehand, for every record and quorum."""
    return gate.answer(ask, prim.sha256(b"chosen") * (len(gate.shares(ask)) // 32))


def random_share(gate, ask):
    return gate.answer(ask, secrets.token_bytes(len(gate.shares(ask))))


def only_for(devices, lie):
    """The lie for these devices (a vendor's, say), and the truth for all others."""
    return lambda gate, ask: lie(gate, ask) if ask.device in devices else None


def only_act(act, lie):
    return lambda gate, ask: lie(gate, ask) if ask.request.act == act else None


# --- lies about the log and the entry: each has one code ---

def changed(**parts):
    return lambda gate, ask: dataclasses.replace(gate.answer(ask), **parts)


def without_proof(gate, ask):
    """No inclusion proof at all."""
    return dataclasses.replace(gate.answer(ask), inclusion=())


def unlogged(gate, ask):
    """An entry that it never appended, under the proof of another one."""
    honest = gate.answer(ask)
    raw = gate.entry(ask, honest.enc, honest.ciphertext)
    return dataclasses.replace(honest, entry=raw)


def other_root(gate, ask):
    """A proof to the root of its log; the checkpoint, rightly signed, has another one."""
    honest = gate.answer(ask)
    return dataclasses.replace(honest, consistency=(), checkpoint=gate.checkpoint(root=prim.sha256(b"other")))


def other_fork(gate, ask):
    """A log of its own making: proof, root and signature are right, but the log that was seen is not in it."""
    honest = gate.answer(ask)
    forged = [entry.leaf(b"forged")] * len(gate.leaves[:-1]) + gate.leaves[-1:]
    return dataclasses.replace(
        honest, inclusion=tuple(tlog.inclusion(forged, len(forged) - 1)),
        checkpoint=gate.checkpoint(root=tlog.root_of_hashes(forged)),
        consistency=tuple(tlog.consistency(forged, ask.seen)) if ask.seen < len(forged) else ())


def old_checkpoint(gate, ask):
    """The checkpoint from before the entry."""
    honest = gate.answer(ask)
    size = ask.seen or honest.index
    return dataclasses.replace(honest, checkpoint=gate.checkpoint(size), consistency=())


def shrunken(gate, ask):
    """A log that is shorter than what was seen: the entry stands where others stood."""
    honest = gate.answer(ask)
    leaves = gate.leaves[:3] + gate.leaves[-1:]
    return dataclasses.replace(honest, index=3, inclusion=tuple(tlog.inclusion(leaves, 3)), consistency=(),
                               checkpoint=gate.checkpoint(4, tlog.root_of_hashes(leaves)))


def same_size(gate, ask):
    """Two checkpoints of one size: as large as what was seen, with this entry in the place of the last one."""
    honest = gate.answer(ask)
    leaves = gate.leaves[:ask.seen - 1] + gate.leaves[-1:]
    return dataclasses.replace(honest, index=ask.seen - 1, inclusion=tuple(tlog.inclusion(leaves, ask.seen - 1)),
                               consistency=(), checkpoint=gate.checkpoint(ask.seen, tlog.root_of_hashes(leaves)))


def other_log_key(gate, ask):
    return dataclasses.replace(gate.answer(ask), checkpoint=gate.checkpoint(seed=prim.sha256(b"stranger")))


def other_origin(gate, ask):
    origin = gate.origin.replace(f"gate-{gate.number}", f"gate-{gate.number + 1}")
    return dataclasses.replace(gate.answer(ask), checkpoint=gate.checkpoint(origin=origin))


def entry_says(**changes):
    """The logged entry says something else than what was asked or answered."""
    return lambda gate, ask: gate.answer(ask, **changes)


def answer_of_other_gate(gate, ask):
    return dataclasses.replace(gate.answer(ask), gate=gate.number % 3 + 1)


def statement_entry(gate, ask):
    """A proven entry, but of another type: a statement that was logged before."""
    honest = gate.answer(ask)
    return dataclasses.replace(honest, entry=gate.log[0], index=0, inclusion=tuple(tlog.inclusion(gate.leaves, 0)))


def replayed(gate, ask):
    """The answer to somebody's earlier request, proven anew for whoever asks."""
    old = next(a for a in reversed(gate.answers) if isinstance(a, answer.Answer))
    return gate.prove(ask, old.entry, old.enc, old.ciphertext, old.index)


def sealed_for_another(gate, ask):
    """Sealed to another key: the shares are somebody else's to open."""
    enc, ciphertext = answer.seal(prim.x25519_key(prim.sha256(b"another")), ask.r, ask.request.epoch_id, gate.number,
                                  secrets.token_bytes(32), gate.shares(ask))
    raw = gate.entry(ask, enc, ciphertext)
    return gate.prove(ask, raw, enc, ciphertext, gate.append(raw))


def one_share_more(gate, ask):
    return gate.answer(ask, gate.shares(ask) + bytes(32))


def half_a_share(gate, ask):
    return gate.answer(ask, gate.shares(ask)[:-16])


def no_shares(gate, ask):
    return gate.answer(ask, b"")


def cut_short(gate, ask):
    return gate.answer(ask).write()[:-1]


def byte_more(gate, ask):
    return gate.answer(ask).write() + b"\0"


def newer_version(gate, ask):
    raw = gate.answer(ask).write()
    return raw[:4] + b"\2" + raw[5:]


def nothing(gate, ask):
    return b""


LIES = {f.__name__: f for f in (
    wrong_share, zero_share, repeated_share, chosen_share, random_share, without_proof, unlogged, other_root, other_fork,
    old_checkpoint, shrunken, same_size, other_log_key, other_origin, answer_of_other_gate, statement_entry, replayed,
    sealed_for_another, one_share_more, half_a_share, no_shares, cut_short, byte_more, newer_version, nothing)}


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in LIES:
        print(__doc__, file=sys.stderr)
        for name, function in LIES.items():
            print(f"  {name:22} {(inspect.getdoc(function) or '').splitlines()[0] if function.__doc__ else ''}",
                  file=sys.stderr)
        sys.exit(2)
    with EvilGate(sys.argv[1], sys.argv[2], LIES[sys.argv[3]]) as evil:
        print("ready", evil.url, flush=True)
        threading.Event().wait()
