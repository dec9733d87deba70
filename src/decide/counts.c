#include "decide/counts.h"

#include "decide/counts_state.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

enum err counts_new(struct counts **out, struct why *why)
{
    *out = calloc(1, sizeof **out);
    return *out ? ERR_OK : why_nomem(why);
}

#define FREE_ALL(type, table)                                                                      \
    do {                                                                                           \
        struct type *row, *next;                                                                   \
        HASH_ITER(hh, table, row, next)                                                            \
        {                                                                                          \
            HASH_DEL(table, row);                                                                  \
            free(row);                                                                             \
        }                                                                                          \
    } while (0)

void counts_free(struct counts *c)
{
    if (!c)
        return;
    FREE_ALL(slot_row, c->slots);
    FREE_ALL(pair_row, c->pairs);
    FREE_ALL(viewers_row, c->viewers);
    FREE_ALL(counter_row, c->counters);
    free(c);
}

/* --- rows --- */

#define FIND_OR_ADD(type, table, named)                                                            \
    do {                                                                                           \
        struct type *row = NULL;                                                                   \
        HASH_FIND(hh, table, named, sizeof row->key, row);                                         \
        if (row)                                                                                   \
            return row;                                                                            \
        row = calloc(1, sizeof *row);                                                              \
        if (!row)                                                                                  \
            return NULL;                                                                           \
        memcpy(&row->key, named, sizeof row->key);                                                 \
        if (HASH_ROW_ADD(table, key, sizeof row->key, row))                                        \
            return row;                                                                            \
        free(row);                                                                                 \
        return NULL;                                                                               \
    } while (0)

struct slot_row *counts_slot(struct counts *c, const uint8_t key[16 + POLICY_WORD_MAX])
{
    FIND_OR_ADD(slot_row, c->slots, key);
}

struct pair_row *counts_pair(struct counts *c, const struct pair_key *key)
{
    FIND_OR_ADD(pair_row, c->pairs, key);
}

struct viewers_row *counts_viewers(struct counts *c, const struct viewers_key *key)
{
    FIND_OR_ADD(viewers_row, c->viewers, key);
}

struct counter_row *counts_counter(struct counts *c, const struct counter_key *key)
{
    FIND_OR_ADD(counter_row, c->counters, key);
}

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
    struct pair_key key = { .slot = v->slot };
    struct pair_row *row = NULL;
    v->added_hour += v->record && v->new_hour;
    v->added_day += v->record && v->new_day;
    v->record = record;
    memcpy(key.member, v->who.member, 16);
    memcpy(key.record, record, 32);
    if (v->slot)
        HASH_FIND(hh, v->counts->pairs, &key, sizeof key, row);
    v->new_viewer = row == NULL;
    v->new_hour = !row || !was_counted(&row->hour, (uint32_t)(v->who.created / HOUR_S), true);
    v->new_day = !row || !was_counted(&row->day, (uint32_t)(v->who.created / DAY_S), true);
}

static uint64_t viewers_with_this(const struct counts_view *v)
{
    struct viewers_key key = { .slot = v->slot };
    struct viewers_row *row = NULL;
    memcpy(key.record, v->record, 32);
    if (v->slot)
        HASH_FIND(hh, v->counts->viewers, &key, sizeof key, row);
    return (row ? row->members : 0) + 1;
}

uint64_t counts_view_get(const struct counts_view *v, enum policy_fact fact)
{
    assert(v->record && fact >= POLICY_MEMBER_HOUR && fact <= POLICY_VIEWERS);
    if (fact == POLICY_VIEWERS)
        return v->new_viewer ? viewers_with_this(v) : 0;
    const bool day = fact >= POLICY_MEMBER_DAY;
    if (!(day ? v->new_day : v->new_hour))
        return 0;
    return counted_so_far(v->counts, &v->who, v->slot, fact) +
           (day ? v->added_day : v->added_hour) + 1;
}

uint64_t counts_now(const struct counts *c, const struct counts_asker *who, enum policy_fact fact)
{
    assert(fact >= POLICY_MEMBER_HOUR && fact <= POLICY_PROJECT_DAY);
    return counted_so_far(c, who, slot_of(c, who), fact);
}

/* --- what was released --- */

/* What all records of a request share. */
struct shared {
    uint32_t slot, hour, day;
    struct counter_row *counters[COUNTS_SCOPES];
};

static bool shared_rows(struct counts *c, const struct counts_asker *who, struct shared *out)
{
    uint8_t key[16 + POLICY_WORD_MAX];
    slot_key(key, who);
    struct slot_row *slot = counts_slot(c, key);
    if (!slot)
        return false;
    if (slot->number == 0)
        slot->number = HASH_COUNT(c->slots);
    out->slot = slot->number;
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
static bool add_one(struct counts *c, const struct shared *of, const uint8_t member[16],
                    const uint8_t record[32])
{
    struct pair_key key = { .slot = of->slot };
    struct viewers_key seen = { .slot = of->slot };
    memcpy(key.member, member, 16);
    memcpy(key.record, record, 32);
    memcpy(seen.record, record, 32);
    const unsigned pairs = HASH_COUNT(c->pairs);
    struct viewers_row *viewers = counts_viewers(c, &seen); /* one of nobody says nothing */
    struct pair_row *pair = viewers ? counts_pair(c, &key) : NULL;
    if (!pair)
        return false;
    const bool ever = HASH_COUNT(c->pairs) == pairs;
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
    viewers->members += !ever;
    return true;
}

enum err counts_add(struct counts *c, const struct counts_asker *who, const uint8_t (*records)[32],
                    size_t count, struct why *why)
{
    struct shared of;
    if (!shared_rows(c, who, &of))
        return why_nomem(why);
    for (size_t i = 0; i < count; i++)
        if (!add_one(c, &of, who->member, records[i]))
            return why_nomem(why);
    return ERR_OK;
}
