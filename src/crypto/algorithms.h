/* crypto/algorithms.h: libcrypto's algorithms, fetched once. Private to this folder.
 * The one mutable global below floor 4: written by crypto_init before any thread exists.
 * Threads  read-only after crypto_init */
#ifndef CRYPTO_ALGORITHMS_H
#define CRYPTO_ALGORITHMS_H

#include "base/why.h"

#include <openssl/evp.h>

struct algorithms {
    EVP_MD *sha256;
    EVP_MAC *hmac;
    EVP_CIPHER *aes128_gcm, *aes256_gcm, *aes256_ctr;
};

MUST_USE enum err algorithms_fetch(struct why *why);
/* Asserts that crypto_init ran. */
const struct algorithms *algorithms_get(void);

/* A library failed on valid input: says which call and ends the process. */
NORETURN void algorithms_broken(const char *call);

#endif
