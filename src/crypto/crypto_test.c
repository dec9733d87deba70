#include "crypto/vector_test.h"

#include <sys/prctl.h>
#include <sys/resource.h>

static void a_started_process_cannot_be_dumped(void **state)
{
    (void)state;
    struct rlimit core;
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_cur | core.rlim_max, 0);
}

static void starting_twice_is_fine(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    test_ok(crypto_init(NULL), &why);
}

static void secrets_are_equal_only_in_every_byte(void **state)
{
    (void)state;
    uint8_t a[64], b[64];
    for (size_t i = 0; i < sizeof a; i++)
        a[i] = b[i] = (uint8_t)(i * 37);
    for (size_t len = 0; len <= sizeof a; len++)
        assert_true(secret_equal(a, b, len));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(secret_equal(a, b, sizeof a));
        assert_true(secret_equal(a, b, bit / 8)); /* looks no further than it was told */
        b[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void a_wipe_leaves_zeroes_and_the_neighbours(void **state)
{
    (void)state;
    uint8_t a[48];
    memset(a, 0x5a, sizeof a);
    secret_wipe(a + 8, 32);
    for (size_t i = 0; i < sizeof a; i++)
        assert_int_equal(a[i], i < 8 || i >= 40 ? 0x5a : 0);
    secret_wipe(a, 0);
    assert_int_equal(a[0], 0x5a);
}

static void random_bytes_differ_and_stay_inside(void **state)
{
    (void)state;
    uint8_t seen[64][32], edge[34] = { 0 };
    for (size_t i = 0; i < 64; i++) {
        random_bytes(seen[i], 32);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(seen[i], seen[k], 32);
    }
    for (int i = 0; i < 100; i++) {
        random_bytes(edge + 1, 32);
        assert_int_equal(edge[0] | edge[33], 0);
    }
    /* Each of 2,048 x 8 bits is a coin: 8,192 ones expected, deviation 64; ten deviations. */
    int ones = 0;
    for (size_t i = 0; i < 64; i++)
        for (size_t k = 0; k < 32; k++)
            ones += __builtin_popcount(seen[i][k]);
    assert_in_range(ones, 8192 - 640, 8192 + 640);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_started_process_cannot_be_dumped),
        cmocka_unit_test(starting_twice_is_fine),
        cmocka_unit_test(secrets_are_equal_only_in_every_byte),
        cmocka_unit_test(a_wipe_leaves_zeroes_and_the_neighbours),
        cmocka_unit_test(random_bytes_differ_and_stay_inside),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
