#include "base/test.h"

#include "record/plaintext.h"

#include <zstd.h>

static void padded_lengths_are_padme(void **state)
{
    static const struct { uint64_t length, padded; } rows[] = {
        { 0, 256 }, { 1, 256 }, { 11, 256 }, { 255, 256 }, { 256, 256 },
        { 257, 272 }, { 272, 272 }, { 273, 288 }, { 511, 512 }, { 512, 512 }, { 513, 544 },
        { 1000, 1024 }, { 1023, 1024 }, { 1025, 1088 }, { 65535, 65536 }, { 65536, 65536 },
        { 65537, 67584 }, { 100000, 100352 }, { 1000000, 1015808 },
        { UINT64_C(1) << 32, UINT64_C(1) << 32 },
        { (UINT64_C(1) << 32) + 1, (UINT64_C(1) << 32) + (UINT64_C(1) << 26) },
        { (UINT64_C(1) << 36) - 1, UINT64_C(1) << 36 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(plaintext_padded_bytes(rows[i].length), rows[i].padded);
}

static void padding_grows_by_at_most_an_eighth_and_is_stable(void **state)
{
    uint64_t before = 0;
    for (uint64_t length = 0; length < 300000; length += length < 5000 ? 1 : 37) {
        uint64_t padded = plaintext_padded_bytes(length);
        assert_true(padded >= length && padded >= before);
        assert_true(length < 256 || padded - length <= length / 8);
        assert_int_equal(plaintext_padded_bytes(padded), padded);
        before = padded;
    }
}

static struct plain built(const char *type, const char *name, size_t len)
{
    struct why why;
    AUTO_PLAIN struct plain content = { 0 };
    struct plain out;
    test_ok(plain_new(&content, len, &why), &why);
    for (size_t i = 0; i < len; i++)
        content.ptr[i] = (uint8_t)(i * 7 + 1);
    const struct plaintext p = { .type = bytes_str(type), .name = bytes_str(name),
                                 .bytes = plain_bytes(&content) };
    test_ok(plaintext_build(&p, &out, &why), &why);
    return out;
}

static void what_is_built_parses_to_the_same_fields(void **state)
{
    static const size_t lens[] = { 0, 1, 200, 238, 239, 240, 255, 256, 257, 1000, 65535, 70001 };
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct why why;
        AUTO_PLAIN struct plain padded = built("text/plain", "n.txt", lens[i]);
        size_t used = 1 + 10 + 2 + 5 + 1 + 8 + lens[i];
        assert_int_equal(padded.len, plaintext_padded_bytes(used));
        struct plaintext p;
        test_ok(plaintext_parse(plain_bytes(&padded), &p, &why), &why);
        assert_true(bytes_equal(p.type, bytes_str("text/plain")));
        assert_true(bytes_equal(p.name, bytes_str("n.txt")));
        assert_int_equal(p.encoding, PLAINTEXT_STORED);
        assert_int_equal(p.bytes.len, lens[i]);
        for (size_t k = 0; k < lens[i]; k++)
            assert_int_equal(p.bytes.ptr[k], (uint8_t)(k * 7 + 1));
        uint8_t front[PLAINTEXT_FRONT_MAX];
        size_t front_len;
        test_ok(plaintext_front(p.type, p.name, p.encoding, lens[i], front, &front_len, &why),
                &why);
        assert_memory_equal(front, padded.ptr, front_len);
        assert_int_equal(front_len + lens[i], used);
    }
}

static void fields_beyond_their_bounds_are_not_built(void **state)
{
    static char text[1025];
    memset(text, 'a', 1024);
    struct plain out;
    struct plaintext p = { .type = bytes_of(text, 255), .name = bytes_of(text, 1023) };
    struct why why;
    test_ok(plaintext_build(&p, &out, &why), &why);
    plain_release(&out);
    p.type.len = 256;
    test_err(plaintext_build(&p, &out, NULL), ERR_FORMAT);
    p.type.len = 0;
    p.name.len = 1024;
    test_err(plaintext_build(&p, &out, NULL), ERR_FORMAT);
    p.name = bytes_str("\xff");
    test_err(plaintext_build(&p, &out, NULL), ERR_FORMAT);
    p.name = bytes_str("");
    p.encoding = (enum plaintext_encoding)2;
    test_err(plaintext_build(&p, &out, NULL), ERR_FORMAT);
    p.encoding = PLAINTEXT_STORED;
    p.bytes.len = (size_t)1 << 36;
    test_err(plaintext_build(&p, &out, NULL), ERR_CHUNK);
}

/* A plaintext of 256 bytes: type "t" at 1, name "n" at 4, encoding at 5, length at 6..13. */
static void every_wrong_field_is_refused(void **state)
{
    static const struct { const char *why; size_t at; uint8_t value; enum err want; } rows[] = {
        { "type reaches beyond the end", 0, 255, ERR_FORMAT },
        { "type is not UTF-8", 1, 0x80, ERR_FORMAT },
        { "name is longer than 1,023", 2, 4, ERR_FORMAT },
        { "name is not UTF-8", 4, 0xc0, ERR_FORMAT },
        { "encoding 2", 5, 2, ERR_FORMAT },
        { "length of 2^56", 6, 1, ERR_FORMAT },
        { "length beyond the end", 12, 1, ERR_FORMAT },
        { "one byte less: a content byte is in the padding", 13, 99, ERR_PADDING },
        { "first byte of the padding", 114, 1, ERR_PADDING },
        { "last byte of the padding", 255, 1, ERR_PADDING },
    };
    struct plaintext p;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_PLAIN struct plain padded = built("t", "n", 100);
        padded.ptr[rows[i].at] = rows[i].value;
        enum err got = plaintext_parse(plain_bytes(&padded), &p, NULL);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
    }
}

static void a_plaintext_has_exactly_its_padded_length(void **state)
{
    struct plaintext p;
    uint8_t all[1024] = { 1, 't', 0, 1, 'n', 0, 0, 0, 0, 0, 0, 0, 1, 44 }; /* 300 bytes */
    for (size_t len = 0; len < sizeof all; len++) {
        enum err want = len < 314 ? ERR_FORMAT : len == 320 ? ERR_OK : ERR_PADDING;
        test_err(plaintext_parse(bytes_of(all, len), &p, NULL), want);
    }
}

static void packed_content_unpacks_to_its_bytes(void **state)
{
    static const size_t lens[] = { 0, 1, 1000, 300000 };
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct why why;
        AUTO_PLAIN struct plain content = { 0 }, packed = { 0 }, padded = { 0 }, back = { 0 };
        test_ok(plain_new(&content, lens[i] + 1, &why), &why);
        for (size_t k = 0; k < lens[i]; k++)
            content.ptr[k] = (uint8_t)(k / 100);
        test_ok(plain_new(&packed, ZSTD_compressBound(lens[i]), &why), &why);
        packed.len = ZSTD_compress(packed.ptr, packed.cap, content.ptr, lens[i], 3);
        const struct plaintext p = { .type = bytes_str("x"), .encoding = PLAINTEXT_ZSTD,
                                     .bytes = plain_bytes(&packed) };
        test_ok(plaintext_build(&p, &padded, &why), &why);
        struct plaintext read;
        test_ok(plaintext_parse(plain_bytes(&padded), &read, &why), &why);
        assert_int_equal(read.encoding, PLAINTEXT_ZSTD);
        test_ok(plaintext_unpack(&read, &back, &why), &why);
        assert_true(bytes_equal(plain_bytes(&back), bytes_of(content.ptr, lens[i])));
    }
}

/* `len` bytes of which about one in `noise` is random (0: none is), the rest repeat. */
static void fill(uint8_t *out, size_t len, unsigned noise)
{
    uint64_t state = len * 131 + noise + 1;
    for (size_t i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint8_t random = (uint8_t)(state >> 56);
        out[i] = noise && (state >> 32) % noise == 0 ? random : (uint8_t)("a task, and "[i % 12]);
    }
}

static void what_is_packed_is_smaller_and_comes_back_whatever_it_is(void **state)
{
    static const unsigned noises[] = { 0, 1, 2, 10, 1000 };
    static uint8_t content[700000];
    unsigned packed = 0, stored = 0;
    for (size_t n = 0; n < sizeof noises / sizeof noises[0]; n++)
        for (size_t len = 0; len <= sizeof content; len += len < 700 ? 1 : len / 3) {
            struct why why;
            AUTO_PLAIN struct plain memory = { 0 }, padded = { 0 }, back = { 0 };
            fill(content, len, noises[n]);
            const struct plaintext p = { .type = bytes_str("text/plain"),
                                         .name = bytes_str("a.txt"),
                                         .bytes = bytes_of(content, len) };
            struct plaintext made, read;
            test_ok(plaintext_pack(&p, &memory, &made, &why), &why);
            test_ok(plaintext_build(&made, &padded, &why), &why);
            const uint64_t before = plaintext_padded_bytes(27 + len);
            assert_true(made.encoding == PLAINTEXT_ZSTD ? padded.len < before
                                                        : padded.len == before);
            *(made.encoding == PLAINTEXT_ZSTD ? &packed : &stored) += 1;
            test_ok(plaintext_parse(plain_bytes(&padded), &read, &why), &why);
            test_ok(plaintext_unpack(&read, &back, &why), &why);
            assert_true(bytes_equal(plain_bytes(&back), p.bytes));
        }
    assert_true(packed > 1000 && stored > 1000);
}

static enum plaintext_encoding encoding_of(const uint8_t *content, size_t len, size_t *padded)
{
    struct why why;
    AUTO_PLAIN struct plain memory = { 0 };
    const struct plaintext p = { .type = bytes_str("t"), .bytes = bytes_of(content, len) };
    struct plaintext out;
    test_ok(plaintext_pack(&p, &memory, &out, &why), &why);
    *padded = (size_t)plaintext_padded_bytes(13 + out.bytes.len);
    return out.encoding;
}

static void a_text_is_packed_if_that_saves_and_a_reader_takes_it(void **state)
{
    static uint8_t content[4 << 20];
    size_t padded = 0;
    fill(content, 10240, 10);
    assert_int_equal(encoding_of(content, 10240, &padded), PLAINTEXT_ZSTD);
    assert_true(padded <= 10240 / 2);
    /* 243 bytes are padded to the least there is already. */
    fill(content, 244, 0);
    assert_int_equal(encoding_of(content, 243, &padded), PLAINTEXT_STORED);
    assert_int_equal(encoding_of(content, 244, &padded), PLAINTEXT_ZSTD);
    /* Noise does not pack. */
    fill(content, 10240, 1);
    assert_int_equal(encoding_of(content, 10240, &padded), PLAINTEXT_STORED);
    /* Zeroes pack 10,000 times: readers take that for a bomb. */
    memset(content, 0, sizeof content);
    assert_int_equal(encoding_of(content, sizeof content, &padded), PLAINTEXT_STORED);
}

/* A frame of the 5 bytes "hello", written by hand: RFC 8878, 3.1. The descriptor 0x20 declares the
 * size in one byte; a raw block, the last one, follows. */
static const uint8_t hello[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, 0x29, 0, 0,
                                 'h', 'e', 'l', 'l', 'o' };

static enum err unpack(const uint8_t *frame, size_t len)
{
    AUTO_PLAIN struct plain out = { 0 };
    const struct plaintext p = { .encoding = PLAINTEXT_ZSTD, .bytes = bytes_of(frame, len) };
    return plaintext_unpack(&p, &out, NULL);
}

static void only_one_whole_frame_of_declared_size_unpacks(void **state)
{
    uint8_t frame[64];
    assert_int_equal(unpack(hello, sizeof hello), ERR_OK);
    for (size_t len = 0; len < sizeof hello; len++)
        assert_int_equal(unpack(hello, len), ERR_FORMAT);
    memcpy(frame, hello, sizeof hello);
    memcpy(frame + sizeof hello, hello, sizeof hello);
    assert_int_equal(unpack(frame, sizeof hello + 1), ERR_FORMAT);
    assert_int_equal(unpack(frame, 2 * sizeof hello), ERR_FORMAT);
    static const struct { const char *why; size_t at; uint8_t value; } rows[] = {
        { "another magic", 0, 0x27 },
        { "declares one byte more than it has", 5, 6 },
        { "declares one byte less", 5, 4 },
        { "names a dictionary of one byte", 4, 0x21 },
        { "reserved bit", 4, 0x28 },
        { "reserved block type", 6, 0x2f },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(frame, hello, sizeof hello);
        frame[rows[i].at] = rows[i].value;
        if (unpack(frame, sizeof hello) != ERR_FORMAT)
            fail_msg("%s", rows[i].why);
    }
    static const uint8_t dictionary_0[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x21, 0, 5, 0x29, 0, 0,
                                            'h', 'e', 'l', 'l', 'o' };
    assert_int_equal(unpack(dictionary_0, sizeof dictionary_0), ERR_FORMAT);
    static const uint8_t no_size[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x29, 0, 0,
                                       'h', 'e', 'l', 'l', 'o' };
    assert_int_equal(unpack(no_size, sizeof no_size), ERR_FORMAT);
    static const uint8_t skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 'x' };
    memcpy(frame, skippable, sizeof skippable);
    memcpy(frame + sizeof skippable, hello, sizeof hello);
    assert_int_equal(unpack(frame, sizeof skippable + sizeof hello), ERR_FORMAT);
    memcpy(frame, hello, sizeof hello);
    memcpy(frame + sizeof hello, skippable, sizeof skippable);
    assert_int_equal(unpack(frame, sizeof hello + sizeof skippable), ERR_FORMAT);
    /* 4 bytes of size: 2^30 + 1, then an empty last block. */
    static const uint8_t huge[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 1, 0, 0, 0x40, 1, 0, 0 };
    assert_int_equal(unpack(huge, sizeof huge), ERR_LIMIT);
    /* 14,335 times 'a' in 13 bytes are as much as a frame may promise; a byte more is a bomb. */
    static const uint8_t most[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0x37, 0, 0, 0xfb, 0xbf, 1,
                                    'a' };
    static const uint8_t bomb[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0x38, 0, 0, 3, 0xc0, 1, 'a' };
    assert_int_equal(unpack(most, sizeof most), ERR_OK);
    assert_int_equal(unpack(bomb, sizeof bomb), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(padded_lengths_are_padme),
        cmocka_unit_test(padding_grows_by_at_most_an_eighth_and_is_stable),
        cmocka_unit_test(what_is_built_parses_to_the_same_fields),
        cmocka_unit_test(fields_beyond_their_bounds_are_not_built),
        cmocka_unit_test(every_wrong_field_is_refused),
        cmocka_unit_test(a_plaintext_has_exactly_its_padded_length),
        cmocka_unit_test(packed_content_unpacks_to_its_bytes),
        cmocka_unit_test(what_is_packed_is_smaller_and_comes_back_whatever_it_is),
        cmocka_unit_test(a_text_is_packed_if_that_saves_and_a_reader_takes_it),
        cmocka_unit_test(only_one_whole_frame_of_declared_size_unpacks),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
