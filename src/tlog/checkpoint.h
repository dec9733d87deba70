/* tlog/checkpoint.h: what a log says of itself: origin, size and root, in a signed note.
 * Source  C2SP tlog-checkpoint without extension lines: three lines, an empty one, signatures
 * Limits  sizes are at most TLOG_SIZE_MAX    Memory  borrows; writers append to the caller's buffer
 * Threads  pure                              The key's name is the origin. */
#ifndef TLOG_CHECKPOINT_H
#define TLOG_CHECKPOINT_H

#include "tlog/note.h"
#include "tlog/tree.h"

enum { CHECKPOINT_ORIGIN_MAX = 100 }; /* with the zero at the end */

struct checkpoint {
    uint64_t size;
    uint8_t root[TLOG_HASH_BYTES];
};

/* "cofferdam/OWNER/gate-N/INCARNATION": owner in hex, the gate 1..8, incarnations from 1. */
void checkpoint_origin(char out[CHECKPOINT_ORIGIN_MAX], const uint8_t owner[32], unsigned gate,
                       uint32_t incarnation);

/* Appends the signed note. ERR_LIMIT: `out` has no room. */
MUST_USE enum err checkpoint_sign(struct buf *out, const struct checkpoint *c,
                                  const struct note_key *k,
                                  const uint8_t secret_key[SIGN_SECRET_BYTES], struct why *why);

/* Checks that `note` is a checkpoint of the log whose origin is k's name, signed by k.
 * ERR_CHECKPOINT: origin, form or signature is wrong. */
MUST_USE enum err checkpoint_open(struct checkpoint *out, struct bytes note,
                                  const struct note_key *k, struct why *why);

#endif
