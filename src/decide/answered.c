#include "decide/answered.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

void answered_release(struct answered *a)
{
    free(a->rows);
    free(a->newest);
    *a = (struct answered){ .room = 0 };
}

size_t answered_count(const struct answered *a)
{
    return (size_t)(a->next - a->first);
}

static struct answered_row *row_of(const struct answered *a, uint64_t number)
{
    return &a->rows[number & (a->room - 1)];
}

static uint32_t *chain_of(const struct answered *a, const uint8_t r[32])
{
    return &a->newest[get_u64be(r) & (ANSWERED_CHAINS * a->room - 1)];
}

/* The number of the row that a chain begins with. One that left the ring 2^32 rows ago may look
 * like a row of another chain: it is walked then, towards older rows only, and found to be another.
 */
static uint64_t newest_of(const struct answered *a, const uint8_t r[32])
{
    const uint64_t back = (uint32_t)((uint32_t)a->next - *chain_of(a, r));
    return back == 0 || back > answered_count(a) ? 0 : a->next - back;
}

const struct answered_row *answered_at(const struct answered *a, size_t i)
{
    assert(i < answered_count(a));
    return row_of(a, a->first + i);
}

bool answered_has(const struct answered *a, const uint8_t r[32])
{
    if (a->room == 0)
        return false;
    for (uint64_t n = newest_of(a, r); n >= a->first && n > 0; n = row_of(a, n)->older)
        if (memcmp(row_of(a, n)->r, r, 32) == 0)
            return true;
    return false;
}

static void put(struct answered *a, const uint8_t r[32], uint64_t until_s)
{
    struct answered_row *row = row_of(a, a->next);
    const uint64_t older = newest_of(a, r);
    memcpy(row->r, r, 32);
    row->until_s = until_s;
    row->older = older;
    *chain_of(a, r) = (uint32_t)a->next++;
}

/* Moves all to rows of another number. False without memory: all is as it was. */
static bool room_make(struct answered *a, size_t room)
{
    struct answered to = { .rows = calloc(room, sizeof *to.rows),
                           .newest = calloc(room, ANSWERED_CHAINS * sizeof *to.newest),
                           .first = 1, .next = 1, .room = room };
    if (!to.rows || !to.newest) {
        answered_release(&to);
        return false;
    }
    for (size_t i = 0; i < answered_count(a); i++)
        put(&to, answered_at(a, i)->r, answered_at(a, i)->until_s);
    answered_release(a);
    *a = to;
    return true;
}

bool answered_add(struct answered *a, const uint8_t r[32], uint64_t until_s)
{
    if (answered_count(a) == a->room && !room_make(a, a->room ? 2 * a->room : ROOM_MIN))
        return false;
    put(a, r, until_s);
    return true;
}

void answered_undo(struct answered *a)
{
    assert(answered_count(a) > 0);
    const struct answered_row *row = row_of(a, a->next - 1);
    *chain_of(a, row->r) = (uint32_t)row->older;
    a->next--;
}

void answered_drop(struct answered *a, uint64_t now_s)
{
    while (answered_count(a) > 0 && answered_at(a, 0)->until_s < now_s)
        a->first++;
    if (a->room > ROOM_MIN && answered_count(a) < a->room / 8)
        (void)room_make(a, a->room / 4); /* without memory the room stays */
}
