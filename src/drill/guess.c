#include "drill/guess.h"

#include "crypto/hash.h"

#include <string.h>

enum { GUESS_LABELS = 3, GUESS_BASES = 6, GUESS_VALUES = GUESS_BASES * (1 + GUESS_LABELS) + 1 };

static const char *const labels[GUESS_LABELS] = { "cfd1 commit", "cfd1 content", "cfd1 dek" };

static void guess_xor(uint8_t out[32], const uint8_t a[32], const uint8_t b[32])
{
    for (size_t i = 0; i < 32; i++)
        out[i] = a[i] ^ b[i];
}

static void guess_derive(uint8_t out[32], const struct record_header *h, const uint8_t ikm[32],
                         const char *label)
{
    const struct bytes info = bytes_str(label);
    hkdf_sha256(out, 32, bytes_of(ikm, 32), bytes_of(h->raw, RECORD_SALT_BYTES), &info, 1);
}

/* What anybody can read or compute: zeroes, fields of the header, and what the format derives. */
static void guess_values(const struct guess *g, uint8_t out[GUESS_VALUES][32])
{
    const struct record_header *h = g->header;
    memset(out[0], 0, 32);
    memcpy(out[1], g->id, 32);
    memcpy(out[2], h->commitment, 32);
    memcpy(out[3], h->author, 32);
    sha256(out[4], bytes_of(h->raw, RECORD_HEADER_BYTES));
    memcpy(out[5], h->project, 16);
    memcpy(out[5] + 16, h->project, 16);
    size_t n = GUESS_BASES;
    for (size_t i = 0; i < GUESS_BASES; i++)
        for (size_t k = 0; k < GUESS_LABELS; k++)
            guess_derive(out[n++], h, out[i], labels[k]);
    /* A generator that gave only zeroes, on a device whose hedge secret is zero. */
    record_dek(out[n++], out[0], out[0], NULL);
    assert(n == GUESS_VALUES);
}

bool guess_pad(const struct guess *g, const uint8_t pad[32], guess_try *try, void *ctx)
{
    for (size_t s = 0; s < g->slot_count; s++) {
        uint8_t key[KEY_BYTES];
        guess_xor(key, g->slots[s].sealed, pad);
        if (try(ctx, key))
            return true;
    }
    return false;
}

/* Sealed DEKs against one another: what a pad that is used twice would give away. */
static bool guess_pairs(const struct guess *g, guess_try *try, void *ctx)
{
    uint8_t key[KEY_BYTES];
    for (size_t a = 0; a < g->slot_count; a++) {
        const uint8_t *sealed = g->slots[a].sealed;
        for (size_t b = a + 1; b < g->slot_count; b++) {
            guess_xor(key, sealed, g->slots[b].sealed);
            if (try(ctx, key))
                return true;
        }
        for (size_t b = 0; b < g->near_count; b++) {
            guess_xor(key, sealed, g->near[b].sealed);
            if (try(ctx, key))
                return true;
        }
        for (size_t k = 0; k < GUESS_LABELS; k++) {
            guess_derive(key, g->header, sealed, labels[k]);
            if (try(ctx, key))
                return true;
        }
    }
    return false;
}

bool guess_public(const struct guess *g, guess_try *try, void *ctx)
{
    uint8_t values[GUESS_VALUES][32];
    guess_values(g, values);
    for (size_t i = 0; i < GUESS_VALUES; i++)
        if (try(ctx, values[i]) || guess_pad(g, values[i], try, ctx))
            return true;
    return guess_pairs(g, try, ctx);
}

/* In the order of a Gray code: from one sum to the next a single part goes in or out. */
bool guess_sums(const struct guess *g, const uint8_t (*parts)[32], size_t count, guess_try *try,
                void *ctx)
{
    assert(count <= GUESS_PARTS_MAX);
    uint8_t sum[32] = { 0 };
    bool opened = false;
    for (unsigned i = 1; i < 1u << count && !opened; i++) {
        guess_xor(sum, sum, parts[__builtin_ctz(i)]);
        opened = try(ctx, sum) || guess_pad(g, sum, try, ctx);
    }
    secret_wipe(sum, sizeof sum);
    return opened;
}
