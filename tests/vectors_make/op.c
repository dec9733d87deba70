#include "op.h"

#include "base/hex.h"
#include "crypto/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct op_memory {
    struct op_memory *next;
    uint8_t *ptr;
};

static NORETURN void broken(const char *what, const char *name)
{
    (void)fprintf(stderr, "a case is not of the agreed shape: %s '%s'\n", what, name);
    exit(2);
}

/* Each its own block of the exact size, so that the sanitizer sees a read past the end. */
void *op_alloc(struct op *o, size_t len)
{
    struct op_memory *m = malloc(sizeof *m);
    uint8_t *ptr = calloc(1, len ? len : 1);
    if (!m || !ptr)
        broken("no memory for", "a member");
    *m = (struct op_memory){ o->memory, ptr };
    o->memory = m;
    return ptr;
}

static struct bytes decoded(struct op *o, const json_t *value, const char *name)
{
    if (!json_is_string(value))
        broken("no text", name);
    size_t len = json_string_length(value) / 2;
    uint8_t *out = op_alloc(o, len);
    if (!hex_decode(out, len, json_string_value(value), json_string_length(value)))
        broken("no hex", name);
    return bytes_of(out, len);
}

struct bytes op_get_of(struct op *o, const json_t *object, const char *name)
{
    return decoded(o, json_object_get(object, name), name);
}

const uint8_t *op_get_fixed_of(struct op *o, const json_t *object, const char *name, size_t len)
{
    struct bytes b = op_get_of(o, object, name);
    if (b.len != len)
        broken("another length of", name);
    return b.ptr;
}

uint64_t op_get_int_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        broken("no whole number", name);
    return (uint64_t)json_integer_value(value);
}

struct bytes op_get(struct op *o, const char *name)
{
    return op_get_of(o, o->in, name);
}

const uint8_t *op_get_fixed(struct op *o, const char *name, size_t len)
{
    return op_get_fixed_of(o, o->in, name, len);
}

uint64_t op_get_int(const struct op *o, const char *name)
{
    return op_get_int_of(o->in, name);
}

const char *op_get_text(struct op *o, const char *name)
{
    struct bytes b = op_get(o, name);
    char *text = op_alloc(o, b.len + 1);
    memcpy(text, b.ptr, b.len);
    return text;
}

const json_t *op_get_list(const struct op *o, const char *name)
{
    const json_t *value = json_object_get(o->in, name);
    if (!json_is_array(value))
        broken("no list", name);
    return value;
}

struct bytes op_item(struct op *o, const json_t *list, size_t i)
{
    return decoded(o, json_array_get(list, i), "item");
}

struct bytes op_get_joined(struct op *o, const char *name)
{
    const json_t *list = op_get_list(o, name);
    size_t len = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        len += json_string_length(json_array_get(list, i)) / 2;
    uint8_t *out = op_alloc(o, len), *at = out;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct bytes item = op_item(o, list, i);
        memcpy(at, item.ptr, item.len);
        at += item.len;
    }
    return bytes_of(out, len);
}

const uint8_t *op_secret_key(struct op *o, const uint8_t seed[32])
{
    uint8_t public_key[SIGN_KEY_BYTES], *secret_key = op_alloc(o, SIGN_SECRET_BYTES);
    sign_keypair(public_key, secret_key, seed);
    return secret_key;
}

json_t *op_hex(const void *ptr, size_t len)
{
    char *text = malloc(2 * len + 1);
    if (!text)
        broken("no memory for", "a member");
    hex_encode(text, ptr, len);
    json_t *value = json_string(text);
    free(text);
    return value;
}

void op_put_hex(json_t *object, const char *name, const void *ptr, size_t len)
{
    json_object_set_new(object, name, op_hex(ptr, len));
}

void op_put_bytes(json_t *object, const char *name, struct bytes bytes)
{
    op_put_hex(object, name, bytes.ptr, bytes.len);
}

void op_put_int(json_t *object, const char *name, uint64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

json_t *op_put_list(json_t *object, const char *name)
{
    json_t *list = json_array();
    json_object_set_new(object, name, list);
    return list;
}

json_t *op_add_object(json_t *list)
{
    json_t *object = json_object();
    json_array_append_new(list, object);
    return object;
}

void op_add_hex(json_t *list, const void *ptr, size_t len)
{
    json_array_append_new(list, op_hex(ptr, len));
}

/* docs/format.md 1, in its order. */
static const struct { enum err err; const char *word; } outcomes[] = {
    { ERR_OK, "ok" }, { ERR_FORMAT, "format" }, { ERR_VERSION, "version" },
    { ERR_LIMIT, "limit" }, { ERR_OPEN, "open" }, { ERR_SIGNATURE, "signature" },
    { ERR_KEY, "key" }, { ERR_KDF_FLOOR, "kdf-floor" }, { ERR_JSON, "json" },
    { ERR_CANONICAL, "canonical" }, { ERR_ENVELOPE, "envelope" },
    { ERR_RECORD_ID, "record-id" }, { ERR_PADDING, "padding" }, { ERR_CHUNK, "chunk" },
    { ERR_PAD, "pad" }, { ERR_MANIFEST, "manifest" }, { ERR_PROOF, "proof" },
    { ERR_CHECKPOINT, "checkpoint" }, { ERR_ROLLBACK, "rollback" }, { ERR_ANSWER, "answer" },
    { ERR_REQUEST_GATES, "gates" }, { ERR_REQUEST_TIME, "time" },
};

const char *op_outcome_at(size_t i)
{
    return i < sizeof outcomes / sizeof outcomes[0] ? outcomes[i].word : NULL;
}

const char *op_outcome(enum err e)
{
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (outcomes[i].err == e)
            return outcomes[i].word;
    return err_code(e); /* no outcome of a vector */
}

static op_run *find(const char *path)
{
    const struct op_table tables[] = {
        op_record_table(), op_body_table(), op_shares_table(), op_ceremony_table(),
        op_statement_table(), op_request_table(), op_answer_table(), op_log_table(),
        op_keys_table(),
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (size_t j = 0; j < tables[i].count; j++)
            if (strcmp(tables[i].rows[j].path, path) == 0)
                return tables[i].rows[j].run;
    broken("no operation", path);
}

enum err op_do(const char *path, const json_t *in, json_t **out, struct why *why)
{
    struct op o = { .in = in, .out = json_object() };
    enum err e = find(path)(&o);
    while (o.memory) {
        struct op_memory *m = o.memory;
        o.memory = m->next;
        free(m->ptr);
        free(m);
    }
    *why = o.why;
    *out = e ? NULL : o.out;
    if (e)
        json_decref(o.out);
    return e;
}
