#include "shares/blame.h"

/* What the trials say, as sets of gates. An explanation is a set of gates that meets every failing
 * quorum: had exactly those lied, now and then, all would look as it does. If the store has changed
 * the slot, honest quorums fail, and a working one has a gate in it that lies to match: then a set
 * that meets every working quorum explains all as well. */
struct seen {
    uint8_t failed_gates, worked_gates;
    struct subset_list failed, worked, tried;
};

static void list_add(struct subset_list *list, uint8_t set)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->sets[i] == set)
            return;
    assert(list->count < SUBSET_LIST_MAX);
    list->sets[list->count++] = set;
}

static struct seen look(unsigned t, uint8_t roster, const struct blame_trial *trials, size_t count)
{
    struct seen s = { 0 };
    for (size_t i = 0; i < count; i++) {
        uint8_t q = trials[i].quorum;
        assert(subset_gates(q) == t && (q & ~roster) == 0);
        list_add(&s.tried, q);
        if (trials[i].worked) {
            s.worked_gates |= q;
            list_add(&s.worked, q);
        } else {
            s.failed_gates |= q;
            list_add(&s.failed, q);
        }
    }
    return s;
}

static bool meets_all(const struct subset_list *quorums, uint8_t gates)
{
    for (unsigned i = 0; i < quorums->count; i++)
        if ((quorums->sets[i] & gates) == 0)
            return false;
    return true;
}

/* The gates that are in every explanation of at most t-1 liars; none if there is no such one. */
static uint8_t certain(const struct seen *s, unsigned t, uint8_t roster)
{
    uint8_t in_all = roster;
    bool any = false;
    for (unsigned liars = 1; liars <= roster; liars++) {
        uint8_t set = (uint8_t)liars;
        if ((set & ~roster) != 0 || subset_gates(set) >= t || !meets_all(&s->failed, set))
            continue;
        in_all &= set;
        any = true;
    }
    return any ? in_all : 0;
}

/* The size of the smallest set that meets all quorums without any of `suspects`; 0 if there is
 * none. */
static unsigned smallest_without(const struct subset_list *quorums, uint8_t roster,
                                 uint8_t suspects)
{
    unsigned smallest = 0;
    for (unsigned liars = 1; liars <= roster; liars++) {
        uint8_t set = (uint8_t)liars;
        if ((set & ~roster) != 0 || (set & suspects) != 0 || !meets_all(quorums, set))
            continue;
        if (smallest == 0 || subset_gates(set) < smallest)
            smallest = subset_gates(set);
    }
    return smallest;
}

struct blame blame_judge(unsigned t, uint8_t roster, const struct blame_trial *trials,
                         size_t count)
{
    assert(subset_epoch_ok(t, roster));
    struct seen s = look(t, roster, trials, count);
    uint8_t suspects = (uint8_t)(s.failed_gates & ~s.worked_gates);
    /* Without a quorum that worked, slot, store or author may be at fault as well. */
    if (s.worked_gates == 0 || suspects == 0)
        return (struct blame){ .verdict = BLAME_NOBODY };
    unsigned with_store = smallest_without(&s.worked, roster, suspects);
    if (with_store >= t)
        with_store = 0;
    if (s.tried.count == subset_choose(roster, t).count) {
        uint8_t named = suspects & certain(&s, t, roster);
        if (named != 0)
            return (struct blame){ .verdict = BLAME_NAMED, .gates = named,
                                   .unless_store = with_store };
    }
    return (struct blame){ .verdict = BLAME_ONE_OF, .gates = suspects,
                           .unless = smallest_without(&s.failed, roster, suspects),
                           .unless_store = with_store };
}
