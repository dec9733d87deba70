#include "make.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/kx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(const char *file, const char *name, const char *got, const char *want,
                 const struct why *why)
{
    (void)fprintf(stderr, "%s: '%s': %s, not %s%s%s\n", file, name, got, want,
                  why->text[0] ? ": " : "", why->text);
}

void make_draw(struct make *m, void *out, size_t len, const char *function, int place)
{
    uint8_t *at = out, block[HASH_BYTES];
    char site[96], label[192];
    (void)snprintf(site, sizeof site, "%s %d", function, place);
    json_int_t count = json_integer_value(json_object_get(m->drawn, site));
    for (; len > 0; count++) {
        (void)snprintf(label, sizeof label, "cofferdam-vectors/%s/%s/%lld", m->file, site,
                       (long long)count);
        sha256(block, bytes_str(label));
        size_t piece = len < sizeof block ? len : sizeof block;
        memcpy(at, block, piece);
        at += piece;
        len -= piece;
    }
    json_object_set_new(m->drawn, site, json_integer(count));
}

json_t *make_random(struct make *m, size_t len, const char *function, int place)
{
    uint8_t *bytes = calloc(1, len + 1);
    assert(bytes);
    make_draw(m, bytes, len, function, place);
    json_t *hex = op_hex(bytes, len);
    free(bytes);
    return hex;
}

json_t *make_text(const char *text)
{
    return op_hex(text, strlen(text));
}

json_t *make_zero(size_t len)
{
    uint8_t *bytes = calloc(1, len + 1);
    assert(bytes);
    json_t *hex = op_hex(bytes, len);
    free(bytes);
    return hex;
}

struct bytes make_bytes(const json_t *hex)
{
    size_t len = json_string_length(hex) / 2;
    uint8_t *out = calloc(1, len + 1);
    bool ok = out && hex_decode(out, len, json_string_value(hex), 2 * len);
    assert(ok);
    (void)ok;
    return bytes_of(out, len);
}

json_t *make_hex_of(struct bytes bytes)
{
    return op_hex(bytes.ptr, bytes.len);
}

struct make_key make_key(struct make *m, const char *function, int place)
{
    struct make_key k;
    make_draw(m, k.seed, sizeof k.seed, function, place);
    sign_keypair(k.public_key, k.secret_key, k.seed);
    return k;
}

json_t *make_seed(const struct make_key *k)
{
    return op_hex(k->seed, sizeof k->seed);
}

json_t *make_public(const struct make_key *k)
{
    return op_hex(k->public_key, sizeof k->public_key);
}

json_t *make_exchange(const json_t *secret)
{
    uint8_t key[KX_BYTES];
    kx_public(key, make_bytes(secret).ptr);
    return op_hex(key, sizeof key);
}

const json_t *make_case(struct make *m, const char *op, const char *outcome, const char *name,
                        const char *why, json_t *in)
{
    char path[64], whole[128];
    struct why said;
    json_t *out;
    assert(in);
    (void)snprintf(path, sizeof path, "%s/%s", m->file, op);
    (void)snprintf(whole, sizeof whole, "%s: %s", op, name);
    const char *got = op_outcome(op_do(path, in, &out, &said));
    if (strcmp(got, outcome) != 0) {
        tell(m->file, whole, got, outcome, &said);
        m->wrong++;
    }
    json_t *with_op = json_pack("{s:s}", "op", op);
    json_object_update(with_op, in);
    json_decref(in);
    json_t *made = json_pack("{s:s, s:s, s:o}", "name", whole, "why", why, "in", with_op);
    if (out)
        json_object_set_new(made, "out", out);
    json_object_set_new(made, "outcome", json_string(outcome));
    json_array_append_new(m->cases, made);
    return out;
}

const json_t *make_call(const char *path, json_t *in)
{
    struct why why;
    json_t *out;
    assert(in);
    enum err e = op_do(path, in, &out, &why);
    if (e) {
        tell(path, "call", op_outcome(e), "ok", &why);
        exit(EXIT_FAIL);
    }
    json_decref(in);
    return out;
}

json_t *make_member(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    assert(value);
    return json_incref(value);
}

json_t *make_with(const json_t *in, const char *name, json_t *value)
{
    json_t *copy = json_deep_copy(in);
    assert(json_object_get(in, name));
    json_object_set_new(copy, name, value);
    return copy;
}

json_t *make_splice(const json_t *value, int at, size_t removed, const char *hex)
{
    const struct bytes old = make_bytes(value);
    const bool flip = hex[0] == '^';
    json_t *given = json_string(flip ? hex + 1 : hex);
    const struct bytes piece = make_bytes(given);
    size_t from = at == MAKE_END ? old.len : at < 0 ? old.len - (size_t)-at : (size_t)at;
    AUTO_BUF struct buf out = buf_init(old.len + piece.len + 1);
    assert(from <= old.len && !(flip && removed));
    if (flip)
        removed = piece.len;
    assert(removed <= old.len - from);
    buf_add(&out, old.ptr, from);
    for (size_t i = 0; i < piece.len; i++)
        buf_add_u8(&out, piece.ptr[i] ^ (flip ? old.ptr[from + i] : 0));
    buf_add(&out, old.ptr + from + removed, old.len - from - removed);
    assert(buf_ok(&out));
    json_decref(given);
    return make_hex_of(buf_bytes(&out));
}

void make_edits(struct make *m, const char *op, const json_t *in, const char *member,
                const struct make_edit *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct make_edit *row = &rows[i];
        json_t *edited = make_splice(json_object_get(in, member), row->at, row->removed, row->hex);
        make_case(m, op, row->outcome, row->name, row->why, make_with(in, member, edited));
    }
}

struct bytes make_replaced(struct bytes text, const char *from, const char *to)
{
    const size_t from_len = from ? strlen(from) : text.len;
    const uint8_t *found = from ? memmem(text.ptr, text.len, from, from_len) : text.ptr;
    struct buf out = buf_init(text.len + strlen(to) + 1);
    assert(found);
    buf_add(&out, text.ptr, (size_t)(found - text.ptr));
    buf_add_str(&out, to);
    buf_add(&out, found + from_len, (size_t)(text.ptr + text.len - found) - from_len);
    assert(buf_ok(&out));
    return buf_bytes(&out);
}

json_t *make_record(unsigned kind, const json_t *project, const json_t *author, json_t *dek)
{
    return make_member(
        make_call("header/make", json_pack("{s:i, s:o, s:o, s:o}", "kind", (int)kind, "project",
                                           json_deep_copy(project), "author",
                                           json_deep_copy(author), "dek", dek)),
        "header");
}
