#include "client/round.h"

#include "client/push.h"
#include "client/state.h"
#include "crypto/hash.h"
#include "crypto/kx.h"
#include "request/answer_check.h"
#include "shares/combine.h"
#include "shares/share.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_VALID_SECONDS = 60, ROUND_SILENT_MS = 2000 };

/* What is to be closed at one of the gates that are asked; *last 0: nothing. */
static enum err round_closes(struct client *c, const struct round_ask *ask, struct buf *closes,
                             uint64_t *last, struct why *why)
{
    size_t count = 0;
    struct request_close *each = calloc(REQUEST_CLOSES_MAX, sizeof *each);
    if (!each)
        return why_nomem(why);
    enum err e = db_close_list(c->db, ask->project, ask->gates, each, REQUEST_CLOSES_MAX, &count,
                               last, why);
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        request_close_write(&each[i], closes);
    free(each);
    return e == ERR_OK && !buf_ok(closes) ? why_nomem(why) : e;
}

static enum err round_body(struct client *c, const struct round_ask *ask,
                           const struct client_epoch *epoch, const uint8_t *ephemeral,
                           struct buf *body, uint64_t *created, uint64_t *closes_last,
                           struct why *why)
{
    AUTO_BUF struct buf closes = buf_init((size_t)REQUEST_CLOSES_MAX * REQUEST_CLOSE_BYTES);
    enum err e = round_closes(c, ask, &closes, closes_last, why);
    if (e != ERR_OK)
        return e;
    struct request q = { .act = ask->act, .gates = ask->gates, .created = clock_s() };
    q.expires = q.created + ROUND_VALID_SECONDS;
    memcpy(q.owner, c->config.owner, 32);
    memcpy(q.epoch_id, epoch->id, 32);
    memcpy(q.project, ask->project, 16);
    kx_public(q.ephemeral, ephemeral);
    push_newest_manifest(c, q.manifest);
    (void)snprintf(q.purpose, sizeof q.purpose, "%s", ask->purpose);
    q.closes = buf_bytes(&closes);
    q.headers = bytes_of(ask->headers, ask->count * REQUEST_HEADER_BYTES);
    *created = q.created;
    return request_write(&q, body, why);
}

struct round_context {
    struct client *c;
    const struct round_ask *ask;
    const struct client_epoch *epoch;
    const uint8_t *ephemeral;
    struct bytes body;
    uint8_t body_hash[HASH_BYTES];
    uint64_t created;
};

static size_t round_share_count(const struct round_context *x, unsigned gate)
{
    if (x->ask->act == REQUEST_RELEASE)
        return x->ask->count;
    return x->ask->count * share_create_count(x->epoch->t, x->ask->gates, gate);
}

/* The checks of one answer, then its checkpoint is kept. */
static enum err round_take(const struct round_context *x, unsigned gate, struct bytes reply,
                           const struct db_checkpoint *kept, struct round *out, struct why *why)
{
    struct answer a;
    enum err e = answer_parse(reply, &a, why);
    if (e != ERR_OK)
        return e;
    size_t shares = round_share_count(x, gate);
    AUTO_PLAIN struct plain memory = { 0 };
    e = plain_new(&memory, shares * ANSWER_SHARE_BYTES, why);
    if (e != ERR_OK)
        return e;
    const struct answer_expected expected = {
        .gate = (uint8_t)gate, .gate_key = x->epoch->gate[gate].key,
        .origin = x->epoch->gate[gate].origin, .kept_size = kept->size, .kept_root = kept->root,
        .r = out->r, .act = (uint8_t)x->ask->act, .device = x->c->id.key,
        .request_hash = x->body_hash, .purpose = x->ask->purpose, .epoch_id = x->epoch->id,
        .ephemeral_secret = x->ephemeral, .share_count = shares };
    struct answer_checked checked;
    e = answer_check(&a, &expected, memory.ptr, &checked, why);
    if (e != ERR_OK)
        return e;
    struct db_checkpoint newer = { .size = checked.size };
    memcpy(newer.root, checked.root, 32);
    e = db_checkpoint_put(x->c->db, gate, &newer, a.checkpoint, why);
    if (e == ERR_OK)
        out->shares[gate] = plain_take(&memory);
    return e;
}

static enum err round_gate(const struct round_context *x, unsigned gate, struct round *out,
                           struct why *why)
{
    struct db_checkpoint kept;
    enum err e = db_checkpoint_get(x->c->db, gate, &kept, why);
    if (e == ERR_OK)
        e = push_gate(x->c, gate, why);
    if (e != ERR_OK)
        return e;
    char seen[64];
    (void)snprintf(seen, sizeof seen, "cofferdam-seen: %llu", (unsigned long long)kept.size);
    const struct transport_call call = { .method = "POST", .base = x->c->config.gates[gate],
                                         .path = "/v1/request", .body = x->body,
                                         .created = x->created, .field = seen };
    AUTO_BUF struct buf reply = buf_init(ANSWER_BYTES_MAX);
    e = transport_do(x->c->transport, &call, &reply, why);
    return e == ERR_OK ? round_take(x, gate, buf_bytes(&reply), &kept, out, why) : e;
}

enum err round_run(struct client *c, const struct round_ask *ask, struct round *out,
                   struct why *why)
{
    struct client_epoch epoch;
    uint64_t closes_last = 0;
    enum err e = client_epoch(c, &epoch, why);
    AUTO_SECRET struct secret *ephemeral = secret_new(KX_BYTES);
    AUTO_BUF struct buf body = buf_init(REQUEST_BYTES_MAX);
    if (e == ERR_OK && !ephemeral)
        e = why_nomem(why);
    struct round_context x = { .c = c, .ask = ask, .epoch = &epoch };
    /* The store before the gates: a reader must find there whatever a gate knows of. */
    if (e == ERR_OK)
        e = push_gate(c, 0, why);
    if (e == ERR_CLAIM || e == ERR_TASK_STATE)
        e = ERR_OK; /* an act without effect; its chain has arrived */
    if (e == ERR_OK) {
        random_bytes(ephemeral->ptr, ephemeral->len);
        x.ephemeral = ephemeral->ptr;
        e = round_body(c, ask, &epoch, ephemeral->ptr, &body, &x.created, &closes_last, why);
    }
    if (e != ERR_OK)
        return e;
    x.body = buf_bytes(&body);
    sha256(x.body_hash, x.body);
    *out = (struct round){ .asked = ask->gates };
    request_r(out->r, c->id.key, x.body);
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++) {
        if (!subset_has(ask->gates, g))
            continue;
        enum err got = round_gate(&x, g, out, &out->whys[g]);
        if (got == ERR_OK) {
            out->answered |= subset_of(g);
            c->silent &= (uint8_t)~subset_of(g);
        } else if (got == ERR_INTERRUPTED) {
            *why = out->whys[g];
            return got;
        } else if (got == ERR_NETWORK) {
            c->silent |= subset_of(g);
            c->silent_since_ms = clock_steady_ms();
        }
    }
    return closes_last && out->answered ? db_close_told(c->db, ask->project, ask->gates,
                                                        closes_last, out->answered, epoch.roster,
                                                        why)
                                        : ERR_OK;
}

void round_release(struct round *r)
{
    for (unsigned g = 0; g < 9; g++)
        plain_release(&r->shares[g]);
    *r = (struct round){ 0 };
}

/* Refusals that no other gate will answer differently: policy and form. Others may pass elsewhere.
 */
static bool round_final(enum err code)
{
    int exit_code = err_row(code)->exit_code;
    return (exit_code == EXIT_DENIED && code != ERR_REQUEST_TIME && code != ERR_REQUEST_EPOCH &&
            code != ERR_DENIED_ASSIGNED && code != ERR_NO_PROJECT) || code == ERR_REVOKED;
}

/* The next quorum to try: t gates of those not yet given up, silent and unwanted ones last. */
static uint8_t round_quorum(const struct client_epoch *epoch, uint8_t given_up, uint8_t last)
{
    uint8_t q = 0;
    const uint8_t order[] = { (uint8_t)~last, last };
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned g = 1; g <= CLIENT_GATE_MAX && subset_gates(q) < epoch->t; g++)
            if (subset_has(epoch->roster & (uint8_t)~given_up & order[pass], g))
                q |= subset_of(g);
    return subset_gates(q) == epoch->t ? q : 0;
}

static enum err round_combine(const struct round_ask *ask, struct round *r, uint8_t q,
                              struct plain *pads, struct why *why)
{
    struct combine_answer answers[8];
    size_t n = 0;
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++)
        if (subset_has(q, g))
            answers[n++] =
                (struct combine_answer){ .gate = g, .shares = plain_bytes(&r->shares[g]) };
    enum err e = plain_new(pads, ask->count * 32, why);
    return e == ERR_OK ? combine_release(q, answers, n, ask->count, pads->ptr, why) : e;
}

enum err round_quorum_pads(struct client *c, const struct round_ask *ask, struct plain *pads,
                           struct why *why)
{
    AUTO_ROUND struct round r = { 0 };
    enum err e = round_run(c, ask, &r, why);
    if (e == ERR_OK && r.answered != ask->gates)
        e = why_set(why, ERR_NO_QUORUM, "not all of gates 0x%02x answered", ask->gates);
    return e == ERR_OK ? round_combine(ask, &r, ask->gates, pads, why) : e;
}

enum err round_pads(struct client *c, const struct round_ask *wanted, uint8_t avoid,
                    struct plain *pads, uint8_t *used, struct why *why)
{
    struct client_epoch epoch;
    enum err e = client_epoch(c, &epoch, why);
    if (e != ERR_OK)
        return e;
    if (clock_steady_ms() - c->silent_since_ms > ROUND_SILENT_MS)
        c->silent = 0;
    struct round_ask ask = *wanted;
    uint8_t given_up = 0;
    struct why said = { .code = ERR_NO_QUORUM, .text = "no gate is known" };
    while ((ask.gates = round_quorum(&epoch, given_up, (uint8_t)(avoid | c->silent))) != 0) {
        AUTO_ROUND struct round r = { 0 };
        e = round_run(c, &ask, &r, why);
        if (e != ERR_OK)
            return e;
        if (r.answered == ask.gates) {
            if (used)
                *used = ask.gates;
            return round_combine(&ask, &r, ask.gates, pads, why);
        }
        for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++) {
            if (!subset_has(ask.gates & (uint8_t)~r.answered, g))
                continue;
            given_up |= subset_of(g);
            if (said.code == ERR_NO_QUORUM || said.code == ERR_NETWORK ||
                round_final(r.whys[g].code))
                said = r.whys[g];
            if (round_final(r.whys[g].code)) {
                *why = r.whys[g];
                return said.code;
            }
        }
    }
    *why = said;
    if (said.code == ERR_NETWORK || said.code == ERR_NO_QUORUM)
        return why_set(why, ERR_NO_QUORUM, "fewer than %u gates answered; one said: %.200s",
                       epoch.t, said.text);
    return said.code;
}
