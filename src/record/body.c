#include "record/body.h"

#include "base/hex.h"
#include "crypto/hash.h"

#include <string.h>

enum { LAST_AT = 11 };

uint64_t body_sealed_bytes(uint64_t plain_bytes)
{
    assert(plain_bytes >= 1 && plain_bytes <= BODY_PLAIN_MAX);
    return plain_bytes + TAG_BYTES * ((plain_bytes + BODY_CHUNK_BYTES - 1) / BODY_CHUNK_BYTES);
}

enum err body_plain_bytes(uint64_t sealed_bytes, uint64_t *plain_bytes, struct why *why)
{
    uint64_t rest = sealed_bytes % BODY_SEALED_CHUNK_BYTES;
    if (sealed_bytes == 0 || sealed_bytes > BODY_SEALED_MAX || (rest > 0 && rest <= TAG_BYTES))
        return why_set(why, ERR_CHUNK, "no body has %llu sealed bytes",
                       (unsigned long long)sealed_bytes);
    *plain_bytes = sealed_bytes - TAG_BYTES * body_chunks(sealed_bytes);
    return ERR_OK;
}

uint64_t body_chunks(uint64_t sealed_bytes)
{
    return (sealed_bytes + BODY_SEALED_CHUNK_BYTES - 1) / BODY_SEALED_CHUNK_BYTES;
}

static void nonce_of(uint8_t nonce[NONCE_BYTES], uint64_t index, bool last)
{
    memset(nonce, 0, NONCE_BYTES);
    put_u64be(nonce + LAST_AT - 8, index);
    nonce[LAST_AT] = last ? 1 : 0;
}

static enum err open_problem(struct why *why, uint64_t index, const uint8_t id[RECORD_ID_BYTES])
{
    return why_set(why, ERR_OPEN, "chunk %llu of record '%s' does not open",
                   (unsigned long long)index, hex_short(id).s);
}

enum err body_open_chunk(const uint8_t content_key[KEY_BYTES], const uint8_t id[RECORD_ID_BYTES],
                         uint64_t sealed_bytes, uint64_t index, struct bytes sealed, uint8_t *out,
                         struct why *why)
{
    uint64_t plain_bytes = 0;
    enum err err = body_plain_bytes(sealed_bytes, &plain_bytes, why);
    if (err != ERR_OK)
        return err;
    if (index >= body_chunks(sealed_bytes))
        return why_set(why, ERR_CHUNK, "record '%s' has no chunk %llu", hex_short(id).s,
                       (unsigned long long)index);
    uint64_t left = sealed_bytes - index * BODY_SEALED_CHUNK_BYTES;
    bool last = left <= BODY_SEALED_CHUNK_BYTES;
    uint64_t want = last ? left : BODY_SEALED_CHUNK_BYTES;
    if (sealed.len != want)
        return why_set(why, ERR_CHUNK, "chunk %llu of record '%s' has %zu bytes, not %llu",
                       (unsigned long long)index, hex_short(id).s, sealed.len,
                       (unsigned long long)want);
    uint8_t nonce[NONCE_BYTES];
    nonce_of(nonce, index, last);
    if (aead_open_once(bytes_of(content_key, KEY_BYTES), out, nonce,
                       bytes_of(id, RECORD_ID_BYTES), sealed, NULL) != ERR_OK)
        return open_problem(why, index, id);
    return ERR_OK;
}

/* --- chunk by chunk --- */

static void stream_release(struct body_stream *s)
{
    aead_free(s->aead);
    sha256_free(s->hasher);
    *s = (struct body_stream){ 0 };
}

static enum err stream_start(struct body_stream *s, const uint8_t content_key[KEY_BYTES],
                             const uint8_t id[RECORD_ID_BYTES], uint64_t plain_bytes,
                             struct why *why)
{
    if (plain_bytes == 0 || plain_bytes > BODY_PLAIN_MAX)
        return why_set(why, ERR_CHUNK, "no body has %llu bytes", (unsigned long long)plain_bytes);
    struct body_stream new = { .aead = aead_new(bytes_of(content_key, KEY_BYTES)),
                               .hasher = sha256_new(), .plain_bytes = plain_bytes };
    if (!new.aead || !new.hasher) {
        stream_release(&new);
        return why_nomem(why);
    }
    memcpy(new.id, id, sizeof new.id);
    tlog_tree_init(&new.tree, new.hasher);
    *s = new;
    return ERR_OK;
}

/* The next chunk's nonce, when `len` is the length of its plaintext. */
static enum err stream_next(struct body_stream *s, size_t len, uint8_t nonce[NONCE_BYTES],
                            struct why *why)
{
    uint64_t left = s->plain_bytes - s->done;
    uint64_t want = left < BODY_CHUNK_BYTES ? left : BODY_CHUNK_BYTES;
    if (len == 0 || len != want)
        return why_set(why, ERR_CHUNK, "chunk %llu of record '%s' has %zu bytes, not %llu",
                       (unsigned long long)s->tree.size, hex_short(s->id).s, len,
                       (unsigned long long)want);
    nonce_of(nonce, s->tree.size, left == want);
    return ERR_OK;
}

static void stream_leaf(struct body_stream *s, const uint8_t leaf[HASH_BYTES], size_t plain_len)
{
    (void)tlog_tree_add(&s->tree, leaf, NULL);
    s->done += plain_len;
}

static enum err stream_end(struct body_stream *s, uint8_t hash[HASH_BYTES], struct why *why)
{
    if (s->done != s->plain_bytes)
        return why_set(why, ERR_CHUNK, "record '%s' ends after %llu of %llu bytes",
                       hex_short(s->id).s, (unsigned long long)s->done,
                       (unsigned long long)s->plain_bytes);
    tlog_tree_root(&s->tree, hash);
    return ERR_OK;
}

enum err body_sealer_start(struct body_sealer *b, const uint8_t content_key[KEY_BYTES],
                           const uint8_t id[RECORD_ID_BYTES], uint64_t plain_bytes,
                           struct why *why)
{
    return stream_start(&b->s, content_key, id, plain_bytes, why);
}

enum err body_sealer_chunk(struct body_sealer *b, struct bytes plain, uint8_t *out,
                           struct why *why)
{
    uint8_t nonce[NONCE_BYTES], leaf[HASH_BYTES];
    enum err err = stream_next(&b->s, plain.len, nonce, why);
    if (err != ERR_OK)
        return err;
    aead_seal(b->s.aead, out, nonce, bytes_of(b->s.id, sizeof b->s.id), plain);
    tlog_leaf_hash(leaf, bytes_of(out, plain.len + TAG_BYTES), b->s.hasher);
    stream_leaf(&b->s, leaf, plain.len);
    return ERR_OK;
}

enum err body_sealer_end(struct body_sealer *b, uint8_t hash[HASH_BYTES], struct why *why)
{
    return stream_end(&b->s, hash, why);
}

void body_sealer_release(struct body_sealer *b)
{
    stream_release(&b->s);
}

enum err body_opener_start(struct body_opener *b, const uint8_t content_key[KEY_BYTES],
                           const uint8_t id[RECORD_ID_BYTES], uint64_t sealed_bytes,
                           struct why *why)
{
    uint64_t plain_bytes = 0;
    enum err err = body_plain_bytes(sealed_bytes, &plain_bytes, why);
    return err == ERR_OK ? stream_start(&b->s, content_key, id, plain_bytes, why) : err;
}

enum err body_opener_chunk(struct body_opener *b, struct bytes sealed, uint8_t *out,
                           struct why *why)
{
    uint8_t nonce[NONCE_BYTES], leaf[HASH_BYTES];
    size_t len = sealed.len > TAG_BYTES ? sealed.len - TAG_BYTES : 0;
    enum err err = stream_next(&b->s, len, nonce, why);
    if (err != ERR_OK)
        return err;
    tlog_leaf_hash(leaf, sealed, b->s.hasher); /* before `out` may overwrite it */
    if (aead_open(b->s.aead, out, nonce, bytes_of(b->s.id, sizeof b->s.id), sealed, NULL) != ERR_OK)
        return open_problem(why, b->s.tree.size, b->s.id);
    stream_leaf(&b->s, leaf, len);
    return ERR_OK;
}

enum err body_opener_end(struct body_opener *b, uint8_t hash[HASH_BYTES], struct why *why)
{
    return stream_end(&b->s, hash, why);
}

void body_opener_release(struct body_opener *b)
{
    stream_release(&b->s);
}

/* --- in memory --- */

enum err body_seal(const uint8_t content_key[KEY_BYTES], const uint8_t id[RECORD_ID_BYTES],
                   struct bytes plaintext, struct buf *out, uint8_t hash[HASH_BYTES],
                   struct why *why)
{
    AUTO_BODY_SEALER struct body_sealer b = { 0 };
    enum err err = body_sealer_start(&b, content_key, id, plaintext.len, why);
    if (err != ERR_OK)
        return err;
    uint8_t *at = buf_grow(out, (size_t)body_sealed_bytes(plaintext.len));
    if (!at)
        return why_nomem(why);
    for (size_t done = 0; done < plaintext.len && err == ERR_OK; done += BODY_CHUNK_BYTES) {
        size_t left = plaintext.len - done;
        size_t take = left < BODY_CHUNK_BYTES ? left : BODY_CHUNK_BYTES;
        err = body_sealer_chunk(&b, bytes_of(plaintext.ptr + done, take), at, why);
        at += take + TAG_BYTES;
    }
    assert(err == ERR_OK); /* the lengths are our own */
    return body_sealer_end(&b, hash, why);
}

enum err body_open(const uint8_t content_key[KEY_BYTES], const uint8_t id[RECORD_ID_BYTES],
                   struct bytes sealed, struct plain *out, uint8_t hash[HASH_BYTES],
                   struct why *why)
{
    AUTO_BODY_OPENER struct body_opener b = { 0 };
    enum err err = body_opener_start(&b, content_key, id, sealed.len, why);
    if (err != ERR_OK)
        return err;
    AUTO_PLAIN struct plain all = { 0 };
    err = plain_new(&all, (size_t)b.s.plain_bytes, why);
    uint8_t *at = all.ptr;
    for (size_t done = 0; done < sealed.len && err == ERR_OK; done += BODY_SEALED_CHUNK_BYTES) {
        size_t left = sealed.len - done;
        size_t take = left < BODY_SEALED_CHUNK_BYTES ? left : BODY_SEALED_CHUNK_BYTES;
        err = body_opener_chunk(&b, bytes_of(sealed.ptr + done, take), at, why);
        at += take - TAG_BYTES;
    }
    uint8_t root[HASH_BYTES];
    if (err == ERR_OK)
        err = body_opener_end(&b, root, why);
    if (err != ERR_OK)
        return err;
    memcpy(hash, root, sizeof root);
    *out = plain_take(&all);
    return ERR_OK;
}

enum err body_hash(struct bytes sealed, uint8_t hash[HASH_BYTES], struct why *why)
{
    uint64_t plain_bytes = 0;
    enum err err = body_plain_bytes(sealed.len, &plain_bytes, why);
    if (err != ERR_OK)
        return err;
    AUTO_SHA256 struct sha256 *hasher = sha256_new();
    if (!hasher)
        return why_nomem(why);
    struct tlog_tree tree;
    tlog_tree_init(&tree, hasher);
    for (size_t done = 0; done < sealed.len; done += BODY_SEALED_CHUNK_BYTES) {
        size_t left = sealed.len - done;
        size_t take = left < BODY_SEALED_CHUNK_BYTES ? left : BODY_SEALED_CHUNK_BYTES;
        uint8_t leaf[HASH_BYTES];
        tlog_leaf_hash(leaf, bytes_of(sealed.ptr + done, take), hasher);
        (void)tlog_tree_add(&tree, leaf, NULL);
    }
    tlog_tree_root(&tree, hash);
    return ERR_OK;
}
