/* crypto/aead.h: AES-GCM (NIST SP 800-38D) with 96-bit nonces, and AES-256-CTR as a mask stream.
 * Memory  a context is kept per key   Threads  one owner each; one-shots are pure */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "crypto/crypto.h"

enum { NONCE_BYTES = 12 };

/* A kept AES-GCM key of 16 or 32 bytes (asserted). NULL without memory. */
struct aead *aead_new(struct bytes key);
void aead_free(struct aead *a); /* wipes */

/* out: in.len + TAG_BYTES bytes, ciphertext then tag; may be `in` itself. in.len < 2^31 (asserted).
 * Cannot fail after crypto_init. */
void aead_seal(struct aead *a, uint8_t *out, const uint8_t nonce[NONCE_BYTES], struct bytes aad,
               struct bytes in);
/* in: ciphertext then tag; out: in.len - TAG_BYTES bytes, wiped on failure; may be in's own memory.
 * ERR_OPEN: too short, or not authentic. */
MUST_USE enum err aead_open(struct aead *a, uint8_t *out, const uint8_t nonce[NONCE_BYTES],
                            struct bytes aad, struct bytes in, struct why *why);

/* One-shots with the same contract, and ERR_NOMEM. */
MUST_USE enum err aead_seal_once(struct bytes key, uint8_t *out, const uint8_t nonce[NONCE_BYTES],
                                 struct bytes aad, struct bytes in, struct why *why);
MUST_USE enum err aead_open_once(struct bytes key, uint8_t *out, const uint8_t nonce[NONCE_BYTES],
                                 struct bytes aad, struct bytes in, struct why *why);

/* AES-256-CTR keystream with a zero IV under `key`: XORs bytes [0, len) into `inout`. len < 2^31
 * (asserted). ERR_NOMEM. */
MUST_USE enum err ctr_xor(const uint8_t key[KEY_BYTES], uint8_t *inout, size_t len,
                          struct why *why);

static inline void aead_auto(struct aead **a)
{
    aead_free(*a);
}
#define AUTO_AEAD __attribute__((cleanup(aead_auto)))

#endif
