/* request/answer.h: what a gate sends back: its log entry, sealed shares, and the proofs.
 * Source  docs/format.md 6   Memory  a parsed answer borrows   Threads  pure
 * The client's checks are answer_check.h. */
#ifndef REQUEST_ANSWER_H
#define REQUEST_ANSWER_H

#include "base/bytes.h"
#include "base/why.h"

enum { ANSWER_ENC_BYTES = 32, ANSWER_CIPHERTEXT_MIN = 16, ANSWER_CIPHERTEXT_MAX = (1 << 24) - 1,
       ANSWER_PROOF_MAX = 2048, ANSWER_INFO_BYTES = 11 + 32 + 32 + 1,
       ANSWER_BYTES_MAX = 8 + 2 + 65535 + 32 + 3 + ANSWER_CIPHERTEXT_MAX + 8 + 2 +
                          ANSWER_PROOF_MAX + 2 + 65535 + 2 + ANSWER_PROOF_MAX };

struct answer {
    uint8_t gate; /* 1 to 8 */
    struct bytes entry;
    uint8_t enc[ANSWER_ENC_BYTES];
    struct bytes ciphertext;
    uint64_t index;
    struct bytes inclusion; /* 32 bytes each */
    struct bytes checkpoint;
    struct bytes consistency; /* 32 bytes each */
};

/* ERR_FORMAT, ERR_VERSION. */
MUST_USE enum err answer_parse(struct bytes text, struct answer *out, struct why *why);
/* Appends. ERR_FORMAT: a part is longer than its vector, or shorter. */
MUST_USE enum err answer_write(const struct answer *a, struct buf *out, struct why *why);

/* HPKE's info: "cfd1 answer" ‖ r ‖ epoch id ‖ gate */
void answer_info(uint8_t info[ANSWER_INFO_BYTES], const uint8_t r[32], const uint8_t epoch_id[32],
                 uint8_t gate);
/* HASH(enc ‖ ciphertext): what the gate's entry holds. */
void answer_hash(uint8_t out[32], const uint8_t enc[ANSWER_ENC_BYTES], struct bytes ciphertext);

#endif
