"""One store of a whole installation, asked over HTTP what clients have asked, and what it has afterwards."""
import http.client
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import time

import evil_store
import gate
from cofferdam_format import http_signature, keyfile, pack, prim, statement
from faults import BIN

TASKS = 3
SLOT = 68
# What a store that lacks something says. Anything else accuses the asker.
# (CFD-FMT-004, 005: a JSON text that jansson had no memory for is none.)
TROUBLE = {"CFD-SYS-001", "CFD-SYS-003", "CFD-SYS-005", "CFD-FMT-004", "CFD-FMT-005"}


class Call:
    """What a client sent: and whether it is a promise that something is kept."""

    def __init__(self, method, path, key, body):
        self.method, self.path, self.key, self.body = method, path, key, body
        self.kind = path.split("/")[2]
        self.promise = method == "PUT" or path in ("/v1/statements", "/v1/slots", "/v1/queue/add")
        self.claim = path == "/v1/queue/claim"

    def __str__(self):
        return f"{self.method} {self.path[:30]}"


class Site:
    """What never changes from try to try: the store's directory as it was, and what was asked of it since: an import
    of tasks by an admin, a task claimed, read and answered, and one claimed by somebody else."""

    def __init__(self, world):
        self.world, self.calls, self.seeds = world, [], {}
        for name in ("lab", "ann", "bob"):
            person = world.party(name)
            with open(person.passphrase, "rb") as p, open(os.path.join(person.state, "device.key"), "rb") as k:
                seed = keyfile.open_(p.read().strip(), k.read()).seed
            self.seeds[prim.ed25519_key(seed)] = seed
        self.admin = next(iter(self.seeds))
        real = world.party("store").state
        words = world.stop("store")
        self.template = pathlib.Path(world.path("store-template"))
        shutil.copytree(real, self.template)
        world.start("store", words)
        agent = world.stop("lab")                           # it knows the old address only
        with evil_store.EvilStore(world.urls["store"]) as tap:
            tap.tell(self.note)
            people = [world.party(n) for n in ("lab", "ann", "bob")]
            for person in people:
                world.connect(person, store=tap.url)
            self.record(*people)
            for person in people:
                world.connect(person)
        world.start("lab", agent)
        claims = [c for c in self.calls if c.claim]
        self.calls += claims[::-1]                          # at the end once more, the other one first
        assert len(claims) == 2 and {c.kind for c in self.calls if c.promise} == {
            "statements", "slots", "pack", "object", "queue"}

    def record(self, lab, ann, bob):
        lines = [b'{"question": "later %d"}\n' % i for i in range(TASKS)]
        path = pathlib.Path(self.world.path("later.jsonl"))
        path.write_bytes(b"".join(lines))
        lab.do("task", "import", str(path), "--project", "demo")
        task = ann.do("task", "next")["task"]
        ann.content("record", "show", task)
        bob.do("task", "next")
        ann.do("submit", task, "-", "--type", "text/plain", text=b"an answer")

    def note(self, x):
        signer = re.search('keyid="([0-9a-f]{64})"', {k.lower(): v for k, v in x.fields.items()}.get("signature-input", ""))
        call = Call(x.method, x.path, signer and bytes.fromhex(signer[1]), x.asked)
        if call.promise or x.status == 200:
            self.calls.append(call)

    def fresh(self, place):
        shutil.rmtree(place, ignore_errors=True)
        return pathlib.Path(shutil.copytree(self.template, place))

    def argv(self, place):
        return [BIN, "store", "serve", "--listen", "127.0.0.1:0", "--state", str(place)]


class Told:
    """What a store has told the world in one try."""

    def __init__(self):
        self.kept, self.claims, self.refused = [], {}, []


class Talk:
    def __init__(self, site, told):
        self.site, self.told, self.port = site, told, None

    def http(self, method, path, key, body=b""):
        """(status, reply); no answer: (None, nothing)."""
        authority, fields = f"127.0.0.1:{self.port}", {"content-length": str(len(body))}
        if key:
            params = http_signature.parameters(authority, int(time.time()), key)
            digest = http_signature.digest(body)
            signed = http_signature.base(path, digest, authority, params)
            signed = signed.replace(b'"@method": POST', b'"@method": ' + method.encode(), 1)
            signature = prim.b64(prim.ed25519_sign(self.site.seeds[key], signed))
            fields |= {"content-digest": digest, "signature-input": "sig=" + params, "signature": f"sig=:{signature}:"}
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request(method, path, body or None, fields)
            got = c.getresponse()
            return got.status, got.read()
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            c.close()

    def send(self, call):
        """None: no answer. "OK", or the code of the refusal; what is promised or claimed is remembered."""
        status, reply = self.http(call.method, call.path, call.key, call.body)
        if status is None:
            return None
        try:
            said = json.loads(reply) if status not in (200, 206) or call.promise or call.claim else {}
        except ValueError:
            return None                                     # a reply of the HTTP library itself, or half of one
        if status not in (200, 206):
            return said["code"]
        codes = [r["code"] for r in said.get("results", ()) if r["code"] != "OK"]
        if codes:
            return codes[0]
        if call.promise and said.get("complete", True):
            self.told.kept.append(call)
        if call.claim:
            by = self.told.claims.setdefault(said["task"], call.key)
            if by != call.key:
                raise AssertionError(f"task {said['task'][:12]} was given to two")
        return "OK"

    def send_again(self, call):
        """As a client does that takes up an upload where it stopped."""
        if call.kind != "pack":
            return self.send(call)
        name, total = call.path.split("/")[3], len(call.body)
        at = json.loads(self.http("GET", f"/v1/pack/{name}", call.key)[1]).get("received", 0)
        if at == total:
            return "OK"                                     # complete, says the store
        return self.send(Call("PUT", f"/v1/pack/{name}/{at}/{total}", call.key, call.body[at:]))

    def get(self, method, path, body=b""):
        return self.http(method, path, self.site.admin, body)[1]

    def has(self, call):
        """Is there what was promised, to the byte?"""
        name = call.path.split("/")[-1]
        if call.kind == "pack":
            places = pack.parse(call.body)                  # one piece is the whole of it
            return all(self.get("GET", f"/v1/body/{p.header.id.hex()}") == call.body[p.offset:p.offset + p.length]
                       for p in places)
        if call.kind == "slots":
            slots = [call.body[i:i + SLOT] for i in range(0, len(call.body), SLOT)]
            return all(s in self.get("POST", "/v1/records", s[:32]) for s in slots)
        if call.kind == "object":
            return self.get("GET", f"/v1/object/{name}") == call.body
        if call.kind == "queue":
            listed = json.loads(self.get("POST", "/v1/queue/list", call.body[:16] + bytes(9)) or b'{"tasks":[]}')
            tasks = [t["task"] for t in listed["tasks"]]
            asked = [call.body[i:i + 32].hex() for i in range(16, len(call.body), 32)]
            return [t for t in tasks if t in asked] == asked
        return all(self.has_statement(e) for e in evil_store.envelopes(call.body))

    def has_statement(self, envelope):
        said = statement.read(envelope)
        return envelope in self.get("GET", f"/v1/chain/{said.fields['issuer']}/{said.fields['number']}")


def session(site, talk):
    """Everything that the clients asked, once. What was said other than OK, in order."""
    return [(str(c), code) for c in site.calls if (code := talk.send(c)) != "OK"]


def index_is_sound(place):
    with sqlite3.connect(place / "index.db") as db:
        return db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def leftovers(place):
    return [p.name for p in place.rglob("*") if p.name.endswith((".part", ".new"))]


def recover(site, place, told, tidy=True):
    """Starts the store again without a fault: what was promised is there, and the rest can be given to it."""
    with open(str(place) + ".log", "ab") as err:
        begun = time.monotonic()
        process = subprocess.Popen(site.argv(place), stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL)
    talk = Talk(site, Told())
    if not gate.ready(process, talk):
        gate.end(process)
        return ["it does not start again"]
    took = time.monotonic() - begun
    broken = [f"it took {took:.1f} s to start"] if took > gate.START_SECONDS_MAX else []
    broken += [f"{call} was promised and is not there" for call in told.kept if not talk.has(call)]
    for call in site.calls:
        if call.promise and (code := talk.send_again(call)) != "OK":
            broken.append(f"{call} sent again: {code}")
    broken += [f"{call} was promised again and is not there" for call in site.calls if call.promise and not talk.has(call)]
    if gate.end(process) != 0:
        broken.append("it does not end well")
    if not index_is_sound(place):
        broken.append("its index is damaged")
    if tidy and leftovers(place):
        broken.append(f"it left {leftovers(place)}")
    return broken
