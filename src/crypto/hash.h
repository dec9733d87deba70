/* crypto/hash.h: SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869), all over SHA-256.
 * An input is given in parts, so that callers need not copy. Hashes are libcrypto's; a one-shot
 * HMAC is libsodium's, on the stack: keep a `struct hmac` for a key that is used again.
 * Memory  a context owns libcrypto's, wiped when freed. One-shots cannot fail: without memory a
 * hash falls back on libsodium's, which needs none   Threads  one owner each; one-shots are pure */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "crypto/crypto.h"

/* One-shot over the concatenation of `count` parts. Cannot fail after crypto_init. */
void sha256_parts(uint8_t out[HASH_BYTES], const struct bytes *parts, size_t count);
void sha256(uint8_t out[HASH_BYTES], struct bytes in);

/* SHA-256 of a stream. NULL without memory. */
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *h);
void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, struct bytes in);
void sha256_end(struct sha256 *h, uint8_t out[HASH_BYTES]);

/* A kept HMAC key: hmac_run over many inputs costs no key schedule. NULL without memory.
 * Keys of any length (16..64 in practice). */
struct hmac *hmac_new(struct bytes key);
void hmac_free(struct hmac *h); /* wipes */
void hmac_run(struct hmac *h, uint8_t out[HASH_BYTES], const struct bytes *parts, size_t count);

/* One-shot. */
void hmac_sha256(uint8_t out[HASH_BYTES], struct bytes key, const struct bytes *parts,
                 size_t count);

enum { HKDF_LEN_MAX = 255 * HASH_BYTES, HKDF_INFO_PARTS_MAX = 14 };

/* HKDF-SHA-256 with `info` given in parts; both limits are asserted. An empty salt is
 * bytes_of(NULL, 0). */
void hkdf_sha256(uint8_t *out, size_t out_len, struct bytes ikm, struct bytes salt,
                 const struct bytes *info, size_t info_count);
/* The two halves, for HPKE (RFC 9180, section 4). */
void hkdf_extract(uint8_t out[HASH_BYTES], struct bytes salt, const struct bytes *ikm,
                  size_t ikm_count);
void hkdf_expand(uint8_t *out, size_t out_len, const uint8_t prk[HASH_BYTES],
                 const struct bytes *info, size_t info_count);

static inline void hmac_auto(struct hmac **h)
{
    hmac_free(*h);
}
#define AUTO_HMAC __attribute__((cleanup(hmac_auto)))
static inline void sha256_auto(struct sha256 **h)
{
    sha256_free(*h);
}
#define AUTO_SHA256 __attribute__((cleanup(sha256_auto)))

#endif
