/* shares/test_epoch.h: a whole epoch in one process, for the tests of this folder. Tests only. */
#ifndef SHARES_TEST_EPOCH_H
#define SHARES_TEST_EPOCH_H

#include "base/test.h"

#include "crypto/hash.h"
#include "shares/share.h"

struct test_epoch {
    unsigned t;
    uint8_t roster, id[32];
    struct subset_list sets;
    uint8_t k[SUBSET_LIST_MAX][32]; /* of sets.sets[i] */
    struct gate_keys *gates[SUBSET_NUMBER_MAX + 1];
    struct share_worker *workers[SUBSET_NUMBER_MAX + 1];
};

/* All pairs 2 <= t < n <= 5, once with numbers from 1 and once with gaps. */
static const struct { unsigned t; uint8_t roster; } test_epochs[] = {
    { 2, 0x07 }, { 2, 0x0f }, { 3, 0x0f }, { 2, 0x1f }, { 3, 0x1f }, { 4, 0x1f },
    { 2, 0x92 }, { 2, 0xb1 }, { 3, 0xd2 }, { 2, 0xd9 }, { 3, 0xb5 }, { 4, 0xea },
};
enum { TEST_EPOCHS = sizeof test_epochs / sizeof test_epochs[0] };

static inline void test_bytes(uint8_t out[32], const char *what, unsigned a, unsigned b)
{
    const uint8_t numbers[2] = { (uint8_t)a, (uint8_t)b };
    const struct bytes parts[] = { bytes_str(what), bytes_of(numbers, 2) };
    sha256_parts(out, parts, 2);
}

static inline void test_epoch_init(struct test_epoch *e, unsigned t, uint8_t roster)
{
    *e = (struct test_epoch){ .t = t, .roster = roster, .sets = subset_keys(t, roster) };
    test_bytes(e->id, "epoch", t, roster);
    for (unsigned i = 0; i < e->sets.count; i++)
        test_bytes(e->k[i], "k", e->sets.sets[i], t);
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        if (!subset_has(roster, g))
            continue;
        e->gates[g] = gate_keys_new(e->id, t, roster, g);
        assert_non_null(e->gates[g]);
        for (unsigned i = 0; i < e->sets.count; i++)
            if (subset_has(e->sets.sets[i], g))
                gate_keys_put_subset(e->gates[g], e->sets.sets[i], e->k[i]);
        for (unsigned h = 1; h <= SUBSET_NUMBER_MAX; h++) {
            uint8_t z[32];
            if (h == g || !subset_has(roster, h))
                continue;
            assert_false(gate_keys_complete(e->gates[g]));
            test_bytes(z, "z", g < h ? g : h, g < h ? h : g);
            gate_keys_put_zero(e->gates[g], h, z);
        }
        assert_true(gate_keys_complete(e->gates[g]));
        e->workers[g] = share_worker_new(e->gates[g]);
        assert_non_null(e->workers[g]);
    }
}

static inline void test_epoch_release(struct test_epoch *e)
{
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        share_worker_free(e->workers[g]);
        gate_keys_free(e->gates[g]);
    }
}

/* The pad, from all subset keys at once: what no machine can do. */
static inline void test_pad(const struct test_epoch *e, const uint8_t project[16],
                            const struct share_record *record, uint8_t pad[32])
{
    memset(pad, 0, 32);
    for (unsigned i = 0; i < e->sets.count; i++) {
        uint8_t key[32], partial[32];
        key_project(key, e->k[i], e->id, e->sets.sets[i], project, record->kind);
        key_partial(partial, key, record->id);
        for (size_t b = 0; b < 32; b++)
            pad[b] ^= partial[b];
    }
}

/* Runs `body` with `epoch` for every pair. */
#define TEST_EACH_EPOCH(epoch)                                                                     \
    struct test_epoch epoch;                                                                       \
    for (size_t epoch_at = 0;                                                                      \
         epoch_at < TEST_EPOCHS &&                                                                 \
         (test_epoch_init(&epoch, test_epochs[epoch_at].t, test_epochs[epoch_at].roster), 1);      \
         test_epoch_release(&epoch), epoch_at++)

#endif
