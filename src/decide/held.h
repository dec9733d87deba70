/* decide/held.h: which tasks the members hold, and what they closed them with: a part of a gate's
 * fold. Source  DESIGN section 5, "Counting without consensus"; docs/protocol.md 1, "Closes"
 * A release of a task for `annotate` makes it open for the asker's member; a close of a later
 * granted request ends that. A close never refuses a request: what this gate does not count as
 * open, because it was not asked for the task or has been told before, is passed over. A submission
 * whose create this gate did not log closes too (the gate may have been down), and is told apart.
 * Limits  a row of some 200 bytes for each (member, record), for ever
 * Memory  owns its rows   Threads  pure, one owner */
#ifndef DECIDE_HELD_H
#define DECIDE_HELD_H

#include "base/cur.h"
#include "decide/hash.h"
#include "request/body.h"

struct sha256;

#define HELD_PURPOSE "annotate" /* what tasks are released for that have to be handed in */

enum held_state {
    HELD_OPEN = 1,  /* a task that was released */
    HELD_SUBMITTED, /* closed with a submission that the member created here */
    HELD_UNSEEN,    /* closed with one that this gate knows nothing of */
    HELD_SKIPPED,
    HELD_CREATED,   /* a submission that has closed nothing */
    HELD_SPENT      /* one that has closed a task */
};

struct held_row {
    uint8_t key[48]; /* member 16 | record 32 */
    uint8_t project[16];
    enum held_state state;
    uint64_t since_s, closed_s; /* `created` of the requests; 0: not closed */
    uint8_t submission[32];     /* that closed it; zeroes: none */
    UT_hash_handle hh;
};

/* What a member's rows come to; no part of the state's bytes. */
struct held_member {
    uint8_t key[32]; /* project 16 | member 16 */
    uint32_t open;
    uint32_t day, skips, skips_before; /* skipped in that UTC day and in the one before */
    UT_hash_handle hh;
};

/* In the order in which they came in; zeroed at first. */
struct held {
    struct held_row *rows;
    struct held_member *members;
};
void held_release(struct held *h);

/* What a granted request of `member` changes: closes first, then what it releases or creates.
 * ERR_NOMEM: nothing is changed. */
MUST_USE enum err held_take(struct held *h, const uint8_t member[16], const struct request *q,
                            const uint8_t (*ids)[32], struct why *why);

/* NULL: that member does not hold it and never did. */
const struct held_row *held_find(const struct held *h, const uint8_t member[16],
                                 const uint8_t record[32]);
/* How many tasks are open. */
size_t held_open(const struct held *h, const uint8_t project[16], const uint8_t member[16]);

/* What a request's closes would come to: open tasks after them, and skips in the UTC day of its
 * `created`. */
struct held_after {
    uint64_t open, skips;
};
struct held_after held_after(const struct held *h, const uint8_t member[16],
                             const struct request *q);

void held_digest(const struct held *h, struct sha256 *to);
/* For the snapshot, format.md 12. */
void held_encode(const struct held *h, struct buf *out);
/* On an empty one. ERR_FORMAT, ERR_NOMEM; then it is still to be released. */
MUST_USE enum err held_decode(struct held *h, struct cur *c, struct why *why);

#endif
