/* crypto/kx.h: X25519 (RFC 7748) by libsodium. An all-zero secret is refused (ERR_KEY).
 * Threads  pure */
#ifndef CRYPTO_KX_H
#define CRYPTO_KX_H

#include "crypto/crypto.h"

enum { KX_BYTES = 32 };

void kx_public(uint8_t public_key[KX_BYTES], const uint8_t secret_key[KX_BYTES]);
/* ERR_KEY: the agreement is all zero (low-order point). `out` is wiped on failure. */
MUST_USE enum err kx_agree(uint8_t out[KX_BYTES], const uint8_t secret_key[KX_BYTES],
                           const uint8_t public_key[KX_BYTES], struct why *why);
/* Would every agreement with this key be all zero? ERR_KEY: it is one of the points of low order.
 * Looked up, since an agreement costs half a signature; for public keys. */
MUST_USE enum err kx_key_check(const uint8_t public_key[KX_BYTES], struct why *why);

#endif
