#include "decide/redecide.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "request/signature.h"

#include <stdlib.h>
#include <string.h>

struct redecide {
    uint8_t owner[32];
    unsigned gate;
    struct gate_state *state;
    uint64_t next, releases;
};

enum err redecide_new(const uint8_t owner[32], unsigned gate, struct redecide **out,
                      struct why *why)
{
    struct redecide *d = calloc(1, sizeof *d);
    if (!d)
        return why_nomem(why);
    memcpy(d->owner, owner, 32);
    d->gate = gate;
    *out = d;
    return ERR_OK;
}

void redecide_free(struct redecide *d)
{
    if (!d)
        return;
    gate_state_free(d->state);
    free(d);
}

const struct gate_state *redecide_state(const struct redecide *d)
{
    return d->state;
}

uint64_t redecide_releases(const struct redecide *d)
{
    return d->releases;
}

static enum err first_entry(struct redecide *d, const struct entry_body *body, struct why *why)
{
    AUTO_STATEMENT struct statement root = { 0 };
    if (body->type != ENTRY_BODY_STATEMENT)
        return why_set(why, ERR_UNKNOWN_OWNER, "the log does not begin with the owner's root");
    enum err e = statement_open(body->u.statement, &root, why);
    if (e == ERR_OK && memcmp(root.id, d->owner, 32) != 0)
        e = why_set(why, ERR_UNKNOWN_OWNER, "the log begins with statement '%s', not '%s'",
                    hex_short(root.id).s, hex_short(d->owner).s);
    return e == ERR_OK ? gate_state_new(&root, d->gate, &d->state, why) : e;
}

/* The request that the entry is about, as the device signed it. */
static enum err release_request(const struct entry_body_release *b, struct bytes object,
                                struct request *out, struct why *why)
{
    const struct bytes text = b->request.len > 0 ? b->request : object;
    if (text.len == 0)
        return why_set(why, ERR_NOT_FOUND, "the object of request '%s' is missing",
                       hex_short(b->r).s);
    uint8_t hash[32], r[32];
    sha256(hash, text);
    request_r(r, b->device, text);
    if (memcmp(hash, b->request_hash, 32) != 0 || memcmp(r, b->r, 32) != 0)
        return why_set(why, ERR_ANSWER, "request '%s' is not the one that the entry names",
                       hex_short(b->r).s);
    enum err e = request_parse(text, out, why);
    if (e == ERR_OK)
        e = signature_verify_logged(b->signature, b->device, out->created, hash, why);
    if (e == ERR_OK && (b->act != out->act || memcmp(b->epoch_id, out->epoch_id, 32) != 0))
        e = why_set(why, ERR_ANSWER, "the request is for another act or epoch than the entry");
    return e;
}

static enum err release_again(const struct redecide *d, uint64_t time_ms,
                              const struct entry_body_release *b, struct bytes object,
                              struct why *why)
{
    struct request q;
    enum err e = release_request(b, object, &q, why);
    if (e != ERR_OK)
        return e;
    uint8_t (*ids)[32] = calloc(request_header_count(&q), sizeof *ids);
    if (!ids)
        return why_nomem(why);
    request_ids(&q, ids);
    const struct gate_ask ask = { .request = &q, .device = b->device, .r = b->r,
                                  .ids = (const uint8_t(*)[32])ids };
    struct decision again = gate_decide(d->state, &ask, (int64_t)time_ms);
    free(ids);
    if (again.code != ERR_OK) {
        if (why)
            *why = again.why;
        return again.code;
    }
    if (strcmp(again.rule, b->rule) != 0)
        return why_set(why, ERR_ANSWER, "the entry names rule '%s', it is '%s'", b->rule,
                       again.rule);
    return ERR_OK;
}

/* The gate that an entry says it is of; 0 where it says nothing. */
static unsigned entry_gate(const struct entry_body *b)
{
    switch (b->type) {
    case ENTRY_BODY_RELEASE: return b->u.release.gate;
    case ENTRY_BODY_CHECK: return b->u.check.gate;
    case ENTRY_BODY_READY: return b->u.ready.gate;
    default: return 0;
    }
}

static enum err ready_check(const struct redecide *d, const struct entry_body_ready *b,
                            struct why *why)
{
    const struct authority_epoch *e = authority_epoch(gate_authority(d->state));
    if (!e || memcmp(e->id, b->epoch_id, 32) != 0 || !gate_checks_own(d->state))
        return why_set(why, ERR_NOT_READY, "ready without check values of the newest epoch");
    return ERR_OK;
}

static enum err entry_again(struct redecide *d, const struct entry *entry,
                            const struct entry_body *body, struct bytes object, struct why *why)
{
    if (!d->state)
        return first_entry(d, body, why);
    if (entry_gate(body) != 0 && entry_gate(body) != d->gate)
        return why_set(why, ERR_FORMAT, "it is gate %u's, not gate %u's", entry_gate(body),
                       d->gate);
    enum err e = ERR_OK;
    if (body->type == ENTRY_BODY_RELEASE)
        e = release_again(d, entry->time_ms, &body->u.release, object, why);
    if (body->type == ENTRY_BODY_READY)
        e = ready_check(d, &body->u.ready, why);
    if (e == ERR_NOMEM)
        return e;
    struct why applied;
    enum err after = gate_apply(d->state, entry->time_ms, body, object,
                                e == ERR_OK ? why : &applied);
    if (e == ERR_OK && after == ERR_OK && body->type == ENTRY_BODY_RELEASE)
        d->releases++;
    return e != ERR_OK ? e : after;
}

enum err redecide_entry(struct redecide *d, uint64_t index, const struct entry *entry,
                        const struct entry_body *body, struct bytes object, struct why *why)
{
    if (index != d->next)
        return why_set(why, ERR_FORMAT, "entry %llu of gate %u came before %llu",
                       (unsigned long long)index, d->gate, (unsigned long long)d->next);
    enum err e = entry_again(d, entry, body, object, why);
    if (e != ERR_NOMEM && (d->state || e == ERR_OK))
        d->next++;
    if (e == ERR_OK)
        return e;
    return why_before(why, e, "entry %llu of gate %u", (unsigned long long)index, d->gate);
}
