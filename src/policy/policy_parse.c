#include "policy/policy.h"

#include "policy/policy_reader.h"

#include <stdlib.h>
#include <string.h>

enum { FRESHNESS_DEFAULT_S = 3600 };

static const char *const beginnings[] = { "permit", "forbid", "freshness" };

static bool line_blank(const struct policy_reader *r)
{
    return r->at == r->end || *r->at == '\n' || *r->at == '#';
}

static enum err new_rule(struct policy_reader *r, struct policy *p, struct policy_word w)
{
    if (p->count == POLICY_RULES_MAX)
        return policy_reader_bad(r, w, "more than 16384 rules");
    if (p->count == p->room) {
        const size_t room = p->room ? 2 * p->room : 16;
        struct policy_rule *grown = realloc(p->rules, room * sizeof *grown);
        if (!grown)
            return why_nomem(r->why);
        p->rules = grown;
        p->room = room;
    }
    p->rules[p->count++] = (struct policy_rule){ .number = 1 };
    return ERR_OK;
}

static enum err rule_whole(struct policy_reader *r, const struct policy_rule *rule,
                           struct policy_word w)
{
    const bool who = rule->roles || rule->members.count || rule->vendors.count ||
                     rule->devices.count;
    if (!who)
        return policy_reader_bad(r, w, "a rule needs `role`, `member`, `vendor` or `device`");
    if (!(rule->read | rule->read_own | rule->read_assigned | rule->create))
        return policy_reader_bad(r, w, "a rule needs `read` or `create`");
    if (rule->open && strcmp(rule->purpose, "annotate") != 0)
        return policy_reader_bad(r, w, "`open` counts what was released for `annotate` alone");
    if (rule->skips && !rule->open)
        return policy_reader_bad(r, w, "a rule with `skips` needs `open`");
    return ERR_OK;
}

static enum err rule(struct policy_reader *r, struct policy *p, bool forbid)
{
    struct policy_word w = policy_reader_word(r);
    enum err e = new_rule(r, p, w);
    if (e != ERR_OK)
        return e;
    struct policy_rule *rule = &p->rules[p->count - 1];
    rule->forbid = forbid;
    e = policy_reader_name(r, w, rule->purpose);
    if (e == ERR_OK)
        e = policy_reader_line_end(r);
    while (e == ERR_OK && r->end - r->at >= 2 && memcmp(r->at, "  ", 2) == 0)
        e = policy_clause(r, rule);
    return e == ERR_OK ? rule_whole(r, rule, w) : e;
}

static enum err setting(struct policy_reader *r, struct policy *p, struct policy_word w)
{
    if (!policy_word_is(w, "freshness"))
        return policy_reader_unknown(r, w, "not a rule or setting", beginnings,
                                     sizeof beginnings / sizeof beginnings[0]);
    if (p->freshness_s)
        return policy_reader_bad(r, w, "said twice");
    enum err e = policy_reader_duration(r, policy_reader_word(r), &p->freshness_s);
    return e == ERR_OK ? policy_reader_line_end(r) : e;
}

static enum err first_line(struct policy_reader *r, struct policy *p)
{
    const bool indented = *r->at == ' ';
    struct policy_word w = policy_reader_word(r);
    if (indented || !policy_word_is(w, "policy"))
        return policy_reader_bad(r, w, "a policy begins with `policy NAME NUMBER`");
    enum err e = policy_reader_name(r, policy_reader_word(r), p->name);
    if (e == ERR_OK)
        e = policy_reader_number(r, policy_reader_word(r), &p->version);
    return e == ERR_OK ? policy_reader_line_end(r) : e;
}

static enum err body(struct policy_reader *r, struct policy *p)
{
    enum err e = ERR_OK;
    while (e == ERR_OK && r->at < r->end) {
        if (line_blank(r)) {
            while (!policy_reader_at_end(r))
                r->at++;
            e = policy_reader_line_end(r);
            continue;
        }
        const bool indented = *r->at == ' ';
        struct policy_word w = policy_reader_word(r);
        if (indented)
            e = policy_reader_bad(
                r, w, "indented by two spaces is a clause of a rule, and here is none");
        else if (policy_word_is(w, "permit") || policy_word_is(w, "forbid"))
            e = rule(r, p, policy_word_is(w, "forbid"));
        else
            e = setting(r, p, w);
    }
    return e;
}

static int purpose_order(const void *a, const void *b, void *rules)
{
    const struct policy_rule *all = rules;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const int order = strcmp(all[x].purpose, all[y].purpose);
    return order ? order : (x > y) - (x < y);
}

/* Finds rules by purpose, and numbers them. */
static enum err order_rules(struct policy *p, struct why *why)
{
    if (p->count == 0)
        return ERR_OK;
    p->by_purpose = malloc(p->count * sizeof *p->by_purpose);
    if (!p->by_purpose)
        return why_nomem(why);
    for (uint32_t i = 0; i < p->count; i++)
        p->by_purpose[i] = i;
    qsort_r(p->by_purpose, p->count, sizeof *p->by_purpose, purpose_order, p->rules);
    for (size_t i = 1; i < p->count; i++) {
        const struct policy_rule *before = &p->rules[p->by_purpose[i - 1]];
        struct policy_rule *rule = &p->rules[p->by_purpose[i]];
        if (strcmp(before->purpose, rule->purpose) == 0)
            rule->number = before->number + 1;
    }
    return ERR_OK;
}

enum err policy_parse(struct bytes text, struct policy **out, struct why *why)
{
    if (text.len == 0 || text.len > POLICY_BYTES_MAX)
        return why_set(why, ERR_POLICY, "a policy has 1 to %d bytes", POLICY_BYTES_MAX);
    if (text.ptr[text.len - 1] != '\n')
        return why_set(why, ERR_POLICY, "the last line has no end");
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < 0x20 && text.ptr[i] != '\n') || text.ptr[i] == 0x7f)
            return why_set(why, ERR_POLICY, "byte %zu is a control character", i);
    struct policy *p = calloc(1, sizeof *p);
    if (!p)
        return why_nomem(why);
    const char *start = (const char *)text.ptr;
    struct policy_reader r = { .at = start, .end = start + text.len, .line_start = start,
                               .line = 1, .why = why };
    enum err e = first_line(&r, p);
    if (e == ERR_OK)
        e = body(&r, p);
    if (e == ERR_OK)
        e = order_rules(p, why);
    if (e != ERR_OK) {
        policy_free(p);
        return e;
    }
    if (p->freshness_s == 0)
        p->freshness_s = FRESHNESS_DEFAULT_S;
    *out = p;
    return ERR_OK;
}
