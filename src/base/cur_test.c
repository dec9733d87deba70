#include "base/test.h"

#include "base/cur.h"

static void numbers_and_vectors_are_read_in_order(void **state)
{
    (void)state;
    static const uint8_t in[] = { 1,    2, 3, 4,   5,   6,   7,   8,   9,   10,  11,  12, 13, 14,
                                  15,   16, 17, 18, 'a', 'b', 2,   'c', 'd', 0,  1,   'e', 0,  0,
                                  1,    'f' };
    struct cur c = cur_from(bytes_of(in, sizeof in));
    assert_int_equal(cur_u8(&c), 1);
    assert_int_equal(cur_u16be(&c), 0x0203);
    assert_int_equal(cur_u24be(&c), 0x040506);
    assert_int_equal(cur_u32be(&c), 0x0708090a);
    assert_int_equal(cur_u64be(&c), UINT64_C(0x0b0c0d0e0f101112));
    char two[2];
    cur_copy(&c, two, 2);
    assert_memory_equal(two, "ab", 2);
    assert_true(bytes_equal(cur_vec8(&c), bytes_str("cd")));
    assert_true(bytes_equal(cur_vec16(&c), bytes_str("e")));
    assert_false(cur_done(&c));
    assert_string_equal(cur_problem(&c), "bytes left over");
    assert_int_equal(cur_left(&c), 4);
    assert_true(bytes_equal(cur_vec24(&c), bytes_str("f")));
    assert_true(cur_done(&c));
}

static void an_empty_input_is_done_and_gives_nothing(void **state)
{
    (void)state;
    struct cur c = cur_from(bytes_of(NULL, 0));
    assert_true(cur_done(&c));
    assert_non_null(cur_bytes(&c, 0));
    assert_true(cur_done(&c));
    assert_int_equal(cur_u8(&c), 0);
    assert_false(cur_done(&c));
    assert_string_equal(cur_problem(&c), "too short");
}

static void once_failed_all_is_zero(void **state)
{
    (void)state;
    static const uint8_t in[] = { 0xff, 0xff, 0xff };
    struct cur c = cur_from(bytes_of(in, sizeof in));
    assert_int_equal(cur_u32be(&c), 0);
    assert_int_equal(cur_u8(&c), 0); /* three bytes are left, and stay unread */
    assert_int_equal(cur_u16be(&c), 0);
    assert_int_equal(cur_u24be(&c), 0);
    assert_int_equal(cur_u64be(&c), 0);
    assert_null(cur_bytes(&c, 0));
    uint8_t out[2] = { 7, 7 };
    cur_copy(&c, out, 2);
    assert_int_equal(out[0] | out[1], 0);
    assert_int_equal(cur_vec8(&c).len + cur_vec16(&c).len + cur_vec24(&c).len, 0);
    assert_null(cur_vec8(&c).ptr);
    assert_int_equal(cur_left(&c), 3);
    assert_false(cur_done(&c));
}

static void a_vector_longer_than_the_input_is_refused(void **state)
{
    (void)state;
    static const struct { const char *why; uint8_t in[4]; size_t len; int prefix; } rows[] = {
        { "one byte too long", { 4, 1, 2, 3 }, 4, 1 },
        { "255 of 3", { 255, 1, 2, 3 }, 4, 1 },
        { "no prefix at all", { 0 }, 0, 1 },
        { "half a prefix of two", { 0 }, 1, 2 },
        { "65,535 of 2", { 255, 255, 1, 2 }, 4, 2 },
        { "two thirds of a prefix", { 0, 0 }, 2, 3 },
        { "2^24-1 of 1", { 255, 255, 255, 1 }, 4, 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cur c = cur_from(bytes_of(rows[i].in, rows[i].len));
        struct bytes v = rows[i].prefix == 1   ? cur_vec8(&c)
                         : rows[i].prefix == 2 ? cur_vec16(&c)
                                               : cur_vec24(&c);
        if (v.len != 0 || v.ptr || cur_done(&c) || !c.failed)
            fail_msg("%s", rows[i].why);
    }
}

/* Property: over any input and any sequence of reads, what is returned lies inside the input, the
 * position never goes back or past the end, and a failure is final. The input is a heap block of
 * the exact size, so that the sanitizer sees a read past its end. */
static void no_sequence_of_reads_overruns(void **state)
{
    (void)state;
    uint64_t x = 2463534242U;
    for (int round = 0; round < 20000; round++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        size_t len = x % 40;
        uint8_t *in = malloc(len ? len : 1);
        assert_non_null(in);
        for (size_t i = 0; i < len; i++)
            in[i] = (uint8_t)(x >> (i * 3 % 50)) & (i % 3 ? 0x07 : 0x01);
        struct cur c = cur_from(bytes_of(in, len));
        bool failed = false;
        for (int step = 0; step < 12; step++) {
            size_t left = cur_left(&c);
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            struct bytes got = { in, 0 };
            uint8_t copy[48];
            switch (x % 9) {
            case 0: (void)cur_u8(&c); break;
            case 1: (void)cur_u16be(&c); break;
            case 2: (void)cur_u24be(&c); break;
            case 3: (void)cur_u32be(&c); break;
            case 4: (void)cur_u64be(&c); break;
            case 5: cur_copy(&c, copy, (x >> 8) % sizeof copy); break;
            case 6: got = cur_vec8(&c); break;
            case 7: got = cur_vec16(&c); break;
            default: got = cur_vec24(&c); break;
            }
            assert_true(cur_left(&c) <= left && left <= len);
            assert_true(!got.len || (got.ptr >= in && got.ptr + got.len <= in + len));
            assert_false(failed && !c.failed);
            assert_true(!failed || cur_left(&c) == left);
            failed = c.failed;
        }
        assert_int_equal(cur_done(&c), !failed && cur_left(&c) == 0);
        free(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_vectors_are_read_in_order),
        cmocka_unit_test(an_empty_input_is_done_and_gives_nothing),
        cmocka_unit_test(once_failed_all_is_zero),
        cmocka_unit_test(a_vector_longer_than_the_input_is_refused),
        cmocka_unit_test(no_sequence_of_reads_overruns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
