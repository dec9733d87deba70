#include "op.h"

#include "crypto/hash.h"
#include "request/entry_body.h"
#include "request/heads.h"
#include "tlog/checkpoint.h"

#include <string.h>

static void copy_text(struct op *o, const json_t *object, const char *name, char *out, size_t room)
{
    struct bytes b = op_get_of(o, object, name);
    assert(b.len < room);
    memcpy(out, b.ptr, b.len);
}

static void read_release(struct op *o, const json_t *in, struct entry_body_release *b)
{
    b->gate = (uint8_t)op_get_int_of(in, "gate");
    b->act = (uint8_t)op_get_int_of(in, "act");
    memcpy(b->epoch_id, op_get_fixed_of(o, in, "epoch_id", 32), 32);
    memcpy(b->r, op_get_fixed_of(o, in, "r", 32), 32);
    memcpy(b->device, op_get_fixed_of(o, in, "device", 32), 32);
    memcpy(b->signature, op_get_fixed_of(o, in, "signature", 64), 64);
    memcpy(b->answer_hash, op_get_fixed_of(o, in, "answer_hash", 32), 32);
    copy_text(o, in, "rule", b->rule, sizeof b->rule);
    copy_text(o, in, "reason", b->reason, sizeof b->reason);
    copy_text(o, in, "obligations", b->obligations, sizeof b->obligations);
    memcpy(b->request_hash, op_get_fixed_of(o, in, "request_hash", 32), 32);
    b->request = op_get_of(o, in, "request");
    assert(op_get_int_of(in, "place") == (b->request.len == 0));
}

static void read_check(struct op *o, const json_t *in, struct entry_body_check *b)
{
    const json_t *rows = json_object_get(in, "rows");
    const size_t count = json_array_size(rows);
    uint8_t *out = op_alloc(o, count * ENTRY_BODY_CHECK_BYTES);
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i);
        out[i * ENTRY_BODY_CHECK_BYTES] = (uint8_t)op_get_int_of(row, "set");
        memcpy(out + i * ENTRY_BODY_CHECK_BYTES + 1, op_get_fixed_of(o, row, "check", 32), 32);
    }
    b->gate = (uint8_t)op_get_int_of(in, "gate");
    memcpy(b->epoch_id, op_get_fixed_of(o, in, "epoch_id", 32), 32);
    b->rows = bytes_of(out, count * ENTRY_BODY_CHECK_BYTES);
}

static void read_body(struct op *o, const json_t *in, struct entry_body *b)
{
    switch (b->type) {
    case ENTRY_BODY_STATEMENT:
        b->u.statement = op_get_of(o, in, "envelope");
        break;
    case ENTRY_BODY_RELEASE:
        read_release(o, in, &b->u.release);
        break;
    case ENTRY_BODY_REFUSALS:
        memcpy(b->u.refusals.device, op_get_fixed_of(o, in, "device", 32), 32);
        b->u.refusals.minute = op_get_int_of(in, "minute");
        b->u.refusals.count = (uint32_t)op_get_int_of(in, "count");
        copy_text(o, in, "reason", b->u.refusals.reason, sizeof b->u.refusals.reason);
        memcpy(b->u.refusals.r, op_get_fixed_of(o, in, "r", 32), 32);
        break;
    case ENTRY_BODY_CHECK:
        read_check(o, in, &b->u.check);
        break;
    case ENTRY_BODY_READY:
        b->u.ready.gate = (uint8_t)op_get_int_of(in, "gate");
        memcpy(b->u.ready.epoch_id, op_get_fixed_of(o, in, "epoch_id", 32), 32);
        break;
    }
}

static void put_leaf(struct op *o, struct bytes entry)
{
    uint8_t leaf[TLOG_HASH_BYTES];
    tlog_leaf_hash(leaf, entry, NULL);
    op_put_hex(o->out, "leaf", leaf, sizeof leaf);
}

static enum err entry_make(struct op *o)
{
    struct entry_body b = { .type = (enum entry_body_type)op_get_int(o, "type") };
    AUTO_BUF struct buf body = buf_init(ENTRY_BODY_MAX), out = buf_init(ENTRY_BYTES_MAX);
    read_body(o, json_object_get(o->in, "body"), &b);
    enum err e = entry_body_write(&b, &body, &o->why);
    if (e)
        return e;
    struct entry entry = { .time_ms = op_get_int(o, "ms"), .type = (uint16_t)b.type,
                           .rules = ENTRY_RULES, .body = buf_bytes(&body) };
    memcpy(entry.salt, op_get_fixed(o, "salt", sizeof entry.salt), sizeof entry.salt);
    e = entry_encode(&out, &entry, &o->why);
    if (e)
        return e;
    op_put_bytes(o->out, "entry", buf_bytes(&out));
    put_leaf(o, buf_bytes(&out));
    return ERR_OK;
}

static void put_release(json_t *out, const struct entry_body_release *b)
{
    op_put_int(out, "gate", b->gate);
    op_put_int(out, "act", b->act);
    op_put_hex(out, "epoch_id", b->epoch_id, sizeof b->epoch_id);
    op_put_hex(out, "r", b->r, sizeof b->r);
    op_put_hex(out, "device", b->device, sizeof b->device);
    op_put_hex(out, "signature", b->signature, sizeof b->signature);
    op_put_hex(out, "answer_hash", b->answer_hash, sizeof b->answer_hash);
    op_put_bytes(out, "rule", bytes_str(b->rule));
    op_put_bytes(out, "reason", bytes_str(b->reason));
    op_put_bytes(out, "obligations", bytes_str(b->obligations));
    op_put_int(out, "place", b->request.len == 0);
    op_put_hex(out, "request_hash", b->request_hash, sizeof b->request_hash);
    op_put_bytes(out, "request", b->request);
}

static void put_body(json_t *out, const struct entry_body *b)
{
    switch (b->type) {
    case ENTRY_BODY_STATEMENT:
        op_put_bytes(out, "envelope", b->u.statement);
        break;
    case ENTRY_BODY_RELEASE:
        put_release(out, &b->u.release);
        break;
    case ENTRY_BODY_REFUSALS:
        op_put_hex(out, "device", b->u.refusals.device, 32);
        op_put_int(out, "minute", b->u.refusals.minute);
        op_put_int(out, "count", b->u.refusals.count);
        op_put_bytes(out, "reason", bytes_str(b->u.refusals.reason));
        op_put_hex(out, "r", b->u.refusals.r, 32);
        break;
    case ENTRY_BODY_CHECK: {
        op_put_int(out, "gate", b->u.check.gate);
        op_put_hex(out, "epoch_id", b->u.check.epoch_id, 32);
        json_t *rows = op_put_list(out, "rows");
        for (size_t at = 0; at < b->u.check.rows.len; at += ENTRY_BODY_CHECK_BYTES) {
            json_t *row = op_add_object(rows);
            op_put_int(row, "set", b->u.check.rows.ptr[at]);
            op_put_hex(row, "check", b->u.check.rows.ptr + at + 1, 32);
        }
        break;
    }
    case ENTRY_BODY_READY:
        op_put_int(out, "gate", b->u.ready.gate);
        op_put_hex(out, "epoch_id", b->u.ready.epoch_id, 32);
        break;
    }
}

static enum err entry_parse_op(struct op *o)
{
    struct entry entry;
    struct entry_body b;
    const struct bytes raw = op_get(o, "entry");
    enum err e = entry_parse(&entry, raw, &o->why);
    if (!e)
        e = entry_body_parse(entry.type, entry.body, &b, &o->why);
    if (e)
        return e;
    json_t *body = json_object();
    op_put_hex(o->out, "salt", entry.salt, sizeof entry.salt);
    op_put_int(o->out, "ms", entry.time_ms);
    op_put_int(o->out, "type", entry.type);
    put_body(body, &b);
    json_object_set_new(o->out, "body", body);
    put_leaf(o, raw);
    return ERR_OK;
}

static enum err key_of(struct op *o, const uint8_t key[32], struct note_key *out)
{
    char origin[CHECKPOINT_ORIGIN_MAX];
    checkpoint_origin(origin, op_get_fixed(o, "owner", 32), (unsigned)op_get_int(o, "gate"),
                      (uint32_t)op_get_int(o, "incarnation"));
    return note_key_init(out, origin, key, &o->why);
}

static enum err checkpoint_make(struct op *o)
{
    struct checkpoint c = { .size = op_get_int(o, "size") };
    struct note_key key;
    AUTO_BUF struct buf note = buf_init(NOTE_BYTES_MAX);
    const uint8_t *secret_key = op_secret_key(o, op_get_fixed(o, "seed", 32));
    memcpy(c.root, op_get_fixed(o, "root", 32), 32);
    enum err e = key_of(o, secret_key + SIGN_SEED_BYTES, &key);
    if (!e)
        e = checkpoint_sign(&note, &c, &key, secret_key, &o->why);
    if (e)
        return e;
    op_put_bytes(o->out, "origin", bytes_str(key.name));
    op_put_hex(o->out, "key_id", key.id, sizeof key.id);
    op_put_bytes(o->out, "note", buf_bytes(&note));
    return ERR_OK;
}

static enum err checkpoint_open_op(struct op *o)
{
    struct checkpoint c;
    struct note_key key;
    enum err e = key_of(o, op_get_fixed(o, "key", 32), &key);
    if (!e)
        e = checkpoint_open(&c, op_get(o, "note"), &key, &o->why);
    if (e)
        return e;
    op_put_int(o->out, "size", c.size);
    op_put_hex(o->out, "root", c.root, sizeof c.root);
    return ERR_OK;
}

static enum err question_op(struct op *o)
{
    struct heads_question q;
    uint8_t raw[HEADS_QUESTION_BYTES];
    memcpy(q.project, op_get_fixed(o, "project", 16), 16);
    memcpy(q.nonce, op_get_fixed(o, "nonce", 32), 32);
    heads_question_write(&q, raw);
    op_put_hex(o->out, "question", raw, sizeof raw);
    return ERR_OK;
}

static enum err parse_question_op(struct op *o)
{
    struct heads_question q;
    enum err e = heads_question_parse(op_get(o, "question"), &q, &o->why);
    if (e)
        return e;
    op_put_hex(o->out, "project", q.project, sizeof q.project);
    op_put_hex(o->out, "nonce", q.nonce, sizeof q.nonce);
    return ERR_OK;
}

static struct heads_row row_of(struct op *o, const json_t *given)
{
    struct heads_row row = { .number = op_get_int_of(given, "number") };
    memcpy(row.issuer, op_get_fixed_of(o, given, "issuer", 32), 32);
    memcpy(row.statement, op_get_fixed_of(o, given, "id", 32), 32);
    memcpy(row.manifest, op_get_fixed_of(o, given, "manifest", 32), 32);
    return row;
}

static void add_row(json_t *list, const struct heads_row *row)
{
    json_t *object = op_add_object(list);
    op_put_hex(object, "issuer", row->issuer, sizeof row->issuer);
    op_put_int(object, "number", row->number);
    op_put_hex(object, "id", row->statement, sizeof row->statement);
    op_put_hex(object, "manifest", row->manifest, sizeof row->manifest);
}

static enum err question_hash(struct op *o, uint8_t hash[32])
{
    struct heads_question q;
    enum err e = heads_question_parse(op_get(o, "question"), &q, &o->why);
    if (!e)
        heads_question_hash(hash, &q);
    return e;
}

static enum err reply_op(struct op *o)
{
    const json_t *rows = op_get_list(o, "rows");
    AUTO_BUF struct buf packed = buf_init(1 << 20), out = buf_init(1 << 20);
    uint8_t hash[32];
    for (size_t i = 0; i < json_array_size(rows); i++) {
        struct heads_row row = row_of(o, json_array_get(rows, i));
        heads_row_write(&row, &packed);
    }
    enum err e = question_hash(o, hash);
    if (!e)
        e = heads_reply_write((uint8_t)op_get_int(o, "gate"), hash, op_get_int(o, "size"),
                              buf_bytes(&packed), op_secret_key(o, op_get_fixed(o, "seed", 32)),
                              &out, &o->why);
    if (!e)
        op_put_bytes(o->out, "reply", buf_bytes(&out));
    return e;
}

static enum err check_op(struct op *o)
{
    struct heads_reply reply;
    uint8_t hash[32];
    enum err e = question_hash(o, hash);
    if (!e)
        e = heads_reply_parse(op_get(o, "reply"), &reply, &o->why);
    if (!e)
        e = heads_reply_verify(&reply, (uint8_t)op_get_int(o, "gate"), hash,
                               op_get_fixed(o, "key", 32), &o->why);
    if (e)
        return e;
    op_put_int(o->out, "size", reply.log_size);
    json_t *rows = op_put_list(o->out, "rows");
    for (size_t i = 0; i < heads_row_count(&reply); i++) {
        struct heads_row row = heads_row(&reply, i);
        add_row(rows, &row);
    }
    return ERR_OK;
}

enum { ROWS_MAX = 64 };

/* The client does this with its own table (client/), so that it is written here once more. */
static enum err newest_op(struct op *o)
{
    const json_t *replies = op_get_list(o, "replies");
    struct heads_row best[ROWS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(replies); i++) {
        const json_t *rows = json_object_get(json_array_get(replies, i), "rows");
        for (size_t k = 0; k < json_array_size(rows); k++) {
            struct heads_row row = row_of(o, json_array_get(rows, k));
            size_t at = 0;
            while (at < count && memcmp(best[at].issuer, row.issuer, 32) < 0)
                at++;
            bool known = at < count && memcmp(best[at].issuer, row.issuer, 32) == 0;
            assert(known || count < ROWS_MAX);
            if (!known)
                memmove(&best[at + 1], &best[at], (count++ - at) * sizeof best[0]);
            if (!known || row.number > best[at].number)
                best[at] = row;
        }
    }
    json_t *list = op_put_list(o->out, "rows");
    for (size_t i = 0; i < count; i++)
        add_row(list, &best[i]);
    return ERR_OK;
}

struct op_table op_log_table(void)
{
    static const struct op_row rows[] = {
        { "entry/make", entry_make },           { "entry/parse", entry_parse_op },
        { "checkpoint/make", checkpoint_make }, { "checkpoint/open", checkpoint_open_op },
        { "heads/question", question_op },      { "heads/parse_question", parse_question_op },
        { "heads/reply", reply_op },            { "heads/check", check_op },
        { "heads/newest", newest_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
