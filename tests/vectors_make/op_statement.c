#include "op.h"

#include "crypto/sign.h"
#include "statement/chain.h"
#include "statement/envelope.h"

#include <string.h>

/* What is refused as not built yet has no outcome of its own (docs/format.md 1): a root statement
 * after the first is `version`, a reserved word `format`. */
static enum err without_unsupported(enum err e, const struct envelope *env)
{
    AUTO_JSON json_t *payload = NULL;
    uint64_t number;
    if (e != ERR_UNSUPPORTED)
        return e;
    if (strcmp(env->kind, "root") == 0 &&
        json_parse(buf_bytes(&env->payload), &payload, NULL) == ERR_OK &&
        json_get_u64(payload, "number", JSON_INT_MAX, &number, NULL) == ERR_OK && number > 1)
        return ERR_VERSION;
    return ERR_FORMAT;
}

static enum err open_envelope(struct op *o, struct bytes text, struct envelope *env,
                              struct statement *s)
{
    enum err e = statement_open(text, s, &o->why);
    if (e == ERR_ENVELOPE)
        return e;
    enum err parsed = envelope_parse(text, env, NULL);
    assert(parsed == ERR_OK);
    (void)parsed;
    return without_unsupported(e, env);
}

/* `fields` in the order of docs/format.md 4.2, in which all our cases have them. */
static enum err fields_statement(struct op *o, struct statement *s)
{
    AUTO_BUF struct buf text = buf_init(1 << 20);
    struct json_out out = json_out_to(&text, JSON_CANONICAL);
    json_out_value(&out, json_object_get(o->in, "fields"));
    enum err e = json_out_end(&out, &o->why);
    return e ? e
             : statement_read(
                   statement_kind_find(json_string_value(json_object_get(o->in, "kind"))),
                   buf_bytes(&text), s, &o->why);
}

static enum err make_op(struct op *o)
{
    AUTO_STATEMENT struct statement s = { 0 };
    AUTO_BUF struct buf payload = buf_init(1 << 17), envelope = buf_init(1 << 17);
    const json_t *seeds = op_get_list(o, "seeds");
    const size_t count = json_array_size(seeds);
    const uint8_t **keys = op_alloc(o, count * sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = op_secret_key(o, op_item(o, seeds, i).ptr);
    enum err e = fields_statement(o, &s);
    if (!e)
        e = statement_write(&s, &payload, &o->why);
    if (!e)
        e = statement_sign(&s, keys, count, &envelope, &o->why);
    if (e)
        return e;
    op_put_bytes(o->out, "payload", buf_bytes(&payload));
    op_put_bytes(o->out, "envelope", buf_bytes(&envelope));
    op_put_hex(o->out, "id", s.id, sizeof s.id);
    return ERR_OK;
}

static enum err read_op(struct op *o)
{
    AUTO_STATEMENT struct statement s = { 0 };
    AUTO_ENVELOPE struct envelope env = { 0 };
    enum err e = open_envelope(o, op_get(o, "envelope"), &env, &s);
    if (e)
        return e;
    json_object_set_new(o->out, "kind", json_string(statement_kind_name(s.kind)));
    op_put_bytes(o->out, "payload", buf_bytes(&env.payload));
    op_put_hex(o->out, "id", s.id, sizeof s.id);
    return ERR_OK;
}

static enum err verify_op(struct op *o)
{
    const struct bytes signature = op_get(o, "signature");
    assert(signature.len == SIGNATURE_BYTES);
    return sign_verify(signature.ptr, op_get(o, "message"), op_get_fixed(o, "key", 32), &o->why);
}

static enum err enrol_op(struct op *o)
{
    return sign_key_check(op_get_fixed(o, "key", SIGN_KEY_BYTES), &o->why);
}

enum { HEADS_MAX = 32 };

struct heads {
    struct chain_head heads[HEADS_MAX]; /* ascending by issuer */
    size_t count;
};

/* The head of that chain, made (empty) where it belongs when there is none. */
static struct chain_head *head_of(struct heads *all, const uint8_t issuer[32])
{
    size_t i = 0;
    while (i < all->count && memcmp(all->heads[i].issuer, issuer, 32) < 0)
        i++;
    if (i < all->count && memcmp(all->heads[i].issuer, issuer, 32) == 0)
        return &all->heads[i];
    assert(all->count < HEADS_MAX);
    memmove(&all->heads[i + 1], &all->heads[i], (all->count - i) * sizeof all->heads[0]);
    all->count++;
    all->heads[i] = (struct chain_head){ 0 };
    memcpy(all->heads[i].issuer, issuer, 32);
    return &all->heads[i];
}

static enum err fold_one(struct op *o, struct heads *all, struct bytes text)
{
    AUTO_STATEMENT struct statement s = { 0 };
    AUTO_ENVELOPE struct envelope env = { 0 };
    enum err e = open_envelope(o, text, &env, &s);
    if (e)
        return e;
    /* A party is known by the id of its first root statement. */
    const uint8_t *issuer = s.kind == STATEMENT_ROOT ? s.id : s.issuer;
    struct chain_head *head = head_of(all, issuer);
    e = chain_next(head, &s, &o->why);
    if (e == ERR_CHAIN_GAP || e == ERR_CHAIN_FORK || e == ERR_DUPLICATE)
        return ERR_ROLLBACK;
    if (e)
        return e;
    chain_advance(head, &s);
    if (s.kind == STATEMENT_ROOT)
        memcpy(head->issuer, s.id, sizeof head->issuer);
    return ERR_OK;
}

static enum err fold_op(struct op *o)
{
    const json_t *envelopes = op_get_list(o, "envelopes");
    struct heads all = { 0 };
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < json_array_size(envelopes); i++)
        e = fold_one(o, &all, op_item(o, envelopes, i));
    json_t *list = op_put_list(o->out, "heads");
    for (size_t i = 0; i < all.count; i++) {
        json_t *object = op_add_object(list);
        op_put_hex(object, "issuer", all.heads[i].issuer, 32);
        op_put_int(object, "number", all.heads[i].number);
        op_put_hex(object, "id", all.heads[i].id, 32);
    }
    return e;
}

struct op_table op_statement_table(void)
{
    static const struct op_row rows[] = {
        { "statement/make", make_op },     { "statement/read", read_op },
        { "statement/verify", verify_op }, { "statement/enrol", enrol_op },
        { "chain/fold", fold_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
