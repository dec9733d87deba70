/* bench/seal.c: sealing a record against its primitives (AES-256-GCM and SHA-256 over the same
 * bytes). Prints one JSON object a size: bytes, seconds of both, and the ratio primitives / seal.
 */
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seal_seconds(struct bytes content, int rounds)
{
    static const uint8_t key[32], random[32];
    const struct record_draft d = { .kind = RECORD_FILE,
                                    .project = key,
                                    .author = key,
                                    .hedge = key,
                                    .content = { .type = bytes_str("x"), .bytes = content } };
    double begun = now();
    for (int i = 0; i < rounds; i++) {
        AUTO_RECORD_SEALED struct record_sealed s = { 0 };
        uint8_t dek[KEY_BYTES];
        if (record_seal(&d, random, dek, &s, NULL) != ERR_OK)
            abort();
    }
    return now() - begun;
}

static double primitive_seconds(struct bytes content, int rounds)
{
    static const uint8_t key[32], nonce[NONCE_BYTES];
    uint8_t *out = malloc(content.len + TAG_BYTES), hash[HASH_BYTES];
    AUTO_AEAD struct aead *a = aead_new(bytes_of(key, sizeof key));
    double begun = now();
    for (int i = 0; a && out && i < rounds; i++) {
        sha256(hash, content); /* the DEK's hash of the plaintext */
        aead_seal(a, out, nonce, bytes_of(NULL, 0), content);
        sha256(hash, bytes_of(out, content.len)); /* the body hash */
    }
    free(out);
    return now() - begun;
}

int main(void)
{
    static const size_t sizes[] = { 4096, 1 << 20, 32 << 20 };
    if (crypto_init(NULL) != ERR_OK)
        return 1;
    for (size_t k = 0; k < 3; k++) {
        uint8_t *p = calloc(1, sizes[k]);
        if (!p)
            return 1;
        int rounds = (int)((256U << 20) / sizes[k] / (k == 0 ? 8 : 1));
        double seal = seal_seconds(bytes_of(p, sizes[k]), rounds);
        double bare = primitive_seconds(bytes_of(p, sizes[k]), rounds);
        (void)printf(
            "{\"bench\":\"seal\",\"bytes\":%zu,\"rounds\":%d,\"seal_s\":%.4f,\"primitives_s\":%.4f,"
            "\"ratio\":%.3f}\n",
            sizes[k], rounds, seal, bare, bare / seal);
        free(p);
    }
    return 0;
}
