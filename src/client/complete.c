#include "client/complete.h"

#include "base/hex.h"
#include "client/state.h"
#include "decide/hash.h"
#include "request/heads.h"
#include "shares/subset.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

enum { COMPLETE_OWNER_MS = 60000 };

/* How far a chain reaches, by the greatest number that gates name. */
struct reach {
    uint8_t issuer[32], statement[32];
    uint64_t number;
    UT_hash_handle hh;
};

static enum err reach_add(struct reach **all, const struct heads_row *row, struct why *why)
{
    struct reach *r = NULL;
    HASH_FIND(hh, *all, row->issuer, 32, r);
    if (!r) {
        r = calloc(1, sizeof *r);
        if (!r)
            return why_nomem(why);
        memcpy(r->issuer, row->issuer, 32);
        if (!HASH_ROW_ADD(*all, issuer, 32, r)) {
            free(r);
            return why_nomem(why);
        }
    } else if (row->number == r->number && memcmp(row->statement, r->statement, 32) != 0) {
        return why_set(why, ERR_CHAIN_FORK, "gates hold two statements %llu of '%s'",
                       (unsigned long long)row->number, hex_short(row->issuer).s);
    }
    if (row->number > r->number) {
        memcpy(r->statement, row->statement, 32);
        r->number = row->number;
    }
    return ERR_OK;
}

static void reach_free(struct reach **all)
{
    struct reach *r, *next;
    HASH_ITER(hh, *all, r, next)
    {
        HASH_DEL(*all, r);
        free(r);
    }
}

static enum err ask_gate(struct client *c, const struct client_epoch *epoch, unsigned g,
                         const uint8_t project[16], struct reach **all, struct why *why)
{
    struct heads_question q;
    uint8_t bytes[HEADS_QUESTION_BYTES], hash[32];
    struct heads_reply reply;
    memcpy(q.project, project, 16);
    random_bytes(q.nonce, sizeof q.nonce);
    heads_question_write(&q, bytes);
    heads_question_hash(hash, &q);
    const struct transport_call call = { .method = "POST",
                                         .base = c->config.gates[g],
                                         .path = "/v1/heads",
                                         .body = bytes_of(bytes, sizeof bytes) };
    AUTO_BUF struct buf text = buf_init(HEADS_REPLY_BYTES_MAX);
    enum err e = transport_do(c->transport, &call, &text, why);
    if (e == ERR_OK)
        e = heads_reply_parse(buf_bytes(&text), &reply, why);
    if (e == ERR_OK)
        e = heads_reply_verify(&reply, (uint8_t)g, hash, epoch->gate[g].key, why);
    for (size_t i = 0; e == ERR_OK && i < heads_row_count(&reply); i++) {
        struct heads_row row = heads_row(&reply, i);
        e = reach_add(all, &row, why);
    }
    return e;
}

static enum err check_reach(struct client *c, const struct reach *r, struct why *why)
{
    enum err e = client_chain(c, r->issuer, why);
    if (e != ERR_OK)
        return why_before(why, e, "the chain of '%s'", hex_short(r->issuer).s);
    struct authority_head head = { 0 };
    (void)authority_head(c->authority, r->issuer, &head);
    if (head.number < r->number)
        return why_set(why, ERR_INCOMPLETE,
                       "device '%s' wrote %llu statements, the store serves %llu",
                       hex_short(r->issuer).s, (unsigned long long)r->number,
                       (unsigned long long)head.number);
    const uint8_t *id = authority_statement_id(c->authority, r->issuer, r->number);
    if (!id || memcmp(id, r->statement, 32) != 0)
        return why_set(why, ERR_CHAIN_FORK, "the store serves another statement %llu of '%s'",
                       (unsigned long long)r->number, hex_short(r->issuer).s);
    e = client_manifests_load(c, r->issuer, why);
    if (e == ERR_NOT_FOUND)
        return why_set(why, ERR_INCOMPLETE, "the store lacks a manifest of '%s'",
                       hex_short(r->issuer).s);
    return e == ERR_OK ? ERR_OK
                       : why_before(why, e, "the manifests of '%s'", hex_short(r->issuer).s);
}

static enum err gap_add(struct complete_report *report, const uint8_t issuer[32],
                        const struct why *said, struct why *why)
{
    if (report->count == report->room) {
        size_t room = report->room ? report->room * 2 : 8;
        struct complete_gap *gaps = realloc(report->gaps, room * sizeof *gaps);
        if (!gaps)
            return why_nomem(why);
        report->gaps = gaps;
        report->room = room;
    }
    struct complete_gap *gap = &report->gaps[report->count++];
    memcpy(gap->issuer, issuer, 32);
    gap->why = *said;
    return ERR_OK;
}

/* What every reader may meet without fault of its own: one device's work that is not all there. */
static bool is_gap(enum err e)
{
    return e == ERR_INCOMPLETE || e == ERR_CHAIN_GAP || e == ERR_NOT_FOUND || e == ERR_MANIFEST ||
           e == ERR_FORMAT || e == ERR_ISSUER;
}

static enum err ask_gates(struct client *c, const uint8_t project[16], struct reach **all,
                          struct why *why)
{
    struct client_epoch epoch;
    struct why said = { .text = "none is known" };
    unsigned answered = 0;
    enum err e = client_epoch(c, &epoch, why);
    for (unsigned g = 1; e == ERR_OK && g <= CLIENT_GATE_MAX; g++) {
        if (!subset_has(epoch.roster, g) || !*c->config.gates[g])
            continue;
        enum err got = ask_gate(c, &epoch, g, project, all, &said);
        answered += got == ERR_OK;
        if (got == ERR_CHAIN_FORK || got == ERR_NOMEM) {
            *why = said;
            e = got;
        }
    }
    if (e == ERR_OK && answered < epoch.t)
        e = why_set(why, ERR_NO_QUORUM, "fewer than %u gates say how far the chains reach: %.200s",
                    epoch.t, said.text);
    return e;
}

enum err complete_check(struct client *c, const uint8_t project[16], struct complete_report *out,
                        struct why *why)
{
    struct reach *all = NULL;
    AUTO_COMPLETE struct complete_report report = { 0 };
    enum err e = client_sync(c, why);
    if (e == ERR_OK)
        e = ask_gates(c, project, &all, why);
    for (const struct reach *r = all; r && e == ERR_OK; r = r->hh.next) {
        struct why said;
        enum err got = check_reach(c, r, &said);
        if (is_gap(got)) {
            e = gap_add(&report, r->issuer, &said, why);
        } else if (got != ERR_OK) {
            *why = said;
            e = got;
        }
    }
    reach_free(&all);
    if (e == ERR_OK) {
        *out = report;
        report = (struct complete_report){ 0 };
    }
    return e;
}

enum err complete_owner(struct client *c, const uint8_t project[16], struct why *why)
{
    int64_t now = clock_steady_ms();
    if (c->owner_complete_ms && now - c->owner_complete_ms < COMPLETE_OWNER_MS)
        return ERR_OK;
    struct reach *all = NULL;
    enum err e = ask_gates(c, project, &all, why);
    for (const struct reach *r = all; r && e == ERR_OK; r = r->hh.next) {
        const struct authority_device *d = authority_device(c->authority, r->issuer);
        if (d && d->fixed == ROLE_ADMIN)
            e = check_reach(c, r, why);
    }
    reach_free(&all);
    if (e == ERR_OK)
        c->owner_complete_ms = now;
    return e;
}

void complete_release(struct complete_report *r)
{
    free(r->gaps);
    *r = (struct complete_report){ 0 };
}
