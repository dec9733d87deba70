#include "base/test.h"

#include "crypto/crypto.h"
#include "request/heads.h"

enum { ROOM = HEADS_REPLY_BYTES_MAX };

static uint8_t key[SIGN_KEY_BYTES], secret[SIGN_SECRET_BYTES];

static void add_rows(struct buf *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct heads_row row = { .number = i + 1 };
        put_u32be(row.issuer, 10 * i);
        memset(row.statement, (int)i, sizeof row.statement);
        memset(row.manifest, (int)(i + 1), sizeof row.manifest);
        heads_row_write(&row, rows);
    }
}

static void a_question_has_56_bytes(void **state)
{
    (void)state;
    struct why why;
    struct heads_question q, p;
    memset(q.project, 3, sizeof q.project);
    memset(q.nonce, 4, sizeof q.nonce);
    uint8_t text[HEADS_QUESTION_BYTES + 1] = { 0 };
    heads_question_write(&q, text);
    assert_memory_equal(text, "cfdh\1\0\0\0\3", 9);
    test_ok(heads_question_parse(bytes_of(text, HEADS_QUESTION_BYTES), &p, &why), &why);
    assert_memory_equal(&p, &q, sizeof p);
    for (size_t len = 0; len <= sizeof text; len++)
        if (len != HEADS_QUESTION_BYTES)
            test_err(heads_question_parse(bytes_of(text, len), &p, NULL), ERR_FORMAT);
    static const struct { size_t at; enum err want; } rows[] = {
        { 0, ERR_FORMAT }, { 3, ERR_FORMAT }, { 4, ERR_VERSION },
        { 5, ERR_FORMAT }, { 6, ERR_FORMAT }, { 7, ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text[rows[i].at] ^= 0x40;
        test_err(heads_question_parse(bytes_of(text, HEADS_QUESTION_BYTES), &p, NULL),
                 rows[i].want);
        text[rows[i].at] ^= 0x40;
    }
}

static void a_reply_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const unsigned counts[] = { 0, 1, 2, 7, 1000 };
    for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
        struct why why;
        uint8_t question[32] = { 9 };
        AUTO_BUF struct buf rows = buf_init(ROOM), text = buf_init(ROOM);
        add_rows(&rows, counts[n]);
        test_ok(heads_reply_write(2, question, 123456, buf_bytes(&rows), secret, &text, &why),
                &why);
        struct heads_reply r;
        test_ok(heads_reply_parse(buf_bytes(&text), &r, &why), &why);
        test_ok(heads_reply_verify(&r, 2, question, key, &why), &why);
        assert_int_equal(heads_row_count(&r), counts[n]);
        assert_int_equal(r.log_size, 123456);
        for (unsigned i = 0; i < counts[n]; i++) {
            struct heads_row row = heads_row(&r, i), found;
            assert_int_equal(row.number, i + 1);
            assert_true(heads_row_find(&r, row.issuer, &found));
            assert_memory_equal(&row, &found, sizeof row);
            row.issuer[31] = 1;
            assert_false(heads_row_find(&r, row.issuer, &found));
        }
    }
}

static void a_reply_is_to_one_question_by_one_gate(void **state)
{
    (void)state;
    struct why why;
    uint8_t question[32] = { 9 }, another[32] = { 8 };
    AUTO_BUF struct buf rows = buf_init(ROOM), text = buf_init(ROOM);
    add_rows(&rows, 3);
    test_ok(heads_reply_write(2, question, 5, buf_bytes(&rows), secret, &text, &why), &why);
    struct heads_reply r;
    test_ok(heads_reply_parse(buf_bytes(&text), &r, &why), &why);
    test_err(heads_reply_verify(&r, 3, question, key, NULL), ERR_ANSWER);
    test_err(heads_reply_verify(&r, 2, another, key, NULL), ERR_ANSWER);
    uint8_t seed[32] = { 2 }, other_key[32], other_secret[64];
    sign_keypair(other_key, other_secret, seed);
    test_err(heads_reply_verify(&r, 2, question, other_key, NULL), ERR_SIGNATURE);
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    struct why why;
    uint8_t question[32] = { 9 };
    AUTO_BUF struct buf rows = buf_init(ROOM), text = buf_init(ROOM);
    add_rows(&rows, 2);
    test_ok(heads_reply_write(2, question, 5, buf_bytes(&rows), secret, &text, &why), &why);
    struct heads_reply r;
    for (size_t i = 0; i < text.len; i++) {
        text.ptr[i] ^= 0x10;
        if (heads_reply_parse(buf_bytes(&text), &r, NULL) == ERR_OK &&
            heads_reply_verify(&r, 2, question, key, NULL) == ERR_OK)
            fail_msg("byte %zu goes unnoticed", i);
        text.ptr[i] ^= 0x10;
    }
    for (size_t len = 0; len < text.len; len++)
        test_err(heads_reply_parse(bytes_of(text.ptr, len), &r, NULL), ERR_FORMAT);
    text.ptr[4] = 2;
    test_err(heads_reply_parse(buf_bytes(&text), &r, NULL), ERR_VERSION);
}

static void rows_that_do_not_ascend_are_neither_written_nor_read(void **state)
{
    (void)state;
    struct why why;
    uint8_t question[32] = { 9 };
    AUTO_BUF struct buf rows = buf_init(ROOM), text = buf_init(ROOM);
    add_rows(&rows, 2);
    test_ok(heads_reply_write(2, question, 5, buf_bytes(&rows), secret, &text, &why), &why);
    struct heads_reply r;
    memcpy(text.ptr + 8 + 32 + 8 + 3 + HEADS_ROW_BYTES, rows.ptr, 32);
    test_err(heads_reply_parse(buf_bytes(&text), &r, NULL), ERR_FORMAT);
    buf_reset(&text);
    memcpy(rows.ptr + HEADS_ROW_BYTES, rows.ptr, 32);
    test_err(heads_reply_write(2, question, 5, buf_bytes(&rows), secret, &text, NULL), ERR_FORMAT);
    test_err(heads_reply_write(0, question, 5, bytes_of(rows.ptr, HEADS_ROW_BYTES), secret, &text,
                               NULL), ERR_FORMAT);
    test_err(heads_reply_write(2, question, 5, bytes_of(rows.ptr, HEADS_ROW_BYTES + 1), secret,
                               &text, NULL), ERR_FORMAT);
    assert_int_equal(text.len, 0);
}

static int start(void **state)
{
    (void)state;
    const uint8_t seed[32] = { 1 };
    if (crypto_init(NULL) != ERR_OK)
        return -1;
    sign_keypair(key, secret, seed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_has_56_bytes),
        cmocka_unit_test(a_reply_is_read_as_it_was_written),
        cmocka_unit_test(a_reply_is_to_one_question_by_one_gate),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(rows_that_do_not_ascend_are_neither_written_nor_read),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
