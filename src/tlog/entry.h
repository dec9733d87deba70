/* tlog/entry.h: one entry of a gate's log, around a body that floor 3 defines.
 * Source  docs/format.md, log entries: salt 16 | time ms 8 | type 2 | rules 2 | body
 * Limits  ENTRY_BYTES_MAX bytes in all    Memory  borrows; encoding appends to the caller's buffer
 * Threads  pure                           The leaf hash is tlog_leaf_hash over the whole entry. */
#ifndef TLOG_ENTRY_H
#define TLOG_ENTRY_H

#include "base/bytes.h"
#include "base/why.h"

enum {
    ENTRY_SALT_BYTES = 16,
    ENTRY_HEADER_BYTES = 28,
    ENTRY_BYTES_MAX = 65535,
    ENTRY_BODY_MAX = ENTRY_BYTES_MAX - ENTRY_HEADER_BYTES,
    ENTRY_RULES = 1, /* the version of the rules that this program knows */
};

struct entry {
    uint8_t salt[ENTRY_SALT_BYTES]; /* random, so that nobody guesses an entry from its hash */
    uint64_t time_ms;
    uint16_t type, rules;
    struct bytes body; /* borrowed */
};

/* Appends the entry to `out`. ERR_LIMIT: the body is too long, or `out` has no room.
 * ERR_VERSION: rules are not ENTRY_RULES. `out` is as it was when it fails. */
MUST_USE enum err entry_encode(struct buf *out, const struct entry *e, struct why *why);

/* `out->body` points into `in`. ERR_FORMAT: too short or too long. ERR_VERSION: other rules. */
MUST_USE enum err entry_parse(struct entry *out, struct bytes in, struct why *why);

#endif
