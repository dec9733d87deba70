/* decide/redecide.h: was every release of a log allowed by the statements then in force?
 * Source  DESIGN section 3; docs/format.md 7
 * Replays a gate's log: each statement has to pass the checks it had to pass then, and each
 * release is decided again, after the device's signature over the logged request. Whether the
 * entries are that log's is the caller's to know (checkpoint and tree).
 * Memory  owns its state   Threads  pure, one owner */
#ifndef DECIDE_REDECIDE_H
#define DECIDE_REDECIDE_H

#include "decide/gate_state.h"
#include "tlog/entry.h"

struct redecide;

/* The log of gate `gate` of this owner. */
MUST_USE enum err redecide_new(const uint8_t owner[32], unsigned gate, struct redecide **out,
                               struct why *why);
void redecide_free(struct redecide *d);

/* The next entry, from index 0 on without a hole; `object` is the request of a release whose entry
 * names an object, else empty. An error names the entry and is a finding against the gate, besides
 * ERR_NOMEM: ERR_FORMAT (order, not this gate's, no parsable request), ERR_NOT_FOUND (the object
 * is not given), ERR_UNKNOWN_OWNER (entry 0 is not the owner's root), ERR_SIGNATURE (the device
 * did not ask this), ERR_ANSWER (r, act, epoch or rule is not what the request gives), the
 * refusal's code where the request had to be refused, the code of a statement that had to be
 * refused, ERR_PROOF (check values differ). A release counts in the state all the same, so that
 * the replay can go on behind a finding. */
MUST_USE enum err redecide_entry(struct redecide *d, uint64_t index, const struct entry *entry,
                                 const struct entry_body *body, struct bytes object,
                                 struct why *why);

/* NULL before entry 0. */
const struct gate_state *redecide_state(const struct redecide *d);
uint64_t redecide_releases(const struct redecide *d); /* those that were found to be right */

static inline void redecide_auto(struct redecide **d)
{
    redecide_free(*d);
}
#define AUTO_REDECIDE __attribute__((cleanup(redecide_auto)))

#endif
