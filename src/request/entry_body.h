/* request/entry_body.h: what the entries of a gate's log say, behind their common header.
 * Source  docs/format.md 7; the header (salt, time, type, rules) is tlog/entry.h
 * Limits  a body has at most ENTRY_BODY_MAX = 65,507 bytes   Memory  parsed bodies borrow
 * Threads  pure */
#ifndef REQUEST_ENTRY_BODY_H
#define REQUEST_ENTRY_BODY_H

#include "base/bytes.h"
#include "base/why.h"
#include "crypto/sign.h"
#include "tlog/entry.h"

enum { ENTRY_BODY_ENVELOPE_MAX = 65000, ENTRY_BODY_RULE_MAX = 64,
       ENTRY_BODY_REASON_MAX = 16, ENTRY_BODY_OBLIGATIONS_MAX = 255,
       ENTRY_BODY_REQUEST_MAX = 60000, ENTRY_BODY_CHECK_BYTES = 33 };

enum entry_body_type {
    ENTRY_BODY_STATEMENT = 1, ENTRY_BODY_RELEASE, ENTRY_BODY_REFUSALS, ENTRY_BODY_CHECK,
    ENTRY_BODY_READY
};

struct entry_body_release {
    uint8_t gate, act;
    uint8_t epoch_id[32], r[32], device[32];
    uint8_t signature[SIGNATURE_BYTES];
    uint8_t answer_hash[32];
    char rule[ENTRY_BODY_RULE_MAX + 1];     /* "annotate#1" */
    char reason[ENTRY_BODY_REASON_MAX + 1]; /* "OK" */
    char obligations[ENTRY_BODY_OBLIGATIONS_MAX + 1]; /* UTF-8 without control characters */
    uint8_t request_hash[32];
    struct bytes request; /* empty: it is the object `request_hash` beside the log */
};

struct entry_body_refusals {
    uint8_t device[32];
    uint64_t minute; /* ms / 60,000 */
    uint32_t count;
    char reason[ENTRY_BODY_REASON_MAX + 1]; /* the first one's code, and its r */
    uint8_t r[32];
};

struct entry_body_check {
    uint8_t gate;
    uint8_t epoch_id[32];
    struct bytes rows; /* A 1 | check 32, ascending by A */
};

struct entry_body_ready {
    uint8_t gate;
    uint8_t epoch_id[32];
};

struct entry_body {
    enum entry_body_type type;
    union {
        struct bytes statement; /* an envelope */
        struct entry_body_release release;
        struct entry_body_refusals refusals;
        struct entry_body_check check;
        struct entry_body_ready ready;
    } u;
};

/* ERR_FORMAT. Envelope, request and signature are not looked into, but an inline request must have
 * the hash that the entry names. */
MUST_USE enum err entry_body_parse(uint16_t type, struct bytes body, struct entry_body *out,
                                   struct why *why);
/* Appends, after the same checks. */
MUST_USE enum err entry_body_write(const struct entry_body *b, struct buf *out, struct why *why);

#endif
