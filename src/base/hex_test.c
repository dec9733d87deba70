#include "base/test.h"

#include "base/hex.h"

static void hex_returns_what_went_in(void **state)
{
    (void)state;
    uint8_t all[256], back[256];
    char text[513];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    hex_encode(text, all, sizeof all);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102030405060708090a0b0c0d0e0f1011", 36);
    assert_true(hex_decode(back, sizeof back, text, 512));
    assert_memory_equal(all, back, sizeof all);
    hex_encode(text, all, 0);
    assert_string_equal(text, "");
    assert_true(hex_decode(back, 0, "", 0));
}

static void hex_of_another_form_is_refused_and_nothing_written(void **state)
{
    (void)state;
    static const struct { const char *why, *hex; size_t len; } rows[] = {
        { "too short", "0011", 3 },    { "too long", "00112233", 3 },
        { "odd", "00112", 3 },         { "upper case", "00112A", 3 },
        { "last digit bad", "00112g", 3 }, { "first digit bad", "/01122", 3 },
        { "before 0", "00/122", 3 },   { "after 9", "00:122", 3 },
        { "before a", "00`122", 3 },   { "a space", "00 122", 3 },
        { "a prefix", "0x1122", 3 },   { "a line end", "00112\n", 3 },
        { "beyond ASCII", "00\xc3\xa4" "22", 3 }, { "digits for nothing", "00", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[4] = { 9, 9, 9, 9 };
        if (hex_decode(out, rows[i].len, rows[i].hex, strlen(rows[i].hex)))
            fail_msg("accepted: %s", rows[i].why);
        assert_memory_equal(out, "\x09\x09\x09\x09", 4);
    }
    uint8_t out[1] = { 9 };
    assert_false(hex_decode(out, 1, "0\0", 2));
    assert_int_equal(out[0], 9);
}

static void exactly_sixteen_bytes_are_digits(void **state)
{
    (void)state;
    int digits = 0;
    for (int c = 0; c < 256; c++) {
        const char pair[2] = { '0', (char)c };
        uint8_t out;
        digits += hex_decode(&out, 1, pair, 2);
    }
    assert_int_equal(digits, 16);
}

static void ids_are_shown_short_and_whole(void **state)
{
    (void)state;
    uint8_t id[32];
    for (size_t i = 0; i < sizeof id; i++)
        id[i] = (uint8_t)(0xa0 + i);
    assert_string_equal(hex_short(id).s, "a0a1a2a3a4a5");
    assert_int_equal(strlen(hex_id(id).s), 64);
    assert_memory_equal(hex_id(id).s + 58, "bdbebf", 7);
}

/* RFC 4648, section 10. */
static const struct { const char *plain, *base64; } rfc4648[] = {
    { "", "" },             { "f", "Zg==" },        { "fo", "Zm8=" },
    { "foo", "Zm9v" },      { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
};

static void base64_is_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc4648 / sizeof rfc4648[0]; i++) {
        AUTO_BUF struct buf out = buf_init(64);
        base64_encode(&out, bytes_str(rfc4648[i].plain));
        assert_string_equal(buf_cstr(&out), rfc4648[i].base64);
        buf_reset(&out);
        assert_true(base64_decode(&out, bytes_str(rfc4648[i].base64)));
        assert_string_equal(buf_cstr(&out), rfc4648[i].plain);
    }
}

static void base64_of_another_form_is_refused(void **state)
{
    (void)state;
    static const struct { const char *why, *text; } rows[] = {
        { "no padding", "Zg" },           { "half the padding", "Zg=" },
        { "too much padding", "Zg===" },  { "only padding", "====" },
        { "three of four padding", "Z===" }, { "padding first", "=Zg=" },
        { "padding inside", "Zg==Zg==" }, { "padding before a digit", "Zg=g" },
        { "bits behind one byte", "Zh==" }, { "bits behind two bytes", "Zm9=" },
        { "url-safe minus", "-m9v" },     { "url-safe underscore", "_m9v" },
        { "a space", "Zm9 " },            { "a line end", "Zm9v\n" },
        { "a line end inside", "Zm9\n" }, { "beyond ASCII", "Zm\xc3\xa4" },
        { "one digit", "Z" },             { "five digits", "Zm9vY" },
        { "bad after good", "Zm9vZh==" }, { "padding inside after good", "Zm9vZg==Zg==" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf out = buf_init(64);
        buf_add_str(&out, "kept");
        if (base64_decode(&out, bytes_str(rows[i].text)))
            fail_msg("accepted: %s", rows[i].why);
        assert_string_equal(buf_cstr(&out), "kept");
        assert_true(buf_ok(&out));
    }
    AUTO_BUF struct buf out = buf_init(64);
    assert_false(base64_decode(&out, bytes_of("Zm9\0", 4)));
    for (size_t len = 0; len <= 8; len++) /* cut from a text that is valid as a whole */
        assert_int_equal(base64_decode(&out, bytes_of("Zm9vYmFy", len)), len % 4 == 0);
}

static void base64_respects_the_ceiling(void **state)
{
    (void)state;
    AUTO_BUF struct buf out = buf_init(5);
    assert_false(base64_decode(&out, bytes_str("Zm9vYmFy")));
    assert_false(buf_ok(&out));
    AUTO_BUF struct buf text = buf_init(7);
    base64_encode(&text, bytes_str("foobar"));
    assert_false(buf_ok(&text));
}

/* Property: any bytes return; and a text that decodes is the only text of its bytes. */
static void base64_has_one_text_for_each_content(void **state)
{
    (void)state;
    uint64_t x = 362436069U;
    for (int round = 0; round < 5000; round++) {
        uint8_t in[64];
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        size_t len = x % sizeof in;
        for (size_t i = 0; i < len; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            in[i] = (uint8_t)x;
        }
        AUTO_BUF struct buf text = buf_init(128);
        AUTO_BUF struct buf back = buf_init(128);
        base64_encode(&text, bytes_of(in, len));
        assert_true(base64_decode(&back, buf_bytes(&text)));
        assert_true(bytes_equal(buf_bytes(&back), bytes_of(in, len)));
        uint8_t fixed[64] = { 0 }, untouched[64] = { 0 };
        assert_true(base64_decode_fixed(fixed, len, buf_bytes(&text)));
        assert_memory_equal(fixed, in, len);
        for (size_t wrong = 0; wrong < sizeof fixed; wrong++)
            assert_true(wrong == len || !base64_decode_fixed(untouched, wrong, buf_bytes(&text)));
        if (!text.len)
            continue;
        text.ptr[x % text.len] ^= (uint8_t)(1U << (x >> 8) % 8);
        AUTO_BUF struct buf other = buf_init(128);
        bool same_length = base64_decode(&other, buf_bytes(&text)) && other.len == len;
        if (buf_bytes(&other).len)
            assert_false(bytes_equal(buf_bytes(&other), bytes_of(in, len)));
        assert_int_equal(base64_decode_fixed(untouched, len, buf_bytes(&text)), same_length);
        if (!same_length)
            assert_memory_equal(untouched, (uint8_t[64]){ 0 }, sizeof untouched);
        memset(untouched, 0, sizeof untouched);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_returns_what_went_in),
        cmocka_unit_test(hex_of_another_form_is_refused_and_nothing_written),
        cmocka_unit_test(exactly_sixteen_bytes_are_digits),
        cmocka_unit_test(ids_are_shown_short_and_whole),
        cmocka_unit_test(base64_is_as_published),
        cmocka_unit_test(base64_of_another_form_is_refused),
        cmocka_unit_test(base64_respects_the_ceiling),
        cmocka_unit_test(base64_has_one_text_for_each_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
