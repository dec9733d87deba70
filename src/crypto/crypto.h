/* crypto/crypto.h: start of the crypto floor, random bytes, and constant-time comparison.
 * Source  libsodium, OpenSSL 3 libcrypto (DESIGN section 11)
 * Threads  crypto_init once, before any thread; all else as each header says */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/bytes.h"
#include "base/why.h"

enum { KEY_BYTES = 32, HASH_BYTES = 32, TAG_BYTES = 16 };

/* Starts libsodium, fetches each algorithm once, and forbids core dumps of the process and its
 * inspection by others of the same user. Idempotent. ERR_INTERNAL: a library lacks an algorithm. */
MUST_USE enum err crypto_init(struct why *why);

/* `len` bytes of the kernel's randomness. Never fails (the process ends if the kernel has none). */
void random_bytes(void *out, size_t len);

/* Equal? In time that depends on `len` alone. */
MUST_USE bool secret_equal(const void *a, const void *b, size_t len);

/* Overwrites with zeroes; not optimised away. */
void secret_wipe(void *p, size_t len);

#endif
