#include "statement/envelope.h"

#include "base/cur.h"
#include "base/hex.h"
#include "crypto/hash.h"

#include <stdlib.h>
#include <string.h>

static const char type_before[] = "application/vnd.cofferdam.";
static const char type_after[] = ".v1+json";

/* What a payload takes in base64. */
enum { PAYLOAD_TEXT_MAX = (ENVELOPE_PAYLOAD_MAX + 2) / 3 * 4 };

void envelope_release(struct envelope *e)
{
    buf_release(&e->payload);
    *e = (struct envelope){ 0 };
}

void envelope_pae(const char *kind, struct bytes payload, struct buf *out)
{
    buf_add_fmt(out, "DSSEv1 %zu %s%s%s %zu ",
                strlen(type_before) + strlen(kind) + strlen(type_after), type_before, kind,
                type_after, payload.len);
    buf_add_bytes(out, payload);
}

static struct buf pae_buf(struct bytes payload)
{
    return buf_init(payload.len + 128);
}

static enum err set_id(struct envelope *e, struct why *why)
{
    AUTO_BUF struct buf pae = pae_buf(buf_bytes(&e->payload));
    envelope_pae(e->kind, buf_bytes(&e->payload), &pae);
    if (!buf_ok(&pae))
        return why_nomem(why);
    sha256(e->id, buf_bytes(&pae));
    return ERR_OK;
}

/* The literal text that must stand next. */
static bool expect(struct cur *c, const char *text)
{
    const size_t len = strlen(text);
    const uint8_t *p = cur_bytes(c, len);
    return p && memcmp(p, text, len) == 0;
}

/* Up to the next '"', which is eaten too. */
static bool quoted(struct cur *c, struct bytes *out)
{
    const uint8_t *end = memchr(c->at, '"', cur_left(c));
    if (c->failed || !end)
        return false;
    size_t len = (size_t)(end - c->at);
    *out = bytes_of(cur_bytes(c, len), len);
    return expect(c, "\"");
}

static bool is_kind(struct bytes kind)
{
    for (size_t i = 0; i < kind.len; i++)
        if (kind.ptr[i] < 'a' || kind.ptr[i] > 'z')
            return false;
    return kind.len >= 1 && kind.len <= ENVELOPE_KIND_MAX;
}

static bool parse_kind(struct cur *c, struct envelope *e)
{
    struct bytes type;
    const size_t around = strlen(type_before) + strlen(type_after);
    if (!expect(c, "{\"payloadType\":\"") || !quoted(c, &type) || type.len < around)
        return false;
    struct cur in = cur_from(type);
    if (!expect(&in, type_before))
        return false;
    struct bytes kind = bytes_of(in.at, type.len - around);
    if (!is_kind(kind) || !cur_bytes(&in, kind.len) || !expect(&in, type_after))
        return false;
    memcpy(e->kind, kind.ptr, kind.len);
    e->kind[kind.len] = '\0';
    return true;
}

static enum err parse_payload(struct cur *c, struct envelope *e, struct why *why)
{
    struct bytes text;
    if (!expect(c, ",\"payload\":\"") || !quoted(c, &text))
        return why_set(why, ERR_ENVELOPE, "no payload");
    if (text.len > PAYLOAD_TEXT_MAX)
        return why_set(why, ERR_ENVELOPE, "a payload of over %d bytes", ENVELOPE_PAYLOAD_MAX);
    e->payload = buf_init(PAYLOAD_TEXT_MAX);
    bool whole = base64_decode(&e->payload, text);
    if (e->payload.failed) /* it fits, so there was no memory */
        return why_nomem(why);
    if (!whole)
        return why_set(why, ERR_ENVELOPE, "the payload is not base64");
    if (e->payload.len > ENVELOPE_PAYLOAD_MAX)
        return why_set(why, ERR_ENVELOPE, "a payload of %zu bytes, at most %d", e->payload.len,
                       ENVELOPE_PAYLOAD_MAX);
    return ERR_OK;
}

static enum err parse_signature(struct cur *c, struct envelope_signature *out, struct why *why)
{
    struct bytes key, sig;
    if (!expect(c, "{\"keyid\":\"") || !quoted(c, &key) || !expect(c, ",\"sig\":\"") ||
        !quoted(c, &sig) || !expect(c, "}"))
        return why_set(why, ERR_ENVELOPE, "a signature has another form");
    if (!hex_decode(out->key, sizeof out->key, (const char *)key.ptr, key.len))
        return why_set(why, ERR_ENVELOPE, "a key id is not %zu lower-case hex digits",
                       2 * sizeof out->key);
    if (!base64_decode_fixed(out->sig, sizeof out->sig, sig))
        return why_set(why, ERR_ENVELOPE, "a signature is not the base64 of %d bytes",
                       SIGNATURE_BYTES);
    return ERR_OK;
}

static enum err check_count(const char *kind, size_t count, struct why *why)
{
    size_t most = strcmp(kind, "root") == 0 ? ENVELOPE_SIGNATURES_MAX : 1;
    if (count < 1 || count > most)
        return why_set(why, ERR_ENVELOPE, "%zu signatures on a %s statement, at most %zu", count,
                       kind, most);
    return ERR_OK;
}

static enum err parse_signatures(struct cur *c, struct envelope *e, struct why *why)
{
    if (!expect(c, ",\"signatures\":["))
        return why_set(why, ERR_ENVELOPE, "no signatures");
    bool more = true;
    while (more) {
        if (e->signature_count == ENVELOPE_SIGNATURES_MAX)
            return why_set(why, ERR_ENVELOPE, "over %d signatures", ENVELOPE_SIGNATURES_MAX);
        struct envelope_signature *s = &e->signatures[e->signature_count];
        enum err err = parse_signature(c, s, why);
        if (err)
            return err;
        if (e->signature_count > 0 && memcmp((s - 1)->key, s->key, sizeof s->key) >= 0)
            return why_set(why, ERR_ENVELOPE, "key ids do not ascend");
        e->signature_count++;
        more = cur_left(c) > 0 && c->at[0] == ',' && expect(c, ",");
    }
    if (!expect(c, "]}") || !cur_done(c))
        return why_set(why, ERR_ENVELOPE, "%s at its end", cur_problem(c));
    return check_count(e->kind, e->signature_count, why);
}

static enum err parse(struct bytes text, struct envelope *e, struct why *why)
{
    if (text.len > ENVELOPE_BYTES_MAX)
        return why_set(why, ERR_ENVELOPE, "%zu bytes, at most %d", text.len, ENVELOPE_BYTES_MAX);
    struct cur c = cur_from(text);
    if (!parse_kind(&c, e))
        return why_set(why, ERR_ENVELOPE, "not a payload type of ours");
    enum err err = parse_payload(&c, e, why);
    if (!err)
        err = parse_signatures(&c, e, why);
    return err ? err : set_id(e, why);
}

enum err envelope_parse(struct bytes text, struct envelope *out, struct why *why)
{
    AUTO_ENVELOPE struct envelope e = { 0 };
    enum err err = parse(text, &e, why);
    if (err)
        return why_before(why, err, "cannot read envelope");
    *out = e;
    e = (struct envelope){ 0 };
    return ERR_OK;
}

enum err envelope_verify(const struct envelope *e, struct why *why)
{
    AUTO_BUF struct buf pae = pae_buf(buf_bytes(&e->payload));
    envelope_pae(e->kind, buf_bytes(&e->payload), &pae);
    if (!buf_ok(&pae))
        return why_nomem(why);
    for (size_t i = 0; i < e->signature_count; i++) {
        const struct envelope_signature *s = &e->signatures[i];
        enum err err = sign_verify(s->sig, buf_bytes(&pae), s->key, why);
        if (err)
            return why_before(why, err, "key '%s'", hex_short(s->key).s);
    }
    return ERR_OK;
}

static int compare_keys(const void *a, const void *b)
{
    const struct envelope_signature *x = a, *y = b;
    return memcmp(x->key, y->key, sizeof x->key);
}

static enum err sign_all(const uint8_t *const *secret_keys, size_t count, struct envelope *e,
                         struct why *why)
{
    AUTO_BUF struct buf pae = pae_buf(buf_bytes(&e->payload));
    envelope_pae(e->kind, buf_bytes(&e->payload), &pae);
    if (!buf_ok(&pae))
        return why_nomem(why);
    sha256(e->id, buf_bytes(&pae));
    for (size_t i = 0; i < count; i++) {
        /* A secret key is its seed and then its public key. */
        memcpy(e->signatures[i].key, secret_keys[i] + SIGN_SEED_BYTES, SIGN_KEY_BYTES);
        sign_detached(e->signatures[i].sig, buf_bytes(&pae), secret_keys[i]);
    }
    e->signature_count = count;
    qsort(e->signatures, count, sizeof e->signatures[0], compare_keys);
    for (size_t i = 1; i < count; i++)
        if (compare_keys(&e->signatures[i - 1], &e->signatures[i]) == 0)
            return why_set(why, ERR_ENVELOPE, "cannot sign: a key twice");
    return ERR_OK;
}

enum err envelope_sign(const char *kind, struct bytes payload, const uint8_t *const *secret_keys,
                       size_t count, struct envelope *out, struct why *why)
{
    AUTO_ENVELOPE struct envelope e = { 0 };
    if (!is_kind(bytes_str(kind)))
        return why_set(why, ERR_ENVELOPE, "cannot sign: no kind of statement");
    if (payload.len > ENVELOPE_PAYLOAD_MAX)
        return why_set(why, ERR_ENVELOPE, "cannot sign: a payload of %zu bytes, at most %d",
                       payload.len, ENVELOPE_PAYLOAD_MAX);
    enum err err = check_count(kind, count, why);
    if (err)
        return why_before(why, err, "cannot sign");
    memcpy(e.kind, kind, strlen(kind) + 1);
    e.payload = buf_init(ENVELOPE_PAYLOAD_MAX);
    buf_add_bytes(&e.payload, payload);
    if (!buf_ok(&e.payload))
        return why_nomem(why);
    err = sign_all(secret_keys, count, &e, why);
    if (err)
        return err;
    *out = e;
    e = (struct envelope){ 0 };
    return ERR_OK;
}

enum err envelope_write(const struct envelope *e, struct buf *out, struct why *why)
{
    const size_t start = out->len;
    buf_add_fmt(out, "{\"payloadType\":\"%s%s%s\",\"payload\":\"", type_before, e->kind,
                type_after);
    base64_encode(out, buf_bytes(&e->payload));
    buf_add_str(out, "\",\"signatures\":[");
    for (size_t i = 0; i < e->signature_count; i++) {
        buf_add_fmt(out, "%s{\"keyid\":\"%s\",\"sig\":\"", i > 0 ? "," : "",
                    hex_id(e->signatures[i].key).s);
        base64_encode(out, bytes_of(e->signatures[i].sig, SIGNATURE_BYTES));
        buf_add_str(out, "\"}");
    }
    buf_add_str(out, "]}");
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot write envelope: no room in %zu bytes", out->max);
    }
    return ERR_OK;
}
