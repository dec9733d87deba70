/* record/record_header.h: the 96 bytes that name a record, and what is derived from its DEK.
 * Source  docs/format.md 2.1, 2.6
 * The id is the hash of the header, so project, kind and author cannot be changed; the commitment
 * ties one DEK to it, so that one ciphertext opens under one key only. Check it before decrypting.
 * Memory  none allocated; keys live in the caller's guarded memory   Threads  pure */
#ifndef RECORD_RECORD_HEADER_H
#define RECORD_RECORD_HEADER_H

#include "crypto/crypto.h"

enum { RECORD_HEADER_BYTES = 96, RECORD_ID_BYTES = 32, RECORD_PROJECT_BYTES = 16,
       RECORD_KEY_BYTES = 32, RECORD_SALT_BYTES = 64 };

/* Append-only: a number is never given twice. 9 to 17 are reserved and refused as unknown. */
enum record_kind { RECORD_GUIDE = 1, RECORD_TASK, RECORD_RUBRIC, RECORD_GOLD, RECORD_SUBMISSION,
                   RECORD_REVIEW, RECORD_MESSAGE, RECORD_FILE, RECORD_KIND_END };

/* Where these stand in a header, for whoever has many whose form was checked. */
enum { RECORD_KIND_AT = 6, RECORD_AUTHOR_AT = 24, RECORD_COMMITMENT_AT = 64 };

struct record_header {
    uint8_t raw[RECORD_HEADER_BYTES]; /* exactly what is hashed; the fields below say the same */
    enum record_kind kind;
    uint8_t project[RECORD_PROJECT_BYTES];
    uint8_t author[RECORD_KEY_BYTES]; /* the author's device key */
    uint8_t commitment[HASH_BYTES];
};

bool record_kind_known(unsigned kind);
/* "task"; "?" for a number that is no kind. */
const char *record_kind_name(unsigned kind);
/* By its word. ERR_UNSUPPORTED: reserved; ERR_FORMAT: no such kind. */
MUST_USE enum err record_kind_parse(struct bytes word, enum record_kind *out, struct why *why);

/* HMAC(random, "cfd1 dek" ‖ hedge ‖ HASH(padded plaintext)). `plaintext_hash` NULL: a stream, whose
 * content is not known before its first chunk. A random generator that repeats itself still gives
 * different DEKs for different contents and devices. */
void record_dek(uint8_t dek[KEY_BYTES], const uint8_t random[32], const uint8_t hedge[32],
                const uint8_t *plaintext_hash);

/* `kind` is known (asserted). */
void record_header_make(struct record_header *out, enum record_kind kind,
                        const uint8_t project[RECORD_PROJECT_BYTES],
                        const uint8_t author[RECORD_KEY_BYTES], const uint8_t dek[KEY_BYTES]);

/* ERR_FORMAT: not 96 bytes, magic, kind, chunk size, zeroes; ERR_VERSION: version or suite. */
MUST_USE enum err record_header_parse(struct bytes in, struct record_header *out, struct why *why);

void record_id(uint8_t id[RECORD_ID_BYTES], const uint8_t header[RECORD_HEADER_BYTES]);
/* Of `count` headers that lie one behind the other. */
void record_ids(uint8_t (*ids)[RECORD_ID_BYTES], const uint8_t *headers, size_t count);
/* ERR_RECORD_ID: the header is another record's. */
MUST_USE enum err record_id_check(const struct record_header *h, const uint8_t id[RECORD_ID_BYTES],
                                  struct why *why);

/* Is `dek` the one that the header commits to? In constant time. ERR_PAD. */
MUST_USE enum err record_commit_check(const struct record_header *h, const uint8_t dek[KEY_BYTES],
                                      struct why *why);

/* The AES key of the body, to guarded memory. */
void record_content_key(uint8_t key[KEY_BYTES], const struct record_header *h,
                        const uint8_t dek[KEY_BYTES]);

#endif
