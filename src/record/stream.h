/* record/stream.h: a record that does not fit in memory, sealed and opened chunk by chunk.
 * Source  docs/format.md 2: a stream's DEK has 32 zeroes in place of the plaintext's hash
 * What is opened is believed only after the _end call: until then it may be the beginning of a body
 * that was cut. A content that is packed (zstd) is not for streams: ERR_UNSUPPORTED.
 * Limits  as record/body.h   Memory  no chunk   Threads  one owner each */
#ifndef RECORD_STREAM_H
#define RECORD_STREAM_H

#include "record/record.h"

enum { RECORD_STREAM_FROM = 4 << 20 }; /* a longer content is sealed as a stream by our client */

/* Fills `out` with the content's bytes from `at` on, exactly `len` of them. */
typedef enum err record_fill_fn(void *ctx, uint64_t at, uint8_t *out, size_t len, struct why *why);

struct record_sealing {
    struct record_header header;
    uint8_t id[RECORD_ID_BYTES];
    uint64_t padded_bytes;
    struct body_sealer sealer;
    uint64_t length; /* of the content */
    size_t front_len;
    uint8_t front[PLAINTEXT_FRONT_MAX];
};

/* The draft's content has `length` bytes, whatever its `bytes` say. `digest` is the hash of the
 * padded plaintext, NULL: not known (a stream). `random` and `dek` as in record_seal; so are the
 * errors. Nothing is sealed twice under one DEK: what may have changed needs a new start. */
MUST_USE enum err record_sealing_start(struct record_sealing *s, const struct record_draft *d,
                                       uint64_t length, const uint8_t *digest,
                                       const uint8_t random[32], uint8_t dek[KEY_BYTES],
                                       struct why *why);
/* The next sealed chunk, of *len bytes; 0: there was none left. `out` has room for
 * BODY_SEALED_CHUNK_BYTES, or for what is left of the body. Errors are `fill`'s; then `out` is
 * wiped. */
MUST_USE enum err record_sealing_chunk(struct record_sealing *s, record_fill_fn *fill, void *ctx,
                                       uint8_t *out, size_t *len, struct why *why);
/* ERR_CHUNK: not complete. */
MUST_USE enum err record_sealing_end(struct record_sealing *s, uint8_t hash[HASH_BYTES],
                                     struct why *why);
void record_sealing_release(struct record_sealing *s);

struct record_opening {
    struct body_opener opener;
    bool begun;      /* the fields below are known */
    uint64_t length; /* of the content */
    size_t front_len, type_len;
    uint8_t type[PLAINTEXT_TYPE_MAX];
};

/* Checks the commitment. ERR_PAD, ERR_CHUNK, ERR_NOMEM. */
MUST_USE enum err record_opening_start(struct record_opening *o, const struct record_header *h,
                                       const uint8_t dek[KEY_BYTES], uint64_t sealed_bytes,
                                       struct why *why);
/* `sealed` is the next chunk, as in body_opener_chunk; *content is what it holds of the content,
 * inside `out`. ERR_CHUNK, ERR_OPEN, ERR_FORMAT, ERR_PADDING, ERR_UNSUPPORTED. */
MUST_USE enum err record_opening_chunk(struct record_opening *o, struct bytes sealed, uint8_t *out,
                                       struct bytes *content, struct why *why);
/* ERR_CHUNK: not complete. The caller compares hash and length with the manifest's row. */
MUST_USE enum err record_opening_end(struct record_opening *o, uint8_t hash[HASH_BYTES],
                                     struct why *why);
void record_opening_release(struct record_opening *o);

AUTO_DEFINE(record_sealing, struct record_sealing, record_sealing_release);
#define AUTO_RECORD_SEALING __attribute__((cleanup(record_sealing_auto)))
AUTO_DEFINE(record_opening, struct record_opening, record_opening_release);
#define AUTO_RECORD_OPENING __attribute__((cleanup(record_opening_auto)))

#endif
