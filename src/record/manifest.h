/* record/manifest.h: the list of the records that a device wrote, and its root.
 * Source  docs/format.md 2.5
 * Limits  1 to 65,536 rows of 169 bytes
 * Memory  a manifest borrows the object and owns an index of 4 bytes a row
 * Threads  pure; a parsed manifest is read-only */
#ifndef RECORD_MANIFEST_H
#define RECORD_MANIFEST_H

#include "record/record_header.h"

enum { MANIFEST_ROW_BYTES = 169, MANIFEST_ROWS_MAX = 65536, MANIFEST_PARENTS = 3,
       MANIFEST_BYTES_MAX = MANIFEST_ROW_BYTES * MANIFEST_ROWS_MAX };

struct manifest_row {
    uint8_t id[RECORD_ID_BYTES];
    enum record_kind kind;
    unsigned parent_count; /* those present; the others are zeroes */
    uint8_t parents[MANIFEST_PARENTS][RECORD_ID_BYTES];
    uint64_t padded_bytes;
    uint8_t body_hash[HASH_BYTES];
};

/* Kind known, at most three parents, none of them all zero (asserted). */
void manifest_row_write(const struct manifest_row *row, uint8_t out[MANIFEST_ROW_BYTES]);

/* The object's name. ERR_FORMAT: no whole number of rows from 1 to 65,536. */
MUST_USE enum err manifest_root(struct bytes object, uint8_t root[HASH_BYTES], struct why *why);

struct manifest {
    struct bytes object; /* borrowed */
    size_t count;
    uint32_t *by_id; /* the rows' places, ascending by id */
};

/* ERR_FORMAT: size; ERR_MANIFEST: kind, an id twice, an absent parent before a present one, or
 * another root; ERR_NOMEM. */
MUST_USE enum err manifest_parse(struct bytes object, const uint8_t root[HASH_BYTES],
                                 struct manifest *out, struct why *why);
void manifest_release(struct manifest *m);

struct manifest_row manifest_row(const struct manifest *m, size_t i); /* asserts i < count */
/* False: not in this manifest. */
bool manifest_find(const struct manifest *m, const uint8_t id[RECORD_ID_BYTES], size_t *i);

/* Is the record that was read the one that the row lists? ERR_MANIFEST names what differs. */
MUST_USE enum err manifest_row_check(const struct manifest_row *row, const struct record_header *h,
                                     uint64_t padded_bytes, const uint8_t body_hash[HASH_BYTES],
                                     struct why *why);

AUTO_DEFINE(manifest, struct manifest, manifest_release);
#define AUTO_MANIFEST __attribute__((cleanup(manifest_auto)))

#endif
