#include "request/signature.h"

#include "base/cur.h"
#include "base/hex.h"

#include <stdio.h>
#include <string.h>

static const char tag[] = "cofferdam/1";
static const char request_path[] = "/v1/request";
enum { PARAMS_MAX = 224, DIGEST_MAX = 64 };

void signature_base(struct buf *out, const struct signature_component *components, size_t count,
                    struct bytes params)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_fmt(out, "\"%s\": ", components[i].name);
        buf_add_bytes(out, components[i].value);
        buf_add_u8(out, '\n');
    }
    buf_add_str(out, "\"@signature-params\": ");
    buf_add_bytes(out, params);
}

/* Between `least` and `most` bytes, each one that a line of the base can hold: visible ASCII. */
static bool is_visible(const char *s, size_t least, size_t most, const char *forbidden)
{
    size_t len = strnlen(s, most + 1);
    for (size_t i = 0; i < len; i++)
        if (s[i] <= ' ' || s[i] > '~' || strchr(forbidden, s[i]))
            return false;
    return len >= least && len <= most;
}

static enum err check_target(const struct signature_target *t, struct why *why)
{
    if (!is_visible(t->method, 1, SIGNATURE_METHOD_MAX, "\""))
        return why_set(why, ERR_FORMAT, "a method that is not to be signed");
    if (t->path[0] != '/' || !is_visible(t->path, 1, SIGNATURE_PATH_MAX, "?#\"\\"))
        return why_set(why, ERR_FORMAT, "a path that is not to be signed: no query, no space");
    if (t->authority && !is_visible(t->authority, 1, SIGNATURE_AUTHORITY_MAX, "\"/?#@\\"))
        return why_set(why, ERR_FORMAT, "an authority that is not to be signed");
    return ERR_OK;
}

static void write_params(char out[PARAMS_MAX], bool store, uint64_t created,
                         const uint8_t key[SIGN_KEY_BYTES])
{
    (void)snprintf(out, PARAMS_MAX,
                   "(\"@method\" \"@path\" \"content-digest\"%s);created=%llu;keyid=\"%s\";"
                   "tag=\"%s\"",
                   store ? " \"@authority\"" : "", (unsigned long long)created, hex_id(key).s, tag);
}

/* `label=:BASE64:` into `out`, which has room. False: no memory. */
static bool write_bytes_field(char *out, size_t room, const char *label, struct bytes value)
{
    AUTO_BUF struct buf text = buf_init(room);
    base64_encode(&text, value);
    if (!buf_ok(&text))
        return false;
    (void)snprintf(out, room, "%s=:%s:", label, buf_cstr(&text));
    return true;
}

static enum err write_base(const struct signature_target *t, const uint8_t body_hash[32],
                           const char *params, struct buf *out, struct why *why)
{
    char digest[DIGEST_MAX];
    if (!write_bytes_field(digest, sizeof digest, "sha-256", bytes_of(body_hash, 32)))
        return why_nomem(why);
    const struct signature_component parts[] = {
        { "@method", bytes_str(t->method) },
        { "@path", bytes_str(t->path) },
        { "content-digest", bytes_str(digest) },
        { "@authority", bytes_str(t->authority ? t->authority : "") },
    };
    signature_base(out, parts, t->authority ? 4 : 3, bytes_str(params));
    return buf_ok(out) ? ERR_OK : why_nomem(why);
}

enum err signature_make(const struct signature_target *target, const uint8_t body_hash[32],
                        uint64_t created, const uint8_t secret_key[SIGN_SECRET_BYTES],
                        struct signature_fields *out, struct why *why)
{
    enum err e = check_target(target, why);
    if (e)
        return why_before(why, e, "cannot sign request");
    char params[PARAMS_MAX];
    write_params(params, target->authority != NULL, created, secret_key + SIGN_SEED_BYTES);
    AUTO_BUF struct buf base = buf_init(SIGNATURE_BASE_MAX);
    e = write_base(target, body_hash, params, &base, why);
    if (e)
        return e;
    uint8_t sig[SIGNATURE_BYTES];
    sign_detached(sig, buf_bytes(&base), secret_key);
    if (!write_bytes_field(out->digest, sizeof out->digest, "sha-256", bytes_of(body_hash, 32)) ||
        !write_bytes_field(out->signature, sizeof out->signature, "sig", bytes_of(sig, sizeof sig)))
        return why_nomem(why);
    (void)snprintf(out->input, sizeof out->input, "sig=%.*s", PARAMS_MAX - 8, params);
    return ERR_OK;
}

static bool expect(struct cur *c, const char *text)
{
    const size_t len = strlen(text);
    const uint8_t *p = cur_bytes(c, len);
    return p && memcmp(p, text, len) == 0;
}

static enum err parse_bytes_field(struct bytes field, const char *before, uint8_t *out, size_t len,
                                  struct why *why)
{
    const size_t front = strlen(before);
    struct cur c = cur_from(field);
    if (!expect(&c, before) || field.len < front + 1 || field.ptr[field.len - 1] != ':' ||
        !base64_decode_fixed(out, len, bytes_of(field.ptr + front, field.len - front - 1)))
        return why_set(why, ERR_FORMAT, "a field is not '%s', base64 of %zu bytes and ':'", before,
                       len);
    return ERR_OK;
}

/* A number without sign or leading zeroes, at most 16 digits. */
static bool parse_number(struct cur *c, uint64_t *out)
{
    uint64_t v = 0;
    const uint8_t *start = c->at;
    while (cur_left(c) > 0 && c->at[0] >= '0' && c->at[0] <= '9' && c->at - start < 17)
        v = v * 10 + (uint64_t)(cur_u8(c) - '0');
    *out = v;
    size_t digits = (size_t)(c->at - start);
    return digits >= 1 && digits <= 16 && (start[0] != '0' || digits == 1);
}

static bool parse_input(struct bytes input, bool store, struct signature *s)
{
    struct cur c = cur_from(input);
    if (!expect(&c, "sig=(\"@method\" \"@path\" \"content-digest\"") ||
        (store && !expect(&c, " \"@authority\"")) || !expect(&c, ");created=") ||
        !parse_number(&c, &s->created) || !expect(&c, ";keyid=\""))
        return false;
    const uint8_t *key = cur_bytes(&c, 2 * SIGN_KEY_BYTES);
    return key && hex_decode(s->key, sizeof s->key, (const char *)key, 2 * SIGN_KEY_BYTES) &&
           expect(&c, "\";tag=\"") && expect(&c, tag) && expect(&c, "\"") && cur_done(&c);
}

enum err signature_parse(struct bytes digest, struct bytes input, struct bytes signature,
                         bool store, struct signature *out, struct why *why)
{
    struct signature s;
    enum err e = parse_bytes_field(digest, "sha-256=:", s.digest, sizeof s.digest, why);
    if (!e)
        e = parse_bytes_field(signature, "sig=:", s.sig, sizeof s.sig, why);
    if (e)
        return why_before(why, e, "cannot read signature");
    if (!parse_input(input, store, &s))
        return why_set(why, ERR_FORMAT,
                       "cannot read signature: its components and parameters are not ours");
    *out = s;
    return ERR_OK;
}

enum err signature_verify(const struct signature *s, const struct signature_target *target,
                          const uint8_t body_hash[32], struct why *why)
{
    enum err e = check_target(target, why);
    if (e)
        return why_before(why, e, "cannot verify request");
    if (memcmp(s->digest, body_hash, sizeof s->digest) != 0)
        return why_set(why, ERR_SIGNATURE, "the content digest is another body's");
    char params[PARAMS_MAX];
    write_params(params, target->authority != NULL, s->created, s->key);
    AUTO_BUF struct buf base = buf_init(SIGNATURE_BASE_MAX);
    e = write_base(target, body_hash, params, &base, why);
    if (!e)
        e = sign_verify(s->sig, buf_bytes(&base), s->key, why);
    return e ? why_before(why, e, "request of device '%s'", hex_short(s->key).s) : ERR_OK;
}

enum err signature_time_check(const struct signature *s, uint64_t now, struct why *why)
{
    uint64_t apart = s->created > now ? s->created - now : now - s->created;
    if (apart > SIGNATURE_CLOCK_SECONDS)
        return why_set(why, ERR_REQUEST_TIME,
                       "it was signed %llu s %s this machine's clock, at most %d",
                       (unsigned long long)apart, s->created > now ? "after" : "before",
                       SIGNATURE_CLOCK_SECONDS);
    return ERR_OK;
}

enum err signature_verify_logged(const uint8_t sig[SIGNATURE_BYTES],
                                 const uint8_t device[SIGN_KEY_BYTES], uint64_t created,
                                 const uint8_t request_hash[32], struct why *why)
{
    static const struct signature_target target = { "POST", request_path, NULL };
    struct signature s = { .created = created };
    memcpy(s.digest, request_hash, sizeof s.digest);
    memcpy(s.key, device, sizeof s.key);
    memcpy(s.sig, sig, sizeof s.sig);
    return signature_verify(&s, &target, request_hash, why);
}
