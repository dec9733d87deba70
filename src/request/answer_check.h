/* request/answer_check.h: a client's checks of one gate's answer, in the order of docs/format.md 6.
 * Source  docs/format.md 6, 8
 * Nothing in an answer is believed before its check has passed; the rule, reason and obligations of
 * the entry only under the proof. That the shares of a quorum give the record's key is the
 * commitment's to say (record/).
 * Memory  the result borrows the answer's bytes, shares go to the caller's memory
 * Threads  pure */
#ifndef REQUEST_ANSWER_CHECK_H
#define REQUEST_ANSWER_CHECK_H

#include "request/answer.h"
#include "request/entry_body.h"

enum { ANSWER_SHARE_BYTES = 32 };

/* What the client knows by itself. */
struct answer_expected {
    uint8_t gate;
    const uint8_t *gate_key; /* 32 bytes, of its own epoch statement */
    const char *origin;      /* of that gate's log */
    uint64_t kept_size;      /* of the last checkpoint that it kept of that log; 0: none */
    const uint8_t *kept_root; /* not read if kept_size is 0 */
    const uint8_t *r;        /* 32 bytes */
    uint8_t act;             /* what was asked, by whom, for which purpose: */
    const uint8_t *device;   /* 32 bytes */
    const uint8_t *request_hash; /* HASH of the body, 32 bytes */
    const char *purpose;
    const uint8_t *epoch_id; /* 32 bytes */
    const uint8_t *ephemeral_secret; /* X25519 */
    size_t share_count; /* how many shares that gate owes */
};

struct answer_checked {
    uint64_t size; /* of the new checkpoint: keep it, and answer.checkpoint */
    uint8_t root[32];
    uint64_t time_ms; /* of the entry */
    struct entry_body_release release;
};

/* `shares`: share_count * ANSWER_SHARE_BYTES, wiped when the check fails.
 * ERR_CHECKPOINT, ERR_ROLLBACK, ERR_PROOF, ERR_ANSWER, ERR_FORMAT (another number of
 * shares; an entry that is in the log but has no valid layout), ERR_OPEN. */
MUST_USE enum err answer_check(const struct answer *a, const struct answer_expected *x,
                               uint8_t *shares, struct answer_checked *out, struct why *why);

#endif
