"""Operations of header, dek, padding, body, slot, manifest and pack vectors."""

from . import body, manifest, pack, padding, prim, record, slot
from .shape import HEX, INT, op, spec

PLAIN = "type name encoding# bytes"


@op("header/make", "kind# project author dek")
def header_make(kind, project, author, dek):
    header = record.make(kind, project, author, dek)
    return {"header": header.raw, "id": header.id, "commitment": header.commitment,
            "content_key": record.content_key(dek, header)}


@op("header/parse", "header", "ok format version")
def header_parse(header):
    h = record.parse(header)
    return {"kind": h.kind, "project": h.project, "author": h.author, "commitment": h.commitment, "id": h.id}


@op("header/commit", "header dek", "ok pad")
def header_commit(header, dek):
    h = record.parse(header)
    record.check_commitment(h, dek)
    return {"content_key": record.content_key(dek, h)}


@op("dek/make", "random hedge plaintext")
def dek_make(random, hedge, plaintext):
    return {"dek": record.dek(random, hedge, plaintext)}


@op("dek/stream", "random hedge")
def dek_stream(random, hedge):
    return {"dek": record.dek(random, hedge)}


@op("padding/length", "length#")
def padding_length(length):
    return {"padded": padding.padded_length(length)}


@op("padding/build", PLAIN, "ok format")
def padding_build(**plain):
    return {"plaintext": padding.build(padding.Plaintext(**plain))}


@op("padding/parse", "plaintext", "ok format padding")
def padding_parse(plaintext):
    return vars(padding.parse(plaintext))


@op("padding/unpack", "encoding# bytes", "ok format")
def padding_unpack(encoding, bytes):
    return {"content": padding.unpack(encoding, bytes)}


def fill(length):
    return bytes((j ^ j >> 8 ^ j >> 16) & 255 for j in range(length))


@op("body/seal", "header dek plaintext")
def body_seal(header, dek, plaintext):
    chunks = body.seal(record.parse(header), dek, plaintext)
    return {"body": b"".join(chunks), "body_hash": body.body_hash(chunks)}


@op("body/open", "header dek body", "ok chunk open pad")
def body_open(header, dek, **given):
    return {"plaintext": body.open_(record.parse(header), dek, given["body"])}


@op("body/open_key", "content_key id body", "ok open")
def body_open_key(content_key, id, **given):
    return {"plaintext": body.open_body(content_key, id, given["body"])}


@op("body/seal_fill", "header dek length#")
def body_seal_fill(header, dek, length):
    chunks = body.seal(record.parse(header), dek, fill(length))
    return {"body_sha256": prim.sha256(*chunks), "body_hash": body.body_hash(chunks),
            "sealed": sum(map(len, chunks))}


@op("body/open_fill", "header dek length# cut#", "ok chunk open", chunks=[INT], flip=[INT])
def body_open_fill(header, dek, length, cut, chunks, flip):
    sealed = body.seal(record.parse(header), dek, fill(length))
    joined = bytearray(b"".join(sealed[i] for i in chunks))
    joined = joined[:len(joined) - cut]
    for offset in flip:
        joined[offset] ^= 1
    return {"plaintext_sha256": prim.sha256(body.open_(record.parse(header), dek, bytes(joined)))}


@op("slot/make", "id epoch# dek pad")
def slot_make(id, epoch, dek, pad):
    return {"slot": slot.make(id, epoch, dek, pad)}


@op("slot/parse", "slot", "ok format")
def slot_parse(**given):
    return vars(slot.parse(given["slot"]))


@op("slot/open", "header slot pad", "ok record-id pad")
def slot_open(header, pad, **given):
    return {"dek": slot.open_(record.parse(header), given["slot"], pad)}


@op("manifest/make", rows=[spec("id kind# length# body_hash", parents=[HEX])])
def manifest_make(rows):
    raw = manifest.make([manifest.Row(**row) for row in rows])
    return {"manifest": raw, "root": manifest.root(raw)}


@op("manifest/parse", "manifest root", "ok format manifest")
def manifest_parse(root, **given):
    return {"rows": [vars(row) for row in manifest.parse(given["manifest"], root)]}


@op("pack/make", records=[spec("header body")])
def pack_make(records):
    raw = pack.make([(r["header"], r["body"]) for r in records])
    return {"pack": raw, "name": pack.name(raw)}


@op("pack/parse", "pack", "ok format version")
def pack_parse(**given):
    raw = given["pack"]
    return {"records": [{"id": p.header.id, "header": p.header.raw, "offset": p.offset, "length": p.length}
                        for p in pack.parse(raw)], "name": pack.name(raw)}
