#include "base/test.h"

#include "crypto/hash.h"
#include "record/record.h"

#include <zstd.h>

static const uint8_t project[16] = { 1 }, author[32] = { 2 }, hedge[32] = { 3 }, fresh[32] = { 4 };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

static struct record_draft draft(struct bytes content)
{
    return (struct record_draft){ .kind = RECORD_TASK, .project = project, .author = author,
                                  .hedge = hedge,
                                  .content = { .type = bytes_str("text/plain"),
                                               .name = bytes_str("a.txt"), .bytes = content } };
}

static void a_record_opens_with_its_dek_and_fits_its_row(void **state)
{
    static const size_t lens[] = { 0, 1, 228, 229, 230, 65508, 65509, 65510, 200000 };
    static uint8_t content[200000];
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 13);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct why why;
        uint8_t dek[32];
        AUTO_RECORD_SEALED struct record_sealed s = { 0 };
        AUTO_RECORD_OPENED struct record_opened o = { 0 };
        struct record_draft d = draft(bytes_of(content, lens[i]));
        test_ok(record_seal(&d, fresh, dek, &s, &why), &why);
        test_ok(record_id_check(&s.header, s.id, &why), &why);
        test_ok(record_open(&s.header, dek, buf_bytes(&s.body), &o, &why), &why);
        assert_true(bytes_equal(o.type, d.content.type) && bytes_equal(o.name, d.content.name));
        assert_true(bytes_equal(o.bytes, d.content.bytes));
        const uint8_t parents[2][32] = { { 1 }, { 2 } };
        struct manifest_row row = record_row(&s, parents, 2);
        test_ok(manifest_row_check(&row, &s.header, o.padded_bytes, o.body_hash, &why), &why);
        assert_int_equal(row.parent_count, 2);
        assert_memory_equal(row.parents, parents, sizeof parents);
    }
}

static void the_dek_is_hedged_with_the_padded_plaintext(void **state)
{
    uint8_t dek[32], want[32], hash[32];
    struct why why;
    struct record_draft d = draft(bytes_str("hello"));
    AUTO_RECORD_SEALED struct record_sealed s = { 0 };
    AUTO_PLAIN struct plain padded = { 0 };
    test_ok(record_seal(&d, fresh, dek, &s, &why), &why);
    test_ok(plaintext_build(&d.content, &padded, &why), &why);
    sha256(hash, plain_bytes(&padded));
    record_dek(want, fresh, hedge, hash);
    assert_memory_equal(dek, want, 32);
}

static void another_key_header_or_body_opens_nothing(void **state)
{
    uint8_t dek[32], other[32];
    struct why why;
    struct record_draft d = draft(bytes_str("hello"));
    AUTO_RECORD_SEALED struct record_sealed s = { 0 };
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    test_ok(record_seal(&d, fresh, dek, &s, &why), &why);
    memcpy(other, dek, sizeof other);
    other[31] ^= 1;
    test_err(record_open(&s.header, other, buf_bytes(&s.body), &o, NULL), ERR_PAD);
    /* The same DEK under a header of another project: its commitment is right, its id is not. */
    struct record_header moved;
    const uint8_t elsewhere[16] = { 9 };
    record_header_make(&moved, RECORD_TASK, elsewhere, author, dek);
    test_err(record_open(&moved, dek, buf_bytes(&s.body), &o, NULL), ERR_OPEN);
    test_err(record_open(&s.header, dek, bytes_of(s.body.ptr, s.body.len - 1), &o, NULL),
             ERR_OPEN);
    test_err(record_open(&s.header, dek, bytes_of(s.body.ptr, 16), &o, NULL), ERR_CHUNK);
    assert_null(o.padded.ptr);
}

static void packed_content_is_opened_unpacked(void **state)
{
    static uint8_t content[5000], frame[6000];
    size_t len = ZSTD_compress(frame, sizeof frame, content, sizeof content, 1);
    uint8_t dek[32];
    struct why why;
    struct record_draft d = draft(bytes_of(frame, len));
    d.content.encoding = PLAINTEXT_ZSTD;
    AUTO_RECORD_SEALED struct record_sealed s = { 0 };
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    test_ok(record_seal(&d, fresh, dek, &s, &why), &why);
    test_ok(record_open(&s.header, dek, buf_bytes(&s.body), &o, &why), &why);
    assert_true(bytes_equal(o.bytes, bytes_of(content, sizeof content)));
    assert_true(bytes_equal(o.name, d.content.name));
}

/* An author who seals what is no plaintext gets no further than the reader's checks. */
static void a_false_plaintext_inside_a_good_body_is_refused(void **state)
{
    const uint8_t dek[32] = { 7 };
    uint8_t id[32], key[32], hash[32], padded[257] = { 0 };
    struct record_header h;
    record_header_make(&h, RECORD_TASK, project, author, dek);
    record_id(id, h.raw);
    record_content_key(key, &h, dek);
    static const struct { const char *why; size_t len, at; enum err want; } rows[] = {
        { "an empty plaintext", 256, 100, ERR_OK },
        { "padding not zero", 256, 255, ERR_PADDING },
        { "padded too far", 257, 100, ERR_PADDING },
        { "too short", 11, 100, ERR_FORMAT },
        { "encoding 3", 256, 3, ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(padded, 0, sizeof padded);
        padded[rows[i].at] = rows[i].at == 100 ? 0 : 3;
        AUTO_BUF struct buf body = buf_init(1000);
        AUTO_RECORD_OPENED struct record_opened o = { 0 };
        struct why why;
        test_ok(body_seal(key, id, bytes_of(padded, rows[i].len), &body, hash, &why), &why);
        enum err got = record_open(&h, dek, buf_bytes(&body), &o, NULL);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
    }
}

static void a_false_draft_is_not_sealed(void **state)
{
    uint8_t dek[32] = { 0 };
    const uint8_t untouched[32] = { 0 };
    struct record_sealed s;
    struct record_draft d = draft(bytes_str("x"));
    d.kind = RECORD_KIND_END;
    test_err(record_seal(&d, fresh, dek, &s, NULL), ERR_FORMAT);
    d = draft(bytes_str("x"));
    d.content.name = bytes_str("\xc3\x28");
    test_err(record_seal(&d, fresh, dek, &s, NULL), ERR_FORMAT);
    assert_memory_equal(dek, untouched, 32);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_record_opens_with_its_dek_and_fits_its_row),
        cmocka_unit_test(the_dek_is_hedged_with_the_padded_plaintext),
        cmocka_unit_test(another_key_header_or_body_opens_nothing),
        cmocka_unit_test(packed_content_is_opened_unpacked),
        cmocka_unit_test(a_false_plaintext_inside_a_good_body_is_refused),
        cmocka_unit_test(a_false_draft_is_not_sealed),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
