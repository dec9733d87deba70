#include "crypto/algorithms.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct algorithms fetched;

enum err algorithms_fetch(struct why *why)
{
    if (fetched.aes256_ctr)
        return ERR_OK;
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    fetched.aes128_gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    fetched.aes256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    fetched.aes256_ctr = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    if (!fetched.sha256 || !fetched.hmac || !fetched.aes128_gcm || !fetched.aes256_gcm ||
        !fetched.aes256_ctr)
        return why_set(why, ERR_INTERNAL, "libcrypto lacks an algorithm of suite cfd1");
    return ERR_OK;
}

const struct algorithms *algorithms_get(void)
{
    assert(fetched.aes256_ctr);
    return &fetched;
}

void algorithms_broken(const char *call)
{
    (void)fprintf(stderr, "cofferdam: %s failed on valid input or without memory\n", call);
    abort();
}
