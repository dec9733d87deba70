#include "policy/policy.h"

#include "policy/policy_rules.h"
#include "record/record_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void policy_free(struct policy *p)
{
    free(p);
}

uint64_t policy_version(const struct policy *p)
{
    return p->version;
}

uint64_t policy_freshness_s(const struct policy *p)
{
    return p->freshness_s;
}

const char *policy_name(const struct policy *p)
{
    return p->name;
}

const char *policy_purpose(const struct policy *p, size_t i)
{
    return i < p->count ? p->rules[i].purpose : NULL;
}

static bool has(uint32_t set, unsigned bit)
{
    return set >> bit & 1;
}

static bool rule_applies(const struct policy_rule *r, const struct policy_ask *ask)
{
    return strcmp(r->purpose, ask->purpose) == 0 && has(r->roles, ask->role) &&
           (!r->has_door || has(r->doors, ask->door));
}

static bool rule_covers(const struct policy_rule *r, const struct policy_ask *ask)
{
    if (ask->create)
        return has(r->create, ask->kind);
    return has(r->read, ask->kind) || (has(r->read_own, ask->kind) && ask->own) ||
           (has(r->read_assigned, ask->kind) && ask->assigned);
}

enum err policy_decide(const struct policy *p, const struct policy_ask *ask,
                       char rule[POLICY_RULE_NAME_MAX + 1], struct why *why)
{
    const struct policy_rule *permit = NULL;
    bool purpose = false, own = false, assigned = false;
    const char *kind = record_kind_name(ask->kind);
    for (size_t i = 0; i < p->count; i++) {
        const struct policy_rule *r = &p->rules[i];
        if (!rule_applies(r, ask))
            continue;
        if (r->forbid && rule_covers(r, ask))
            return why_set(why, ERR_DENIED_KIND, "rule %s#%u forbids %s %s", r->purpose, r->number,
                           ask->create ? "to create" : "to read", kind);
        if (r->forbid)
            continue;
        purpose = true;
        own = own || (!ask->create && has(r->read_own, ask->kind));
        assigned = assigned || (!ask->create && has(r->read_assigned, ask->kind));
        if (!permit && rule_covers(r, ask))
            permit = r;
    }
    if (permit) {
        (void)snprintf(rule, POLICY_RULE_NAME_MAX + 1, "%s#%u", permit->purpose, permit->number);
        return ERR_OK;
    }
    if (!purpose)
        return why_set(why, ERR_DENIED_PURPOSE, "no rule '%s' is for role %s at this door",
                       ask->purpose, words_name(&words_role, ask->role));
    if (assigned)
        return why_set(why, ERR_DENIED_ASSIGNED, "the %s is not assigned to the asker", kind);
    if (own)
        return why_set(why, ERR_DENIED_OWN, "the %s is somebody else's", kind);
    return why_set(why, ERR_DENIED_KIND, "'%s' does not let role %s %s kind %s", ask->purpose,
                   words_name(&words_role, ask->role), ask->create ? "create" : "read", kind);
}

bool policy_may_author(const struct policy *p, enum role role, uint8_t kind)
{
    char rule[POLICY_RULE_NAME_MAX + 1];
    for (size_t i = 0; i < p->count; i++) {
        struct policy_ask ask = { .purpose = p->rules[i].purpose, .role = role, .create = true,
                                  .kind = kind };
        for (unsigned door = DOOR_NATIVE; door <= DOOR_BROWSER; door++) {
            ask.door = (enum door)door;
            if (policy_decide(p, &ask, rule, NULL) == ERR_OK)
                return true;
        }
    }
    return false;
}
