/* sys/log_batch.h: the bytes of a segment: its header and the batches behind it.
 * Source  this header is the layout; big-endian
 * Memory  borrows   Threads  pure
 *
 *   segment = magic "cfds" | version 1 | zero 3 | number 8 | bytes 8 | nonce 32 | check 32, zeroes
 *             to LOG_SECTOR; then batches, then zeroes. check = SHA-256 of what is before it.
 *   batch   = magic "cfdb" | version 1 | zero 3 | index of the first entry 8 | count 4
 *             | bytes of the frames 4 | check 32 | frames, zeroes to a multiple of LOG_SECTOR
 *   frame   = length 4 | entry
 *   check   = SHA-256(nonce ‖ the 24 bytes before it ‖ the leaf hashes of the entries)
 *
 * A batch begins on a sector, so that writing it never touches what is durable already. The check
 * goes over leaf hashes, which the tree needs anyway, so no byte is hashed twice; each frame's
 * length is bound by them, as a shifted boundary changes a leaf. The nonce is random and never
 * leaves the machine, so nobody can send an entry that looks like a batch to the search behind a
 * torn one. */
#ifndef SYS_LOG_BATCH_H
#define SYS_LOG_BATCH_H

#include "base/bytes.h"
#include "tlog/tree.h"

enum {
    LOG_SECTOR = 512,
    LOG_NONCE_BYTES = 32,
    LOG_BATCH_HEADER_BYTES = 56,
    LOG_FRAME_BYTES = 4, /* before each entry */
    LOG_SEGMENT_HEADER_BYTES = 88,
};

struct log_segment_header {
    uint64_t number, bytes;
    uint8_t nonce[LOG_NONCE_BYTES];
};

void log_segment_header_write(uint8_t out[LOG_SECTOR], const struct log_segment_header *h);
MUST_USE bool log_segment_header_read(struct log_segment_header *out,
                                      const uint8_t in[LOG_SECTOR]);

struct log_batch {
    uint64_t first;
    uint32_t count;
    size_t bytes;        /* on disk, a multiple of LOG_SECTOR */
    struct bytes frames; /* read them with log_batch_next */
};

/* The bytes that a batch takes on disk. */
size_t log_batch_bytes(size_t frame_bytes);

/* Writes header, frames and padding to `out`, which has room for log_batch_bytes, and the leaf
 * hashes of the entries to `leaves`. */
void log_batch_write(uint8_t *out, const uint8_t nonce[LOG_NONCE_BYTES], uint64_t first,
                     const struct bytes *entries, size_t count, uint8_t *leaves,
                     struct sha256 *hasher);

/* Is there a valid batch of at most `count_max` entries at the beginning of `in`? Then `leaves`,
 * which has room for count_max hashes, holds those of its entries. */
MUST_USE bool log_batch_read(struct log_batch *out, struct bytes in,
                             const uint8_t nonce[LOG_NONCE_BYTES], size_t count_max,
                             uint8_t *leaves, struct sha256 *hasher);

/* The next entry of a batch that log_batch_read found valid. */
struct bytes log_batch_next(struct bytes *frames);

#endif
