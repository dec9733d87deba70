/* decide/snapshot.h: a gate's mind as bytes, so that a restart need not replay the whole log.
 * Source  DESIGN section 3; docs/format.md 12
 * The log is the state; a snapshot only spares time. It names the gate, its incarnation, the owner,
 * the size and root of the log that it was taken at, and stands under an HMAC of the gate's own
 * key: whatever is torn, damaged, forged or of another gate is refused, and the log is replayed.
 * A state has one form: what snapshot_fold takes, snapshot_state writes back byte for byte.
 * Limits  a mark of SNAPSHOT_MARK_MAX bytes, SNAPSHOT_BYTES_MAX in all
 * Memory  a parsed snapshot borrows; a fold is the caller's   Threads  pure */
#ifndef DECIDE_SNAPSHOT_H
#define DECIDE_SNAPSHOT_H

#include "decide/gate_state.h"

enum { SNAPSHOT_KEY_BYTES = 32, SNAPSHOT_HEAD_BYTES = 96, SNAPSHOT_CHECK_BYTES = 32,
       SNAPSHOT_MARK_MAX = 1 << 25, SNAPSHOT_BYTES_MAX = 1 << 30 };

struct snapshot {
    uint8_t gate;
    uint32_t incarnation;
    uint8_t owner[32];
    uint64_t size;      /* of the log */
    uint8_t root[32];   /* of the log at that size */
    struct bytes state; /* snapshot_state */
    struct bytes mark;  /* where the log goes on: the log's own bytes */
};

/* The fold as bytes. The buf has failed when there was no memory or room. What is not in the log is
 * not part of it: refusals that are not written yet, and what other gates' logs say. */
void snapshot_state(const struct gate_state *g, struct buf *out);
/* Back again, as gate `number` of that owner. ERR_FORMAT: it is no state, or another owner's;
 * ERR_POLICY, ERR_NOMEM. */
MUST_USE enum err snapshot_fold(struct bytes state, const uint8_t owner[32], unsigned number,
                                struct gate_state **out, struct why *why);

/* The key under which a gate's snapshots stand. */
void snapshot_key(uint8_t out[SNAPSHOT_KEY_BYTES], const uint8_t seed[32]);
/* Written in place, as a state may be large and its parts come from different hands: first
 * SNAPSHOT_HEAD_BYTES zeroes, then state and mark, at the end snapshot_end, which takes their
 * lengths from `s` (asserted) and fills in the head. ERR_LIMIT: too long. ERR_NOMEM. */
MUST_USE enum err snapshot_end(struct buf *out, const struct snapshot *s,
                               const uint8_t key[SNAPSHOT_KEY_BYTES], struct why *why);
/* ERR_VERSION, ERR_FORMAT; ERR_OPEN: torn, damaged, or another gate's. */
MUST_USE enum err snapshot_parse(struct bytes in, const uint8_t key[SNAPSHOT_KEY_BYTES],
                                 struct snapshot *out, struct why *why);

#endif
