/* bench/seal.c: sealing and opening a record against the bare primitives over the same bytes, by
 * the core's time: seal AES-256-GCM once, SHA-256 twice (the DEK's hash of the plaintext, the body
 * hash); open AES-256-GCM once, SHA-256 once. The largest is a stream: SHA-256 once both ways.
 * usage: bench_seal [MIB a round]. One JSON line a size and direction. */
#include "bench/bench.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "record/stream.h"

#include <string.h>

enum { TURNS = 4 };

static const uint8_t key[32], nonce[NONCE_BYTES];

struct spent {
    double seal, open, seal_bare, open_bare;
};

static void primitives(struct bytes content, uint8_t *out, int rounds, bool stream,
                       struct spent *t)
{
    uint8_t hash[HASH_BYTES];
    AUTO_AEAD struct aead *a = aead_new(bytes_of(key, sizeof key));
    const struct bytes none = bytes_of(NULL, 0);
    if (!a)
        abort();
    double begun = bench_core_now();
    for (int i = 0; i < rounds; i++) {
        if (!stream)
            sha256(hash, content);
        aead_seal(a, out, nonce, none, content);
        sha256(hash, bytes_of(out, content.len));
    }
    double middle = bench_core_now();
    for (int i = 0; i < rounds; i++) {
        sha256(hash, bytes_of(out, content.len));
        aead_seal(a, out, nonce, none, content);
    }
    t->seal_bare += middle - begun;
    t->open_bare += bench_core_now() - middle;
}

static void records(struct bytes content, int rounds, struct spent *t)
{
    static const uint8_t random[32];
    const struct record_draft d = { .kind = RECORD_FILE, .project = key, .author = key,
                                    .hedge = key,
                                    .content = { .type = bytes_str("x"), .bytes = content } };
    for (int i = 0; i < rounds; i++) {
        AUTO_RECORD_SEALED struct record_sealed s = { 0 };
        AUTO_RECORD_OPENED struct record_opened o = { 0 };
        uint8_t dek[KEY_BYTES];
        double begun = bench_core_now();
        if (record_seal(&d, random, dek, &s, NULL) != ERR_OK)
            abort();
        double middle = bench_core_now();
        if (record_open(&s.header, dek, buf_bytes(&s.body), &o, NULL) != ERR_OK)
            abort();
        t->open += bench_core_now() - middle;
        t->seal += middle - begun;
    }
}

static enum err content_read(void *ctx, uint64_t at, uint8_t *out, size_t len, struct why *why)
{
    const struct bytes *content = ctx;
    memcpy(out, content->ptr + at, len);
    return ERR_OK;
}

/* As the client does it with large files: one chunk in memory, SHA-256 once. */
static void streams(struct bytes content, uint8_t *body, int rounds, struct spent *t)
{
    static uint8_t chunk[BODY_SEALED_CHUNK_BYTES];
    static const uint8_t random[32];
    const struct record_draft d = { .kind = RECORD_FILE, .project = key, .author = key,
                                    .hedge = key, .content = { .type = bytes_str("x") } };
    uint8_t hash[HASH_BYTES], dek[KEY_BYTES];
    for (int i = 0; i < rounds; i++) {
        AUTO_RECORD_SEALING struct record_sealing s = { 0 };
        AUTO_RECORD_OPENING struct record_opening o = { 0 };
        struct bytes part;
        size_t len = 1, all = 0;
        double begun = bench_core_now();
        if (record_sealing_start(&s, &d, content.len, NULL, random, dek, NULL) != ERR_OK)
            abort();
        for (; len > 0; all += len)
            if (record_sealing_chunk(&s, content_read, &content, body + all, &len, NULL) != ERR_OK)
                abort();
        if (record_sealing_end(&s, hash, NULL) != ERR_OK)
            abort();
        double middle = bench_core_now();
        if (record_opening_start(&o, &s.header, dek, all, NULL) != ERR_OK)
            abort();
        for (size_t at = 0; at < all; at += len) {
            len = all - at < sizeof chunk ? all - at : sizeof chunk;
            if (record_opening_chunk(&o, bytes_of(body + at, len), chunk, &part, NULL) != ERR_OK)
                abort();
        }
        if (record_opening_end(&o, hash, NULL) != ERR_OK)
            abort();
        t->open += bench_core_now() - middle;
        t->seal += middle - begun;
    }
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = { 4096, 1 << 20, 32 << 20 };
    const size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
    if (crypto_init(NULL) != ERR_OK || mib == 0)
        return 1;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct spent t = { 0 };
        uint8_t *p = calloc(1, sizes[k]), *out = calloc(2, sizes[k]);
        if (!p || !out)
            return 1;
        const bool stream = sizes[k] > RECORD_STREAM_FROM;
        const int rounds = (int)((mib << 20) / TURNS / sizes[k]) + 1;
        for (int turn = 0; turn < TURNS; turn++) {
            primitives(bytes_of(p, sizes[k]), out, rounds, stream, &t);
            if (stream)
                streams(bytes_of(p, sizes[k]), out, rounds, &t);
            else
                records(bytes_of(p, sizes[k]), rounds, &t);
        }
        const double all = (double)sizes[k] * rounds * TURNS / 1e6;
        struct bench_line line = { .bench = "seal", .size = sizes[k], .what = "bytes",
                                   .figure = all / t.seal, .unit = "MB/s of a core",
                                   .floor = all / t.seal_bare, .wanted = k ? 0.9 : 0,
                                   .floor_is = stream ? "AES-256-GCM and SHA-256"
                                                      : "AES-256-GCM and SHA-256 twice" };
        bench_print(&line);
        line.bench = "open";
        line.figure = all / t.open;
        line.floor = all / t.open_bare;
        line.floor_is = "AES-256-GCM and SHA-256";
        bench_print(&line);
        free(p);
        free(out);
    }
    return 0;
}
