#include "base/test.h"

#include "record/record_header.h"

static uint8_t project[16], author[32], dek[32];

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    memset(project, 0x11, sizeof project);
    memset(author, 0x22, sizeof author);
    memset(dek, 0x33, sizeof dek);
    return 0;
}

static void a_header_reads_back_as_it_was_made(void **state)
{
    for (unsigned kind = RECORD_GUIDE; kind < RECORD_KIND_END; kind++) {
        struct record_header made, read;
        struct why why;
        record_header_make(&made, (enum record_kind)kind, project, author, dek);
        test_ok(record_header_parse(bytes_of(made.raw, sizeof made.raw), &read, &why), &why);
        assert_memory_equal(made.raw, read.raw, sizeof made.raw);
        assert_int_equal(read.kind, kind);
        assert_memory_equal(read.project, project, sizeof project);
        assert_memory_equal(read.author, author, sizeof author);
        assert_memory_equal(read.commitment, made.commitment, sizeof made.commitment);
        test_ok(record_commit_check(&read, dek, &why), &why);
        uint8_t key[32]; /* the commitment is public, the key is not: they have own labels */
        record_content_key(key, &read, dek);
        assert_memory_not_equal(key, made.commitment, sizeof key);
    }
}

static void every_wrong_byte_of_the_layout_is_refused(void **state)
{
    static const struct { const char *why; size_t at; uint8_t value; enum err want; } rows[] = {
        { "first byte of the magic", 0, 'C', ERR_FORMAT },
        { "last byte of the magic", 3, 'n', ERR_FORMAT },
        { "version 0", 4, 0, ERR_VERSION },
        { "version 2", 4, 2, ERR_VERSION },
        { "suite 0", 5, 0, ERR_VERSION },
        { "suite 2", 5, 2, ERR_VERSION },
        { "kind 0", 6, 0, ERR_FORMAT },
        { "kind 9 is reserved", 6, 9, ERR_FORMAT },
        { "kind 17 is reserved", 6, 17, ERR_FORMAT },
        { "kind 255", 6, 255, ERR_FORMAT },
        { "chunks of 2^15", 7, 15, ERR_FORMAT },
        { "chunks of 2^17", 7, 17, ERR_FORMAT },
        { "first zero", 56, 1, ERR_FORMAT },
        { "last zero", 63, 1, ERR_FORMAT },
    };
    struct record_header h, out;
    record_header_make(&h, RECORD_TASK, project, author, dek);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t raw[RECORD_HEADER_BYTES];
        memcpy(raw, h.raw, sizeof raw);
        raw[rows[i].at] = rows[i].value;
        enum err got = record_header_parse(bytes_of(raw, sizeof raw), &out, NULL);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
    }
    uint8_t longer[RECORD_HEADER_BYTES + 1] = { 0 };
    memcpy(longer, h.raw, sizeof h.raw);
    for (size_t len = 0; len <= sizeof longer; len++)
        if (len != RECORD_HEADER_BYTES)
            test_err(record_header_parse(bytes_of(longer, len), &out, NULL), ERR_FORMAT);
}

/* Whatever bit of a header is changed: it is refused, or is another record that the key does not
 * open. */
static void no_bit_of_a_header_can_be_changed(void **state)
{
    struct record_header h;
    uint8_t id[32];
    record_header_make(&h, RECORD_TASK, project, author, dek);
    record_id(id, h.raw);
    test_ok(record_id_check(&h, id, NULL), (&(struct why){ 0 }));
    for (size_t bit = 0; bit < 8 * sizeof h.raw; bit++) {
        uint8_t raw[RECORD_HEADER_BYTES];
        struct record_header changed;
        memcpy(raw, h.raw, sizeof raw);
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (record_header_parse(bytes_of(raw, sizeof raw), &changed, NULL) != ERR_OK)
            continue;
        test_err(record_id_check(&changed, id, NULL), ERR_RECORD_ID);
        test_err(record_commit_check(&changed, dek, NULL), ERR_PAD);
    }
}

static void no_other_key_passes_the_commitment(void **state)
{
    struct record_header h;
    record_header_make(&h, RECORD_FILE, project, author, dek);
    for (size_t bit = 0; bit < 256; bit++) {
        uint8_t other[32];
        memcpy(other, dek, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(record_commit_check(&h, other, NULL), ERR_PAD);
    }
}

static void a_dek_depends_on_randomness_hedge_and_content(void **state)
{
    const uint8_t random[2][32] = { { 1 }, { 2 } }, hedge[2][32] = { { 3 }, { 4 } };
    const uint8_t hash[2][32] = { { 5 }, { 6 } };
    uint8_t base[32], other[32];
    record_dek(base, random[0], hedge[0], hash[0]);
    record_dek(other, random[1], hedge[0], hash[0]);
    assert_memory_not_equal(base, other, 32);
    record_dek(other, random[0], hedge[1], hash[0]);
    assert_memory_not_equal(base, other, 32);
    record_dek(other, random[0], hedge[0], hash[1]);
    assert_memory_not_equal(base, other, 32);
    record_dek(other, random[0], hedge[0], NULL);
    assert_memory_not_equal(base, other, 32);
    const uint8_t zero[32] = { 0 };
    record_dek(base, random[0], hedge[0], zero);
    assert_memory_equal(base, other, 32);
}

static void kinds_have_one_name_each(void **state)
{
    struct why why;
    for (unsigned kind = RECORD_GUIDE; kind < RECORD_KIND_END; kind++) {
        enum record_kind got;
        test_ok(record_kind_parse(bytes_str(record_kind_name(kind)), &got, &why), &why);
        assert_int_equal(got, kind);
    }
    enum record_kind none = RECORD_TASK;
    test_err(record_kind_parse(bytes_str("session"), &none, NULL), ERR_UNSUPPORTED);
    test_err(record_kind_parse(bytes_str("work statement"), &none, NULL), ERR_UNSUPPORTED);
    test_err(record_kind_parse(bytes_str("Task"), &none, NULL), ERR_FORMAT);
    test_err(record_kind_parse(bytes_str(""), &none, NULL), ERR_FORMAT);
    test_err(record_kind_parse(bytes_of("task", 5), &none, NULL), ERR_FORMAT);
    assert_int_equal(none, RECORD_TASK);
    assert_string_equal(record_kind_name(0), "?");
    assert_string_equal(record_kind_name(RECORD_KIND_END), "?");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_header_reads_back_as_it_was_made),
        cmocka_unit_test(every_wrong_byte_of_the_layout_is_refused),
        cmocka_unit_test(no_bit_of_a_header_can_be_changed),
        cmocka_unit_test(no_other_key_passes_the_commitment),
        cmocka_unit_test(a_dek_depends_on_randomness_hedge_and_content),
        cmocka_unit_test(kinds_have_one_name_each),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
