#include "op.h"

#include "crypto/hash.h"
#include "record/body.h"

#include <string.h>

enum { FILL_MAX = 1 << 20 };

/* Header, commitment, key and id, as everything about a body begins. */
static enum err start(struct op *o, uint8_t key[KEY_BYTES], uint8_t id[RECORD_ID_BYTES])
{
    struct record_header h;
    const uint8_t *dek = op_get_fixed(o, "dek", KEY_BYTES);
    enum err e = record_header_parse(op_get(o, "header"), &h, &o->why);
    if (!e)
        e = record_commit_check(&h, dek, &o->why);
    if (e)
        return e;
    record_content_key(key, &h, dek);
    record_id(id, h.raw);
    return ERR_OK;
}

static enum err seal(struct op *o, struct bytes plaintext, struct buf *sealed,
                     uint8_t hash[HASH_BYTES])
{
    uint8_t key[KEY_BYTES], id[RECORD_ID_BYTES];
    enum err e = start(o, key, id);
    return e ? e : body_seal(key, id, plaintext, sealed, hash, &o->why);
}

/* Opens in memory and chunk by chunk, which have to agree. */
static enum err open_both(struct op *o, const uint8_t key[KEY_BYTES],
                          const uint8_t id[RECORD_ID_BYTES], struct bytes body, struct plain *out)
{
    uint8_t hash[HASH_BYTES], again[HASH_BYTES];
    enum err e = body_open(key, id, body, out, hash, &o->why);
    AUTO_BODY_OPENER struct body_opener opener = { 0 };
    enum err streamed = body_opener_start(&opener, key, id, body.len, NULL);
    uint8_t *chunk = op_alloc(o, BODY_SEALED_CHUNK_BYTES);
    for (size_t at = 0, len; !streamed && at < body.len; at += len) {
        len = body.len - at;
        if (len > BODY_SEALED_CHUNK_BYTES)
            len = BODY_SEALED_CHUNK_BYTES;
        memcpy(chunk, body.ptr + at, len);
        streamed = body_opener_chunk(&opener, bytes_of(chunk, len), chunk, NULL);
    }
    if (!streamed)
        streamed = body_opener_end(&opener, again, NULL);
    assert(streamed == e);
    assert(e || memcmp(hash, again, sizeof hash) == 0);
    (void)streamed;
    return e;
}

static enum err seal_op(struct op *o)
{
    uint8_t hash[HASH_BYTES];
    AUTO_BUF struct buf sealed = buf_init(FILL_MAX);
    enum err e = seal(o, op_get(o, "plaintext"), &sealed, hash);
    if (e)
        return e;
    op_put_bytes(o->out, "body", buf_bytes(&sealed));
    op_put_hex(o->out, "body_hash", hash, sizeof hash);
    return ERR_OK;
}

static enum err open_op(struct op *o)
{
    uint8_t key[KEY_BYTES], id[RECORD_ID_BYTES];
    AUTO_PLAIN struct plain plain = { 0 };
    enum err e = start(o, key, id);
    if (!e)
        e = open_both(o, key, id, op_get(o, "body"), &plain);
    if (!e)
        op_put_bytes(o->out, "plaintext", plain_bytes(&plain));
    return e;
}

static enum err open_key_op(struct op *o)
{
    AUTO_PLAIN struct plain plain = { 0 };
    enum err e = open_both(o, op_get_fixed(o, "content_key", KEY_BYTES),
                           op_get_fixed(o, "id", RECORD_ID_BYTES), op_get(o, "body"), &plain);
    if (!e)
        op_put_bytes(o->out, "plaintext", plain_bytes(&plain));
    return e;
}

static enum err seal_fill(struct op *o, struct buf *sealed, uint8_t hash[HASH_BYTES])
{
    const size_t len = op_get_int(o, "length");
    uint8_t *plain = op_alloc(o, len);
    for (size_t j = 0; j < len; j++)
        plain[j] = (uint8_t)(j ^ j >> 8 ^ j >> 16);
    return seal(o, bytes_of(plain, len), sealed, hash);
}

static enum err seal_fill_op(struct op *o)
{
    uint8_t hash[HASH_BYTES], whole[HASH_BYTES];
    AUTO_BUF struct buf sealed = buf_init(FILL_MAX);
    enum err e = seal_fill(o, &sealed, hash);
    if (e)
        return e;
    sha256(whole, buf_bytes(&sealed));
    op_put_hex(o->out, "body_sha256", whole, sizeof whole);
    op_put_hex(o->out, "body_hash", hash, sizeof hash);
    op_put_int(o->out, "sealed", sealed.len);
    return ERR_OK;
}

/* The chunks in the order of the case, cut and flipped as it says. */
static struct bytes rearranged(struct op *o, const struct buf *sealed)
{
    const json_t *chunks = op_get_list(o, "chunks"), *flip = op_get_list(o, "flip");
    uint8_t *out = op_alloc(o, json_array_size(chunks) * BODY_SEALED_CHUNK_BYTES);
    size_t len = 0;
    for (size_t i = 0; i < json_array_size(chunks); i++) {
        size_t at = (size_t)json_integer_value(json_array_get(chunks, i)) * BODY_SEALED_CHUNK_BYTES;
        assert(at < sealed->len);
        size_t piece = sealed->len - at;
        if (piece > BODY_SEALED_CHUNK_BYTES)
            piece = BODY_SEALED_CHUNK_BYTES;
        memcpy(out + len, sealed->ptr + at, piece);
        len += piece;
    }
    assert(op_get_int(o, "cut") <= len);
    len -= op_get_int(o, "cut");
    for (size_t i = 0; i < json_array_size(flip); i++) {
        size_t at = (size_t)json_integer_value(json_array_get(flip, i));
        assert(at < len);
        out[at] ^= 1;
    }
    return bytes_of(out, len);
}

static enum err open_fill_op(struct op *o)
{
    uint8_t key[KEY_BYTES], id[RECORD_ID_BYTES], hash[HASH_BYTES];
    AUTO_BUF struct buf sealed = buf_init(FILL_MAX);
    AUTO_PLAIN struct plain plain = { 0 };
    enum err e = seal_fill(o, &sealed, hash);
    if (!e)
        e = start(o, key, id);
    if (!e)
        e = open_both(o, key, id, rearranged(o, &sealed), &plain);
    if (e)
        return e;
    sha256(hash, plain_bytes(&plain));
    op_put_hex(o->out, "plaintext_sha256", hash, sizeof hash);
    return ERR_OK;
}

struct op_table op_body_table(void)
{
    static const struct op_row rows[] = {
        { "body/seal", seal_op },
        { "body/open", open_op },
        { "body/open_key", open_key_op },
        { "body/seal_fill", seal_fill_op },
        { "body/open_fill", open_fill_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
