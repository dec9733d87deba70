/* shares/combine.h: from the shares of a quorum to pads, and what to make of a create's quorums.
 * Source  docs/format.md 3, 6; DESIGN section 4.3
 * All shares are answers to one request. A pad shows by the commitment alone whether it is right.
 * Memory  none; pads in the caller's guarded or wiped memory   Threads  pure */
#ifndef SHARES_COMBINE_H
#define SHARES_COMBINE_H

#include "crypto/crypto.h"
#include "shares/subset.h"

enum { COMBINE_PAD_BYTES = 32 };

/* The opened plaintext of one gate's answer. */
struct combine_answer {
    unsigned gate;
    struct bytes shares;
};

/* Release: pads of `count` records, 32 bytes each, in order. `answers` holds each gate of `q`, in
 * any order; others are ignored. ERR_NO_QUORUM: a gate of q is missing; ERR_FORMAT: shares of the
 * wrong length, or a gate twice. */
MUST_USE enum err combine_release(uint8_t q, const struct combine_answer *answers,
                                  size_t answer_count, size_t count, uint8_t *pads,
                                  struct why *why);

/* The quorums of a create for `s` whose gates have all answered, ascending by byte. Given `s`
 * alone for `answered`: all of them. */
struct subset_list combine_quorums(unsigned t, uint8_t s, uint8_t answered);

/* Create: for each record one pad for each of combine_quorums(t, s, the gates that answered), in
 * that order; pads: 32 * quorums * count bytes. ERR_NO_QUORUM: fewer than t gates of s answered;
 * ERR_FORMAT as above. */
MUST_USE enum err combine_create(unsigned t, uint8_t s, const struct combine_answer *answers,
                                 size_t answer_count, size_t count, uint8_t *pads,
                                 struct why *why);

/* The distinct ones among the `quorums` <= 10 pads of one record, each one a candidate slot, in
 * order of first appearance; which[i] is the place of the first quorum that gave it. Returns how
 * many: 1 says that all agree. */
unsigned combine_distinct(const uint8_t *pads, unsigned quorums,
                          unsigned which[SUBSET_LIST_MAX]);
/* Do all quorums agree, for every record? At least two quorums, or nothing was compared: false. */
bool combine_agree(const uint8_t *pads, unsigned quorums, size_t count);

#endif
