#include "base/test.h"

static void bytes_are_equal_by_content(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_str("abc"), bytes_of("abcd", 3)));
    assert_false(bytes_equal(bytes_str("abc"), bytes_str("abd")));
    assert_false(bytes_equal(bytes_str("abc"), bytes_str("ab")));
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_str("")));
}

static void numbers_are_big_endian_and_return(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = buf_init(64);
    buf_add_u8(&b, 0x01);
    buf_add_u16(&b, 0x0203);
    buf_add_u24(&b, 0x040506);
    buf_add_u32(&b, 0x0708090a);
    buf_add_u64(&b, UINT64_C(0x0b0c0d0e0f101112));
    buf_add_zero(&b, 2);
    assert_true(buf_ok(&b));
    assert_int_equal(b.len, 20);
    for (uint8_t i = 0; i < 18; i++)
        assert_int_equal(b.ptr[i], i + 1);
    assert_int_equal(b.ptr[18] | b.ptr[19], 0);
    assert_int_equal(get_u16be(b.ptr + 1), 0x0203);
    assert_int_equal(get_u32be(b.ptr + 6), 0x0708090a);
    assert_int_equal(get_u64be(b.ptr + 10), UINT64_C(0x0b0c0d0e0f101112));
    uint8_t out[8];
    put_u64be(out, UINT64_MAX - 1);
    assert_int_equal(get_u64be(out), UINT64_MAX - 1);
}

static void text_is_appended_and_terminated(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = buf_init(32);
    assert_string_equal(buf_cstr(&b), "");
    buf_add_str(&b, "gate ");
    buf_add_fmt(&b, "%d of %s", 2, "3");
    buf_add_bytes(&b, bytes_str("!"));
    buf_add(&b, NULL, 0);
    assert_string_equal(buf_cstr(&b), "gate 2 of 3!");
    assert_int_equal(b.len, 12);
}

static void a_buf_holds_its_ceiling_and_not_one_byte_more(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        AUTO_BUF struct buf b = buf_init(max);
        for (size_t i = 0; i < max; i++)
            buf_add_u8(&b, (uint8_t)i);
        assert_true(buf_ok(&b));
        assert_int_equal(strlen(buf_cstr(&b)), 0); /* the first byte is 0; the terminator fits */
        assert_true(buf_ok(&b));
        buf_add_u8(&b, 0xff);
        assert_false(buf_ok(&b));
        assert_int_equal(b.len, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(b.ptr[i], (uint8_t)i);
    }
}

/* Every way to append, on a buf with room for 3 more bytes at most. */
static void add_some(struct buf *b) { buf_add(b, "four", 4); }
static void add_str(struct buf *b) { buf_add_str(b, "four"); }
static void add_fmt(struct buf *b) { buf_add_fmt(b, "%04d", 4); }
static void add_u32(struct buf *b) { buf_add_u32(b, 4); }
static void add_u64(struct buf *b) { buf_add_u64(b, 4); }
static void add_zero(struct buf *b) { buf_add_zero(b, 4); }
static void add_huge(struct buf *b) { buf_add_zero(b, SIZE_MAX); }
static void add_wrap(struct buf *b) { buf_add_zero(b, SIZE_MAX - 4); }
static void add_grow(struct buf *b) { assert_null(buf_grow(b, 4)); }

static void a_failure_stays_until_the_reset(void **state)
{
    (void)state;
    void (*const ways[])(struct buf *) = { add_some, add_str,  add_fmt,  add_u32, add_u64,
                                           add_zero,    add_huge, add_wrap, add_grow };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        AUTO_BUF struct buf b = buf_init(8);
        buf_add_str(&b, "begun");
        ways[i](&b);
        assert_false(buf_ok(&b));
        assert_int_equal(b.len, 5);
        buf_add_u8(&b, 'x'); /* would fit, but comes after the failure */
        buf_add_fmt(&b, "x");
        assert_null(buf_grow(&b, 1));
        assert_int_equal(b.len, 5);
        assert_string_equal(buf_cstr(&b), "");
        assert_false(buf_ok(&b));
        buf_reset(&b);
        buf_add_str(&b, "fresh");
        assert_true(buf_ok(&b));
        assert_string_equal(buf_cstr(&b), "fresh");
    }
}

static void no_ceiling_lets_a_length_wrap(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = buf_init(SIZE_MAX);
    assert_null(buf_grow(&b, SIZE_MAX));
    assert_false(buf_ok(&b));
    buf_reset(&b);
    buf_add_str(&b, "abc");
    assert_null(buf_grow(&b, SIZE_MAX - 3));
    assert_int_equal(b.len, 3);
}

static void the_taken_memory_is_the_callers(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = buf_init(16);
    buf_add_str(&b, "taken");
    size_t len = 0;
    uint8_t *p = buf_take(&b, &len);
    assert_int_equal(len, 5);
    assert_memory_equal(p, "taken", 5);
    free(p);
    assert_int_equal(b.len, 0);
    buf_add_str(&b, "the ceiling is 16");
    assert_false(buf_ok(&b));
}

/* Property: whatever is appended in whatever pieces, the content is the concatenation. */
static void pieces_make_the_whole(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252U;
    for (int round = 0; round < 200; round++) {
        AUTO_BUF struct buf b = buf_init(4096);
        uint8_t want[4096];
        size_t len = 0;
        for (;;) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            size_t n = x % 97;
            uint8_t *at = buf_grow(&b, n);
            if (!at)
                break;
            for (size_t i = 0; i < n; i++)
                at[i] = want[len + i] = (uint8_t)(x >> (i % 57));
            len += n;
        }
        assert_true(len <= 4096 && len + 96 > 4096 - 1);
        assert_int_equal(b.len, len);
        assert_memory_equal(b.ptr, want, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_equal_by_content),
        cmocka_unit_test(numbers_are_big_endian_and_return),
        cmocka_unit_test(text_is_appended_and_terminated),
        cmocka_unit_test(a_buf_holds_its_ceiling_and_not_one_byte_more),
        cmocka_unit_test(a_failure_stays_until_the_reset),
        cmocka_unit_test(no_ceiling_lets_a_length_wrap),
        cmocka_unit_test(the_taken_memory_is_the_callers),
        cmocka_unit_test(pieces_make_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
