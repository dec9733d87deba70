#include "record/record.h"

#include "crypto/hash.h"

#include <string.h>

static enum err seal_padded(const struct record_draft *d, const uint8_t random[32],
                            struct bytes padded, uint8_t dek[KEY_BYTES], struct record_sealed *s,
                            struct why *why)
{
    uint8_t digest[HASH_BYTES], content_key[KEY_BYTES];
    sha256(digest, padded);
    record_dek(dek, random, d->hedge, digest);
    record_header_make(&s->header, d->kind, d->project, d->author, dek);
    record_id(s->id, s->header.raw);
    record_content_key(content_key, &s->header, dek);
    enum err err = body_seal(content_key, s->id, padded, &s->body, s->body_hash, why);
    secret_wipe(digest, sizeof digest);
    secret_wipe(content_key, sizeof content_key);
    s->padded_bytes = padded.len;
    return err;
}

enum err record_seal(const struct record_draft *d, const uint8_t random[32],
                     uint8_t dek[KEY_BYTES], struct record_sealed *out, struct why *why)
{
    if (!record_kind_known(d->kind))
        return why_set(why, ERR_FORMAT, "cannot seal: unknown kind %u", (unsigned)d->kind);
    AUTO_PLAIN struct plain padded = { 0 };
    enum err err = plaintext_build(&d->content, &padded, why);
    if (err != ERR_OK)
        return err;
    uint8_t made[KEY_BYTES];
    AUTO_RECORD_SEALED struct record_sealed s = { 0 };
    s.body = buf_init((size_t)body_sealed_bytes(padded.len));
    err = seal_padded(d, random, plain_bytes(&padded), made, &s, why);
    if (err == ERR_OK) {
        memcpy(dek, made, sizeof made);
        *out = s;
        s = (struct record_sealed){ 0 };
    }
    secret_wipe(made, sizeof made);
    return err;
}

void record_sealed_release(struct record_sealed *s)
{
    buf_release(&s->body);
}

struct manifest_row record_row(const struct record_sealed *s,
                               const uint8_t (*parents)[RECORD_ID_BYTES], size_t parent_count)
{
    assert(parent_count <= MANIFEST_PARENTS);
    struct manifest_row row = { .kind = s->header.kind, .parent_count = (unsigned)parent_count,
                                .padded_bytes = s->padded_bytes };
    memcpy(row.id, s->id, sizeof row.id);
    for (size_t i = 0; i < parent_count; i++)
        memcpy(row.parents[i], parents[i], RECORD_ID_BYTES);
    memcpy(row.body_hash, s->body_hash, sizeof row.body_hash);
    return row;
}

static enum err open_body(const struct record_header *h, const uint8_t dek[KEY_BYTES],
                          struct bytes body, struct record_opened *o, struct why *why)
{
    uint8_t id[RECORD_ID_BYTES], content_key[KEY_BYTES];
    record_id(id, h->raw);
    record_content_key(content_key, h, dek);
    enum err err = body_open(content_key, id, body, &o->padded, o->body_hash, why);
    secret_wipe(content_key, sizeof content_key);
    return err;
}

enum err record_open(const struct record_header *h, const uint8_t dek[KEY_BYTES],
                     struct bytes body, struct record_opened *out, struct why *why)
{
    enum err err = record_commit_check(h, dek, why);
    if (err != ERR_OK)
        return err;
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    struct plaintext fields = { 0 };
    err = open_body(h, dek, body, &o, why);
    if (err == ERR_OK)
        err = plaintext_parse(plain_bytes(&o.padded), &fields, why);
    if (err == ERR_OK && fields.encoding != PLAINTEXT_STORED)
        err = plaintext_unpack(&fields, &o.unpacked, why);
    if (err != ERR_OK)
        return err;
    o.type = fields.type;
    o.name = fields.name;
    o.bytes = fields.encoding == PLAINTEXT_STORED ? fields.bytes : plain_bytes(&o.unpacked);
    o.padded_bytes = o.padded.len;
    *out = o;
    o = (struct record_opened){ 0 };
    return ERR_OK;
}

void record_opened_release(struct record_opened *o)
{
    plain_release(&o->padded);
    plain_release(&o->unpacked);
    *o = (struct record_opened){ 0 };
}
