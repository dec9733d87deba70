"""Operations of statement, chain, request, keyfile and kept vectors."""

from . import http_signature, keyfile, kept, prim, request, statement
from .shape import HEX, OBJECT, TEXT, op, spec

REQUEST = "act# gates# owner epoch_id project created# expires# ephemeral manifest purpose"
REQUEST_LISTS = {"closes": [spec("task how# record")], "headers": [HEX]}


@op("statement/make", kind=TEXT, seeds=[HEX], fields=OBJECT)
def statement_make(kind, seeds, fields):
    body, envelope = statement.make(kind, seeds, fields)
    return {"payload": body, "envelope": envelope, "id": statement.statement_id(kind, body)}


@op("statement/read", "envelope", "ok envelope signature json canonical format version")
def statement_read(envelope):
    read = statement.read(envelope)
    return {"kind": read.kind, "payload": read.payload, "id": read.id}


@op("statement/verify", "key message signature", "ok signature")
def statement_verify(key, message, signature):
    prim.ed25519_verify(key, signature, message)
    return {}


@op("statement/enrol", "key", "ok key")
def statement_enrol(key):
    prim.ed25519_enrol(key)
    return {}


@op("chain/fold", must="ok rollback", envelopes=[HEX])
def chain_fold(envelopes):
    newest = statement.fold(envelopes)
    return {"heads": [{"issuer": issuer, "number": s.fields["number"], "id": s.id}
                      for issuer, s in sorted(newest.items())]}


@op("request/make", "device " + REQUEST, **REQUEST_LISTS)
def request_make(device, closes, **given):
    body = request.Request(closes=tuple(request.Close(**c) for c in closes), **given).write()
    return {"body": body, "r": request.r(device, body)}


@op("request/parse", "device t# roster# gate# body", "ok format version gates key time")
def request_parse(device, t, roster, gate, body):
    parsed = vars(request.parse(device, t, roster, gate, body))
    return parsed | {"closes": [vars(c) for c in parsed["closes"]], "r": request.r(device, body)}


@op("request/sign", "seed path created# authority body")
def request_sign(seed, path, created, authority, body):
    base, *values = http_signature.sign(seed, path.decode(), created, authority.decode(), body)
    names = ("content_digest", "signature_input", "signature")
    return {"base": base} | {name: value.encode() for name, value in zip(names, values)}


@op("request/verify", "path authority now# body content_digest signature_input signature",
    "ok format signature time")
def request_verify(now, body, **fields):
    text = {name: value.decode("latin-1") for name, value in fields.items()}
    device, created = http_signature.verify(now=now, body=body, **text)
    return {"device": device, "created": created}


@op("keyfile/make", "passphrase passes# memory# salt nonce seed hedge storage", "ok kdf-floor limit")
def keyfile_make(passphrase, passes, memory, salt, nonce, **keys):
    return {"file": keyfile.make(passphrase, passes, memory, salt, nonce, keyfile.Keys(**keys))}


@op("keyfile/open", "passphrase file", "ok format version kdf-floor limit open")
def keyfile_open(passphrase, file):
    keys = keyfile.open_(passphrase, file)
    return vars(keys) | {"device": prim.ed25519_key(keys.seed)}


@op("kept/make", "storage nonce id dek")
def kept_make(storage, nonce, id, dek):
    return {"kept": kept.make(storage, nonce, id, dek)}


@op("kept/open", "storage kept", "ok format open")
def kept_open(storage, **given):
    record_id, dek = kept.open_(storage, given["kept"])
    return {"id": record_id, "dek": dek}
