/* crypto/sign.h: Ed25519 (RFC 8032) by libsodium alone, with its strictness (DESIGN section 4).
 * Threads  pure */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "crypto/crypto.h"

enum { SIGN_KEY_BYTES = 32, SIGN_SEED_BYTES = 32, SIGN_SECRET_BYTES = 64, SIGNATURE_BYTES = 64 };

/* Expands a seed to a secret key (seed ‖ public, in guarded memory of the caller) and its public
 * key. */
void sign_keypair(uint8_t public_key[SIGN_KEY_BYTES], uint8_t secret_key[SIGN_SECRET_BYTES],
                  const uint8_t seed[SIGN_SEED_BYTES]);
void sign_detached(uint8_t sig[SIGNATURE_BYTES], struct bytes message,
                   const uint8_t secret_key[SIGN_SECRET_BYTES]);
/* ERR_SIGNATURE. */
MUST_USE enum err sign_verify(const uint8_t sig[SIGNATURE_BYTES], struct bytes message,
                              const uint8_t public_key[SIGN_KEY_BYTES], struct why *why);
/* At enrolment: a canonical, non-small-order point of the prime-order group. ERR_KEY. */
MUST_USE enum err sign_key_check(const uint8_t public_key[SIGN_KEY_BYTES], struct why *why);

#endif
