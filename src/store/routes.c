/* store/routes.c: statements, packs, slots, bodies, objects over HTTP. */
#include "store/private_store.h"

#include "base/cur.h"
#include "base/hex.h"
#include "base/json.h"
#include "record/manifest.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUTES_LIST_MAX = 1 << 20, ROUTES_STATEMENTS_MAX = 256, ROUTES_RECORDS_MAX = 1024,
       ROUTES_SLOTS_MAX = 4096, ROUTES_BODY_PIECE = 64 << 20 };

static const char binary[] = "application/octet-stream", json[] = "application/json";

enum err store_path_id(const char **rest, uint8_t id[32], struct why *why)
{
    size_t len = strcspn(*rest, "/");
    if (!hex_decode(id, 32, *rest, len))
        return why_set(why, ERR_FORMAT, "the path needs an id of 64 digits");
    *rest += len + ((*rest)[len] == '/');
    return ERR_OK;
}

static enum err path_number(const char **rest, uint64_t *out, struct why *why)
{
    size_t len = strcspn(*rest, "/");
    uint64_t v = 0;
    bool ok = len >= 1 && len <= 15;
    for (size_t i = 0; ok && i < len; i++) {
        ok = (*rest)[i] >= '0' && (*rest)[i] <= '9';
        v = v * 10 + (uint64_t)((*rest)[i] - '0');
    }
    if (!ok)
        return why_set(why, ERR_FORMAT, "the path needs a number");
    *rest += len + ((*rest)[len] == '/');
    *out = v;
    return ERR_OK;
}

static enum err path_end(const char *rest, struct why *why)
{
    return *rest ? why_set(why, ERR_FORMAT, "the path is too long") : ERR_OK;
}

/* --- statements --- */

enum err store_effect(const struct store *s, const struct statement *st, int64_t now_ms,
                      struct why *why)
{
    return st->kind == STATEMENT_ACT
               ? queue_check(s->queue, s->authority, st, (uint64_t)(now_ms / 1000), why)
               : ERR_OK;
}

enum err store_take(struct store *s, const struct statement *st, bool effect, int64_t now_ms,
                    struct why *why)
{
    enum err e = authority_apply(s->authority, st, now_ms, why);
    if (e == ERR_OK && st->kind == STATEMENT_ACT && effect)
        queue_apply(s->queue, s->authority, st);
    if (e == ERR_OK && st->kind == STATEMENT_ASSIGNMENT)
        queue_assign(s->queue, st);
    return e;
}

/* Was it the store that failed, and not the statement? */
static bool is_trouble(enum err e)
{
    return e == ERR_IO || e == ERR_DISK_FULL || e == ERR_NOMEM;
}

/* None of the list is kept, so none may stay in memory. If that cannot be, the process must not go
 * on: it would vouch for statements that a restart forgets. */
static enum err statements_undo(struct store *s, const struct why *why)
{
    struct why said;
    blob_rollback(s->blob);
    if (store_reload(s, &said) == ERR_OK)
        return why->code;
    (void)fprintf(stderr, "store: %s; %s\n", why->text, said.text);
    _Exit(EXIT_FAIL);
}

static enum err statement_in(struct store_call *c, struct bytes envelope, uint64_t *have,
                             uint8_t id[32], struct why *why)
{
    AUTO_STATEMENT struct statement st = { 0 };
    enum err e = statement_open(envelope, &st, why), effect = ERR_OK;
    if (e != ERR_OK)
        return e;
    memcpy(id, st.id, 32);
    e = authority_offered(c->s->authority, &st, c->now_s, why);
    if (e == ERR_OK)
        effect = store_effect(c->s, &st, c->now_ms, why);
    const uint8_t *topic = st.kind == STATEMENT_ACT && effect == ERR_OK ? st.u.act.task : NULL;
    if (e == ERR_OK)
        e = blob_statement_put(c->s->blob, authority_issuer_of(&st), st.number, topic, envelope,
                               why);
    if (e == ERR_OK)
        e = store_take(c->s, &st, effect == ERR_OK, c->now_ms, why);
    struct authority_head head = { 0 };
    if (authority_head(c->s->authority, authority_issuer_of(&st), &head))
        *have = head.number;
    return e == ERR_DUPLICATE ? ERR_OK : e == ERR_OK ? effect : e;
}

enum err store_statements(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    struct cur cur = cur_from(body);
    if (body.len > ROUTES_LIST_MAX)
        return why_set(why, ERR_LIMIT, "a statement list has at most 1 MiB");
    AUTO_BUF struct buf text = buf_init(1 << 20);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_key(&o, "results");
    json_out_array(&o);
    enum err e = blob_begin(c->s->blob, why);
    if (e != ERR_OK)
        return e;
    for (unsigned n = 0; cur_left(&cur) && !cur.failed && n < ROUTES_STATEMENTS_MAX; n++) {
        struct bytes envelope = cur_vec16(&cur);
        if (cur.failed)
            break;
        struct why said = { .code = ERR_OK };
        uint64_t have = 0;
        uint8_t id[32] = { 0 };
        enum err got = statement_in(c, envelope, &have, id, &said);
        if (is_trouble(got)) {
            *why = said;
            return statements_undo(c->s, why);
        }
        json_out_object(&o);
        json_out_member_hex(&o, "id", id, 32);
        json_out_member_str(&o, "code", err_code(got));
        json_out_member_str(&o, "message", got == ERR_OK ? "" : said.text);
        json_out_member_u64(&o, "have", have);
        json_out_object_end(&o);
    }
    json_out_array_end(&o);
    json_out_object_end(&o);
    if (blob_commit(c->s->blob, why) != ERR_OK)
        return statements_undo(c->s, why);
    if (!cur_done(&cur))
        return why_set(why, ERR_FORMAT, "not a statement list of at most %d",
                       ROUTES_STATEMENTS_MAX);
    http_reply_buf(c->x, json, &text);
    return ERR_OK;
}

enum err store_chain(struct store_call *c, struct why *why)
{
    uint8_t issuer[32];
    uint64_t from = 0;
    AUTO_BUF struct buf out = buf_init(ROUTES_LIST_MAX);
    enum err e = store_path_id(&c->rest, issuer, why);
    if (e == ERR_OK)
        e = path_number(&c->rest, &from, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_chain(c->s->blob, issuer, from, ROUTES_LIST_MAX, &out, why);
    if (e == ERR_OK)
        http_reply_buf(c->x, binary, &out);
    return e;
}

enum err store_issuers(struct store_call *c, struct why *why)
{
    AUTO_BUF struct buf out = buf_init(64 << 20);
    enum err e = blob_issuers(c->s->blob, &out, why);
    if (e == ERR_OK)
        http_reply_buf(c->x, binary, &out);
    return e;
}

enum err store_acts(struct store_call *c, struct why *why)
{
    uint8_t task[32];
    AUTO_BUF struct buf out = buf_init(ROUTES_LIST_MAX);
    enum err e = store_path_id(&c->rest, task, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_topic(c->s->blob, task, ROUTES_LIST_MAX, &out, why);
    if (e == ERR_OK)
        http_reply_buf(c->x, binary, &out);
    return e;
}

/* --- packs, slots, bodies --- */

static void reply_progress(struct store_call *c, const struct blob_progress *p)
{
    AUTO_BUF struct buf text = buf_init(256);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_u64(&o, "received", p->received);
    json_out_member_u64(&o, "total", p->total);
    json_out_member_bool(&o, "complete", p->complete);
    json_out_object_end(&o);
    http_reply_buf(c->x, json, &text);
}

enum err store_pack_get(struct store_call *c, struct why *why)
{
    uint8_t name[32];
    struct blob_progress p;
    enum err e = store_path_id(&c->rest, name, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_pack_progress(c->s->blob, name, &p, why);
    if (e == ERR_OK)
        reply_progress(c, &p);
    return e;
}

enum err store_pack_put(struct store_call *c, struct why *why)
{
    uint8_t name[32];
    uint64_t offset = 0, total = 0;
    struct blob_progress p;
    enum err e = store_path_id(&c->rest, name, why);
    if (e == ERR_OK)
        e = path_number(&c->rest, &offset, why);
    if (e == ERR_OK)
        e = path_number(&c->rest, &total, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_pack_put(c->s->blob, name, c->key, offset, total, http_body(c->x), &p, why);
    if (e == ERR_OK)
        reply_progress(c, &p);
    return e;
}

enum err store_slots(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    size_t count = body.len / BLOB_SLOT_BYTES;
    if (body.len % BLOB_SLOT_BYTES || count == 0 || count > ROUTES_SLOTS_MAX)
        return why_set(why, ERR_FORMAT, "not 1 to %d slots", ROUTES_SLOTS_MAX);
    enum err e = blob_begin(c->s->blob, why);
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        const uint8_t *slot = body.ptr + i * BLOB_SLOT_BYTES;
        struct blob_record record;
        struct record_header h;
        e = blob_record(c->s->blob, slot, &record, why);
        if (e == ERR_OK)
            e = record_header_parse(bytes_of(record.header, sizeof record.header), &h, why);
        if (e == ERR_OK && c->device->fixed != ROLE_ADMIN && memcmp(h.author, c->key, 32) != 0)
            e = why_set(why, ERR_DENIED_AUTHOR, "record '%s' is another's", hex_short(slot).s);
        if (e == ERR_OK)
            e = blob_slot_put(c->s->blob, slot, why);
    }
    if (e == ERR_OK)
        e = blob_commit(c->s->blob, why);
    if (e != ERR_OK) {
        blob_rollback(c->s->blob);
        return e;
    }
    char text[64];
    (void)snprintf(text, sizeof text, "{\"stored\":%zu}", count);
    http_reply(c->x, 200, json, bytes_str(text));
    return ERR_OK;
}

enum err store_records(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    size_t count = body.len / 32;
    if (body.len % 32 || count == 0 || count > ROUTES_RECORDS_MAX)
        return why_set(why, ERR_FORMAT, "not 1 to %d ids", ROUTES_RECORDS_MAX);
    AUTO_BUF struct buf out = buf_init(4 << 20);
    for (size_t i = 0; i < count; i++) {
        struct blob_record r;
        AUTO_BUF struct buf slots = buf_init(BLOB_SLOTS_MAX * BLOB_SLOT_BYTES);
        unsigned n = 0;
        enum err e = blob_record(c->s->blob, body.ptr + 32 * i, &r, why);
        if (e == ERR_OK)
            e = blob_slots(c->s->blob, body.ptr + 32 * i, &slots, &n, why);
        if (e != ERR_OK)
            return e;
        buf_add(&out, r.header, sizeof r.header);
        buf_add_u64(&out, r.sealed_bytes);
        buf_add_u8(&out, (uint8_t)n);
        buf_add_bytes(&out, buf_bytes(&slots));
    }
    if (!buf_ok(&out))
        return why_nomem(why);
    http_reply_buf(c->x, binary, &out);
    return ERR_OK;
}

/* "bytes=a-b", both given. False: no range, or a form that is not served (then the whole comes). */
static bool range_of(struct bytes field, uint64_t *from, uint64_t *to)
{
    char text[64], *end = NULL;
    if (field.len < 9 || field.len >= sizeof text || memcmp(field.ptr, "bytes=", 6) != 0)
        return false;
    memcpy(text, field.ptr + 6, field.len - 6);
    text[field.len - 6] = '\0';
    *from = strtoull(text, &end, 10);
    if (end == text || *end != '-')
        return false;
    const char *second = end + 1;
    *to = strtoull(second, &end, 10);
    return end != second && !*end && *to >= *from;
}

enum err store_body(struct store_call *c, struct why *why)
{
    uint8_t id[32];
    struct blob_record r;
    uint64_t from = 0, to = 0;
    enum err e = store_path_id(&c->rest, id, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_record(c->s->blob, id, &r, why);
    if (e != ERR_OK)
        return e;
    bool range = range_of(http_field(c->x, "range"), &from, &to);
    if (!range)
        to = r.sealed_bytes - 1;
    else if (to >= r.sealed_bytes)
        return why_set(why, ERR_LIMIT, "record '%s' has %llu bytes", hex_short(id).s,
                       (unsigned long long)r.sealed_bytes);
    if (to - from >= ROUTES_BODY_PIECE)
        return why_set(why, ERR_LIMIT, "ask for at most %d bytes by range", ROUTES_BODY_PIECE);
    AUTO_BUF struct buf out = buf_init(ROUTES_BODY_PIECE);
    e = blob_body(c->s->blob, id, from, (size_t)(to - from + 1), &out, why);
    if (e != ERR_OK)
        return e;
    if (range)
        http_reply_range(c->x, buf_bytes(&out), from, r.sealed_bytes);
    else
        http_reply_buf(c->x, binary, &out);
    return ERR_OK;
}

enum err store_object_put(struct store_call *c, struct why *why)
{
    uint8_t root[32];
    enum err e = store_path_id(&c->rest, root, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_object_put(c->s->blob, root, http_body(c->x), why);
    if (e == ERR_OK)
        http_reply(c->x, 200, json, bytes_str("{\"stored\":1}"));
    return e;
}

enum err store_object_get(struct store_call *c, struct why *why)
{
    uint8_t root[32];
    AUTO_BUF struct buf out = buf_init(MANIFEST_BYTES_MAX);
    enum err e = store_path_id(&c->rest, root, why);
    if (e == ERR_OK)
        e = path_end(c->rest, why);
    if (e == ERR_OK)
        e = blob_object_get(c->s->blob, root, &out, why);
    if (e == ERR_OK)
        http_reply_buf(c->x, binary, &out);
    return e;
}
