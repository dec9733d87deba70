#include "crypto/aead.h"

#include "crypto/algorithms.h"

#include <stdlib.h>
#include <string.h>

struct aead {
    EVP_CIPHER_CTX *ctx;
};

struct aead *aead_new(struct bytes key)
{
    assert(key.len == 16 || key.len == 32);
    struct aead *a = malloc(sizeof *a);
    if (!a)
        return NULL;
    const struct algorithms *all = algorithms_get();
    const EVP_CIPHER *cipher = key.len == 16 ? all->aes128_gcm : all->aes256_gcm;
    a->ctx = EVP_CIPHER_CTX_new();
    if (a->ctx && EVP_EncryptInit_ex2(a->ctx, cipher, key.ptr, NULL, NULL) == 1)
        return a;
    aead_free(a);
    return NULL;
}

void aead_free(struct aead *a)
{
    if (!a)
        return;
    EVP_CIPHER_CTX_free(a->ctx);
    free(a);
}

void aead_seal(struct aead *a, uint8_t *out, const uint8_t nonce[NONCE_BYTES], struct bytes aad,
               struct bytes in)
{
    assert(in.len < INT32_MAX && aad.len < INT32_MAX);
    int n = 0;
    bool ok = EVP_EncryptInit_ex2(a->ctx, NULL, NULL, nonce, NULL) == 1;
    if (ok && aad.len)
        ok = EVP_EncryptUpdate(a->ctx, NULL, &n, aad.ptr, (int)aad.len) == 1;
    if (ok && in.len)
        ok = EVP_EncryptUpdate(a->ctx, out, &n, in.ptr, (int)in.len) == 1 && (size_t)n == in.len;
    uint8_t rest[16];
    ok = ok && EVP_EncryptFinal_ex(a->ctx, rest, &n) == 1 &&
         EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + in.len) == 1;
    if (!ok)
        algorithms_broken("AES-GCM");
}

enum err aead_open(struct aead *a, uint8_t *out, const uint8_t nonce[NONCE_BYTES],
                   struct bytes aad, struct bytes in, struct why *why)
{
    if (in.len < TAG_BYTES || in.len >= INT32_MAX || aad.len >= INT32_MAX)
        return why_set(why, ERR_OPEN, "cannot open: not authentic");
    size_t len = in.len - TAG_BYTES;
    int n = 0;
    uint8_t tag[TAG_BYTES];
    memcpy(tag, in.ptr + len, sizeof tag);
    bool ok = EVP_DecryptInit_ex2(a->ctx, NULL, NULL, nonce, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1;
    if (ok && aad.len)
        ok = EVP_DecryptUpdate(a->ctx, NULL, &n, aad.ptr, (int)aad.len) == 1;
    if (ok && len)
        ok = EVP_DecryptUpdate(a->ctx, out, &n, in.ptr, (int)len) == 1 && (size_t)n == len;
    if (!ok)
        algorithms_broken("AES-GCM");
    uint8_t rest[16];
    if (EVP_DecryptFinal_ex(a->ctx, rest, &n) == 1)
        return ERR_OK;
    secret_wipe(out, len);
    return why_set(why, ERR_OPEN, "cannot open: not authentic");
}

enum err aead_seal_once(struct bytes key, uint8_t *out, const uint8_t nonce[NONCE_BYTES],
                        struct bytes aad, struct bytes in, struct why *why)
{
    AUTO_AEAD struct aead *a = aead_new(key);
    if (!a)
        return why_nomem(why);
    aead_seal(a, out, nonce, aad, in);
    return ERR_OK;
}

enum err aead_open_once(struct bytes key, uint8_t *out, const uint8_t nonce[NONCE_BYTES],
                        struct bytes aad, struct bytes in, struct why *why)
{
    AUTO_AEAD struct aead *a = aead_new(key);
    if (!a)
        return why_nomem(why);
    return aead_open(a, out, nonce, aad, in, why);
}

enum err ctr_xor(const uint8_t key[KEY_BYTES], uint8_t *inout, size_t len, struct why *why)
{
    static const uint8_t zero_iv[16];
    assert(len < INT32_MAX);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    if (!ctx || EVP_EncryptInit_ex2(ctx, algorithms_get()->aes256_ctr, key, zero_iv, NULL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return why_nomem(why);
    }
    if (EVP_EncryptUpdate(ctx, inout, &n, inout, (int)len) != 1 || (size_t)n != len)
        algorithms_broken("AES-CTR");
    EVP_CIPHER_CTX_free(ctx);
    return ERR_OK;
}
