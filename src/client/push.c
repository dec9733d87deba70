#include "client/push.h"

#include "base/json.h"
#include "client/state.h"
#include "shares/subset.h"
#include "sys/clock.h"
#include "sys/http_client.h"

#include <string.h>

enum { PUSH_BYTES_MAX = 1 << 20, PUSH_COUNT_MAX = 256 };

void push_newest_manifest(const struct client *c, uint8_t id[32])
{
    memcpy(id, c->own_manifest, 32);
}

static enum err push_envelope(struct client *c, struct statement *s, uint64_t lifetime_s,
                              struct buf *envelope, struct why *why)
{
    memcpy(s->owner, c->config.owner, 32);
    memcpy(s->issuer, c->id.key, 32);
    s->number = c->own_number + 1;
    memcpy(s->previous, c->own_id, 32);
    s->created = clock_s();
    s->expires = s->created + lifetime_s;
    const uint8_t *keys[] = { c->id.sign->ptr };
    enum err e = statement_sign(s, keys, 1, envelope, why);
    return e == ERR_OK ? authority_check(c->authority, s, clock_s(), why) : e;
}

enum err push_check(struct client *c, struct statement *s, uint64_t lifetime_s, struct why *why)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 17);
    return push_envelope(c, s, lifetime_s, &envelope, why);
}

enum err push_sign(struct client *c, struct statement *s, uint64_t lifetime_s, struct why *why)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 17);
    enum err e = push_envelope(c, s, lifetime_s, &envelope, why);
    if (e == ERR_OK)
        e = db_statement_add(c->db, s->issuer, s->number, s->id, buf_bytes(&envelope), why);
    if (e == ERR_OK)
        e = authority_apply(c->authority, s, clock_ms(), why);
    if (e != ERR_OK)
        return e;
    c->own_number = s->number;
    memcpy(c->own_id, s->id, 32);
    if (s->kind == STATEMENT_MANIFEST)
        memcpy(c->own_manifest, s->id, 32);
    return ERR_OK;
}

/* One result of a statement list: its code and how far the receiver has that chain. */
static enum err push_result(const json_t *row, uint64_t *have, struct why *why)
{
    const char *code = NULL, *message = NULL;
    enum err e = json_get_text(row, "code", 16, &code, why);
    if (e == ERR_OK)
        e = json_get_text(row, "message", WHY_TEXT_MAX - 1, &message, why);
    if (e == ERR_OK)
        e = json_get_u64(row, "have", JSON_INT_MAX, have, why);
    if (e != ERR_OK)
        return e;
    if (strcmp(code, "OK") == 0)
        return ERR_OK;
    const struct err_row *known = err_find(code);
    char words[WHY_TEXT_MAX];
    http_client_words(message, words);
    return why_set(why, known && known->err != ERR_OK ? known->err : ERR_HTTP, "%s", words);
}

/* Sends a list; `have` is that of the last result, and the first refusal is the error. */
static enum err push_send(struct client *c, const char *base, struct bytes list, uint64_t *have,
                          struct why *why)
{
    const struct transport_call call = { .method = "POST", .base = base,
                                         .path = "/v1/statements", .body = list, .bare = true };
    AUTO_BUF struct buf reply = buf_init(1 << 20);
    AUTO_JSON json_t *object = NULL;
    const json_t *results = NULL;
    enum err e = transport_do(c->transport, &call, &reply, why);
    if (e == ERR_OK)
        e = json_parse(buf_bytes(&reply), &object, why);
    if (e == ERR_OK)
        e = json_get_array(object, "results", PUSH_COUNT_MAX, &results, why);
    if (e != ERR_OK)
        return e;
    size_t i;
    const json_t *row;
    enum err first = ERR_OK;
    json_array_foreach(results, i, row) {
        struct why said;
        e = push_result(row, have, &said);
        if (e != ERR_OK && first == ERR_OK) {
            first = e;
            *why = said;
        }
    }
    return first;
}

/* Own statements from number `from` on, as many as fit. */
static enum err push_list(struct client *c, uint64_t from, struct buf *list, struct why *why)
{
    for (uint64_t n = from; n <= c->own_number && n < from + PUSH_COUNT_MAX; n++) {
        AUTO_BUF struct buf envelope = buf_init(1 << 16);
        enum err e = db_statement_get(c->db, c->id.key, n, &envelope, why);
        if (e != ERR_OK)
            return e;
        if (list->len + envelope.len + 2 > PUSH_BYTES_MAX)
            break;
        buf_add_u16(list, (uint16_t)envelope.len);
        buf_add_bytes(list, buf_bytes(&envelope));
    }
    return buf_ok(list) ? ERR_OK : why_nomem(why);
}

static const char *push_base(const struct client *c, unsigned g)
{
    return g ? c->config.gates[g] : c->config.store;
}

enum err push_gate(struct client *c, unsigned g, struct why *why)
{
    uint64_t from = c->pushed[g] ? c->pushed[g] + 1 : c->own_number;
    while (c->own_number && c->pushed[g] < c->own_number) {
        AUTO_BUF struct buf list = buf_init(PUSH_BYTES_MAX);
        uint64_t have = 0;
        enum err e = push_list(c, from, &list, why);
        if (e == ERR_OK)
            e = push_send(c, push_base(c, g), buf_bytes(&list), &have, why);
        bool act_without_effect = e == ERR_CLAIM || e == ERR_TASK_STATE;
        if (have > c->own_number)
            return why_set(why, ERR_CHAIN_FORK,
                           "another copy of this device has signed more: %llu statements, not %llu",
                           (unsigned long long)have, (unsigned long long)c->own_number);
        if (e == ERR_CHAIN_GAP && have + 1 < from) {
            from = have + 1;
            continue;
        }
        if (e != ERR_OK && !act_without_effect)
            return e;
        if (have < from) /* it would be sent for ever */
            return why_set(why, ERR_HTTP, "'%s' takes statement %llu and says it has %llu",
                           push_base(c, g), (unsigned long long)from, (unsigned long long)have);
        c->pushed[g] = have;
        from = have + 1;
        if (act_without_effect)
            return e;
    }
    return ERR_OK;
}

enum err push_gates(struct client *c, uint8_t *reached, struct why *why)
{
    *reached = 0;
    enum err e = ERR_OK;
    for (unsigned g = 1; e == ERR_OK && g <= CLIENT_GATE_MAX; g++) {
        if (!*c->config.gates[g])
            continue;
        struct why said;
        enum err got = push_gate(c, g, &said);
        if (got == ERR_OK)
            *reached |= subset_of(g);
        else if (got != ERR_NETWORK && got != ERR_CHAIN_GAP && got != ERR_ISSUER &&
                 got != ERR_BUSY) {
            *why = said;
            e = got;
        }
    }
    return e;
}

enum err push_all(struct client *c, uint8_t *reached, struct why *why)
{
    *reached = 0;
    enum err e = push_gate(c, 0, why);
    return e == ERR_OK ? push_gates(c, reached, why) : e;
}

enum err push_foreign(struct client *c, const struct bytes *envelopes, size_t count,
                      uint8_t *reached, struct why *why)
{
    AUTO_BUF struct buf list = buf_init(PUSH_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_add_u16(&list, (uint16_t)envelopes[i].len);
        buf_add_bytes(&list, envelopes[i]);
    }
    if (!buf_ok(&list))
        return why_set(why, ERR_LIMIT, "too many statements to carry at once");
    *reached = 0;
    uint64_t have = 0;
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++) {
        if (!*c->config.gates[g])
            continue;
        enum err e = push_send(c, c->config.gates[g], buf_bytes(&list), &have, why);
        if (e == ERR_OK)
            *reached |= subset_of(g);
        else if (e != ERR_NETWORK && e != ERR_BUSY && e != ERR_ISSUER)
            return e; /* ERR_ISSUER: that gate follows the others, first to the admission */
    }
    return *c->config.store ? push_send(c, c->config.store, buf_bytes(&list), &have, why) : ERR_OK;
}

enum err push_gates_would(struct client *c, struct why *why)
{
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++) {
        const struct transport_call call = { .method = "GET", .base = c->config.gates[g],
                                             .path = "/v1/status", .bare = true };
        AUTO_BUF struct buf reply = buf_init(1 << 16);
        AUTO_JSON json_t *o = NULL;
        const char *code = NULL, *text = NULL;
        if (!*c->config.gates[g])
            continue;
        enum err e = transport_do(c->transport, &call, &reply, why);
        if (e == ERR_OK)
            e = json_parse(buf_bytes(&reply), &o, why);
        if (e == ERR_OK)
            e = json_get_text(o, "why", 16, &code, why);
        if (e == ERR_OK)
            e = json_get_text(o, "text", WHY_TEXT_MAX - 1, &text, why);
        if (e != ERR_OK)
            return e;
        const struct err_row *row = err_find(code);
        char words[WHY_TEXT_MAX];
        http_client_words(text, words);
        if (!row || row->err != ERR_OK)
            return why_set(why, row ? row->err : ERR_HTTP, "gate %u: %s", g, words);
    }
    return ERR_OK;
}
