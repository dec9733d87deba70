/* shares/share.h: what one gate answers to one request.
 * Source  docs/format.md 3, 6
 * A share is the XOR of the partials that the quorum assigns to this gate and of its masks, which
 * cancel in the XOR of all t shares of the same request and nowhere else.
 * Limits  1 to 65,536 records of one project   Memory  a worker keeps HMACs for the last
 * SHARE_KEPT pairs of project and kind, and 32 bytes a record while it works, wiped afterwards
 * Threads  a worker has one owner: give each thread its own; all may share one gate_keys, which
 * must outlive them */
#ifndef SHARES_SHARE_H
#define SHARES_SHARE_H

#include "shares/key.h"

enum { SHARE_BYTES = 32, SHARE_RECORDS_MAX = 65536, SHARE_KEPT = 64 };

struct share_worker;

struct share_record {
    uint8_t kind;
    uint8_t id[32];
};

/* `keys` are complete (asserted). NULL without memory. */
struct share_worker *share_worker_new(const struct gate_keys *keys);
void share_worker_free(struct share_worker *w);

/* Shares of one record in a create for `s`: one for each t-subset of s that holds the gate. */
unsigned share_create_count(unsigned t, uint8_t s, unsigned gate);

/* `out`: SHARE_BYTES for each record, in order. The shares are secret until they are sealed.
 * ERR_REQUEST_GATES: q is no quorum with this gate; ERR_LIMIT: no record or too many; ERR_FORMAT:
 * an unknown kind; ERR_NOMEM. */
MUST_USE enum err share_release(struct share_worker *w, const uint8_t r[32], uint8_t q,
                                const uint8_t project[16], const struct share_record *records,
                                size_t count, uint8_t *out, struct why *why);
/* `out`: SHARE_BYTES * share_create_count for each record, in order; within a record by ascending
 * byte of the t-subset. Errors as above. */
MUST_USE enum err share_create(struct share_worker *w, const uint8_t r[32], uint8_t s,
                               const uint8_t project[16], const struct share_record *records,
                               size_t count, uint8_t *out, struct why *why);

static inline void share_worker_auto(struct share_worker **w)
{
    share_worker_free(*w);
}
#define AUTO_SHARE_WORKER __attribute__((cleanup(share_worker_auto)))

#endif
