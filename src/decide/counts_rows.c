#include "decide/counts.h"

#include "decide/counts_state.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64, ROWS_MAX = 1 << 30 };

enum err counts_new(struct counts **out, struct why *why)
{
    *out = calloc(1, sizeof **out);
    return *out ? ERR_OK : why_nomem(why);
}

void counts_free(struct counts *c)
{
    if (!c)
        return;
    HASH_ROWS_FREE(c->slots, struct slot_row, (void)0);
    HASH_ROWS_FREE(c->members, struct releasee_row, (void)0);
    HASH_ROWS_FREE(c->counters, struct counter_row, (void)0);
    free(c->released);
    free(c->by_record.at);
    free(c->pairs);
    free(c->by_pair.at);
    free(c);
}

/* --- few: tables --- */

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

static struct slot_row *slot_row(struct counts *c, const uint8_t *key)
{
    FIND_OR_ADD(slot_row, c->slots, key);
}

static struct releasee_row *releasee_row(struct counts *c, const uint8_t *key)
{
    FIND_OR_ADD(releasee_row, c->members, key);
}

struct slot_row *counts_slot(struct counts *c, const uint8_t key[16 + POLICY_WORD_MAX])
{
    struct slot_row *row = slot_row(c, key);
    if (row && row->number == 0)
        row->number = HASH_COUNT(c->slots);
    return row;
}

struct releasee_row *counts_member(struct counts *c, const uint8_t key[16])
{
    struct releasee_row *row = releasee_row(c, key);
    if (row && row->number == 0)
        row->number = HASH_COUNT(c->members);
    return row;
}

struct counter_row *counts_counter(struct counts *c, const struct counter_key *key)
{
    FIND_OR_ADD(counter_row, c->counters, key);
}

/* --- many: arrays and places --- */

/* A record's id is a hash already. */
static size_t record_hash(uint32_t slot, const uint8_t record[32])
{
    return get_u64be(record) ^ (uint64_t)slot * UINT64_C(0x9e3779b97f4a7c15);
}

static size_t pair_hash(uint32_t released, uint32_t member)
{
    const uint64_t both = ((uint64_t)released << 32 | member) * UINT64_C(0x9e3779b97f4a7c15);
    return both ^ both >> 32;
}

static void place_put(struct places *p, size_t hash, uint32_t row)
{
    size_t i = hash & (p->room - 1);
    while (p->at[i])
        i = (i + 1) & (p->room - 1);
    p->at[i] = row + 1;
}

/* Room for one row more in an array of `count`. False without memory. */
static bool grow(void *array_pointer, size_t count, size_t *room, size_t size)
{
    void *array;
    if (count < *room)
        return true;
    memcpy(&array, array_pointer, sizeof array);
    const size_t more = *room ? *room + *room / 2 : ROOM_MIN;
    array = count < ROWS_MAX ? reallocarray(array, more, size) : NULL;
    if (!array)
        return false;
    memcpy(array_pointer, &array, sizeof array);
    *room = more;
    return true;
}

/* Twice the room once half of it is taken; the rows find their places anew. */
static bool places_grow(const struct counts *c, struct places *p, size_t count, bool pairs)
{
    if (2 * (count + 1) <= p->room)
        return true;
    struct places to = { .room = p->room ? 2 * p->room : 2 * ROOM_MIN };
    to.at = calloc(to.room, sizeof *to.at);
    if (!to.at)
        return false;
    for (uint32_t i = 0; i < count; i++)
        place_put(&to, pairs ? pair_hash(c->pairs[i].released, c->pairs[i].member)
                             : record_hash(c->released[i].slot, c->released[i].record), i);
    free(p->at);
    *p = to;
    return true;
}

uint32_t counts_released_find(const struct counts *c, uint32_t slot, const uint8_t record[32])
{
    const struct places *p = &c->by_record;
    for (size_t i = record_hash(slot, record); p->room; i++) {
        const uint32_t place = p->at[i & (p->room - 1)];
        if (!place)
            break;
        const struct released_row *row = &c->released[place - 1];
        if (row->slot == slot && memcmp(row->record, record, 32) == 0)
            return place - 1;
    }
    return UINT32_MAX;
}

uint32_t counts_released(struct counts *c, uint32_t slot, const uint8_t record[32])
{
    const uint32_t found = counts_released_find(c, slot, record);
    if (found != UINT32_MAX)
        return found;
    if (!grow(&c->released, c->released_count, &c->released_room, sizeof *c->released) ||
        !places_grow(c, &c->by_record, c->released_count, false))
        return UINT32_MAX;
    const uint32_t place = (uint32_t)c->released_count++;
    c->released[place] = (struct released_row){ .slot = slot };
    memcpy(c->released[place].record, record, 32);
    place_put(&c->by_record, record_hash(slot, record), place);
    return place;
}

const struct pair_row *counts_pair_find(const struct counts *c, uint32_t released,
                                        uint32_t member)
{
    const struct places *p = &c->by_pair;
    for (size_t i = pair_hash(released, member); p->room; i++) {
        const uint32_t place = p->at[i & (p->room - 1)];
        if (!place)
            break;
        const struct pair_row *row = &c->pairs[place - 1];
        if (row->released == released && row->member == member)
            return row;
    }
    return NULL;
}

struct pair_row *counts_pair(struct counts *c, uint32_t released, uint32_t member)
{
    const struct pair_row *found = counts_pair_find(c, released, member);
    if (found)
        return &c->pairs[found - c->pairs];
    if (!grow(&c->pairs, c->pair_count, &c->pair_room, sizeof *c->pairs) ||
        !places_grow(c, &c->by_pair, c->pair_count, true))
        return NULL;
    const uint32_t place = (uint32_t)c->pair_count++;
    c->pairs[place] = (struct pair_row){ .released = released, .member = member };
    place_put(&c->by_pair, pair_hash(released, member), place);
    return &c->pairs[place];
}
