#include "policy/policy.h"

#include "policy/policy_rules.h"
#include "record/record_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const policy_scope_names[SCOPE_END] = { "member", "device", "vendor", "project" };
const char *const policy_subject_names[POLICY_ATTESTED_DEVICE + 1] = {
    "?", "vendor", "site", "member", "device" };

void policy_free(struct policy *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->count; i++) {
        free(p->rules[i].members.ids);
        free(p->rules[i].vendors.ids);
        free(p->rules[i].devices.ids);
        free(p->rules[i].require);
    }
    free(p->rules);
    free(p->by_purpose);
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

static bool names(const struct policy_ids *set, const uint8_t *id, size_t len)
{
    if (set->count == 0)
        return true;
    for (size_t i = 0; i < set->count; i++)
        if (memcmp(set->ids[i], id, len) == 0)
            return true;
    return false;
}

static bool rule_applies(const struct policy_rule *r, const struct policy_ask *ask)
{
    return (!r->roles || has(r->roles, ask->role)) && (!r->doors || has(r->doors, ask->door)) &&
           names(&r->members, ask->member, sizeof ask->member) &&
           names(&r->vendors, ask->vendor, sizeof ask->vendor) &&
           names(&r->devices, ask->device, sizeof ask->device);
}

static bool rule_covers(const struct policy_rule *r, const struct policy_ask *ask)
{
    if (ask->create)
        return has(r->create, ask->kind);
    return has(r->read, ask->kind) || (has(r->read_own, ask->kind) && ask->own) ||
           (has(r->read_assigned, ask->kind) && ask->assigned);
}

bool policy_rule_in_hours(const struct policy_rule *r, unsigned minute)
{
    if (!r->has_hours)
        return true;
    const int local = ((int)minute + r->hours_offset + DAY_MINUTES) % DAY_MINUTES;
    if (r->hours_from < r->hours_to)
        return local >= r->hours_from && local < r->hours_to;
    return local >= r->hours_from || local < r->hours_to;
}

static bool in_hours(const struct policy_rule *r, uint64_t now_s)
{
    return policy_rule_in_hours(r, (unsigned)(now_s / 60 % DAY_MINUTES));
}

/* --- conditions of a permit, in the order in which a refusal names them --- */

static uint64_t fact(const struct policy_ask *ask, enum policy_fact which, const char *name)
{
    return ask->facts.get ? ask->facts.get(ask->facts.of, which, name) : 0;
}

static enum err attested(const struct policy_rule *r, const struct policy_ask *ask,
                         struct why *why)
{
    for (size_t i = 0; i < r->require_count; i++)
        if (!fact(ask, r->require[i].subject, r->require[i].name))
            return why_set(why, ERR_DENIED_ATTESTATION, "%s#%u requires '%s' of the %s",
                           r->purpose, r->number, r->require[i].name,
                           policy_subject_names[r->require[i].subject]);
    return ERR_OK;
}

static enum err approved(const struct policy_rule *r, const struct policy_ask *ask,
                         struct why *why)
{
    const uint64_t have = r->approvals ? fact(ask, POLICY_APPROVALS, NULL) : 0;
    if (have < r->approvals)
        return why_set(why, ERR_DENIED_APPROVALS, "%s#%u wants %llu approvals of an access request,"
                       " there are %llu", r->purpose, r->number, (unsigned long long)r->approvals,
                       (unsigned long long)have);
    if (r->groups > 1 && fact(ask, POLICY_GROUPS, NULL) < r->groups)
        return why_set(why, ERR_DENIED_APPROVALS, "%s#%u wants approvals from %llu groups",
                       r->purpose, r->number, (unsigned long long)r->groups);
    return ERR_OK;
}

static enum err within_budget(const struct policy_rule *r, const struct policy_ask *ask,
                              struct why *why)
{
    for (unsigned w = 0; w < WINDOW_END; w++)
        for (unsigned s = 0; s < SCOPE_END; s++) {
            const uint64_t most = r->budget[s][w];
            const unsigned which = (w == WINDOW_HOUR ? POLICY_MEMBER_HOUR : POLICY_MEMBER_DAY) + s;
            if (most && fact(ask, (enum policy_fact)which, NULL) > most)
                return why_set(why, ERR_DENIED_BUDGET, "%s#%u allows a %s %llu records a UTC %s",
                               r->purpose, r->number, policy_scope_names[s],
                               (unsigned long long)most, w == WINDOW_HOUR ? "hour" : "day");
        }
    return ERR_OK;
}

/* A task that was skipped beyond the day's free skips counts as open until the day is over. */
static uint64_t open_tasks(const struct policy_rule *r, const struct policy_ask *ask)
{
    const uint64_t open = fact(ask, POLICY_OPEN, NULL);
    const uint64_t skips = open ? fact(ask, POLICY_SKIPS, NULL) : 0;
    return open + (skips > r->skips ? skips - r->skips : 0);
}

static enum err holds(const struct policy_rule *r, const struct policy_ask *ask, struct why *why)
{
    if (!in_hours(r, ask->now_s))
        return why_set(why, ERR_DENIED_HOURS, "%s#%u is for other hours", r->purpose, r->number);
    enum err e = attested(r, ask, why);
    if (e == ERR_OK)
        e = approved(r, ask, why);
    if (e != ERR_OK || ask->create)
        return e;
    e = within_budget(r, ask, why);
    if (e != ERR_OK)
        return e;
    if (r->viewers && fact(ask, POLICY_VIEWERS, NULL) > r->viewers)
        return why_set(why, ERR_DENIED_VIEWERS, "%s#%u allows %llu members to see a record",
                       r->purpose, r->number, (unsigned long long)r->viewers);
    if (r->open && open_tasks(r, ask) > r->open)
        return why_set(why, ERR_DENIED_OPEN, "%s#%u allows %llu tasks that are not handed in",
                       r->purpose, r->number, (unsigned long long)r->open);
    return ERR_OK;
}

/* --- decide --- */

/* The first of by_purpose whose purpose is not before this one. */
static size_t purpose_first(const struct policy *p, const char *purpose)
{
    size_t low = 0, high = p->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(p->rules[p->by_purpose[middle]].purpose, purpose) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What the rules of a purpose came to. */
struct outcome {
    const struct policy_rule *permit; /* the first that permits */
    bool purpose, own, assigned;      /* some rule is for the asker; some would, if it were ... */
    enum err lack;                    /* of the first rule that covers and does not hold */
    struct why why;                   /* its sentence */
};

static void permit_rule(const struct policy_rule *r, const struct policy_ask *ask,
                        struct outcome *o)
{
    o->purpose = true;
    o->own = o->own || (!ask->create && has(r->read_own, ask->kind));
    o->assigned = o->assigned || (!ask->create && has(r->read_assigned, ask->kind));
    if (o->permit || !rule_covers(r, ask))
        return;
    struct why why;
    const enum err e = holds(r, ask, &why);
    if (e == ERR_OK) {
        o->permit = r;
    } else if (o->lack == ERR_OK) {
        o->lack = e;
        o->why = why;
    }
}

static enum err refuse(const struct outcome *o, const struct policy_ask *ask, struct why *why)
{
    const char *kind = record_kind_name(ask->kind);
    if (o->lack != ERR_OK) {
        if (why)
            *why = o->why;
        return o->lack;
    }
    if (!o->purpose)
        return why_set(why, ERR_DENIED_PURPOSE, "no rule '%s' is for role %s at this door",
                       ask->purpose, words_name(&words_role, ask->role));
    if (o->assigned)
        return why_set(why, ERR_DENIED_ASSIGNED, "the %s is not assigned to the asker", kind);
    if (o->own)
        return why_set(why, ERR_DENIED_OWN, "the %s is somebody else's", kind);
    return why_set(why, ERR_DENIED_KIND, "'%s' does not let role %s %s kind %s", ask->purpose,
                   words_name(&words_role, ask->role), ask->create ? "create" : "read", kind);
}

enum err policy_decide(const struct policy *p, const struct policy_ask *ask,
                       char rule[POLICY_RULE_NAME_MAX + 1], struct why *why)
{
    struct outcome o = { .lack = ERR_OK };
    for (size_t i = ask->role ? purpose_first(p, ask->purpose) : p->count; i < p->count; i++) {
        const struct policy_rule *r = &p->rules[p->by_purpose[i]];
        if (strcmp(r->purpose, ask->purpose) != 0)
            break;
        if (!rule_applies(r, ask))
            continue;
        if (!r->forbid)
            permit_rule(r, ask, &o);
        else if (rule_covers(r, ask) && in_hours(r, ask->now_s))
            return why_set(why, ERR_DENIED_FORBID, "rule %s#%u forbids %s %s", r->purpose,
                           r->number, ask->create ? "to create" : "to read",
                           record_kind_name(ask->kind));
    }
    if (!o.permit)
        return refuse(&o, ask, why);
    (void)snprintf(rule, POLICY_RULE_NAME_MAX + 1, "%s#%u", o.permit->purpose, o.permit->number);
    return ERR_OK;
}

/* --- what a policy may ever say --- */

static bool for_everybody(const struct policy_rule *r)
{
    return !r->doors && !r->members.count && !r->vendors.count && !r->devices.count &&
           !r->has_hours;
}

/* One purpose's rules at a time: a permit that no forbid for everybody takes back. */
bool policy_may_author(const struct policy *p, enum role role, uint8_t kind)
{
    bool permitted = false, forbidden = false;
    for (size_t i = 0; role && i < p->count; i++) {
        const struct policy_rule *r = &p->rules[p->by_purpose[i]];
        if (r->number == 1)
            permitted = forbidden = false;
        if ((!r->roles || has(r->roles, role)) && has(r->create, kind)) {
            permitted = permitted || !r->forbid;
            forbidden = forbidden || (r->forbid && for_everybody(r));
        }
        const bool last = i + 1 == p->count || p->rules[p->by_purpose[i + 1]].number == 1;
        if (last && permitted && !forbidden)
            return true;
    }
    return false;
}

bool policy_counts(const struct policy *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct policy_rule *r = &p->rules[i];
        bool counts = r->viewers || r->open;
        for (unsigned s = 0; s < SCOPE_END; s++)
            counts = counts || r->budget[s][WINDOW_HOUR] || r->budget[s][WINDOW_DAY];
        if (counts)
            return true;
    }
    return false;
}
