#include "base/test.h"

#include "tlog/entry.h"

static void an_entry_reads_as_it_was_written(void **state)
{
    (void)state;
    struct why why;
    AUTO_BUF struct buf b = buf_init(1 << 20);
    static uint8_t body[ENTRY_BODY_MAX + 1];
    const size_t sizes[] = { 0, 1, 300, ENTRY_BODY_MAX };
    for (size_t i = 0; i < 4; i++) {
        struct entry e = { .salt = "0123456789abcde", .time_ms = UINT64_C(0x0102030405060708),
                           .type = 0x0a0b, .rules = 1, .body = bytes_of(body, sizes[i]) }, r;
        buf_reset(&b);
        test_ok(entry_encode(&b, &e, &why), &why);
        assert_int_equal(b.len, ENTRY_HEADER_BYTES + sizes[i]);
        assert_memory_equal(b.ptr + 16, "\1\2\3\4\5\6\7\10\12\13\0\1", 12);
        test_ok(entry_parse(&r, buf_bytes(&b), &why), &why);
        assert_memory_equal(r.salt, e.salt, sizeof e.salt);
        assert_true(r.time_ms == e.time_ms && r.type == e.type && r.rules == 1);
        assert_int_equal(r.body.len, sizes[i]);
    }
}

static void what_is_not_an_entry_is_refused(void **state)
{
    (void)state;
    static uint8_t in[ENTRY_BYTES_MAX + 1];
    in[27] = 1;
    static const struct { const char *why; size_t len; uint8_t rules; enum err want; } rows[] = {
        { "nothing", 0, 1, ERR_FORMAT },
        { "a header cut short", 27, 1, ERR_FORMAT },
        { "rules 0", 28, 0, ERR_VERSION },
        { "rules 2", 28, 2, ERR_VERSION },
        { "a header alone", 28, 1, ERR_OK },
        { "the longest", ENTRY_BYTES_MAX, 1, ERR_OK },
        { "one byte too long", ENTRY_BYTES_MAX + 1, 1, ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entry e = { .type = 77 };
        in[27] = rows[i].rules;
        if (entry_parse(&e, bytes_of(in, rows[i].len), NULL) != rows[i].want)
            fail_msg("%s", rows[i].why);
        if (rows[i].want != ERR_OK)
            assert_int_equal(e.type, 77);
    }
}

static void what_cannot_be_read_is_not_written(void **state)
{
    (void)state;
    static uint8_t body[ENTRY_BODY_MAX + 1];
    struct entry e = { .rules = 1, .body = bytes_of(body, sizeof body) };
    AUTO_BUF struct buf b = buf_init(40);
    buf_add_str(&b, "before");
    test_err(entry_encode(&b, &e, NULL), ERR_LIMIT);
    e.body.len = 7;
    test_err(entry_encode(&b, &e, NULL), ERR_LIMIT); /* no room */
    e.rules = 2;
    test_err(entry_encode(&b, &e, NULL), ERR_VERSION);
    assert_int_equal(b.len, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_reads_as_it_was_written),
        cmocka_unit_test(what_is_not_an_entry_is_refused),
        cmocka_unit_test(what_cannot_be_read_is_not_written),
    };
    return cmocka_run_group_tests_name("tlog/entry", tests, NULL, NULL);
}
