#include "base/test.h"

#include "record/body.h"
#include "record/pack.h"

enum { ROWS = 3 };
static struct record_header headers[ROWS];
static const uint64_t lengths[ROWS] = { 272, 17, 65552 + 17 };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    for (uint8_t i = 0; i < ROWS; i++) {
        const uint8_t project[16] = { 1 }, author[32] = { 2 }, dek[32] = { i };
        record_header_make(&headers[i], RECORD_FILE, project, author, dek);
    }
    return 0;
}

static struct buf packed(void)
{
    struct pack_item items[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        items[i] = (struct pack_item){ headers[i].raw, lengths[i] };
    struct buf out = buf_init(1 << 20);
    struct why why;
    test_ok(pack_front(items, ROWS, &out, &why), &why);
    for (size_t i = 0; i < ROWS; i++)
        memset(buf_grow(&out, (size_t)lengths[i]), (int)i + 1, (size_t)lengths[i]);
    return out;
}

static void what_is_packed_is_found_at_its_place(void **state)
{
    struct why why;
    AUTO_BUF struct buf b = packed();
    AUTO_PACK struct pack p = { 0 };
    size_t front;
    test_ok(pack_front_bytes(bytes_of(b.ptr, PACK_START_BYTES), &front, &why), &why);
    assert_int_equal(front, PACK_START_BYTES + ROWS * PACK_ROW_BYTES);
    test_ok(pack_parse(bytes_of(b.ptr, front), b.len, &p, &why), &why);
    assert_int_equal(p.count, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        struct pack_place at = pack_at(&p, i);
        assert_memory_equal(at.header.raw, headers[i].raw, RECORD_HEADER_BYTES);
        assert_int_equal(at.sealed_bytes, lengths[i]);
        assert_int_equal(b.ptr[at.offset], i + 1);
        assert_int_equal(b.ptr[at.offset + at.sealed_bytes - 1], i + 1);
    }
}

static enum err parse(struct bytes in, uint64_t total)
{
    AUTO_PACK struct pack p = { 0 };
    return pack_parse(in, total, &p, NULL);
}

static void every_wrong_byte_of_the_front_is_refused(void **state)
{
    static const struct { const char *why; size_t at; uint8_t value; enum err want; } rows[] = {
        { "magic", 3, 'm', ERR_FORMAT },
        { "version 0", 4, 0, ERR_VERSION },
        { "version 2", 4, 2, ERR_VERSION },
        { "first zero", 5, 1, ERR_FORMAT },
        { "last zero", 7, 1, ERR_FORMAT },
        { "no record", 11, 0, ERR_FORMAT },
        { "one record less", 11, 2, ERR_FORMAT },
        { "one record more", 11, 4, ERR_FORMAT },
        { "65,539 records", 9, 1, ERR_FORMAT },
        { "2^24 and 3 records", 8, 1, ERR_FORMAT },
        { "a header's magic", 12, 'x', ERR_FORMAT },
        { "a header's version", 16, 2, ERR_VERSION },
        { "a header's kind", 12 + 104 + 6, 0, ERR_FORMAT },
        { "a length one more", 12 + 103, 17, ERR_FORMAT },
        { "a length of 16", 12 + 2 * 104 - 1, 16, ERR_FORMAT },
        { "a length of 0", 12 + 2 * 104 - 1, 0, ERR_FORMAT },
        { "a length of 2^56", 12 + 96, 1, ERR_FORMAT },
        { "a last piece of 16 bytes", 12 + 3 * 104 - 1, 0x20, ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf b = packed();
        b.ptr[rows[i].at] = rows[i].value;
        enum err got = parse(buf_bytes(&b), b.len);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
    }
}

static void a_pack_is_neither_cut_nor_longer(void **state)
{
    AUTO_BUF struct buf b = packed();
    size_t front = PACK_START_BYTES + ROWS * PACK_ROW_BYTES;
    assert_int_equal(parse(buf_bytes(&b), b.len), ERR_OK);
    assert_int_equal(parse(buf_bytes(&b), b.len - 1), ERR_FORMAT);
    assert_int_equal(parse(buf_bytes(&b), b.len + 1), ERR_FORMAT);
    for (size_t len = 0; len < front; len++)
        assert_int_equal(parse(bytes_of(b.ptr, len), len), ERR_FORMAT);
    /* A front that is cut after a field's end, of a blob that is whole. */
    assert_int_equal(parse(bytes_of(b.ptr, front - PACK_ROW_BYTES), b.len), ERR_FORMAT);
    size_t n;
    for (size_t len = 0; len < PACK_START_BYTES; len++)
        test_err(pack_front_bytes(bytes_of(b.ptr, len), &n, NULL), ERR_FORMAT);
}

static void a_record_is_once_in_a_pack(void **state)
{
    for (size_t a = 0; a < ROWS; a++) {
        for (size_t c = 0; c < a; c++) {
            AUTO_BUF struct buf b = packed();
            memcpy(b.ptr + PACK_START_BYTES + a * PACK_ROW_BYTES, headers[c].raw,
                   RECORD_HEADER_BYTES);
            assert_int_equal(parse(buf_bytes(&b), b.len), ERR_FORMAT);
        }
    }
}

static void a_false_pack_is_not_written(void **state)
{
    AUTO_BUF struct buf out = buf_init(1 << 20);
    buf_add_str(&out, "before");
    uint8_t bad[RECORD_HEADER_BYTES];
    memcpy(bad, headers[0].raw, sizeof bad);
    bad[6] = 0;
    const struct { const char *why; struct pack_item items[2]; size_t count; } rows[] = {
        { "none", { { NULL, 0 } }, 0 },
        { "too many", { { NULL, 0 } }, PACK_RECORDS_MAX + 1 },
        { "impossible length", { { headers[0].raw, 16 } }, 1 },
        { "bad header", { { bad, 17 } }, 1 },
        { "one twice", { { headers[0].raw, 17 }, { headers[0].raw, 18 } }, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (pack_front(rows[i].items, rows[i].count, &out, NULL) != ERR_FORMAT)
            fail_msg("%s", rows[i].why);
        assert_int_equal(out.len, 6);
    }
    const struct pack_item two[] = { { headers[0].raw, 17 }, { headers[1].raw, 17 } };
    struct why why;
    AUTO_BUF struct buf alone = buf_init(1 << 10);
    test_ok(pack_front(two, 2, &alone, &why), &why);
    test_ok(pack_front(two, 2, &out, &why), &why);
    assert_int_equal(out.len, 6 + alone.len);
    assert_memory_equal(out.ptr + 6, alone.ptr, alone.len);
    AUTO_BUF struct buf small = buf_init(PACK_START_BYTES + 2 * PACK_ROW_BYTES - 1);
    test_err(pack_front(two, 2, &small, NULL), ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(what_is_packed_is_found_at_its_place),
        cmocka_unit_test(every_wrong_byte_of_the_front_is_refused),
        cmocka_unit_test(a_pack_is_neither_cut_nor_longer),
        cmocka_unit_test(a_record_is_once_in_a_pack),
        cmocka_unit_test(a_false_pack_is_not_written),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
