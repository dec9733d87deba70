/* request/heads.h: how far each device's chain reaches, said by one gate under its log key.
 * Source  docs/format.md 11   Limits  161,319 rows
 * Memory  a parsed reply borrows   Threads  pure */
#ifndef REQUEST_HEADS_H
#define REQUEST_HEADS_H

#include "base/bytes.h"
#include "base/why.h"
#include "crypto/sign.h"

enum { HEADS_QUESTION_BYTES = 56, HEADS_ROW_BYTES = 104, HEADS_ROWS_BYTES_MAX = (1 << 24) - 1,
       HEADS_NONCE_BYTES = 32,
       HEADS_REPLY_BYTES_MAX = 8 + 32 + 8 + 3 + HEADS_ROWS_BYTES_MAX + SIGNATURE_BYTES };

struct heads_question {
    uint8_t project[16];
    uint8_t nonce[HEADS_NONCE_BYTES]; /* random: a reply is to this question only */
};

void heads_question_write(const struct heads_question *q, uint8_t out[HEADS_QUESTION_BYTES]);
/* ERR_FORMAT, ERR_VERSION. */
MUST_USE enum err heads_question_parse(struct bytes text, struct heads_question *out,
                                       struct why *why);
void heads_question_hash(uint8_t out[32], const struct heads_question *q);

struct heads_row {
    uint8_t issuer[32];
    uint64_t number;
    uint8_t statement[32];
    uint8_t manifest[32]; /* the newest manifest statement's id, zeroes if none */
};

struct heads_reply {
    uint8_t gate;
    uint8_t question[32]; /* HASH(question) */
    uint64_t log_size;
    struct bytes rows; /* HEADS_ROW_BYTES each, ascending by issuer */
    struct bytes signed_part;
    uint8_t signature[SIGNATURE_BYTES];
};

void heads_row_write(const struct heads_row *row, struct buf *rows);
size_t heads_row_count(const struct heads_reply *r);
struct heads_row heads_row(const struct heads_reply *r, size_t i);
/* By bisection; false: the device wrote nothing for the project. */
bool heads_row_find(const struct heads_reply *r, const uint8_t issuer[32], struct heads_row *out);

/* Appends and signs with the gate's log key. `rows` as heads_row_write made them. ERR_FORMAT: rows
 * that are not ascending or too many. */
MUST_USE enum err heads_reply_write(uint8_t gate, const uint8_t question[32], uint64_t log_size,
                                    struct bytes rows, const uint8_t secret_key[SIGN_SECRET_BYTES],
                                    struct buf *out, struct why *why);
/* Layout only. ERR_FORMAT, ERR_VERSION. */
MUST_USE enum err heads_reply_parse(struct bytes text, struct heads_reply *out, struct why *why);
/* That gate's, to that question? ERR_SIGNATURE; ERR_ANSWER: another gate or question. */
MUST_USE enum err heads_reply_verify(const struct heads_reply *r, uint8_t gate,
                                     const uint8_t question[32],
                                     const uint8_t gate_key[SIGN_KEY_BYTES], struct why *why);

#endif
