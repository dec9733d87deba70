#include "record/record.h"

#include "crypto/hash.h"
#include "record/stream.h"

#include <string.h>

static enum err content_read(void *ctx, uint64_t at, uint8_t *out, size_t len, struct why *why)
{
    const struct bytes *content = ctx;
    memcpy(out, content->ptr + at, len);
    return ERR_OK;
}

/* The hash of the padded plaintext, which is nowhere in one piece. */
static enum err padded_digest(const struct plaintext *p, uint8_t digest[HASH_BYTES],
                              struct why *why)
{
    static const uint8_t zero[4096];
    uint8_t front[PLAINTEXT_FRONT_MAX];
    size_t front_len = 0;
    enum err e = plaintext_front(p->type, p->name, p->encoding, p->bytes.len, front, &front_len,
                                 why);
    if (e == ERR_OK && p->bytes.len > BODY_PLAIN_MAX)
        e = why_set(why, ERR_CHUNK, "a record of %zu bytes is too long", p->bytes.len);
    AUTO_SHA256 struct sha256 *h = e == ERR_OK ? sha256_new() : NULL;
    if (e == ERR_OK && !h)
        e = why_nomem(why);
    if (e != ERR_OK)
        return e;
    uint64_t left = plaintext_padded_bytes(front_len + p->bytes.len) - front_len - p->bytes.len;
    sha256_add(h, bytes_of(front, front_len));
    sha256_add(h, p->bytes);
    while (left > 0) {
        const size_t take = left < sizeof zero ? (size_t)left : sizeof zero;
        sha256_add(h, bytes_of(zero, take));
        left -= take;
    }
    sha256_end(h, digest);
    return ERR_OK;
}

static enum err seal_chunks(struct record_sealing *s, const struct bytes *content,
                            struct record_sealed *out, struct why *why)
{
    const size_t all = (size_t)body_sealed_bytes(s->padded_bytes);
    size_t len = 0;
    out->body = buf_init(all);
    uint8_t *at = buf_grow(&out->body, all);
    if (!at)
        return why_nomem(why);
    enum err e = ERR_OK;
    for (size_t done = 0; e == ERR_OK && done < all; done += len)
        e = record_sealing_chunk(s, content_read, (void *)(uintptr_t)content, at + done, &len, why);
    return e == ERR_OK ? record_sealing_end(s, out->body_hash, why) : e;
}

enum err record_seal(const struct record_draft *d, const uint8_t random[32],
                     uint8_t dek[KEY_BYTES], struct record_sealed *out, struct why *why)
{
    uint8_t made[KEY_BYTES], digest[HASH_BYTES];
    AUTO_RECORD_SEALING struct record_sealing s = { 0 };
    AUTO_RECORD_SEALED struct record_sealed sealed = { 0 };
    enum err e = padded_digest(&d->content, digest, why);
    if (e == ERR_OK)
        e = record_sealing_start(&s, d, d->content.bytes.len, digest, random, made, why);
    if (e == ERR_OK)
        e = seal_chunks(&s, &d->content.bytes, &sealed, why);
    if (e == ERR_OK) {
        sealed.header = s.header;
        memcpy(sealed.id, s.id, sizeof sealed.id);
        sealed.padded_bytes = s.padded_bytes;
        memcpy(dek, made, sizeof made);
        *out = sealed;
        sealed = (struct record_sealed){ 0 };
    }
    secret_wipe(digest, sizeof digest);
    secret_wipe(made, sizeof made);
    return e;
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
