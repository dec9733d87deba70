#include "base/test.h"

#include "crypto/hash.h"
#include "crypto/kx.h"
#include "record/record_header.h"
#include "request/body.h"

enum { ROOM = 8 << 20 };

static const uint8_t device[32] = { 5 };

static void make_header(uint8_t out[REQUEST_HEADER_BYTES], const uint8_t project[16], uint32_t i)
{
    uint8_t dek[KEY_BYTES] = { 9 };
    put_u32be(dek, i);
    struct record_header h;
    record_header_make(&h, RECORD_TASK, project, device, dek);
    memcpy(out, h.raw, REQUEST_HEADER_BYTES);
}

struct sample {
    struct buf headers, closes;
    struct request r;
};

static void sample_release(struct sample *s)
{
    buf_release(&s->headers);
    buf_release(&s->closes);
}

static struct sample sample(uint32_t headers, uint32_t closes)
{
    struct sample s = { .headers = buf_init(ROOM), .closes = buf_init(ROOM) };
    struct request *r = &s.r;
    r->act = REQUEST_RELEASE;
    r->gates = 0x05;
    memset(r->owner, 1, sizeof r->owner);
    memset(r->epoch_id, 2, sizeof r->epoch_id);
    memset(r->project, 3, sizeof r->project);
    r->created = 1000;
    r->expires = 1120;
    const uint8_t secret[32] = { 77 };
    kx_public(r->ephemeral, secret);
    memcpy(r->purpose, "annotate", 9);
    for (uint32_t i = 0; i < headers; i++)
        make_header(buf_grow(&s.headers, REQUEST_HEADER_BYTES), r->project, i);
    for (uint32_t i = 0; i < closes; i++) {
        struct request_close c = { .how = i % 2 ? REQUEST_SKIP : REQUEST_SUBMISSION };
        memset(c.task, (int)i, sizeof c.task);
        memset(c.record, c.how == REQUEST_SKIP ? 0 : (int)(2 * i), sizeof c.record);
        request_close_write(&c, &s.closes);
    }
    r->headers = buf_bytes(&s.headers);
    r->closes = buf_bytes(&s.closes);
    return s;
}

static void a_skip_names_no_record(void **state)
{
    (void)state;
    struct why why;
    struct request r;
    struct sample s = sample(1, 2);
    AUTO_BUF struct buf body = buf_init(REQUEST_BYTES_MAX);
    test_ok(request_write(&s.r, &body, &why), &why);
    body.ptr[168 + 11 + 65 + 33 + 31] = 1;
    test_err(request_parse(buf_bytes(&body), &r, NULL), ERR_FORMAT);
    test_err(request_parse_logged(buf_bytes(&body), &r, NULL), ERR_FORMAT);
    sample_release(&s);
}

static void what_was_written_is_what_is_read(void **state)
{
    (void)state;
    static const uint32_t counts[][2] = { { 1, 0 }, { 2, 1 }, { 100, 1008 }, { 65536, 3 } };
    for (size_t n = 0; n < 4; n++) {
        struct why why;
        struct sample s = sample(counts[n][0], counts[n][1]);
        AUTO_BUF struct buf body = buf_init(REQUEST_BYTES_MAX), again = buf_init(ROOM);
        test_ok(request_write(&s.r, &body, &why), &why);
        struct request r;
        test_ok(request_parse_logged(buf_bytes(&body), &r, &why), &why);
        assert_int_equal(request_close_count(&r), counts[n][1]);
        test_ok(request_parse(buf_bytes(&body), &r, &why), &why);
        assert_int_equal(request_header_count(&r), counts[n][0]);
        assert_int_equal(request_close_count(&r), counts[n][1]);
        assert_string_equal(r.purpose, "annotate");
        assert_int_equal(r.expires, 1120);
        test_ok(request_write(&r, &again, &why), &why);
        assert_true(bytes_equal(buf_bytes(&body), buf_bytes(&again)));
        for (size_t i = 0; i < counts[n][1]; i++) {
            struct request_close c = request_close(&r, i);
            assert_int_equal(c.how, i % 2 ? REQUEST_SKIP : REQUEST_SUBMISSION);
            assert_int_equal(c.task[31], (uint8_t)i);
            assert_int_equal(c.record[0], i % 2 ? 0 : (uint8_t)(2 * i));
        }
        sample_release(&s);
    }
}

static void fields_stand_where_the_format_says(void **state)
{
    (void)state;
    struct why why;
    struct sample s = sample(1, 1);
    memset(s.r.manifest, 0xee, 32);
    AUTO_BUF struct buf body = buf_init(ROOM);
    test_ok(request_write(&s.r, &body, &why), &why);
    const uint8_t *p = body.ptr;
    assert_memory_equal(p, "cfdr\1\1\1\5", 8);
    assert_memory_equal(p + 8, s.r.owner, 32);
    assert_memory_equal(p + 40, s.r.epoch_id, 32);
    assert_memory_equal(p + 72, s.r.project, 16);
    assert_int_equal(get_u64be(p + 88), 1000);
    assert_int_equal(get_u64be(p + 96), 1120);
    assert_memory_equal(p + 104, s.r.ephemeral, 32);
    assert_memory_equal(p + 136, s.r.manifest, 32);
    assert_memory_equal(p + 168, "\10annotate\0\101", 11);
    assert_memory_equal(p + 168 + 11 + 65, "\0\0\140", 3);
    assert_int_equal(body.len, 168 + 11 + 65 + 3 + 96);
    sample_release(&s);
}

static void r_binds_the_device_and_every_byte(void **state)
{
    (void)state;
    uint8_t r[32], want[32];
    const struct bytes parts[] = { bytes_str("cfd1 request"), bytes_of(device, 32),
                                   bytes_str("body") };
    sha256_parts(want, parts, 3);
    request_r(r, device, bytes_str("body"));
    assert_memory_equal(r, want, 32);
}

static void ids_are_the_headers_hashes(void **state)
{
    (void)state;
    struct sample s = sample(3, 0);
    uint8_t ids[3][32], want[32];
    request_ids(&s.r, ids);
    for (size_t i = 0; i < 3; i++) {
        const struct bytes parts[] = { bytes_str("cfd1 record"),
                                       bytes_of(request_header(&s.r, i), 96) };
        sha256_parts(want, parts, 2);
        assert_memory_equal(ids[i], want, 32);
    }
    sample_release(&s);
}

/* One byte of a good body becomes another. */
static void a_wrong_byte_is_called_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t at;
        uint8_t put;
        enum err want;
    } rows[] = {
        { "magic", 3, 'x', ERR_FORMAT },
        { "version 2", 4, 2, ERR_VERSION },
        { "suite 2", 5, 2, ERR_VERSION },
        { "act 0", 6, 0, ERR_FORMAT },
        { "re-key", 6, 3, ERR_UNSUPPORTED },
        { "grant", 6, 4, ERR_UNSUPPORTED },
        { "act 5", 6, 5, ERR_FORMAT },
        { "no gate", 7, 0, ERR_REQUEST_GATES },
        { "one gate", 7, 4, ERR_REQUEST_GATES },
        { "six gates", 7, 0x3f, ERR_REQUEST_GATES },
        { "another project", 72, 9, ERR_FORMAT },
        { "created after it expires", 94, 0xff, ERR_REQUEST_TIME },
        { "121 s", 103, 0x61, ERR_REQUEST_TIME },
        { "a capital in the purpose", 169, 'A', ERR_FORMAT },
        { "a NUL in the purpose", 170, 0, ERR_FORMAT },
        { "closes how 3", 168 + 11 + 32, 3, ERR_FORMAT },
        { "closes how 0", 168 + 11 + 32, 0, ERR_FORMAT },
        { "closes cut", 168 + 10, 64, ERR_FORMAT },
        { "headers cut", 168 + 11 + 65 + 2, 95, ERR_FORMAT },
        { "header's magic", 168 + 11 + 65 + 3, 'x', ERR_FORMAT },
        { "header's version", 168 + 11 + 65 + 3 + 4, 2, ERR_VERSION },
        { "header's kind", 168 + 11 + 65 + 3 + 6, 9, ERR_FORMAT },
        { "header's project", 168 + 11 + 65 + 3 + 8, 9, ERR_FORMAT },
    };
    struct sample s = sample(1, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = { 0 };
        AUTO_BUF struct buf body = buf_init(ROOM);
        struct request r = { 0 };
        test_ok(request_write(&s.r, &body, &why), &why);
        body.ptr[rows[i].at] = rows[i].put;
        enum err e = request_parse(buf_bytes(&body), &r, &why);
        if (e != rows[i].want)
            fail_msg("%s: %s: %s", rows[i].why, err_code(e), why.text);
        assert_int_equal(r.act, 0);
    }
    struct why why = { 0 };
    AUTO_BUF struct buf body = buf_init(ROOM);
    s.r.gates = 0xf8; /* five are not too many */
    test_ok(request_write(&s.r, &body, &why), &why);
    sample_release(&s);
}

static void every_cut_and_every_addition_is_refused(void **state)
{
    (void)state;
    struct why why;
    struct sample s = sample(2, 2);
    AUTO_BUF struct buf body = buf_init(ROOM);
    struct request r;
    test_ok(request_write(&s.r, &body, &why), &why);
    for (size_t len = 0; len < body.len; len++)
        test_err(request_parse(bytes_of(body.ptr, len), &r, NULL), ERR_FORMAT);
    buf_add_u8(&body, 0);
    test_err(request_parse(buf_bytes(&body), &r, NULL), ERR_FORMAT);
    test_err(request_parse(bytes_of(NULL, 0), &r, NULL), ERR_FORMAT);
    sample_release(&s);
}

static void a_key_of_low_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t low[][32] = {
        { 0 },
        { 1 },
        { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
          0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
          0xb8, 0x00 },
    };
    struct sample s = sample(1, 0);
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUF struct buf body = buf_init(ROOM);
        memcpy(s.r.ephemeral, low[i], 32);
        test_err(request_write(&s.r, &body, NULL), ERR_KEY);
        assert_int_equal(body.len, 0);
    }
    sample_release(&s);
}

static void a_header_twice_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static const uint32_t rows[][3] = { { 2, 0, 1 }, { 100, 0, 99 }, { 65536, 40000, 17 } };
    for (size_t i = 0; i < 3; i++) {
        struct sample s = sample(rows[i][0], 0);
        memcpy(s.headers.ptr + 96 * rows[i][1], s.headers.ptr + 96 * rows[i][2], 96);
        AUTO_BUF struct buf body = buf_init(ROOM);
        test_err(request_write(&s.r, &body, NULL), ERR_FORMAT);
        sample_release(&s);
    }
    /* Equal commitments alone are no crime: author and kind may differ. */
    struct sample s = sample(2, 0);
    memcpy(s.headers.ptr + 96, s.headers.ptr, 96);
    s.headers.ptr[96 + 6] = RECORD_GUIDE;
    AUTO_BUF struct buf body = buf_init(ROOM);
    test_err(request_write(&s.r, &body, NULL), ERR_OK);
    sample_release(&s);
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct sample s = sample(65537, 1009);
    AUTO_BUF struct buf body = buf_init(2 * ROOM);
    s.r.closes.len = 0;
    test_err(request_write(&s.r, &body, NULL), ERR_FORMAT);
    s.r.headers.len = 96;
    test_err(request_write(&s.r, &body, NULL), ERR_OK);
    s.r.closes.len = s.closes.len;
    test_err(request_write(&s.r, &body, NULL), ERR_FORMAT);
    s.r.closes.len = 65;
    s.r.headers.len = 0;
    test_err(request_write(&s.r, &body, NULL), ERR_FORMAT);
    s.r.headers.len = 96;
    memset(s.r.purpose, 'a', sizeof s.r.purpose);
    test_err(request_write(&s.r, &body, NULL), ERR_FORMAT);
    s.r.purpose[0] = 0;
    test_err(request_write(&s.r, &body, NULL), ERR_FORMAT);
    sample_release(&s);
}

static void gates_fit_the_act_and_the_epoch(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum request_act act;
        uint8_t gates, roster;
        unsigned threshold, self;
        enum err want;
    } rows[] = {
        { "2 of 3", REQUEST_RELEASE, 0x3, 0x7, 2, 1, ERR_OK },
        { "a release of 3 for 2 of 3", REQUEST_RELEASE, 0x7, 0x7, 2, 1, ERR_REQUEST_GATES },
        { "a release of 2 for 3 of 5", REQUEST_RELEASE, 0x3, 0x1f, 3, 1, ERR_REQUEST_GATES },
        { "another gate answers", REQUEST_RELEASE, 0x3, 0x7, 2, 3, ERR_REQUEST_GATES },
        { "not in the roster", REQUEST_RELEASE, 0x9, 0x7, 2, 1, ERR_REQUEST_GATES },
        { "high numbers", REQUEST_RELEASE, 0xc0, 0xe0, 2, 8, ERR_OK },
        { "a create of 2t-1", REQUEST_CREATE, 0x7, 0x7, 2, 3, ERR_OK },
        { "a create of t", REQUEST_CREATE, 0x5, 0x7, 2, 3, ERR_OK },
        { "a create of 2t", REQUEST_CREATE, 0xf, 0xf, 2, 3, ERR_REQUEST_GATES },
        { "a create of all", REQUEST_CREATE, 0x1f, 0x1f, 3, 3, ERR_OK },
        { "a create of 2t-1 of more", REQUEST_CREATE, 0x1f, 0x3f, 3, 3, ERR_OK },
        { "a create of 2t of more", REQUEST_CREATE, 0x3f, 0x3f, 3, 3, ERR_REQUEST_GATES },
        { "n below 2t-1", REQUEST_CREATE, 0xf, 0xf, 3, 3, ERR_OK },
        { "a create of t-1", REQUEST_CREATE, 0x3, 0x1f, 3, 1, ERR_REQUEST_GATES },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct request r = { .act = rows[i].act, .gates = rows[i].gates };
        enum err e =
            request_gates_check(&r, rows[i].roster, rows[i].threshold, rows[i].self, NULL);
        if (e != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(e));
    }
}

static void only_the_author_may_create(void **state)
{
    (void)state;
    static const uint8_t other[32] = { 6 };
    struct sample s = sample(3, 0);
    test_err(request_author_check(&s.r, other, NULL), ERR_OK);
    s.r.act = REQUEST_CREATE;
    test_err(request_author_check(&s.r, device, NULL), ERR_OK);
    test_err(request_author_check(&s.r, other, NULL), ERR_DENIED_AUTHOR);
    s.headers.ptr[2 * 96 + 24] ^= 1;
    test_err(request_author_check(&s.r, device, NULL), ERR_DENIED_AUTHOR);
    sample_release(&s);
}

static void rubbish_never_crashes(void **state)
{
    (void)state;
    struct why why;
    struct sample s = sample(3, 3);
    AUTO_BUF struct buf body = buf_init(ROOM);
    test_ok(request_write(&s.r, &body, &why), &why);
    uint32_t x = 1;
    for (int i = 0; i < 50000; i++) {
        x = x * 1664525 + 1013904223;
        size_t at = (x >> 8) % body.len;
        uint8_t was = body.ptr[at];
        body.ptr[at] ^= (uint8_t)(1 + x % 255);
        struct request r;
        AUTO_BUF struct buf again = buf_init(ROOM);
        if (request_parse(buf_bytes(&body), &r, NULL) == ERR_OK) {
            test_ok(request_write(&r, &again, &why), &why);
            assert_true(bytes_equal(buf_bytes(&body), buf_bytes(&again)));
        }
        if (i % 3)
            body.ptr[at] = was;
        if (i % 50 == 0) {
            buf_reset(&body);
            test_ok(request_write(&s.r, &body, &why), &why);
        }
    }
    sample_release(&s);
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
        cmocka_unit_test(a_skip_names_no_record),
        cmocka_unit_test(fields_stand_where_the_format_says),
        cmocka_unit_test(r_binds_the_device_and_every_byte),
        cmocka_unit_test(ids_are_the_headers_hashes),
        cmocka_unit_test(a_wrong_byte_is_called_by_its_name),
        cmocka_unit_test(every_cut_and_every_addition_is_refused),
        cmocka_unit_test(a_key_of_low_order_is_refused),
        cmocka_unit_test(a_header_twice_is_found_wherever_it_stands),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(gates_fit_the_act_and_the_epoch),
        cmocka_unit_test(only_the_author_may_create),
        cmocka_unit_test(rubbish_never_crashes),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
