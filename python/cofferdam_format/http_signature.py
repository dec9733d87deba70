"""Section 5.1: RFC 9421 signatures in the one form that this suite has."""

import re

from . import prim
from .outcome import require

REQUEST_PATH = "/v1/request"
SECONDS_MAX = 120
CREATED_AT = 88                                     # of `created` in the body of a request
_FORM = re.compile(r'sig=(\((?:"[@a-z-]+" ?)+\);created=(0|[1-9][0-9]{0,15});keyid="([0-9a-f]{64})";tag="cofferdam/1")')


def digest(body):
    return f"sha-256=:{prim.b64(prim.sha256(body))}:"


def components(authority):
    names = ["@method", "@path", "content-digest"] + (["@authority"] if authority else [])
    return "(" + " ".join(f'"{n}"' for n in names) + ")"


def parameters(authority, created, key):
    return f'{components(authority)};created={created};keyid="{key.hex()}";tag="cofferdam/1"'


def base(path, content_digest, authority, params):
    lines = ['"@method": POST', f'"@path": {path}', f'"content-digest": {content_digest}']
    if authority:
        lines.append(f'"@authority": {authority}')
    return "\n".join(lines + [f'"@signature-params": {params}']).encode()


def sign(seed, path, created, authority, body):
    params = parameters(authority, created, prim.ed25519_key(seed))
    content_digest = digest(body)
    signed = base(path, content_digest, authority, params)
    return signed, content_digest, "sig=" + params, f"sig=:{prim.b64(prim.ed25519_sign(seed, signed))}:"


def _bytes_field(value, label, size):
    front = f"{label}=:"
    require(value.startswith(front) and value.endswith(":") and len(value) > len(front), "format", f"not {front}…:")
    data = prim.unb64(value[len(front):-1], "format")
    require(len(data) == size, "format", f"{label} is not {size} bytes")
    return data


def verify(path, authority, now, body, content_digest, signature_input, signature):
    """(device, created) of a request; form, then digest and signature, then time."""
    stated = _bytes_field(content_digest, "sha-256", 32)
    match = _FORM.fullmatch(signature_input)
    require(match, "format", "signature-input is not in the one form")
    created, key = int(match[2]), bytes.fromhex(match[3])
    require(match[1] == parameters(authority, created, key), "format", "other components than expected")
    signed_with = _bytes_field(signature, "sig", 64)
    require(prim.same(stated, prim.sha256(body)), "signature", "digest of another body")
    prim.ed25519_verify(key, signed_with, base(path, content_digest, authority, match[1]))
    if path == REQUEST_PATH:
        require(body[CREATED_AT:CREATED_AT + 8] == created.to_bytes(8, "big"), "time", "created is not the body's")
    else:
        require(abs(created - now) <= SECONDS_MAX, "time", "created too far from now")
    return key, created
