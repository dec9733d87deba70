#include "decide/gate_state.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "decide/gate_facts.h"
#include "decide/gate_state_parts.h"
#include "record/record_header.h"
#include "shares/subset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err gate_state_new(const struct statement *root, unsigned number, struct gate_state **out,
                        struct why *why)
{
    struct gate_state *g = calloc(1, sizeof *g);
    if (!g)
        return why_nomem(why);
    g->number = number;
    enum err e = counts_new(&g->counts, why);
    if (e == ERR_OK)
        e = authority_new(root, &g->authority, why);
    if (e != ERR_OK) {
        gate_state_free(g);
        return e;
    }
    *out = g;
    return ERR_OK;
}

void gate_state_free(struct gate_state *g)
{
    if (!g)
        return;
    answered_release(&g->answered);
    HASH_ROWS_FREE(g->refusals, struct refusal_row, (void)0);
    held_release(&g->held);
    counts_free(g->counts);
    authority_free(g->authority);
    free(g);
}

struct authority *gate_authority(const struct gate_state *g)
{
    return g->authority;
}

unsigned gate_number(const struct gate_state *g)
{
    return g->number;
}

bool gate_ready(const struct gate_state *g)
{
    const struct authority_epoch *e = authority_epoch(g->authority);
    return e && g->ready && memcmp(e->id, g->ready_epoch, 32) == 0;
}

/* --- decide: one function for each group of checks, in the order of protocol.md --- */

static enum err decide_device(const struct gate_state *g, const struct gate_ask *ask,
                              uint64_t now_s, struct why *why)
{
    if (memcmp(ask->request->owner, authority_owner(g->authority), 32) != 0)
        return why_set(why, ERR_UNKNOWN_OWNER, "the request is for another owner");
    const struct authority_device *d = authority_device(g->authority, ask->device);
    if (!d)
        return why_set(why, ERR_UNKNOWN_DEVICE, "device '%s' is not enrolled here",
                       hex_short(ask->device).s);
    if (d->revoked)
        return why_set(why, ERR_REVOKED, "device '%s' was revoked", hex_short(ask->device).s);
    if (d->expires <= now_s)
        return why_set(why, ERR_EXPIRED, "the enrolment of device '%s' is over",
                       hex_short(ask->device).s);
    return ERR_OK;
}

static enum err decide_time(const struct gate_state *g, const struct gate_ask *ask, uint64_t now_s,
                            struct why *why)
{
    const struct request *q = ask->request;
    if (q->created > now_s + GATE_CLOCK_SECONDS || q->created + GATE_CLOCK_SECONDS < now_s)
        return why_set(why, ERR_REQUEST_TIME, "created %lld s after this gate's clock",
                       (long long)(q->created - now_s));
    if (q->expires <= now_s)
        return why_set(why, ERR_REQUEST_TIME, "expired %lld s ago",
                       (long long)(now_s - q->expires));
    if (answered_has(&g->answered, ask->r))
        return why_set(why, ERR_REQUEST_REPLAY, "request '%s' was answered already",
                       hex_short(ask->r).s);
    return ERR_OK;
}

static enum err decide_epoch(const struct gate_state *g, const struct request *q, struct why *why)
{
    const struct authority_epoch *e = authority_epoch(g->authority);
    if (!e || memcmp(e->id, q->epoch_id, 32) != 0)
        return why_set(why, ERR_REQUEST_EPOCH, "the request is not for the newest epoch");
    if (!gate_ready(g))
        return why_set(why, ERR_NOT_READY, "epoch %llu is not ready at gate %u",
                       (unsigned long long)e->number, g->number);
    return request_gates_check(q, e->roster, e->threshold, g->number, why);
}

static enum err decide_news(const struct gate_state *g, const struct gate_ask *ask, uint64_t now_s,
                            const struct policy **policy, struct why *why)
{
    enum err e = authority_paused(g->authority, authority_device(g->authority, ask->device),
                                  ask->request->project, 0, why);
    if (e == ERR_OK)
        e = authority_policy(g->authority, ask->request->project, now_s, policy, why);
    if (e != ERR_OK)
        return e;
    struct authority_head head = { 0 };
    (void)authority_head(g->authority, ask->device, &head);
    if (memcmp(head.manifest, ask->request->manifest, 32) != 0)
        return why_set(why, ERR_CHAIN_GAP,
                       "the device's newest manifest here is '%s', the request names '%s'",
                       hex_short(head.manifest).s, hex_short(ask->request->manifest).s);
    return authority_fresh(g->authority, now_s, policy_freshness_s(*policy), why);
}

/* Is the record the asker's own: written by a device of the same member? */
static bool own_record(const struct authority *a, const struct authority_device *asker,
                       const uint8_t author[32])
{
    const struct authority_device *d = authority_device(a, author);
    return d && memcmp(d->member, asker->member, 16) == 0;
}

/* One record: is anything paused, and does the policy permit it? */
static enum err decide_record(const struct policy *policy, const struct gate_facts *facts,
                              const struct policy_ask *p, char rule[POLICY_RULE_NAME_MAX + 1],
                              struct why *why)
{
    enum err e = authority_paused(facts->authority, facts->asker, facts->request->project, p->kind,
                                  why);
    return e == ERR_OK ? policy_decide(policy, p, rule, why) : e;
}

static enum err decide_records(const struct gate_state *g, const struct gate_ask *ask,
                               const struct policy *policy, uint64_t now_s, struct decision *out)
{
    const struct request *q = ask->request;
    const struct authority_device *d = authority_device(g->authority, ask->device);
    struct gate_facts facts;
    gate_facts_start(&facts, g, ask, now_s);
    struct policy_ask p = { .purpose = q->purpose, .door = d->door, .now_s = now_s,
                            .create = q->act == REQUEST_CREATE,
                            .role = authority_role(g->authority, ask->device, q->project, now_s),
                            .facts = { &facts, gate_facts_get } };
    memcpy(p.member, d->member, sizeof p.member);
    memcpy(p.vendor, d->vendor, sizeof p.vendor);
    memcpy(p.device, d->key, sizeof p.device);
    const bool counts = !p.create && policy_counts(policy);
    char rule[POLICY_RULE_NAME_MAX + 1];
    struct policy_ask before = p; /* the same question has the same answer, and was permitted */
    for (size_t i = 0; i < request_header_count(q); i++) {
        const uint8_t *header = request_header(q, i); /* its form was checked */
        const uint8_t *author = header + RECORD_AUTHOR_AT;
        p.kind = header[RECORD_KIND_AT];
        if (i == 0 || memcmp(author, author - RECORD_HEADER_BYTES, RECORD_KEY_BYTES) != 0)
            p.own = own_record(g->authority, d, author);
        p.assigned = authority_assigned(g->authority, q->project, ask->ids[i], d->member, author,
                                        now_s);
        if (!counts && i > 0 && p.kind == before.kind && p.own == before.own &&
            p.assigned == before.assigned)
            continue;
        before = p;
        if (counts)
            gate_facts_record(&facts, ask->ids[i], p.kind);
        enum err e = decide_record(policy, &facts, &p, rule, &out->why);
        if (e != ERR_OK) {
            out->refused_index = i;
            return why_before(&out->why, e, "record '%s'", hex_short(ask->ids[i]).s);
        }
        if (i == 0)
            memcpy(out->rule, rule, sizeof out->rule);
    }
    return ERR_OK;
}

struct decision gate_decide(const struct gate_state *g, const struct gate_ask *ask, int64_t now_ms)
{
    struct decision d = { .code = ERR_OK };
    uint64_t now_s = (uint64_t)(now_ms / 1000);
    const struct policy *policy = NULL;
    d.code = decide_device(g, ask, now_s, &d.why);
    if (d.code == ERR_OK)
        d.code = decide_time(g, ask, now_s, &d.why);
    if (d.code == ERR_OK)
        d.code = decide_epoch(g, ask->request, &d.why);
    if (d.code == ERR_OK)
        d.code = decide_news(g, ask, now_s, &policy, &d.why);
    if (d.code == ERR_OK && ask->request->act == REQUEST_CREATE)
        d.code = request_author_check(ask->request, ask->device, &d.why);
    if (d.code == ERR_OK)
        d.code = decide_records(g, ask, policy, now_s, &d);
    return d;
}

enum err gate_would(const struct gate_state *g, int64_t now_ms, struct why *why)
{
    if (!authority_epoch(g->authority))
        return why_set(why, ERR_NOT_READY, "no epoch is open yet");
    if (!gate_ready(g))
        return why_set(why, ERR_NOT_READY, "the epoch's ceremony is not complete");
    return authority_fresh(g->authority, (uint64_t)(now_ms / 1000), 3600, why);
}

/* --- apply --- */

enum err gate_answered(struct gate_state *g, const uint8_t r[32], uint64_t expires, uint64_t now_s,
                       struct why *why)
{
    assert(expires <= now_s + ANSWERED_SECONDS);
    answered_drop(&g->answered, now_s);
    if (answered_has(&g->answered, r) ||
        answered_add(&g->answered, r, now_s + ANSWERED_SECONDS))
        return ERR_OK;
    return why_nomem(why);
}

/* A device that is not known holds nothing: an audit goes on behind such a release. What is counted
 * before memory ends stays counted: a count is never too small. */
enum err gate_granted(struct gate_state *g, const struct gate_ask *ask, uint64_t now_s,
                      struct why *why)
{
    const struct authority_device *d = authority_device(g->authority, ask->device);
    const bool known = answered_has(&g->answered, ask->r);
    enum err e = gate_answered(g, ask->r, now_s, now_s, why);
    if (e != ERR_OK || !d)
        return e;
    const struct counts_asker who = gate_facts_asker(d, ask->request);
    const bool release = ask->request->act == REQUEST_RELEASE;
    if (release)
        e = counts_add(g->counts, &who, ask->ids, request_header_count(ask->request), why);
    if (e == ERR_OK)
        e = held_take(&g->held, d->member, ask->request, ask->ids, why);
    if (e != ERR_OK && !known)
        answered_undo(&g->answered);
    return e;
}

const struct held *gate_held(const struct gate_state *g)
{
    return &g->held;
}

enum err gate_apply_statement(struct gate_state *g, const struct statement *s, int64_t now_ms,
                              struct why *why)
{
    enum err e = authority_apply(g->authority, s, now_ms, why);
    if (e == ERR_OK && s->kind == STATEMENT_EPOCH)
        memset(g->checks, 0, sizeof g->checks);
    return e;
}

static enum err apply_envelope(struct gate_state *g, uint64_t time_ms, struct bytes envelope,
                               struct why *why)
{
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(envelope, &s, why);
    if (e == ERR_OK)
        e = authority_check(g->authority, &s, time_ms / 1000, why);
    if (e == ERR_DUPLICATE)
        return ERR_OK;
    if (e == ERR_OK)
        return gate_apply_statement(g, &s, (int64_t)time_ms, why);
    if (authority_early(g->authority, &s, time_ms / 1000, why) == ERR_OK)
        return authority_apply_early(g->authority, &s, (int64_t)time_ms, why);
    return e;
}

static enum err apply_release(struct gate_state *g, uint64_t now_s,
                              const struct entry_body_release *b, struct bytes object,
                              struct why *why)
{
    const struct bytes text = b->request.len > 0 ? b->request : object;
    struct request q;
    uint8_t hash[HASH_BYTES];
    if (text.len == 0)
        return why_set(why, ERR_NOT_FOUND, "the object of request '%s' is missing",
                       hex_short(b->r).s);
    if (b->request.len == 0) /* an inline one was compared when the entry was parsed */
        sha256(hash, text);
    if (b->request.len == 0 && memcmp(hash, b->request_hash, sizeof hash) != 0)
        return why_set(why, ERR_ANSWER, "the object is not request '%s'", hex_short(b->r).s);
    enum err e = request_parse_logged(text, &q, why);
    if (e != ERR_OK)
        return e;
    uint8_t (*ids)[32] = calloc(request_header_count(&q), sizeof *ids);
    if (!ids)
        return why_nomem(why);
    request_ids(&q, ids);
    const struct gate_ask ask = { .request = &q, .device = b->device, .r = b->r,
                                  .ids = (const uint8_t(*)[32])ids };
    e = gate_granted(g, &ask, now_s, why);
    free(ids);
    return e;
}

enum err gate_apply(struct gate_state *g, uint64_t time_ms, const struct entry_body *b,
                    struct bytes object, struct why *why)
{
    switch (b->type) {
    case ENTRY_BODY_STATEMENT:
        return apply_envelope(g, time_ms, b->u.statement, why);
    case ENTRY_BODY_RELEASE:
        return apply_release(g, time_ms / 1000, &b->u.release, object, why);
    case ENTRY_BODY_CHECK:
        return gate_checks(g, b->u.check.gate, b->u.check.epoch_id, b->u.check.rows, why);
    case ENTRY_BODY_READY:
        memcpy(g->ready_epoch, b->u.ready.epoch_id, 32);
        g->ready = true;
        return ERR_OK;
    case ENTRY_BODY_REFUSALS:
        return ERR_OK;
    }
    return why_set(why, ERR_FORMAT, "an entry of unknown type");
}

/* --- ready --- */

enum err gate_checks(struct gate_state *g, unsigned number, const uint8_t epoch_id[32],
                     struct bytes rows, struct why *why)
{
    const struct authority_epoch *e = authority_epoch(g->authority);
    if (!e || memcmp(e->id, epoch_id, 32) != 0)
        return ERR_OK; /* another epoch's: nothing to compare */
    if (number == 0 || number > SUBSET_NUMBER_MAX || !subset_has(e->roster, number) ||
        rows.len % ENTRY_BODY_CHECK_BYTES != 0)
        return why_set(why, ERR_FORMAT, "check values of gate %u, which is not in the epoch",
                       number);
    for (size_t i = 0; i < rows.len; i += ENTRY_BODY_CHECK_BYTES) {
        uint8_t set = rows.ptr[i];
        for (unsigned h = 1; h <= SUBSET_NUMBER_MAX; h++)
            if (g->checks[h][set].known && subset_has(set, h) &&
                memcmp(g->checks[h][set].value, rows.ptr + i + 1, 32) != 0)
                return why_set(why, ERR_PROOF,
                               "gates %u and %u logged different check values for set %u", h,
                               number, set);
        g->checks[number][set].known = true;
        memcpy(g->checks[number][set].value, rows.ptr + i + 1, 32);
    }
    return ERR_OK;
}

bool gate_checks_own(const struct gate_state *g)
{
    const struct authority_epoch *e = authority_epoch(g->authority);
    struct subset_list sets = { 0 };
    if (e)
        sets = subset_keys(e->threshold, e->roster);
    for (unsigned i = 0; i < sets.count; i++)
        if (subset_has(sets.sets[i], g->number) && !g->checks[g->number][sets.sets[i]].known)
            return false;
    return e != NULL;
}

bool gate_checks_complete(const struct gate_state *g)
{
    const struct authority_epoch *e = authority_epoch(g->authority);
    if (!e)
        return false;
    struct subset_list sets = subset_keys(e->threshold, e->roster);
    for (unsigned i = 0; i < sets.count; i++)
        for (unsigned h = 1; subset_has(sets.sets[i], g->number) && h <= SUBSET_NUMBER_MAX; h++)
            if (subset_has(sets.sets[i], h) && !g->checks[h][sets.sets[i]].known)
                return false;
    return true;
}

/* --- refusals --- */

void gate_refused(struct gate_state *g, const uint8_t device[32], const uint8_t r[32],
                  enum err code, int64_t now_ms)
{
    if (!authority_device(g->authority, device))
        return; /* unknown devices cannot make the log grow */
    uint64_t minute = (uint64_t)now_ms / 60000;
    uint8_t key[40];
    memcpy(key, device, 32);
    put_u64be(key + 32, minute); /* the minute before may still wait to be written */
    struct refusal_row *row = NULL;
    HASH_FIND(hh, g->refusals, key, 40, row);
    if (row) {
        row->body.count += row->body.count < UINT32_MAX;
        return;
    }
    row = calloc(1, sizeof *row);
    if (!row)
        return;
    memcpy(row->key, key, sizeof key);
    memcpy(row->body.device, device, 32);
    memcpy(row->body.r, r, 32);
    row->body.minute = minute;
    row->body.count = 1;
    (void)snprintf(row->body.reason, sizeof row->body.reason, "%s", err_code(code));
    if (!HASH_ROW_ADD(g->refusals, key, 40, row))
        free(row);
}

size_t gate_refusals_take(struct gate_state *g, int64_t now_ms, struct entry_body_refusals *out,
                          size_t max)
{
    size_t n = 0;
    struct refusal_row *row, *next;
    HASH_ITER(hh, g->refusals, row, next)
    {
        if (n == max || row->body.minute >= (uint64_t)now_ms / 60000)
            continue;
        out[n++] = row->body;
        HASH_DEL(g->refusals, row);
        free(row);
    }
    return n;
}

bool gate_refusals_waiting(const struct gate_state *g)
{
    return g->refusals != NULL;
}

void gate_digest(const struct gate_state *g, uint8_t out[32])
{
    uint8_t authority[32];
    authority_digest(g->authority, authority);
    AUTO_SHA256 struct sha256 *h = sha256_new();
    assert(h);
    sha256_add(h, bytes_of(authority, 32));
    for (size_t i = 0; i < answered_count(&g->answered); i++)
        sha256_add(h, bytes_of(answered_at(&g->answered, i)->r, 32));
    held_digest(&g->held, h);
    AUTO_BUF struct buf counts = buf_init(SIZE_MAX);
    counts_encode(g->counts, &counts);
    assert(buf_ok(&counts));
    sha256_add(h, buf_bytes(&counts));
    uint8_t ready = gate_ready(g);
    sha256_add(h, bytes_of(&ready, 1));
    sha256_end(h, out);
}
