#include "base/test.h"

#include "record/manifest.h"
#include "tlog/tree.h"

enum { ID = 0, KIND = 32, PARENTS = 33, BODY_HASH = 137 };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

static struct manifest_row row_of(size_t i)
{
    struct manifest_row row = { .kind = (enum record_kind)(1 + i % 8), .parent_count = i % 4,
                                .padded_bytes = 256 + i };
    put_u64be(row.id, i * UINT64_C(0x9e3779b97f4a7c15)); /* in no order */
    row.id[31] = 1;
    for (size_t p = 0; p < row.parent_count; p++)
        put_u64be(row.parents[p] + 8, i + p + 1);
    put_u64be(row.body_hash, i);
    return row;
}

static struct buf object_of(size_t count)
{
    struct buf b = buf_init(MANIFEST_BYTES_MAX + MANIFEST_ROW_BYTES);
    for (size_t i = 0; i < count; i++) {
        struct manifest_row row = row_of(i);
        uint8_t *at = buf_grow(&b, MANIFEST_ROW_BYTES);
        assert_non_null(at);
        manifest_row_write(&row, at);
    }
    return b;
}

static enum err parse(struct bytes object)
{
    AUTO_MANIFEST struct manifest m = { 0 };
    uint8_t root[32] = { 0 };
    if (object.len > 0 && object.len % MANIFEST_ROW_BYTES == 0 && object.len <= MANIFEST_BYTES_MAX)
        assert_int_equal(manifest_root(object, root, NULL), ERR_OK);
    return manifest_parse(object, root, &m, NULL);
}

static void rows_read_back_and_are_found_by_id(void **state)
{
    static const size_t counts[] = { 1, 2, 3, 7, 1000 };
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct why why;
        AUTO_BUF struct buf object = object_of(counts[c]);
        AUTO_MANIFEST struct manifest m = { 0 };
        uint8_t root[32];
        test_ok(manifest_root(buf_bytes(&object), root, &why), &why);
        test_ok(manifest_parse(buf_bytes(&object), root, &m, &why), &why);
        assert_int_equal(m.count, counts[c]);
        for (size_t i = 0; i < m.count; i++) {
            struct manifest_row want = row_of(i), got = manifest_row(&m, i);
            assert_memory_equal(&want, &got, sizeof want);
            size_t at = 0;
            assert_true(manifest_find(&m, want.id, &at));
            assert_int_equal(at, i);
            want.id[31] = 2;
            assert_false(manifest_find(&m, want.id, &at));
        }
    }
}

static void a_full_manifest_fits_and_one_more_row_does_not(void **state)
{
    AUTO_BUF struct buf object = object_of(MANIFEST_ROWS_MAX + 1);
    assert_int_equal(parse(buf_bytes(&object)), ERR_FORMAT);
    object.len -= MANIFEST_ROW_BYTES;
    assert_int_equal(parse(buf_bytes(&object)), ERR_OK);
}

static void the_root_is_that_of_rfc_6962(void **state)
{
    AUTO_BUF struct buf object = object_of(5);
    uint8_t leaves[5][32], want[32], got[32];
    for (size_t i = 0; i < 5; i++)
        tlog_leaf_hash(leaves[i], bytes_of(object.ptr + i * MANIFEST_ROW_BYTES,
                                           MANIFEST_ROW_BYTES), NULL);
    tlog_root_of_leaves(want, leaves[0], 5);
    assert_int_equal(manifest_root(buf_bytes(&object), got, NULL), ERR_OK);
    assert_memory_equal(want, got, 32);
}

static void false_rows_are_refused(void **state)
{
    static const struct { const char *why; size_t row, at; uint8_t value; enum err want; }
    rows[] = {
        { "untouched", 0, KIND, 1, ERR_OK },
        { "kind 0", 2, KIND, 0, ERR_MANIFEST },
        { "kind 9", 1, KIND, 9, ERR_MANIFEST },
        { "second parent without a first", 0, PARENTS + 32, 1, ERR_MANIFEST },
        { "third parent without a first", 0, PARENTS + 95, 1, ERR_MANIFEST },
        { "third parent without a second", 1, PARENTS + 64, 1, ERR_MANIFEST },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf object = object_of(6);
        object.ptr[rows[i].row * MANIFEST_ROW_BYTES + rows[i].at] = rows[i].value;
        enum err got = parse(buf_bytes(&object));
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
    }
    for (size_t a = 0; a < 6; a++) {
        for (size_t b = 0; b < a; b++) {
            AUTO_BUF struct buf object = object_of(6);
            memcpy(object.ptr + a * MANIFEST_ROW_BYTES, object.ptr + b * MANIFEST_ROW_BYTES, 32);
            assert_int_equal(parse(buf_bytes(&object)), ERR_MANIFEST);
        }
    }
    AUTO_BUF struct buf object = object_of(3);
    for (size_t len = 0; len < object.len; len++)
        if (len % MANIFEST_ROW_BYTES != 0 || len == 0)
            assert_int_equal(parse(bytes_of(object.ptr, len)), ERR_FORMAT);
}

static void no_bit_of_a_row_can_be_changed(void **state)
{
    AUTO_BUF struct buf object = object_of(3);
    struct manifest m;
    uint8_t root[32];
    assert_int_equal(manifest_root(buf_bytes(&object), root, NULL), ERR_OK);
    for (size_t bit = 0; bit < 8 * object.len; bit++) {
        object.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(manifest_parse(buf_bytes(&object), root, &m, NULL), ERR_MANIFEST);
        object.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        root[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(manifest_parse(buf_bytes(&object), root, &m, NULL), ERR_MANIFEST);
        root[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void a_row_lists_one_record_only(void **state)
{
    const uint8_t project[16] = { 1 }, author[32] = { 2 }, dek[32] = { 3 }, other[32] = { 4 };
    struct record_header h, h2;
    record_header_make(&h, RECORD_TASK, project, author, dek);
    record_header_make(&h2, RECORD_TASK, project, author, other);
    struct manifest_row row = { .kind = RECORD_TASK, .padded_bytes = 512, .body_hash = { 9 } };
    record_id(row.id, h.raw);
    struct why why;
    test_ok(manifest_row_check(&row, &h, 512, row.body_hash, &why), &why);
    test_err(manifest_row_check(&row, &h2, 512, row.body_hash, NULL), ERR_MANIFEST);
    test_err(manifest_row_check(&row, &h, 513, row.body_hash, NULL), ERR_MANIFEST);
    test_err(manifest_row_check(&row, &h, 512, other, NULL), ERR_MANIFEST);
    row.kind = RECORD_GOLD;
    test_err(manifest_row_check(&row, &h, 512, row.body_hash, NULL), ERR_MANIFEST);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(rows_read_back_and_are_found_by_id),
        cmocka_unit_test(a_full_manifest_fits_and_one_more_row_does_not),
        cmocka_unit_test(the_root_is_that_of_rfc_6962),
        cmocka_unit_test(false_rows_are_refused),
        cmocka_unit_test(no_bit_of_a_row_can_be_changed),
        cmocka_unit_test(a_row_lists_one_record_only),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
