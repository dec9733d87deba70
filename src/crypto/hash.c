#include "crypto/hash.h"

#include "crypto/algorithms.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct sha256 {
    EVP_MD_CTX *ctx;
};

struct hmac {
    EVP_MAC_CTX *ctx;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *h = malloc(sizeof *h);
    if (!h)
        return NULL;
    h->ctx = EVP_MD_CTX_new();
    if (h->ctx && EVP_DigestInit_ex2(h->ctx, algorithms_get()->sha256, NULL) == 1)
        return h;
    sha256_free(h);
    return NULL;
}

void sha256_free(struct sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

void sha256_start(struct sha256 *h)
{
    if (EVP_DigestInit_ex2(h->ctx, algorithms_get()->sha256, NULL) != 1)
        algorithms_broken("EVP_DigestInit_ex2");
}

void sha256_add(struct sha256 *h, struct bytes in)
{
    if (EVP_DigestUpdate(h->ctx, in.ptr, in.len) != 1)
        algorithms_broken("EVP_DigestUpdate");
}

void sha256_end(struct sha256 *h, uint8_t out[HASH_BYTES])
{
    if (EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
        algorithms_broken("EVP_DigestFinal_ex");
}

/* libsodium's is slower and needs no memory: what cannot fail falls back on it. */
static void sha256_small(uint8_t out[HASH_BYTES], const struct bytes *parts, size_t count)
{
    crypto_hash_sha256_state s;
    (void)crypto_hash_sha256_init(&s);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len)
            (void)crypto_hash_sha256_update(&s, parts[i].ptr, parts[i].len);
    (void)crypto_hash_sha256_final(&s, out);
}

void sha256_parts(uint8_t out[HASH_BYTES], const struct bytes *parts, size_t count)
{
    AUTO_SHA256 struct sha256 *h = sha256_new();
    if (!h) {
        sha256_small(out, parts, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        sha256_add(h, parts[i]);
    sha256_end(h, out);
}

void sha256(uint8_t out[HASH_BYTES], struct bytes in)
{
    if (EVP_Digest(in.ptr, in.len, out, NULL, algorithms_get()->sha256, NULL) != 1)
        sha256_small(out, &in, 1);
}

struct hmac *hmac_new(struct bytes key)
{
    static const uint8_t none[1];
    struct hmac *h = malloc(sizeof *h);
    if (!h)
        return NULL;
    h->ctx = EVP_MAC_CTX_new(algorithms_get()->hmac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    /* A NULL key means "the one before": an empty key needs a pointer. */
    if (h->ctx && EVP_MAC_init(h->ctx, key.len ? key.ptr : none, key.len, params) == 1)
        return h;
    hmac_free(h);
    return NULL;
}

void hmac_free(struct hmac *h)
{
    if (!h)
        return;
    EVP_MAC_CTX_free(h->ctx);
    free(h);
}

void hmac_run(struct hmac *h, uint8_t out[HASH_BYTES], const struct bytes *parts, size_t count)
{
    if (EVP_MAC_init(h->ctx, NULL, 0, NULL) != 1)
        algorithms_broken("EVP_MAC_init");
    for (size_t i = 0; i < count; i++)
        if (EVP_MAC_update(h->ctx, parts[i].ptr, parts[i].len) != 1)
            algorithms_broken("EVP_MAC_update");
    size_t len = 0;
    if (EVP_MAC_final(h->ctx, out, &len, HASH_BYTES) != 1 || len != HASH_BYTES)
        algorithms_broken("EVP_MAC_final");
}

void hmac_sha256(uint8_t out[HASH_BYTES], struct bytes key, const struct bytes *parts,
                 size_t count)
{
    static const uint8_t none[1];
    crypto_auth_hmacsha256_state s;
    (void)crypto_auth_hmacsha256_init(&s, key.len ? key.ptr : none, key.len);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len) /* an empty part may be NULL */
            (void)crypto_auth_hmacsha256_update(&s, parts[i].ptr, parts[i].len);
    (void)crypto_auth_hmacsha256_final(&s, out);
    secret_wipe(&s, sizeof s);
}

void hkdf_extract(uint8_t out[HASH_BYTES], struct bytes salt, const struct bytes *ikm,
                  size_t ikm_count)
{
    static const uint8_t zero[HASH_BYTES];
    hmac_sha256(out, salt.len ? salt : bytes_of(zero, sizeof zero), ikm, ikm_count);
}

void hkdf_expand(uint8_t *out, size_t out_len, const uint8_t prk[HASH_BYTES],
                 const struct bytes *info, size_t info_count)
{
    assert(out_len <= HKDF_LEN_MAX && info_count <= HKDF_INFO_PARTS_MAX);
    uint8_t block[HASH_BYTES];
    struct bytes parts[HKDF_INFO_PARTS_MAX + 2];
    for (size_t done = 0, n = 1; done < out_len; n++) {
        const uint8_t number = (uint8_t)n;
        parts[0] = bytes_of(block, n == 1 ? 0 : sizeof block);
        for (size_t i = 0; i < info_count; i++)
            parts[1 + i] = info[i];
        parts[1 + info_count] = bytes_of(&number, 1);
        hmac_sha256(block, bytes_of(prk, HASH_BYTES), parts, info_count + 2);
        size_t take = out_len - done < sizeof block ? out_len - done : sizeof block;
        memcpy(out + done, block, take);
        done += take;
    }
    secret_wipe(block, sizeof block);
}

void hkdf_sha256(uint8_t *out, size_t out_len, struct bytes ikm, struct bytes salt,
                 const struct bytes *info, size_t info_count)
{
    uint8_t prk[HASH_BYTES];
    hkdf_extract(prk, salt, &ikm, 1);
    hkdf_expand(out, out_len, prk, info, info_count);
    secret_wipe(prk, sizeof prk);
}
