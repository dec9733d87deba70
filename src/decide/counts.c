#include "decide/counts.h"

#include "decide/counts_state.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

/* --- windows --- */

/* In a window older than the two that are kept everything counts as counted: no request that is
 * acceptable now was created in it. */
static bool was_counted(const struct counted *c, uint32_t window, bool ever)
{
    if (!ever || window > c->window)
        return false;
    return window == c->window || window + 1 < c->window || c->before;
}

static void mark_counted(struct counted *c, uint32_t window, bool ever)
{
    if (!ever || window > c->window + 1)
        *c = (struct counted){ window, false };
    else if (window == c->window + 1)
        *c = (struct counted){ window, true };
    else
        c->before = c->before || window + 1 == c->window;
}

static uint32_t tally_at(const struct tally *t, uint32_t window)
{
    return window == t->window ? t->now : window + 1 == t->window ? t->before : 0;
}

static void tally_add(struct tally *t, uint32_t window)
{
    if (window > t->window)
        *t = (struct tally){ window, 0, window == t->window + 1 ? t->now : 0 };
    if (window == t->window)
        t->now++;
    else if (window + 1 == t->window)
        t->before++;
}

/* --- what was asked --- */

static void slot_key(uint8_t out[16 + POLICY_WORD_MAX], const struct counts_asker *who)
{
    memset(out, 0, 16 + POLICY_WORD_MAX);
    memcpy(out, who->project, 16);
    memcpy(out + 16, who->purpose, strlen(who->purpose));
}

static uint32_t slot_of(const struct counts *c, const struct counts_asker *who)
{
    uint8_t key[16 + POLICY_WORD_MAX];
    struct slot_row *row = NULL;
    slot_key(key, who);
    HASH_FIND(hh, c->slots, key, sizeof key, row);
    return row ? row->number : 0;
}

static struct counter_key counter_key(const struct counts_asker *who, uint32_t slot,
                                      unsigned scope)
{
    struct counter_key k = { .slot = slot, .scope = scope };
    switch (scope + POLICY_MEMBER_HOUR) {
    case POLICY_MEMBER_HOUR: memcpy(k.subject, who->member, 16); break;
    case POLICY_DEVICE_HOUR: memcpy(k.subject, who->device, 32); break;
    case POLICY_VENDOR_HOUR: memcpy(k.subject, who->vendor, 32); break;
    default: break; /* the project's: nobody's in particular */
    }
    return k;
}

static uint64_t counted_so_far(const struct counts *c, const struct counts_asker *who,
                               uint32_t slot, enum policy_fact fact)
{
    const bool day = fact >= POLICY_MEMBER_DAY;
    const unsigned scope = fact - (day ? POLICY_MEMBER_DAY : POLICY_MEMBER_HOUR);
    const struct counter_key key = counter_key(who, slot, scope);
    struct counter_row *row = NULL;
    HASH_FIND(hh, c->counters, &key, sizeof key, row);
    if (!row)
        return 0;
    return day ? tally_at(&row->day, (uint32_t)(who->created / DAY_S))
               : tally_at(&row->hour, (uint32_t)(who->created / HOUR_S));
}

void counts_view_start(struct counts_view *v, const struct counts *c,
                       const struct counts_asker *who)
{
    *v = (struct counts_view){ .counts = c, .who = *who, .slot = slot_of(c, who) };
}

void counts_view_record(struct counts_view *v, const uint8_t *record)
{
    struct releasee_row *member = NULL;
    v->added_hour += v->record && v->new_hour;
    v->added_day += v->record && v->new_day;
    v->record = record;
    HASH_FIND(hh, v->counts->members, v->who.member, 16, member);
    v->released = counts_released_find(v->counts, v->slot, record);
    const struct pair_row *row =
        member ? counts_pair_find(v->counts, v->released, member->number) : NULL;
    v->new_viewer = row == NULL;
    v->new_hour = !row || !was_counted(&row->hour, (uint32_t)(v->who.created / HOUR_S), true);
    v->new_day = !row || !was_counted(&row->day, (uint32_t)(v->who.created / DAY_S), true);
}

uint64_t counts_view_get(const struct counts_view *v, enum policy_fact fact)
{
    assert(v->record && fact >= POLICY_MEMBER_HOUR && fact <= POLICY_VIEWERS);
    if (fact == POLICY_VIEWERS)
        return !v->new_viewer              ? 0
               : v->released == UINT32_MAX ? 1
                                           : v->counts->released[v->released].members + UINT64_C(1);
    const bool day = fact >= POLICY_MEMBER_DAY;
    if (!(day ? v->new_day : v->new_hour))
        return 0;
    return counted_so_far(v->counts, &v->who, v->slot, fact) +
           (day ? v->added_day : v->added_hour) + 1;
}

/* --- what was released --- */

/* What all records of a request share. */
struct shared {
    uint32_t slot, member, hour, day;
    struct counter_row *counters[COUNTS_SCOPES];
};

static bool shared_rows(struct counts *c, const struct counts_asker *who, struct shared *out)
{
    uint8_t key[16 + POLICY_WORD_MAX];
    slot_key(key, who);
    struct slot_row *slot = counts_slot(c, key);
    struct releasee_row *member = counts_member(c, who->member);
    if (!slot || !member)
        return false;
    out->slot = slot->number;
    out->member = member->number;
    out->hour = (uint32_t)(who->created / HOUR_S);
    out->day = (uint32_t)(who->created / DAY_S);
    for (unsigned s = 0; s < COUNTS_SCOPES; s++) {
        const struct counter_key counter = counter_key(who, out->slot, s);
        out->counters[s] = counts_counter(c, &counter);
        if (!out->counters[s])
            return false;
    }
    return true;
}

/* False without memory: then the record is not counted. */
static bool add_one(struct counts *c, const struct shared *of, const uint8_t record[32])
{
    const uint32_t released = counts_released(c, of->slot, record); /* to nobody says nothing */
    const size_t pairs = c->pair_count;
    struct pair_row *pair = released == UINT32_MAX ? NULL : counts_pair(c, released, of->member);
    if (!pair)
        return false;
    const bool ever = c->pair_count == pairs;
    const bool new_hour = !was_counted(&pair->hour, of->hour, ever);
    const bool new_day = !was_counted(&pair->day, of->day, ever);
    for (unsigned s = 0; s < COUNTS_SCOPES; s++) {
        if (new_hour)
            tally_add(&of->counters[s]->hour, of->hour);
        if (new_day)
            tally_add(&of->counters[s]->day, of->day);
    }
    mark_counted(&pair->hour, of->hour, ever);
    mark_counted(&pair->day, of->day, ever);
    c->released[released].members += !ever;
    return true;
}

enum err counts_add(struct counts *c, const struct counts_asker *who, const uint8_t (*records)[32],
                    size_t count, struct why *why)
{
    struct shared of;
    if (!shared_rows(c, who, &of))
        return why_nomem(why);
    for (size_t i = 0; i < count; i++)
        if (!add_one(c, &of, records[i]))
            return why_nomem(why);
    return ERR_OK;
}
