#include "base/test.h"

#include "drill/guess.h"
#include "crypto/hash.h"
#include "record/record.h"

/* A sealed record with its DEK, and what was tried on it. */
struct sample {
    struct record_sealed sealed;
    uint8_t dek[32];
    struct slot slot;
    struct guess guess;
    uint64_t tries;
    uint8_t seen[2048][32];
};

static void sample_make(struct sample *s, const uint8_t pad[32])
{
    static const uint8_t project[16] = { 7 }, author[32] = { 9 }, hedge[32] = { 3 };
    const struct record_draft d = { .kind = RECORD_TASK, .project = project, .author = author,
                                    .hedge = hedge,
                                    .content = { .type = bytes_str("text/plain"),
                                                 .bytes = bytes_str("two and two") } };
    const uint8_t random[32] = { 5 };
    struct why why;
    memset(s, 0, sizeof *s);
    test_ok(record_seal(&d, random, s->dek, &s->sealed, &why), &why);
    slot_make(&s->slot, s->sealed.id, 1, s->dek, pad);
    s->guess = (struct guess){ .header = &s->sealed.header, .id = s->sealed.id, .slots = &s->slot,
                               .slot_count = 1 };
}

static bool try_key(void *ctx, const uint8_t key[32])
{
    struct sample *s = ctx;
    assert_true(s->tries < sizeof s->seen / 32);
    memcpy(s->seen[s->tries++], key, 32);
    return record_commit_check(&s->sealed.header, key, NULL) == ERR_OK;
}

static void fill(uint8_t out[32], unsigned seed)
{
    const uint8_t byte = (uint8_t)seed;
    sha256(out, bytes_of(&byte, 1));
}

static void a_pad_that_anybody_can_compute_is_found(void **state)
{
    static const struct { const char *why; int which; } rows[] = {
        { "zeroes: the DEK lies open in the slot", 0 }, { "the record's id", 1 },
        { "the commitment", 2 }, { "the author's key", 3 },
        { "derived from the id as the content key is from the DEK", 4 },
    };
    static struct sample s;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t pad[32] = { 0 };
        sample_make(&s, pad);
        const struct record_header *h = &s.sealed.header;
        const struct bytes info = bytes_str("cfd1 content");
        switch (rows[i].which) {
        case 1: memcpy(pad, s.sealed.id, 32); break;
        case 2: memcpy(pad, h->commitment, 32); break;
        case 3: memcpy(pad, h->author, 32); break;
        case 4: hkdf_sha256(pad, 32, bytes_of(s.sealed.id, 32), bytes_of(h->raw, 64), &info, 1); break;
        default: break;
        }
        slot_make(&s.slot, s.sealed.id, 1, s.dek, pad);
        if (!guess_public(&s.guess, try_key, &s))
            fail_msg("not found: %s", rows[i].why);
        record_sealed_release(&s.sealed);
    }
}

static void a_pad_used_twice_beside_a_zero_dek_is_found(void **state)
{
    static struct sample s;
    static const uint8_t zero[32];
    uint8_t pad[32];
    fill(pad, 1);
    sample_make(&s, pad);
    struct slot near;
    slot_make(&near, zero, 1, zero, pad);
    s.guess.near = &near;
    s.guess.near_count = 1;
    assert_true(guess_public(&s.guess, try_key, &s));
    struct slot two[2] = { s.slot, near };
    s.guess.near_count = 0;
    s.guess.slots = two;
    s.guess.slot_count = 2;
    assert_true(guess_public(&s.guess, try_key, &s));
    record_sealed_release(&s.sealed);
}

static void a_random_pad_is_not_found_from_public_things(void **state)
{
    static struct sample s;
    uint8_t pad[32];
    fill(pad, 2);
    sample_make(&s, pad);
    assert_false(guess_public(&s.guess, try_key, &s));
    assert_true(s.tries > 50);
    for (uint64_t i = 0; i < s.tries; i++)
        for (uint64_t k = 0; k < i; k++)
            assert_memory_not_equal(s.seen[i], s.seen[k], 32);
    record_sealed_release(&s.sealed);
}

static void all_partials_open_and_any_one_less_does_not(void **state)
{
    static struct sample s;
    for (size_t n = 2; n <= 9; n++) {
        uint8_t parts[GUESS_PARTS_MAX][32], pad[32] = { 0 };
        for (size_t i = 0; i < n; i++) {
            fill(parts[i], (unsigned)(16 * n + i));
            for (size_t b = 0; b < 32; b++)
                pad[b] ^= parts[i][b];
        }
        sample_make(&s, pad);
        assert_true(guess_sums(&s.guess, (const uint8_t(*)[32])parts, n, try_key, &s));
        for (size_t without = 0; without < n; without++) {
            uint8_t kept[32];
            memcpy(kept, parts[without], 32);
            memcpy(parts[without], parts[n - 1], 32);
            s.tries = 0;
            assert_false(guess_sums(&s.guess, (const uint8_t(*)[32])parts, n - 1, try_key, &s));
            assert_int_equal(s.tries, 2 * ((1u << (n - 1)) - 1));
            memcpy(parts[n - 1], parts[without], 32);
            memcpy(parts[without], kept, 32);
        }
        record_sealed_release(&s.sealed);
    }
}

static void every_sum_is_tried_once(void **state)
{
    static struct sample s;
    uint8_t parts[3][32] = { { 1 }, { 2 }, { 4 } }, pad[32];
    unsigned met = 0;
    fill(pad, 3);
    sample_make(&s, pad);
    s.guess.slot_count = 0;
    assert_false(guess_sums(&s.guess, (const uint8_t(*)[32])parts, 3, try_key, &s));
    assert_int_equal(s.tries, 7);
    for (unsigned i = 0; i < 7; i++)
        met |= 1u << s.seen[i][0];
    assert_int_equal(met, 0xfe);
    record_sealed_release(&s.sealed);
}

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pad_that_anybody_can_compute_is_found),
        cmocka_unit_test(a_pad_used_twice_beside_a_zero_dek_is_found),
        cmocka_unit_test(a_random_pad_is_not_found_from_public_things),
        cmocka_unit_test(all_partials_open_and_any_one_less_does_not),
        cmocka_unit_test(every_sum_is_tried_once),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
