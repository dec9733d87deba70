#include "secrets.h"

#include "crypto/passphrase.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

void secrets_need_memcheck(void)
{
    if (RUNNING_ON_VALGRIND && VALGRIND_MAKE_MEM_DEFINED(&(char){ 0 }, 1) != 0)
        return;
    (void)fprintf(stderr, "this test is nothing without valgrind: ./dev test runs it there\n");
    exit(1);
}

void secrets_hide(void *p, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

void secrets_tell(void *p, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

bool secrets_hidden(const void *p, size_t len)
{
    uint8_t bits[4096];
    if (len > sizeof bits || VALGRIND_GET_VBITS(p, bits, len) != 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (bits[i] != 0xff)
            return false;
    return true;
}

unsigned secrets_reported(void)
{
    return VALGRIND_COUNT_ERRORS;
}

/* The linker puts these in the place of the real ones (--wrap). */

bool __real_secret_equal(const void *a, const void *b, size_t len);
bool __wrap_secret_equal(const void *a, const void *b, size_t len);
int __real_EVP_DecryptFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *len);
int __wrap_EVP_DecryptFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *len);
int __real_crypto_scalarmult_curve25519(unsigned char *q, const unsigned char *n,
                                        const unsigned char *p);
int __wrap_crypto_scalarmult_curve25519(unsigned char *q, const unsigned char *n,
                                        const unsigned char *p);
enum err __wrap_passphrase_key(uint8_t out[KEY_BYTES], struct bytes passphrase,
                               const uint8_t salt[PASS_SALT_BYTES], uint32_t ops,
                               uint32_t mem_kib, struct why *why);

bool __wrap_secret_equal(const void *a, const void *b, size_t len)
{
    bool equal = __real_secret_equal(a, b, len);
    secrets_tell(&equal, sizeof equal);
    return equal;
}

/* libcrypto compares the tag inside and branches on the outcome, which this call returns. */
int __wrap_EVP_DecryptFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *len)
{
    VALGRIND_DISABLE_ERROR_REPORTING;
    int opened = __real_EVP_DecryptFinal_ex(ctx, out, len);
    VALGRIND_ENABLE_ERROR_REPORTING;
    secrets_tell(&opened, sizeof opened);
    return opened;
}

int __wrap_crypto_scalarmult_curve25519(unsigned char *q, const unsigned char *n,
                                        const unsigned char *p)
{
    int zero = __real_crypto_scalarmult_curve25519(q, n, p);
    secrets_tell(&zero, sizeof zero);
    return zero;
}

/* In Argon2id's place: a key that depends on the passphrase and is as secret. */
enum err __wrap_passphrase_key(uint8_t out[KEY_BYTES], struct bytes passphrase,
                               const uint8_t salt[PASS_SALT_BYTES], uint32_t ops,
                               uint32_t mem_kib, struct why *why)
{
    (void)ops;
    (void)mem_kib;
    (void)why;
    return crypto_auth_hmacsha256(out, passphrase.ptr, passphrase.len,
                                  (uint8_t[crypto_auth_hmacsha256_KEYBYTES]){ salt[0] }) == 0
               ? ERR_OK
               : ERR_INTERNAL;
}
