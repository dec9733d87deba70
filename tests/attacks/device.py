"""A device in Python, by the second implementation of the formats: for attackers who write what no honest client would.

It is enrolled like any other, and has signed nothing yet; from then on only this program signs for it.
"""
import configparser
import http.client
import os
import time
import urllib.parse
from dataclasses import dataclass

import evil_store
from cofferdam_format import (answer, body, fields, http_signature, keyfile, manifest, pack, padding, prim, record,
                              request, shares, slot, statement)

YEAR = 365 * 86400
SUBMISSION = 5


@dataclass
class Sealed:
    header: record.Header
    body: bytes
    row: manifest.Row
    dek: bytes


class Device:
    def __init__(self, world, name):
        self.world, person = world, world.party(name)
        with open(person.passphrase, "rb") as p, open(os.path.join(person.state, "device.key"), "rb") as k:
            keys = keyfile.open_(p.read().rstrip(b"\n"), k.read())
        self.seed, self.hedge, self.key = keys.seed, keys.hedge, prim.ed25519_key(keys.seed)
        config = configparser.ConfigParser()
        config.read(os.path.join(person.state, "client.conf"))
        self.owner, self.project = bytes.fromhex(config["owner"]["id"]), bytes.fromhex(world.project)
        self.number, self.previous, self.manifest = 0, fields.ZERO64, bytes(32)

    # --- calls ---

    def call(self, where, method, path, content=b"", **more):
        """A signed call to the store or a gate (its number): status and reply."""
        url = urllib.parse.urlsplit(self.world.urls[where])
        created = more.get("created", int(time.time()))
        authority = url.netloc if where == "store" else None
        params = http_signature.parameters(authority, created, self.key)
        digest = http_signature.digest(content)
        signed = http_signature.base(path, digest, authority, params)
        signed = signed.replace(b'"@method": POST', b'"@method": ' + method.encode(), 1)
        c = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
        signature = f"sig=:{prim.b64(prim.ed25519_sign(self.seed, signed))}:"
        c.request(method, path, content or None, {
            "content-digest": digest, "signature-input": "sig=" + params, "signature": signature,
            "cofferdam-seen": "0", "content-length": str(len(content))})
        got = c.getresponse()
        reply = got.status, got.read()
        c.close()
        return reply

    def ask(self, where, method, path, content=b"", **more):
        """The same, where only success will do."""
        status, reply = self.call(where, method, path, content, **more)
        assert status == 200, (where, method, path, status, reply[:300])
        return reply

    # --- statements ---

    def say(self, kind, **members):
        """Signs the next statement of the own chain, and hands it to the store and all gates. Returns its id."""
        now = int(time.time())
        members = {"owner": self.owner.hex(), "issuer": self.key.hex(), "number": self.number + 1,
                   "previous": self.previous, "created": now, "expires": now + YEAR, **members}
        _, envelope = statement.make(kind, [self.seed], members)
        said = statement.read(envelope).id
        for where in ("store", 1, 2, 3):
            reply = self.ask(where, "POST", "/v1/statements", len(envelope).to_bytes(2, "big") + envelope)
            assert b'"code":"OK"' in reply, reply
        self.number, self.previous = self.number + 1, said.hex()
        return said

    def chain(self, issuer):
        """All statements of an issuer, as the store has them."""
        out = []
        while listed := self.ask("store", "GET", f"/v1/chain/{issuer.hex()}/{len(out) + 1}"):
            out += [statement.read(e) for e in evil_store.envelopes(listed)]
        return out

    def head(self, issuer):
        """(number, id) of an issuer's newest statement."""
        newest = self.chain(issuer)[-1]
        return newest.fields["number"], newest.id

    def first(self, kind):
        """(issuer, statement) of the first one of this kind that the store has."""
        raw = self.ask("store", "GET", "/v1/issuers")
        for issuer in (raw[i:i + 32] for i in range(0, len(raw), 32)):
            for known in self.chain(issuer):
                if known.kind == kind:
                    return issuer, known
        raise AssertionError(f"nobody has said {kind}")

    def issuer(self, kind):
        return self.first(kind)[0]

    def epoch(self):
        return self.first("epoch")[1]

    # --- records ---

    def seal(self, plaintext, parents=(), kind=SUBMISSION, dek=None):
        """`plaintext` is the whole of it with its padding, whatever the attacker likes."""
        dek = dek or record.dek(os.urandom(32), self.hedge, plaintext)
        header = record.make(kind, self.project, self.key, dek)
        chunks = body.seal(header, dek, plaintext)
        row = manifest.Row(header.id, kind, tuple(parents), len(plaintext), body.body_hash(chunks))
        return Sealed(header, b"".join(chunks), row, dek)

    def list(self, *sealed):
        raw = manifest.make([s.row for s in sealed])
        root = manifest.root(raw)
        self.ask("store", "PUT", f"/v1/object/{root.hex()}", raw)
        self.manifest = self.say("manifest", project=self.project.hex(), count=len(sealed), root=root.hex())

    def create(self, *sealed):
        """One pad for each record, the same from every quorum."""
        epoch, secret, now = self.epoch(), os.urandom(32), int(time.time())
        gates = {g["number"]: g for g in epoch.fields["gates"]}
        asked = shares.as_set(gates)
        content = request.Request(shares.CREATE, asked, self.owner, epoch.id, self.project, now, now + 60,
                                  prim.x25519_key(secret), self.manifest, b"annotate", (),
                                  tuple(s.header.raw for s in sealed)).write()
        plain = {}
        for number, gate in gates.items():
            expected = answer.Expected(bytes.fromhex(gate["key"]), self.owner, number, gate["incarnation"], b"",
                                       request.r(self.key, content), epoch.id, self.key,
                                       prim.sha256(content), b"annotate", shares.CREATE,
                                       epoch.fields["threshold"], asked, len(sealed), secret)
            reply = self.ask(number, "POST", "/v1/request", content, created=now)
            plain[number] = answer.check(expected, reply)[0]
        pads = shares.combine_create(epoch.fields["threshold"], asked, len(sealed), plain)
        assert len({tuple(p) for p in pads.values()}) == 1
        self.pads = dict(zip((s.header.id for s in sealed), next(iter(pads.values()))))
        return list(self.pads.values())

    def upload(self, *sealed):
        raw = pack.make([(s.header.raw, s.body) for s in sealed])
        self.ask("store", "PUT", f"/v1/pack/{pack.name(raw).hex()}/0/{len(raw)}", raw)

    def write(self, *sealed):
        """The whole way of a record: listed, created, uploaded, with its slot."""
        self.list(*sealed)
        pads = self.create(*sealed)
        self.upload(*sealed)
        self.slots = {s.header.id: slot.make(s.header.id, 1, s.dek, pad) for s, pad in zip(sealed, pads)}
        self.ask("store", "POST", "/v1/slots", b"".join(self.slots.values()))


def plain(content=b"honest work", encoding=0):
    return padding.build(padding.Plaintext(b"text/plain", b"", encoding, content))
