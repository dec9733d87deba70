#include "decide/authority.h"

#include "base/hex.h"
#include "decide/authority_state.h"

#include <string.h>

enum { CHECK_CLOCK_SECONDS = 120 };

static const uint8_t zeroes[32];

/* Known, next, gap or fork? Any number can be told, since all ids are kept. */
static enum err check_chain(const struct authority *a, const struct statement *s, struct why *why)
{
    const struct chain *c = authority_chain(a, authority_issuer_of(s));
    const uint64_t have = c ? c->count : 0;
    const struct hex_short who = hex_short(authority_issuer_of(s));
    if (s->number <= have) {
        if (memcmp(c->ids[s->number - 1], s->id, 32) == 0)
            return why_set(why, ERR_DUPLICATE, "statement %llu of '%s' is known",
                           (unsigned long long)s->number, who.s);
        return why_set(why, ERR_CHAIN_FORK, "'%s' signed two statements number %llu", who.s,
                       (unsigned long long)s->number);
    }
    if (s->number > have + 1)
        return why_set(why, ERR_CHAIN_GAP, "statement %llu of '%s' is missing",
                       (unsigned long long)(have + 1), who.s);
    const uint8_t *previous = have ? c->ids[have - 1] : zeroes;
    if (memcmp(previous, s->previous, 32) != 0)
        return why_set(why, ERR_CHAIN_FORK, "statement %llu of '%s' continues another chain",
                       (unsigned long long)s->number, who.s);
    return ERR_OK;
}

static bool is_fact(const struct statement *s)
{
    return s->kind == STATEMENT_MANIFEST || s->kind == STATEMENT_ACT ||
           s->kind == STATEMENT_RECEIPT;
}

/* A grant whose time is over still enters, without effect: its chain needs it. */
static enum err check_time(const struct statement *s, uint64_t now_s, struct why *why)
{
    if (s->created > now_s && s->created - now_s > CHECK_CLOCK_SECONDS)
        return why_set(why, ERR_FUTURE, "the statement is dated %llu s ahead",
                       (unsigned long long)(s->created - now_s));
    if (is_fact(s) && s->expires <= now_s)
        return why_set(why, ERR_EXPIRED, "the statement has expired %llu s ago",
                       (unsigned long long)(now_s - s->expires));
    return ERR_OK;
}

enum err authority_check(const struct authority *a, const struct statement *s, uint64_t now_s,
                         struct why *why)
{
    const bool root = s->kind == STATEMENT_ROOT;
    if (!root && memcmp(s->owner, a->owner, 32) != 0)
        return why_set(why, ERR_UNKNOWN_OWNER, "the statement is for owner '%s'",
                       hex_short(s->owner).s);
    if (!root && !authority_device(a, s->issuer) && !authority_watcher(a, s->issuer) &&
        !authority_attestor(a, s->issuer))
        return why_set(why, ERR_ISSUER, "no chain leads to '%s'", hex_short(s->issuer).s);
    enum err e = check_chain(a, s, why);
    if (e == ERR_OK)
        e = check_time(s, now_s, why);
    return e == ERR_OK ? authority_entitled(a, s, now_s, why) : e;
}

enum err authority_offered(const struct authority *a, const struct statement *s, uint64_t now_s,
                           struct why *why)
{
    enum err e = authority_check(a, s, now_s, why);
    if (e == ERR_OK && s->kind == STATEMENT_ROOT && !authority_vendor_admitted(a, s->id))
        return why_set(why, ERR_ISSUER, "vendor '%s' is not admitted to any project",
                       hex_short(s->id).s);
    return e;
}

bool authority_denies(const struct statement *s)
{
    return s->kind == STATEMENT_PAUSE || s->kind == STATEMENT_REVOCATION ||
           s->kind == STATEMENT_WITHDRAWAL;
}

enum err authority_early(const struct authority *a, const struct statement *s, uint64_t now_s,
                         struct why *why)
{
    enum err e = authority_check(a, s, now_s, why);
    if ((e != ERR_CHAIN_GAP && e != ERR_CHAIN_FORK) || !authority_denies(s))
        return e == ERR_OK ? why_set(why, ERR_EXISTS, "its chain is whole") : e;
    if (authority_denial_known(a, s))
        return e;
    struct why told;
    enum err may = check_time(s, now_s, &told);
    if (may == ERR_OK)
        may = authority_entitled(a, s, now_s, &told);
    return may == ERR_OK ? ERR_OK : e;
}

enum err authority_apply_early(struct authority *a, const struct statement *s, int64_t now_ms,
                               struct why *why)
{
    return authority_effect(a, s, (uint64_t)(now_ms / 1000), why);
}
