/* record/record.h: a record in one call: seal a content, open a body.
 * Source  docs/format.md 2
 * Memory  what is opened is a plain and wiped; DEKs in the caller's guarded memory
 * Threads  pure. For what does not fit in memory: record/plaintext.h and record/body.h */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/body.h"
#include "record/manifest.h"
#include "record/plaintext.h"
#include "record/record_header.h"

struct record_draft {
    enum record_kind kind;
    const uint8_t *project; /* RECORD_PROJECT_BYTES */
    const uint8_t *author;  /* RECORD_KEY_BYTES, the device's public key */
    const uint8_t *hedge;   /* 32, the device's hedge secret */
    struct plaintext content;
};

struct record_sealed {
    struct record_header header;
    uint8_t id[RECORD_ID_BYTES];
    uint8_t body_hash[HASH_BYTES];
    uint64_t padded_bytes;
    struct buf body; /* sealed */
};

/* `random` is 32 fresh random bytes; `dek` is the caller's guarded memory. ERR_FORMAT: kind, type,
 * name or encoding; ERR_CHUNK: too long; ERR_NOMEM. */
MUST_USE enum err record_seal(const struct record_draft *d, const uint8_t random[32],
                              uint8_t dek[KEY_BYTES], struct record_sealed *out, struct why *why);
void record_sealed_release(struct record_sealed *s);

/* The row of a sealed record; `parents` are `parent_count` <= 3 ids in format.md 2.5's order. */
struct manifest_row record_row(const struct record_sealed *s,
                               const uint8_t (*parents)[RECORD_ID_BYTES], size_t parent_count);

struct record_opened {
    struct bytes type, name, bytes; /* borrowed from the plains below; bytes are unpacked */
    uint8_t body_hash[HASH_BYTES];
    uint64_t padded_bytes;
    struct plain padded, unpacked;
};

/* Commitment, every chunk, padding, encoding. ERR_PAD, ERR_CHUNK, ERR_OPEN, ERR_PADDING,
 * ERR_FORMAT, ERR_LIMIT, ERR_NOMEM. The caller compares hash and length with the manifest's row
 * (manifest_row_check). */
MUST_USE enum err record_open(const struct record_header *h, const uint8_t dek[KEY_BYTES],
                              struct bytes body, struct record_opened *out, struct why *why);
void record_opened_release(struct record_opened *o); /* wipes */

AUTO_DEFINE(record_sealed, struct record_sealed, record_sealed_release);
#define AUTO_RECORD_SEALED __attribute__((cleanup(record_sealed_auto)))
AUTO_DEFINE(record_opened, struct record_opened, record_opened_release);
#define AUTO_RECORD_OPENED __attribute__((cleanup(record_opened_auto)))

#endif
