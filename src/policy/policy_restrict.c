/* Is one policy purely restricting beside another? Computed rule by rule, never declared. */
#include "policy/policy.h"

#include "policy/policy_rules.h"

#include <string.h>

/* --- sets: is all of `part` in `whole`? An empty set of names means any. --- */

static bool bits_within(uint32_t part, uint32_t whole)
{
    return !whole || (part && !(part & ~whole));
}

static bool ids_within(const struct policy_ids *part, const struct policy_ids *whole)
{
    if (!whole->count)
        return true;
    for (size_t i = 0; i < part->count; i++) {
        bool found = false;
        for (size_t j = 0; j < whole->count && !found; j++)
            found = memcmp(part->ids[i], whole->ids[j], 32) == 0;
        if (!found)
            return false;
    }
    return part->count > 0;
}

static bool hours_within(const struct policy_rule *part, const struct policy_rule *whole)
{
    for (unsigned minute = 0; minute < DAY_MINUTES; minute++)
        if (policy_rule_in_hours(part, minute) && !policy_rule_in_hours(whole, minute))
            return false;
    return true;
}

/* Everyone and every time that `part` is for, `whole` is for too. */
static bool asker_within(const struct policy_rule *part, const struct policy_rule *whole)
{
    return strcmp(part->purpose, whole->purpose) == 0 && bits_within(part->roles, whole->roles) &&
           bits_within(part->doors, whole->doors) && ids_within(&part->members, &whole->members) &&
           ids_within(&part->vendors, &whole->vendors) &&
           ids_within(&part->devices, &whole->devices) && hours_within(part, whole);
}

static bool reach_within(const struct policy_rule *part, const struct policy_rule *whole)
{
    return !(part->read & ~whole->read) && !(part->read_own & ~(whole->read_own | whole->read)) &&
           !(part->read_assigned & ~(whole->read_assigned | whole->read)) &&
           !(part->create & ~whole->create);
}

/* --- conditions: is `tight` at least as hard to meet as `loose`? --- */

static bool number_tight(uint64_t tight, uint64_t loose)
{
    return !loose || (tight && tight <= loose);
}

static bool requires_all(const struct policy_rule *tight, const struct policy_rule *loose)
{
    for (size_t i = 0; i < loose->require_count; i++) {
        bool found = false;
        for (size_t j = 0; j < tight->require_count && !found; j++)
            found = tight->require[j].subject == loose->require[i].subject &&
                    strcmp(tight->require[j].name, loose->require[i].name) == 0;
        if (!found)
            return false;
    }
    return true;
}

static bool conditions_tight(const struct policy_rule *tight, const struct policy_rule *loose)
{
    bool ok = requires_all(tight, loose) && tight->approvals >= loose->approvals &&
              tight->groups >= loose->groups && number_tight(tight->viewers, loose->viewers) &&
              number_tight(tight->open, loose->open) &&
              (!loose->open || tight->skips <= loose->skips);
    for (unsigned s = 0; s < SCOPE_END; s++)
        for (unsigned w = 0; w < WINDOW_END; w++)
            ok = ok && number_tight(tight->budget[s][w], loose->budget[s][w]);
    return ok;
}

/* Which rule of `in` answers for `r`: a wider permit for a permit, a wider forbid for a forbid? */
static bool answered(const struct policy *in, const struct policy_rule *r)
{
    for (size_t i = 0; i < in->count; i++) {
        const struct policy_rule *other = &in->rules[i];
        if (other->forbid == r->forbid && asker_within(r, other) && reach_within(r, other) &&
            (r->forbid || conditions_tight(r, other)))
            return true;
    }
    return false;
}

bool policy_restricts(const struct policy *now, const struct policy *next, struct why *why)
{
    for (size_t i = 0; i < next->count; i++) {
        const struct policy_rule *r = &next->rules[i];
        if (!r->forbid && !answered(now, r)) {
            (void)why_set(why, ERR_NOT_ENTITLED,
                          "permit %s#%u may allow more than any permit of today", r->purpose,
                          r->number);
            return false;
        }
    }
    for (size_t i = 0; i < now->count; i++) {
        const struct policy_rule *r = &now->rules[i];
        if (r->forbid && !answered(next, r)) {
            (void)why_set(why, ERR_NOT_ENTITLED, "today's forbid %s#%u is lifted or narrowed",
                          r->purpose, r->number);
            return false;
        }
    }
    if (next->freshness_s > now->freshness_s) {
        (void)why_set(why, ERR_NOT_ENTITLED, "news may be older than today");
        return false;
    }
    return true;
}
