/* drill/guess.h: every key that a thief can make of what lies before him, one after another.
 * Source  docs/format.md 2, 3; DESIGN 9
 * A record's DEK is sealed in a slot as DEK xor pad. The thief tries public values, hashes of them,
 * sealed DEKs, their sums, and sums of whatever partials or shares of pads he holds. Whether a key is
 * the one the header's commitment says, at `try`.
 * Limits  GUESS_PARTS_MAX parts: 2^10 sums a slot   Memory  none   Threads  pure */
#ifndef DRILL_GUESS_H
#define DRILL_GUESS_H

#include "record/slot.h"
#include "shares/subset.h"

enum { GUESS_PARTS_MAX = SUBSET_LIST_MAX, GUESS_SLOTS_MAX = 8 };

struct guess {
    const struct record_header *header;
    const uint8_t *id;
    const struct slot *slots; /* the record's */
    size_t slot_count;
    const struct slot *near;  /* of the record before it in the store */
    size_t near_count;
};

/* True: it opened, and the search is over. */
typedef bool guess_try(void *ctx, const uint8_t key[KEY_BYTES]);

/* Keys from what a store holds. True: `try` said so. */
bool guess_public(const struct guess *g, guess_try *try, void *ctx);
/* Keys from `count` <= GUESS_PARTS_MAX (asserted) parts of 32 bytes of a pad: the sum of every
 * non-empty set of them, as it is and on every slot. */
bool guess_sums(const struct guess *g, const uint8_t (*parts)[32], size_t count, guess_try *try,
                void *ctx);
/* Keys from one value taken for a pad: on every slot. */
bool guess_pad(const struct guess *g, const uint8_t pad[32], guess_try *try, void *ctx);

#endif
