#include "shares/subset.h"

unsigned subset_gates(uint8_t set)
{
    return (unsigned)__builtin_popcount(set);
}

unsigned subset_lowest(uint8_t set)
{
    return (unsigned)__builtin_ffs(set);
}

uint8_t subset_of(unsigned gate)
{
    assert(gate >= 1 && gate <= SUBSET_NUMBER_MAX);
    return (uint8_t)(1u << (gate - 1));
}

bool subset_has(uint8_t set, unsigned gate)
{
    return gate >= 1 && gate <= SUBSET_NUMBER_MAX && (set & subset_of(gate)) != 0;
}

bool subset_epoch_ok(unsigned t, uint8_t roster)
{
    unsigned n = subset_gates(roster);
    return t >= 2 && t < n && n <= SUBSET_GATES_MAX;
}

struct subset_list subset_choose(uint8_t set, unsigned k)
{
    assert(subset_gates(set) <= SUBSET_GATES_MAX);
    struct subset_list list = { 0 };
    for (unsigned s = 0; s <= UINT8_MAX; s++) {
        if ((s & ~(unsigned)set) != 0 || subset_gates((uint8_t)s) != k)
            continue;
        assert(list.count < SUBSET_LIST_MAX);
        list.sets[list.count++] = (uint8_t)s;
    }
    return list;
}

struct subset_list subset_holding(const struct subset_list *list, unsigned gate)
{
    struct subset_list out = { 0 };
    for (unsigned i = 0; i < list->count; i++)
        if (subset_has(list->sets[i], gate))
            out.sets[out.count++] = list->sets[i];
    return out;
}

struct subset_list subset_keys(unsigned t, uint8_t roster)
{
    assert(subset_epoch_ok(t, roster));
    return subset_choose(roster, subset_gates(roster) - t + 1);
}

struct subset_list subset_assigned(unsigned t, uint8_t roster, uint8_t q, unsigned gate)
{
    struct subset_list all = subset_keys(t, roster), out = { 0 };
    for (unsigned i = 0; i < all.count; i++)
        if (gate != 0 && subset_lowest(q & all.sets[i]) == gate)
            out.sets[out.count++] = all.sets[i];
    return out;
}

static enum err range_check(unsigned least, unsigned most, uint8_t roster, uint8_t set,
                            unsigned gate, struct why *why)
{
    unsigned count = subset_gates(set);
    if (count < least || count > most)
        return why_set(why, ERR_REQUEST_GATES, "the request names %u gates, not %u to %u", count,
                       least, most);
    if ((set & ~roster) != 0)
        return why_set(why, ERR_REQUEST_GATES, "gate %u is not of this epoch",
                       subset_lowest((uint8_t)(set & ~roster)));
    if (gate != 0 && !subset_has(set, gate))
        return why_set(why, ERR_REQUEST_GATES, "gate %u is not asked", gate);
    return ERR_OK;
}

enum err subset_quorum_check(unsigned t, uint8_t roster, uint8_t q, unsigned gate,
                             struct why *why)
{
    assert(subset_epoch_ok(t, roster));
    return range_check(t, t, roster, q, gate, why);
}

enum err subset_create_check(unsigned t, uint8_t roster, uint8_t s, unsigned gate,
                             struct why *why)
{
    assert(subset_epoch_ok(t, roster));
    unsigned n = subset_gates(roster), most = 2 * t - 1;
    return range_check(t, most < n ? most : n, roster, s, gate, why);
}
