/* record/pack.h: many records in one blob, as they are uploaded.
 * Source  docs/format.md 2.7
 * A pack is its front (12 bytes and a row for each record) and the sealed bodies behind it, in the
 * same order. Only the front is parsed, so that a store can keep the rest on disk; bodies are not
 * opened. Its name is HASH of the whole.
 * Limits  1 to 65,536 records   Memory  a pack borrows the front and owns 8 bytes a record for the
 * places   Threads  pure; a parsed pack is read-only */
#ifndef RECORD_PACK_H
#define RECORD_PACK_H

#include "record/record_header.h"

enum { PACK_START_BYTES = 12, PACK_ROW_BYTES = RECORD_HEADER_BYTES + 8, PACK_RECORDS_MAX = 65536,
       PACK_FRONT_MAX = PACK_START_BYTES + PACK_ROW_BYTES * PACK_RECORDS_MAX };

struct pack_item {
    const uint8_t *header; /* RECORD_HEADER_BYTES */
    uint64_t sealed_bytes;
};

/* Appends the front; the bodies follow. ERR_FORMAT: no record, too many, a bad header, a length
 * that no body has, a record twice; ERR_NOMEM. */
MUST_USE enum err pack_front(const struct pack_item *items, size_t count, struct buf *out,
                             struct why *why);
/* How long the front is, from its first PACK_START_BYTES. ERR_FORMAT, ERR_VERSION. */
MUST_USE enum err pack_front_bytes(struct bytes start, size_t *front_bytes, struct why *why);

struct pack {
    struct bytes front; /* borrowed */
    size_t count;
    uint64_t *places; /* where each body begins, and where the last one ends */
};

/* `front` is the blob's beginning, at least pack_front_bytes (or the whole blob); `total` the
 * blob's length. ERR_FORMAT, ERR_VERSION, ERR_NOMEM. */
MUST_USE enum err pack_parse(struct bytes front, uint64_t total, struct pack *out,
                             struct why *why);
void pack_release(struct pack *p);

struct pack_place {
    struct record_header header;
    uint64_t offset, sealed_bytes; /* of the body, in the blob */
};
struct pack_place pack_at(const struct pack *p, size_t i); /* asserts i < count */

AUTO_DEFINE(pack, struct pack, pack_release);
#define AUTO_PACK __attribute__((cleanup(pack_auto)))

#endif
