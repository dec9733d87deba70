/* decide/answered.h: which requests were answered lately, in the order in which they were.
 * Limits  2^31 at a time   Memory  64 to 128 bytes each, given back when they go
 * Threads  pure, one owner
 * A ring of rows, and chains through it that begin with the newest. The oldest goes first, so it
 * ends its chain, and nothing has to be unlinked: a chain is over where a number has left the ring.
 * To look one up costs a miss of the cache or two and to drop one none, where a table of single
 * rows costs eight: a quarter of a replay. */
#ifndef DECIDE_ANSWERED_H
#define DECIDE_ANSWERED_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answered_row {
    uint8_t r[32]; /* a hash already: its first bytes choose the chain */
    uint64_t until_s;
    uint64_t older; /* the number of the next one in its chain */
};

enum { ANSWERED_CHAINS = 4 }; /* for each row: most are empty, so a new r meets no row */

/* All zero is an empty one. Rows are numbered from 1 on, in the order in which they came. */
struct answered {
    struct answered_row *rows; /* row n stands at n % room */
    uint32_t *newest;          /* of each chain, the number's last bits */
    uint64_t first, next;      /* the numbers of the oldest, and of the one to come */
    size_t room;               /* 0 or a power of two */
};

void answered_release(struct answered *a);
size_t answered_count(const struct answered *a);
/* i-th of answered_count, the oldest first. */
const struct answered_row *answered_at(const struct answered *a, size_t i);
bool answered_has(const struct answered *a, const uint8_t r[32]);
/* r is not there yet. False without memory. */
MUST_USE bool answered_add(struct answered *a, const uint8_t r[32], uint64_t until_s);
/* Takes the newest away again; there is one (asserted). */
void answered_undo(struct answered *a);
/* Drops the oldest, up to one that lasts until now_s or longer. */
void answered_drop(struct answered *a, uint64_t now_s);

#endif
