"""One gate of a whole installation, asked over HTTP by an annotator's device, and what its log says afterwards."""
import dataclasses
import http.client
import json
import os
import pathlib
import secrets
import select
import shutil
import subprocess
import time

from cofferdam_format import answer, entry, http_signature, keyfile, note, prim, request, tlog
from cofferdam_format.wire import vector
from faults import BIN

START_SECONDS_MAX = 2


class Site:
    """What never changes from try to try: the gate's directory as it was, a device's keys, a release to ask again."""

    def __init__(self, world):
        self.world = world
        person = world.party("ann")
        with open(person.passphrase, "rb") as p, open(os.path.join(person.state, "device.key"), "rb") as k:
            self.seed = keyfile.open_(p.read().strip(), k.read()).seed
        self.device = prim.ed25519_key(self.seed)
        world.stop("gate1")
        self.template = pathlib.Path(world.party("gate1").state)
        conf = (self.template / "gate.conf").read_text().split("[peer", 1)[0]
        (self.template / "gate.conf").write_text(conf)      # what it has to do comes from the test alone
        card = json.loads((self.template / "card.json").read_text())
        self.key = bytes.fromhex(card["key"])
        entries = read_log(self.template / "log")
        mine = [e.body for e in map(entry.parse, entries) if e.type == entry.RELEASE and e.body["device"] == self.device]
        self.sample = next(r for r in (request.read(b["request"]) for b in mine) if r.act == 1)
        self.manifest = request.read(mine[-1]["request"]).manifest
        self.origin = note.origin(self.sample.owner, 1, 1)
        logged = {e.body["envelope"] for e in map(entry.parse, entries) if e.type == entry.STATEMENT}
        for i in range(9):                                  # the gate is away: these are new to it
            world.party("lab").do("project", "new", f"later-{i}")
        news = [e for e in self.statements_elsewhere() if e not in logged]
        assert len(news) >= 9, "the gates that were there have logged more"
        self.news, self.more = news[:3], news[3:]

    def statements_elsewhere(self):
        time.sleep(0.5)                                     # until it is published
        log = pathlib.Path(self.world.party("gate2").state) / "log"
        return [e.body["envelope"] for e in map(entry.parse, read_log(log)) if e.type == entry.STATEMENT]

    def fresh(self, place):
        """The gate's directory, as it was; what is only ever replaced as a whole is shared."""
        place = pathlib.Path(place)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.template, place, ignore=lambda d, names: names if d.endswith("reserve") else [])
        for piece in (self.template / "log" / "reserve").iterdir():
            try:
                os.link(piece, place / "log" / "reserve" / piece.name)
            except OSError:                                 # another file system
                shutil.copy(piece, place / "log" / "reserve" / piece.name)
        return place

    def argv(self, place):
        return [BIN, "gate", "serve", "--listen", "127.0.0.1:0", "--state", str(place)]

    def ask(self):
        """A new release request: (body, r, the ephemeral secret)."""
        secret, now = secrets.token_bytes(32), int(time.time())
        body = dataclasses.replace(self.sample, created=now, expires=now + 120, closes=(), manifest=self.manifest,
                                   ephemeral=prim.x25519_key(secret)).write()
        return body, request.r(self.device, body), secret


def ready(process, talk, seconds=20):
    """Whether the process says that it is ready before it ends, and where it listens."""
    if not select.select([process.stdout], [], [], seconds)[0]:
        return False
    words = process.stdout.readline().split()
    if words[:1] != [b"ready"]:
        return False
    talk.port = int(words[1])
    return True


def read_log(place):
    """All entries that the published files of a log hold, and nothing that its checkpoint does not cover."""
    size = int((place / "tlog" / "checkpoint").read_bytes().split(b"\n")[1])
    out, folder = [], place / "tlog" / "tile" / "entries"
    for bundle in range((size + 255) // 256):
        width = min(256, size - 256 * bundle)
        path = folder / f"{bundle:03d}" if width == 256 else folder / f"{bundle:03d}.p" / str(width)
        data, at = path.read_bytes(), 0
        for _ in range(width):
            n = int.from_bytes(data[at:at + 2], "big")
            out.append(data[at + 2:at + 2 + n])
            at += 2 + n
    return out


class Told:
    """What a gate has told the world in one try: this is what its log must hold to."""

    def __init__(self):
        self.answers = {}        # r: the answer's bytes, as often as one came
        self.statements = set()  # envelopes that were taken
        self.checkpoints = []    # (size, root)
        self.refused = []        # codes


class Talk:
    """HTTP with the gate. No answer is no answer; an answer is checked at once, as a client does."""

    def __init__(self, site, told):
        self.site, self.told, self.port = site, told, None

    def http(self, method, path, body=b"", fields=()):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request(method, path, body, dict(fields))
            got = c.getresponse()
            return got.status, got.read()
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            c.close()

    def code(self, reply):
        try:
            code = json.loads(reply)["code"]
        except (ValueError, KeyError, TypeError):
            return None                                     # a reply of the HTTP library itself, or half of one
        self.told.refused.append(code)
        return code

    def release(self, asked):
        """None: no answer. "OK", or the code of the refusal."""
        body, r, secret = asked
        created = int.from_bytes(body[http_signature.CREATED_AT:][:8], "big")
        _, digest, signed, signature = http_signature.sign(self.site.seed, "/v1/request", created, None, body)
        status, reply = self.http("POST", "/v1/request", body, {"content-digest": digest, "signature-input": signed,
                                                                "signature": signature})
        if status != 200:
            return self.code(reply)
        s = self.site.sample
        expected = answer.Expected(key=self.site.key, owner=s.owner, gate=1, incarnation=1, kept=b"", r=r,
                                   epoch_id=s.epoch_id, device=self.site.device, request_hash=prim.sha256(body),
                                   purpose=s.purpose, act=1, t=2, gates=s.gates, count=len(s.headers), secret=secret)
        _, _, seen = answer.check(expected, reply)
        self.told.checkpoints.append((seen.size, seen.root))
        self.told.answers.setdefault(r, []).append(reply)
        return "OK"

    def statement(self, envelope):
        status, reply = self.http("POST", "/v1/statements", vector(envelope, 1, 65000))
        if status != 200:
            return self.code(reply)
        code = json.loads(reply)["results"][0]["code"]
        if code == "OK":
            self.told.statements.add(envelope)
        return code

    def status(self):
        status, reply = self.http("GET", "/v1/status")
        return json.loads(reply)["why"] if status == 200 else self.code(reply)


# --- the oracles: what must hold of a log, whatever went wrong. Each says what is broken, or nothing. ---

def answered_is_logged(told, entries):
    logged = {e.body["r"]: e for e in map(entry.parse, entries) if e.type == entry.RELEASE}
    for r, replies in told.answers.items():
        for reply in replies:
            a = answer.parse(reply)
            if r not in logged or entries[a.index:a.index + 1] != [a.entry]:
                return f"request {r.hex()[:12]} was answered and is not in the log at {a.index}"


def log_extends_checkpoints(told, entries):
    for size, root in told.checkpoints:
        if size > len(entries) or tlog.root(entries[:size]) != root:
            return f"the log of {len(entries)} entries does not extend a checkpoint of {size}"


def nothing_is_answered_twice(told, entries):
    rs = [e.body["r"] for e in map(entry.parse, entries) if e.type == entry.RELEASE]
    if len(set(rs)) != len(rs):
        return "a request stands in the log twice"
    if any(len(replies) > 1 for replies in told.answers.values()):
        return "a request was answered twice"


def nothing_submitted_is_lost(told, entries):
    logged = {e.body["envelope"] for e in map(entry.parse, entries) if e.type == entry.STATEMENT}
    lost = told.statements - logged
    if lost:
        return f"{len(lost)} statements were taken and are not in the log"


ORACLES = (answered_is_logged, log_extends_checkpoints, nothing_is_answered_twice, nothing_submitted_is_lost)


def judge(told, place, site):
    """All that is broken, in words."""
    entries = read_log(place / "log")
    seen = note.open_((place / "log" / "tlog" / "checkpoint").read_bytes(), site.origin, site.key)
    told.checkpoints.append((seen.size, seen.root))
    return [said for said in (oracle(told, entries) for oracle in ORACLES) if said]


def session(site, talk, asked):
    """The scripted session: what a gate does in a day, in short."""
    talk.status()
    talk.statement(site.news[0])
    talk.release(asked[0])
    talk.release(asked[0])
    talk.statement(site.news[1])
    talk.release(asked[1])
    time.sleep(0.25)                                        # a checkpoint is published meanwhile
    talk.statement(site.news[2])


def end(process, seconds=10):
    """Ends it politely. None: it had to be killed."""
    process.terminate()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    finally:
        process.stdout.close()


def recover(site, place, told, asked):
    """Starts the gate again without a fault, and asks for all that may have been lost. Says what is broken."""
    with open(str(place) + ".log", "ab") as err:
        begun = time.monotonic()
        process = subprocess.Popen(site.argv(place), stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL)
    talk, broken = Talk(site, told), []
    if not ready(process, talk):
        end(process)
        return ["it does not start again"]
    took = time.monotonic() - begun
    if took > START_SECONDS_MAX:
        broken.append(f"it took {took:.1f} s to start")
    answered = {r for r, replies in told.answers.items() if replies}
    for one in asked:
        code = talk.release(one)
        if code not in ("OK", "CFD-REL-003") or (code == "OK" and one[1] in answered):
            broken.append(f"asked again it says {code}")
    for envelope in site.news:
        code = talk.statement(envelope)
        if code != "OK":
            broken.append(f"a statement sent again: {code}")
    code = talk.release(site.ask())
    if code != "OK":
        broken.append(f"a new request is not answered: {code}")
    if end(process) != 0:
        broken.append("it does not end well")
    return broken or judge(told, place, site)
