/* record/body.h: a padded plaintext sealed in chunks of 64 KiB.
 * Source  docs/format.md 2.3; STREAM: Hoang et al., CRYPTO 2015
 * A chunk's nonce is its number and whether it is the last, so none can be moved, dropped, doubled
 * or cut off unseen; any chunk can be read alone. The body hash is the RFC 6962 root over the
 * sealed chunks. A stream is complete only after the _end call (and the zero check of the
 * plaintext, record/plaintext.h). The caller checks the commitment first: record_commit_check.
 * Limits  1 to 2^20 chunks   Memory  sealer and opener hold one key, no chunk
 * Threads  one owner each; the rest is pure */
#ifndef RECORD_BODY_H
#define RECORD_BODY_H

#include "crypto/aead.h"
#include "record/plain.h"
#include "record/record_header.h"
#include "tlog/tree.h"

enum { BODY_CHUNK_BYTES = 65536, BODY_SEALED_CHUNK_BYTES = BODY_CHUNK_BYTES + TAG_BYTES,
       BODY_CHUNKS_MAX = 1 << 20 };
#define BODY_PLAIN_MAX ((uint64_t)BODY_CHUNK_BYTES * BODY_CHUNKS_MAX)
#define BODY_SEALED_MAX ((uint64_t)BODY_SEALED_CHUNK_BYTES * BODY_CHUNKS_MAX)

/* Sealed bytes of a plaintext of 1 to BODY_PLAIN_MAX bytes (asserted). */
uint64_t body_sealed_bytes(uint64_t plain_bytes);
/* And back. ERR_CHUNK: no plaintext has that sealed length. */
MUST_USE enum err body_plain_bytes(uint64_t sealed_bytes, uint64_t *plain_bytes, struct why *why);
/* Chunks of a sealed length that body_plain_bytes allows. */
uint64_t body_chunks(uint64_t sealed_bytes);

/* --- in memory --- */

/* Appends the sealed body to `out`. ERR_CHUNK: empty or too long; ERR_NOMEM. */
MUST_USE enum err body_seal(const uint8_t content_key[KEY_BYTES], const uint8_t id[RECORD_ID_BYTES],
                            struct bytes plaintext, struct buf *out, uint8_t hash[HASH_BYTES],
                            struct why *why);
/* ERR_CHUNK: impossible length; ERR_OPEN: a chunk does not open; ERR_NOMEM. */
MUST_USE enum err body_open(const uint8_t content_key[KEY_BYTES], const uint8_t id[RECORD_ID_BYTES],
                            struct bytes sealed, struct plain *out, uint8_t hash[HASH_BYTES],
                            struct why *why);
/* The body hash without opening. ERR_CHUNK, ERR_NOMEM. */
MUST_USE enum err body_hash(struct bytes sealed, uint8_t hash[HASH_BYTES], struct why *why);
/* Chunk `index` alone, of a body of `sealed_bytes` in all; `out` has room for sealed.len - 16.
 * ERR_CHUNK: no such chunk, or it cannot have that length; ERR_OPEN. */
MUST_USE enum err body_open_chunk(const uint8_t content_key[KEY_BYTES],
                                  const uint8_t id[RECORD_ID_BYTES], uint64_t sealed_bytes,
                                  uint64_t index, struct bytes sealed, uint8_t *out,
                                  struct why *why);

/* --- chunk by chunk, in constant memory --- */

struct body_stream {
    struct aead *aead;
    struct sha256 *hasher;
    struct tlog_tree tree;
    uint8_t id[RECORD_ID_BYTES];
    uint64_t plain_bytes, done; /* of the whole body; so far */
};

struct body_sealer { struct body_stream s; };
struct body_opener { struct body_stream s; };

/* The plaintext's length is known from the start. ERR_CHUNK, ERR_NOMEM. */
MUST_USE enum err body_sealer_start(struct body_sealer *b, const uint8_t content_key[KEY_BYTES],
                                    const uint8_t id[RECORD_ID_BYTES], uint64_t plain_bytes,
                                    struct why *why);
/* `plain` is the next BODY_CHUNK_BYTES, or all that is left; `out` gets 16 bytes more and may be
 * plain's own memory. ERR_CHUNK: another length than that. */
MUST_USE enum err body_sealer_chunk(struct body_sealer *b, struct bytes plain, uint8_t *out,
                                    struct why *why);
/* ERR_CHUNK: not complete. */
MUST_USE enum err body_sealer_end(struct body_sealer *b, uint8_t hash[HASH_BYTES],
                                  struct why *why);
void body_sealer_release(struct body_sealer *b);

/* `sealed_bytes` is the whole body's length. ERR_CHUNK, ERR_NOMEM. */
MUST_USE enum err body_opener_start(struct body_opener *b, const uint8_t content_key[KEY_BYTES],
                                    const uint8_t id[RECORD_ID_BYTES], uint64_t sealed_bytes,
                                    struct why *why);
/* `sealed` is the next BODY_SEALED_CHUNK_BYTES, or all that is left; `out` gets 16 bytes less and
 * may be sealed's own memory. ERR_CHUNK: another length than that; ERR_OPEN. */
MUST_USE enum err body_opener_chunk(struct body_opener *b, struct bytes sealed, uint8_t *out,
                                    struct why *why);
/* ERR_CHUNK: not complete. */
MUST_USE enum err body_opener_end(struct body_opener *b, uint8_t hash[HASH_BYTES],
                                  struct why *why);
void body_opener_release(struct body_opener *b);

AUTO_DEFINE(body_sealer, struct body_sealer, body_sealer_release);
#define AUTO_BODY_SEALER __attribute__((cleanup(body_sealer_auto)))
AUTO_DEFINE(body_opener, struct body_opener, body_opener_release);
#define AUTO_BODY_OPENER __attribute__((cleanup(body_opener_auto)))

#endif
