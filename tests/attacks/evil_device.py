"""A malicious device: it has a really enrolled device's key, and signs what the client never would.

It speaks to gates and to the store by itself, byte for byte, and opens with the shares it gets whatever they open.
"""
import dataclasses
import http.client
import json
import os
import pathlib
import secrets
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))

from cofferdam_format import (answer, heads, http_signature, keyfile, note, prim, record, request,  # noqa: E402
                              shares, slot, statement)
from cofferdam_format.outcome import Refused  # noqa: E402

RELEASE, CREATE = shares.RELEASE, shares.CREATE
SECONDS_MAX = 30


@dataclasses.dataclass
class Reply:
    status: int
    body: bytes

    @property
    def code(self):
        """Of a refusal; OK for an answer."""
        return "OK" if self.status == 200 else json.loads(self.body)["code"]


class Denied(Exception):
    """A gate has refused; `code` is the stable one."""

    def __init__(self, gate, reply):
        super().__init__(f"gate {gate}: {reply.body.decode(errors='replace')}")
        self.code = reply.code


@dataclasses.dataclass
class Signed:
    """A request that may be sent again, elsewhere, or with other fields. `secret` opens its answers."""
    body: bytes
    fields: list
    secret: bytes
    asked: request.Request
    path: str = "/v1/request"


@dataclasses.dataclass
class Found:
    header: record.Header
    slots: list


def call(url, method, path, fields=(), body=b"", host=None):
    """One call with exactly these fields, in this order: (status, body), whatever comes."""
    at = urllib.parse.urlsplit(url)
    c = http.client.HTTPConnection(at.hostname, at.port, timeout=SECONDS_MAX)
    try:
        c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("host", host or at.netloc), *fields, ("content-length", str(len(body)))]:
            c.putheader(name, value)
        c.endheaders(body)
        got = c.getresponse()
        return Reply(got.status, got.read())
    finally:
        c.close()


def sign(seed, method, path, created, body, authority=None, keyid=None, order=None, tag="cofferdam/1"):
    """Signature fields of any form: other components, another order, another key id."""
    usual = ["@method", "@path", "content-digest"] + (["@authority"] if authority else [])
    names = usual if order is None else order
    values = {"@method": method, "@path": path, "content-digest": http_signature.digest(body), "@authority": authority}
    params = "(%s);created=%d;keyid=\"%s\";tag=\"%s\"" % (
        " ".join(f'"{n}"' for n in names), created, (keyid or prim.ed25519_key(seed)).hex(), tag)
    base = "\n".join([f'"{n}": {values[n]}' for n in names] + [f'"@signature-params": {params}']).encode()
    return [("content-digest", values["content-digest"]), ("signature-input", "sig=" + params),
            ("signature", f"sig=:{prim.b64(prim.ed25519_sign(seed, base))}:")]


class EvilDevice:
    def __init__(self, world, name, project=None):
        person = world.party(name)
        passphrase = open(person.passphrase, "rb").read().rstrip(b"\n")
        self.urls = world.urls
        self.keys = keyfile.open_(passphrase, open(os.path.join(person.state, "device.key"), "rb").read())
        self.seed, self.key = self.keys.seed, prim.ed25519_key(self.keys.seed)
        self.owner = statement.read(open(os.path.join(person.state, "root"), "rb").read()).id
        self.project = bytes.fromhex(project or world.project)
        self.gates = {}
        for number in (1, 2, 3):
            card = json.load(open(os.path.join(world.party(f"gate{number}").state, "card.json")))
            self.gates[number] = bytes.fromhex(card["key"])
        [name] = [n for n in os.listdir(world.party("gate1").state) if n.startswith("keys-")]
        self.epoch_id, self.t = bytes.fromhex(name[len("keys-"):]), 2
        self.manifest = bytes(32)
        self.manifest = self.newest_manifest()

    def signed_call(self, to, method, path, body=b"", authority=True):
        """As the client would; to the store with @authority."""
        host = urllib.parse.urlsplit(self.urls[to]).netloc
        fields = sign(self.seed, method, path, int(time.time()), body, host if authority else None)
        return call(self.urls[to], method, path, fields, body)

    def newest_manifest(self):
        asked = heads.question(self.project, secrets.token_bytes(32))
        reply = self.signed_call(1, "POST", "/v1/heads", asked, authority=False)
        _, rows = heads.check(asked, 1, self.gates[1], reply.body)
        return next((r.manifest for r in rows if r.issuer == self.key), bytes(32))

    def find(self, *ids):
        """Headers and slots, as the store serves them to any device."""
        reply = self.signed_call("store", "POST", "/v1/records", b"".join(bytes.fromhex(i) for i in ids))
        assert reply.status == 200, reply
        out, at = [], 0
        while at < len(reply.body):
            count = reply.body[at + 104]
            end = at + 105 + 68 * count
            out.append(Found(record.parse(reply.body[at:at + 96]),
                             [reply.body[i:i + 68] for i in range(at + 105, end, 68)]))
            at = end
        return out

    def request(self, headers, gates=3, act=RELEASE, purpose="annotate", age=0, valid=60, **changes):
        """A signed request; any part of the body may be changed, and it is signed all the same."""
        secret, created = secrets.token_bytes(32), int(time.time()) - age
        asked = request.Request(act, gates, self.owner, self.epoch_id, self.project, created, created + valid,
                                prim.x25519_key(secret), self.manifest, purpose.encode(), (), tuple(headers))
        asked = dataclasses.replace(asked, **changes)
        return self.signed(asked.write(), secret, asked)

    def signed(self, body, secret=b"", asked=None, **how):
        created = how.pop("created", int.from_bytes(body[88:96], "big"))
        fields = sign(self.seed, "POST", how.pop("path", "/v1/request"), created, body, **how)
        return Signed(body, fields, secret, asked)

    def send(self, signed, gate, path=None):
        return call(self.urls[gate], "POST", path or signed.path, signed.fields, signed.body)

    def ask(self, signed):
        """The shares of every gate named: {gate: shares}; each is checked as a client checks it."""
        return {g: self.take(signed, g, self.send(signed, g)) for g in shares.members(signed.asked.gates)}

    def take(self, signed, gate, reply):
        if reply.status != 200:
            raise Denied(gate, reply)
        q = signed.asked
        expected = answer.Expected(self.gates[gate], self.owner, gate, 1, b"", request.r(self.key, signed.body),
                                   q.epoch_id, self.key, prim.sha256(signed.body), q.purpose, q.act, self.t, q.gates, len(q.headers), signed.secret)
        return answer.check(expected, reply.body)[0]

    def opens(self, found, pad):
        """Does this pad open one of the record's slots?"""
        for raw in found.slots:
            try:
                slot.open_(found.header, raw, pad)
                return True
            except Refused:
                pass
        return False


def pad_of(pieces, index=0):
    return prim.xor(*(p[32 * index:32 * index + 32] for p in pieces))


__all__ = ["CREATE", "RELEASE", "Denied", "EvilDevice", "Reply", "Signed", "call", "note", "pad_of", "sign"]
