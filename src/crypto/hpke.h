/* crypto/hpke.h: HPKE (RFC 9180) base mode, single-shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * AES-128-GCM. Composed of kx, hash and aead.   Threads  pure */
#ifndef CRYPTO_HPKE_H
#define CRYPTO_HPKE_H

#include "crypto/crypto.h"

enum { HPKE_ENC_BYTES = 32 };

/* Seals `in` to `recipient`, aad empty, first sequence number. `ephemeral` is a fresh X25519 secret
 * key (32 random bytes, made by the caller). `shared` = X25519(ephemeral, recipient) is computed
 * inside. out: in.len + 16 bytes. ERR_KEY: all-zero agreement. */
MUST_USE enum err hpke_seal(uint8_t enc[HPKE_ENC_BYTES], uint8_t *out, struct bytes in,
                            struct bytes info, const uint8_t recipient[32],
                            const uint8_t ephemeral[32], struct why *why);
/* out: in.len - 16 bytes. ERR_OPEN (also for an all-zero agreement), one code for all. */
MUST_USE enum err hpke_open(uint8_t *out, struct bytes in, const uint8_t enc[HPKE_ENC_BYTES],
                            struct bytes info, const uint8_t recipient_secret[32],
                            struct why *why);

#endif
