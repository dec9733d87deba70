"""Section 4: statements in their DSSE envelope, and chains of them."""

import re
from dataclasses import dataclass

from . import fields, payload, prim
from .outcome import Refused, require

PAYLOAD_MAX = 32768
ROOT_SIGNATURES_MAX = 16
_SIGNATURE = r'\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}'
_ENVELOPE = re.compile(
    r'\{"payloadType":"application/vnd\.cofferdam\.([a-z]+)\.v1\+json","payload":"([A-Za-z0-9+/]*={0,2})",'
    rf'"signatures":\[({_SIGNATURE}(?:,{_SIGNATURE})*)\]\}}')


@dataclass(frozen=True)
class Statement:
    kind: str
    payload: bytes
    fields: dict
    signers: tuple
    id: bytes

    @property
    def chain(self):
        """Whose chain: the party's for a root, else the device's."""
        return self.id if self.kind == "root" else bytes.fromhex(self.fields["issuer"])


def media_type(kind):
    return f"application/vnd.cofferdam.{kind}.v1+json"


def pae(kind, body):
    name = media_type(kind)
    return f"DSSEv1 {len(name)} {name} {len(body)} ".encode() + body


def statement_id(kind, body):
    return prim.sha256(pae(kind, body))


def envelope(kind, body, seeds):
    signatures = ",".join(
        '{"keyid":"%s","sig":"%s"}' % (prim.ed25519_key(seed).hex(), prim.b64(prim.ed25519_sign(seed, pae(kind, body))))
        for seed in seeds)
    return ('{"payloadType":"%s","payload":"%s","signatures":[%s]}'
            % (media_type(kind), prim.b64(body), signatures)).encode()


def make(kind, seeds, members):
    """Payload and envelope; checked, as a reader would."""
    body = payload.write(fields.order(kind, members)).encode()
    sealed = envelope(kind, body, seeds)
    read(sealed)
    return body, sealed


def _open_envelope(raw):
    try:
        match = _ENVELOPE.fullmatch(raw.decode("ascii"))
    except UnicodeDecodeError:
        match = None
    require(match, "envelope", "not the one envelope form")
    kind, body = match[1], prim.unb64(match[2], "envelope")
    require(kind in fields.KINDS, "envelope", f"kind '{kind}'")
    require(len(body) <= PAYLOAD_MAX, "envelope", f"payload of {len(body)} bytes")
    signatures = [(bytes.fromhex(k), prim.unb64(s, "envelope")) for k, s in re.findall(_SIGNATURE, match[3])]
    keys = [key for key, _ in signatures]
    require(len(keys) <= (ROOT_SIGNATURES_MAX if kind == "root" else 1), "envelope", f"{len(keys)} signatures")
    require(keys == sorted(set(keys)), "envelope", "key ids do not ascend")
    return kind, body, signatures


def _check_signers(kind, value, signers):
    if kind != "root":
        require(value["issuer"] == signers[0].hex(), "format", "signed by another than the issuer")
        return
    listed = {bytes.fromhex(key) for key in value["keys"]}
    require(set(signers) <= listed, "signature", "signed by a key that the root does not list")
    require(len(signers) >= value["threshold"], "signature", "signed by fewer than the threshold")


def read(raw):
    kind, body, signatures = _open_envelope(raw)
    for key, signature in signatures:
        prim.ed25519_verify(key, signature, pae(kind, body))
    value = payload.read(body)
    payload.require_canonical(fields.order(kind, value), body)
    fields.check(kind, value)
    signers = tuple(key for key, _ in signatures)
    _check_signers(kind, value, signers)
    return Statement(kind, body, value, signers, statement_id(kind, body))


def fold(envelopes):
    """chain key -> newest statement; a gap, fork or wrong `previous` is `rollback`."""
    newest = {}
    for raw in envelopes:
        statement = read(raw)
        known = newest.get(statement.chain)
        number, previous = (known.fields["number"], known.id.hex()) if known else (0, fields.ZERO64)
        if statement.fields["number"] != number + 1 or statement.fields["previous"] != previous:
            raise Refused("rollback", "not the next statement of its chain")
        newest[statement.chain] = statement
    return newest
