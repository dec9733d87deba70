#include "record/stream.h"

#include "crypto/hash.h"

#include <string.h>

static enum err length_check(size_t front, uint64_t length, struct why *why)
{
    if (length > BODY_PLAIN_MAX - front || plaintext_padded_bytes(front + length) > BODY_PLAIN_MAX)
        return why_set(why, ERR_CHUNK, "a record of %llu bytes is too long",
                       (unsigned long long)length);
    return ERR_OK;
}

enum err record_sealing_start(struct record_sealing *out, const struct record_draft *d,
                              uint64_t length, const uint8_t *digest, const uint8_t random[32],
                              uint8_t dek[KEY_BYTES], struct why *why)
{
    static const uint8_t stream[HASH_BYTES];
    struct record_sealing s = { .length = length };
    if (!record_kind_known(d->kind))
        return why_set(why, ERR_FORMAT, "cannot seal: unknown kind %u", (unsigned)d->kind);
    enum err e = plaintext_front(d->content.type, d->content.name, d->content.encoding, length,
                                 s.front, &s.front_len, why);
    if (e == ERR_OK)
        e = length_check(s.front_len, length, why);
    if (e != ERR_OK)
        return e;
    uint8_t made[KEY_BYTES], content_key[KEY_BYTES];
    s.padded_bytes = plaintext_padded_bytes(s.front_len + length);
    record_dek(made, random, d->hedge, digest ? digest : stream);
    record_header_make(&s.header, d->kind, d->project, d->author, made);
    record_id(s.id, s.header.raw);
    record_content_key(content_key, &s.header, made);
    e = body_sealer_start(&s.sealer, content_key, s.id, s.padded_bytes, why);
    if (e == ERR_OK) {
        memcpy(dek, made, sizeof made);
        *out = s;
    }
    secret_wipe(made, sizeof made);
    secret_wipe(content_key, sizeof content_key);
    return e;
}

/* `len` bytes of the padded plaintext from `at` on: the front, the content, zeroes. */
static enum err sealing_fill(const struct record_sealing *s, uint64_t at, record_fill_fn *fill,
                             void *ctx, uint8_t *out, size_t len, struct why *why)
{
    enum err e = ERR_OK;
    while (len > 0 && e == ERR_OK) {
        const uint64_t end = s->front_len + s->length;
        const uint64_t until = at < s->front_len ? s->front_len : at < end ? end : UINT64_MAX;
        const size_t take = until - at < len ? (size_t)(until - at) : len;
        if (at < s->front_len)
            memcpy(out, s->front + at, take);
        else if (at < end)
            e = fill(ctx, at - s->front_len, out, take, why);
        else
            memset(out, 0, take);
        out += take;
        at += take;
        len -= take;
    }
    return e;
}

enum err record_sealing_chunk(struct record_sealing *s, record_fill_fn *fill, void *ctx,
                              uint8_t *out, size_t *len, struct why *why)
{
    const uint64_t done = s->sealer.s.done, left = s->padded_bytes - done;
    const size_t take = left < BODY_CHUNK_BYTES ? (size_t)left : BODY_CHUNK_BYTES;
    *len = 0;
    if (take == 0)
        return ERR_OK;
    enum err e = sealing_fill(s, done, fill, ctx, out, take, why);
    if (e == ERR_OK)
        e = body_sealer_chunk(&s->sealer, bytes_of(out, take), out, why);
    if (e == ERR_OK)
        *len = take + TAG_BYTES;
    else
        secret_wipe(out, take);
    return e;
}

enum err record_sealing_end(struct record_sealing *s, uint8_t hash[HASH_BYTES], struct why *why)
{
    return body_sealer_end(&s->sealer, hash, why);
}

void record_sealing_release(struct record_sealing *s)
{
    body_sealer_release(&s->sealer);
    *s = (struct record_sealing){ 0 };
}

enum err record_opening_start(struct record_opening *o, const struct record_header *h,
                              const uint8_t dek[KEY_BYTES], uint64_t sealed_bytes,
                              struct why *why)
{
    uint8_t id[RECORD_ID_BYTES], content_key[KEY_BYTES];
    struct record_opening new = { .begun = false };
    enum err e = record_commit_check(h, dek, why);
    if (e != ERR_OK)
        return e;
    record_id(id, h->raw);
    record_content_key(content_key, h, dek);
    e = body_opener_start(&new.opener, content_key, id, sealed_bytes, why);
    secret_wipe(content_key, sizeof content_key);
    if (e == ERR_OK)
        *o = new;
    return e;
}

/* The front is shorter than a chunk, so the first one holds all of it. */
static enum err opening_begin(struct record_opening *o, struct bytes chunk, struct why *why)
{
    static_assert((int)PLAINTEXT_FRONT_MAX < (int)BODY_CHUNK_BYTES, "the front is in chunk 0");
    struct plaintext fields;
    enum err e = plaintext_front_parse(chunk, o->opener.s.plain_bytes, &fields, &o->length,
                                       &o->front_len, why);
    if (e == ERR_OK && fields.encoding != PLAINTEXT_STORED)
        e = why_set(why, ERR_UNSUPPORTED, "a packed record is not opened chunk by chunk");
    if (e != ERR_OK)
        return e;
    o->type_len = fields.type.len;
    if (fields.type.len)
        memcpy(o->type, fields.type.ptr, fields.type.len);
    o->begun = true;
    return ERR_OK;
}

enum err record_opening_chunk(struct record_opening *o, struct bytes sealed, uint8_t *out,
                              struct bytes *content, struct why *why)
{
    const uint64_t at = o->opener.s.done;
    enum err e = body_opener_chunk(&o->opener, sealed, out, why);
    if (e != ERR_OK)
        return e;
    const size_t len = sealed.len - TAG_BYTES;
    if (!o->begun)
        e = opening_begin(o, bytes_of(out, len), why);
    if (e == ERR_OK) {
        const uint64_t end = o->front_len + o->length;
        const size_t from = at < o->front_len ? (size_t)(o->front_len - at) : 0;
        const size_t to = end <= at ? 0 : end - at < len ? (size_t)(end - at) : len;
        *content = bytes_of(out + from, to > from ? to - from : 0);
        const size_t zero = to > from ? to : from;
        if (!plaintext_zero(bytes_of(out + zero, len - zero)))
            e = why_set(why, ERR_PADDING, "cannot read plaintext: its padding is not zero");
    }
    if (e != ERR_OK)
        secret_wipe(out, len);
    return e;
}

enum err record_opening_end(struct record_opening *o, uint8_t hash[HASH_BYTES], struct why *why)
{
    return body_opener_end(&o->opener, hash, why);
}

void record_opening_release(struct record_opening *o)
{
    body_opener_release(&o->opener);
    secret_wipe(o, sizeof *o);
}
