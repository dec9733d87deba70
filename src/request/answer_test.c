#include "base/test.h"

#include "crypto/hash.h"
#include "request/answer.h"

enum { ROOM = 1 << 18 };

static uint8_t filler[70000];

static struct answer sample(void)
{
    memset(filler, 0xab, sizeof filler);
    struct answer a = { .gate = 3, .index = 70000 };
    memset(a.enc, 0xee, sizeof a.enc);
    a.entry = bytes_of(filler, 500);
    a.ciphertext = bytes_of(filler, 48);
    a.inclusion = bytes_of(filler, 17 * 32);
    a.checkpoint = bytes_of(filler, 250);
    a.consistency = bytes_of(filler, 32);
    return a;
}

static void what_was_written_is_what_is_read(void **state)
{
    (void)state;
    struct why why;
    const struct answer a = sample();
    struct answer b;
    AUTO_BUF struct buf text = buf_init(ROOM);
    test_ok(answer_write(&a, &text, &why), &why);
    assert_int_equal(text.len, 8 + 2 + 500 + 32 + 3 + 48 + 8 + 2 + 17 * 32 + 2 + 250 + 2 + 32);
    assert_memory_equal(text.ptr, "cfda\1\3\0\0\1\364", 10);
    test_ok(answer_parse(buf_bytes(&text), &b, &why), &why);
    assert_int_equal(b.gate, 3);
    assert_int_equal(b.index, 70000);
    assert_memory_equal(a.enc, b.enc, 32);
    assert_true(bytes_equal(a.entry, b.entry));
    assert_true(bytes_equal(a.ciphertext, b.ciphertext));
    assert_true(bytes_equal(a.inclusion, b.inclusion));
    assert_true(bytes_equal(a.checkpoint, b.checkpoint));
    assert_true(bytes_equal(a.consistency, b.consistency));
}

static void lengths_outside_their_vectors_are_refused(void **state)
{
    (void)state;
    struct answer rows[10];
    for (size_t i = 0; i < 10; i++)
        rows[i] = sample();
    rows[0].gate = 0;
    rows[1].gate = 9;
    rows[2].entry.len = 65536;
    rows[3].ciphertext.len = 15;
    rows[4].inclusion.len = 33;
    rows[5].inclusion.len = 2080;
    rows[6].consistency.len = 31;
    rows[7].consistency.len = 2080;
    rows[8].checkpoint.len = 0;
    rows[9].checkpoint.len = 65536;
    for (size_t i = 0; i < 10; i++) {
        AUTO_BUF struct buf text = buf_init(ROOM);
        if (answer_write(&rows[i], &text, NULL) != ERR_FORMAT || text.len != 0)
            fail_msg("row %zu", i);
    }
}

static void a_wrong_byte_is_called_by_its_name(void **state)
{
    (void)state;
    static const struct { const char *why; size_t at; uint8_t put; enum err want; } rows[] = {
        { "magic", 0, 'x', ERR_FORMAT },   { "version 2", 4, 2, ERR_VERSION },
        { "gate 0", 5, 0, ERR_FORMAT },    { "gate 9", 5, 9, ERR_FORMAT },
        { "reserved", 6, 1, ERR_FORMAT },  { "reserved too", 7, 1, ERR_FORMAT },
        { "a longer entry", 9, 255, ERR_FORMAT },
    };
    struct why why;
    const struct answer a = sample();
    AUTO_BUF struct buf text = buf_init(ROOM);
    test_ok(answer_write(&a, &text, &why), &why);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t was = text.ptr[rows[i].at];
        struct answer b;
        text.ptr[rows[i].at] = rows[i].put;
        enum err e = answer_parse(buf_bytes(&text), &b, NULL);
        if (e != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(e));
        text.ptr[rows[i].at] = was;
    }
    for (size_t len = 0; len < text.len; len++) {
        struct answer b;
        test_err(answer_parse(bytes_of(text.ptr, len), &b, NULL), ERR_FORMAT);
    }
    struct answer b;
    buf_add_u8(&text, 0);
    test_err(answer_parse(buf_bytes(&text), &b, NULL), ERR_FORMAT);
}

static void info_and_hash_bind_what_they_should(void **state)
{
    (void)state;
    uint8_t r[32], epoch[32], info[ANSWER_INFO_BYTES], hash[32], want[32], both[64];
    memset(r, 1, 32);
    memset(epoch, 2, 32);
    answer_info(info, r, epoch, 4);
    assert_memory_equal(info, "cfd1 answer\1\1", 13);
    assert_int_equal(info[11 + 31], 1);
    assert_int_equal(info[11 + 32], 2);
    assert_int_equal(info[ANSWER_INFO_BYTES - 1], 4);
    memset(both, 7, 32);
    memset(both + 32, 8, 32);
    sha256(want, bytes_of(both, 64));
    answer_hash(hash, both, bytes_of(both + 32, 32));
    assert_memory_equal(hash, want, 32);
}

static int start(void **state)
{
    (void)state;
    return crypto_init(NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_what_is_read),
        cmocka_unit_test(lengths_outside_their_vectors_are_refused),
        cmocka_unit_test(a_wrong_byte_is_called_by_its_name),
        cmocka_unit_test(info_and_hash_bind_what_they_should),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
