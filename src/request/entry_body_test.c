#include "base/test.h"

#include "crypto/hash.h"
#include "request/entry_body.h"

static const uint8_t filler[70000];

static struct entry_body statement_body(void)
{
    return (struct entry_body){ .type = ENTRY_BODY_STATEMENT, .u.statement = bytes_str("{}") };
}

static struct entry_body release_body(void)
{
    struct entry_body b = { .type = ENTRY_BODY_RELEASE };
    struct entry_body_release *r = &b.u.release;
    r->gate = 2;
    r->act = 1;
    memset(r->epoch_id, 1, 32);
    memset(r->r, 2, 32);
    memset(r->device, 3, 32);
    memset(r->signature, 4, 64);
    memset(r->answer_hash, 5, 32);
    memcpy(r->rule, "annotate#1", 11);
    memcpy(r->reason, "OK", 3);
    memcpy(r->obligations, "lease 8h", 9);
    r->request = bytes_str("request");
    sha256(r->request_hash, r->request);
    return b;
}

static struct entry_body refusals_body(void)
{
    struct entry_body b = { .type = ENTRY_BODY_REFUSALS };
    memset(b.u.refusals.device, 6, 32);
    b.u.refusals.minute = 29000000;
    b.u.refusals.count = 3;
    memcpy(b.u.refusals.reason, "CFD-POL-003", 12);
    return b;
}

static uint8_t check_rows[2 * ENTRY_BODY_CHECK_BYTES];

static struct entry_body check_body(void)
{
    struct entry_body b = { .type = ENTRY_BODY_CHECK };
    b.u.check.gate = 1;
    check_rows[0] = 3;
    check_rows[ENTRY_BODY_CHECK_BYTES] = 5;
    b.u.check.rows = bytes_of(check_rows, sizeof check_rows);
    return b;
}

static struct entry_body ready_body(void)
{
    return (struct entry_body){ .type = ENTRY_BODY_READY, .u.ready = { .gate = 8 } };
}

static struct entry_body (*const samples[])(void) = { statement_body, release_body, refusals_body,
                                                       check_body, ready_body };
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static void what_was_written_is_what_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct why why;
        const struct entry_body a = samples[i]();
        struct entry_body b;
        AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX), again = buf_init(ENTRY_BODY_MAX);
        test_ok(entry_body_write(&a, &text, &why), &why);
        test_ok(entry_body_parse((uint16_t)a.type, buf_bytes(&text), &b, &why), &why);
        assert_int_equal(a.type, b.type);
        test_ok(entry_body_write(&b, &again, &why), &why);
        assert_true(bytes_equal(buf_bytes(&text), buf_bytes(&again)));
    }
}

static void a_release_keeps_all_that_was_said(void **state)
{
    (void)state;
    struct why why;
    const struct entry_body a = release_body();
    struct entry_body b;
    AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
    test_ok(entry_body_write(&a, &text, &why), &why);
    assert_int_equal(text.len, 2 + 32 * 3 + 64 + 32 + 11 + 3 + 9 + 1 + 32 + 2 + 7);
    test_ok(entry_body_parse(ENTRY_BODY_RELEASE, buf_bytes(&text), &b, &why), &why);
    assert_string_equal(b.u.release.rule, "annotate#1");
    assert_string_equal(b.u.release.reason, "OK");
    assert_string_equal(b.u.release.obligations, "lease 8h");
    assert_true(bytes_equal(b.u.release.request, bytes_str("request")));
    assert_memory_equal(b.u.release.device, a.u.release.device, 32);
}

static void every_cut_and_every_addition_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct why why;
        const struct entry_body a = samples[i]();
        struct entry_body b;
        AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
        test_ok(entry_body_write(&a, &text, &why), &why);
        for (size_t len = 0; len < text.len; len++)
            test_err(entry_body_parse((uint16_t)a.type, bytes_of(text.ptr, len), &b, NULL),
                     ERR_FORMAT);
        buf_add_u8(&text, 0);
        test_err(entry_body_parse((uint16_t)a.type, buf_bytes(&text), &b, NULL), ERR_FORMAT);
    }
    struct entry_body b;
    test_err(entry_body_parse(0, bytes_str(""), &b, NULL), ERR_FORMAT);
    test_err(entry_body_parse(6, bytes_str(""), &b, NULL), ERR_FORMAT);
}

typedef void change_release(struct entry_body_release *r);
static void gate_0(struct entry_body_release *r) { r->gate = 0; }
static void gate_9(struct entry_body_release *r) { r->gate = 9; }
static void act_3(struct entry_body_release *r) { r->act = 3; }
static void no_rule(struct entry_body_release *r) { r->rule[0] = '\0'; }
static void rule_0(struct entry_body_release *r) { r->rule[9] = '0'; }
static void rule_capital(struct entry_body_release *r) { r->rule[0] = 'A'; }
static void rule_alone(struct entry_body_release *r) { r->rule[8] = '\0'; }
static void rule_open(struct entry_body_release *r) { memset(r->rule, 'a', sizeof r->rule); }
static void denied(struct entry_body_release *r) { r->reason[0] = 'N'; }
static void control(struct entry_body_release *r) { r->obligations[0] = '\n'; }
static void not_utf8(struct entry_body_release *r) { r->obligations[0] = '\xff'; }
static void hash(struct entry_body_release *r) { r->request_hash[0] ^= 1; }
static void long_request(struct entry_body_release *r)
{
    r->request = bytes_of(filler, ENTRY_BODY_REQUEST_MAX + 1);
    sha256(r->request_hash, r->request);
}

static void a_wrong_release_is_not_written(void **state)
{
    (void)state;
    static const struct { const char *why; change_release *change; } rows[] = {
        { "gate 0", gate_0 }, { "gate 9", gate_9 }, { "act 3", act_3 }, { "no rule", no_rule },
        { "rule 0", rule_0 }, { "a capital", rule_capital }, { "no number", rule_alone },
        { "no end", rule_open }, { "a reason that is not OK", denied },
        { "a line break", control }, { "not UTF-8", not_utf8 }, { "another hash", hash },
        { "60,001 bytes", long_request },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entry_body b = release_body();
        AUTO_BUF struct buf text = buf_init(2 * ENTRY_BODY_MAX);
        rows[i].change(&b.u.release);
        if (entry_body_write(&b, &text, NULL) != ERR_FORMAT || text.len != 0)
            fail_msg("%s", rows[i].why);
    }
}

static void a_long_request_is_an_object(void **state)
{
    (void)state;
    struct why why;
    struct entry_body a = release_body(), b;
    AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
    a.u.release.request = bytes_of(NULL, 0);
    test_ok(entry_body_write(&a, &text, &why), &why);
    test_ok(entry_body_parse(ENTRY_BODY_RELEASE, buf_bytes(&text), &b, &why), &why);
    assert_int_equal(b.u.release.request.len, 0);
    assert_memory_equal(a.u.release.request_hash, b.u.release.request_hash, 32);
    size_t place = text.len - 2 - 32 - 1;
    assert_int_equal(text.ptr[place], 1);
    for (uint8_t v = 0; v < 4; v++) {
        text.ptr[place] = v;
        test_err(entry_body_parse(ENTRY_BODY_RELEASE, buf_bytes(&text), &b, NULL),
                 v == 1 ? ERR_OK : ERR_FORMAT);
    }
    /* Inline, but said to be an object. */
    a = release_body();
    buf_reset(&text);
    test_ok(entry_body_write(&a, &text, &why), &why);
    text.ptr[text.len - 7 - 2 - 32 - 1] = 1;
    test_err(entry_body_parse(ENTRY_BODY_RELEASE, buf_bytes(&text), &b, NULL), ERR_FORMAT);
}

static void other_wrong_bodies_are_not_written(void **state)
{
    (void)state;
    struct entry_body rows[8];
    rows[0] = statement_body();
    rows[0].u.statement.len = 0;
    rows[1] = statement_body();
    rows[1].u.statement = bytes_of(filler, ENTRY_BODY_ENVELOPE_MAX + 1);
    rows[2] = refusals_body();
    rows[2].u.refusals.count = 0;
    rows[3] = refusals_body();
    rows[3].u.refusals.reason[0] = '\0';
    rows[4] = check_body();
    rows[4].u.check.rows.len = 0;
    rows[5] = check_body();
    rows[5].u.check.rows.len = 34;
    rows[6] = ready_body();
    rows[6].u.ready.gate = 0;
    rows[7] = check_body();
    rows[7].u.check.gate = 9;
    for (size_t i = 0; i < 8; i++) {
        AUTO_BUF struct buf text = buf_init(2 * ENTRY_BODY_MAX);
        if (entry_body_write(&rows[i], &text, NULL) != ERR_FORMAT)
            fail_msg("row %zu", i);
    }
    struct entry_body b = check_body();
    AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
    check_rows[ENTRY_BODY_CHECK_BYTES] = 3;
    test_err(entry_body_write(&b, &text, NULL), ERR_FORMAT);
}

static void the_longest_bodies_fit_an_entry(void **state)
{
    (void)state;
    struct why why;
    struct entry_body b = release_body();
    AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
    memset(b.u.release.rule, 'a', 32);
    memcpy(b.u.release.rule + 32, "#9999999999999999999999999999999", 33);
    memset(b.u.release.obligations, 'x', ENTRY_BODY_OBLIGATIONS_MAX);
    b.u.release.request = bytes_of(filler, ENTRY_BODY_REQUEST_MAX);
    sha256(b.u.release.request_hash, b.u.release.request);
    test_ok(entry_body_write(&b, &text, &why), &why);
    test_ok(entry_body_parse(ENTRY_BODY_RELEASE, buf_bytes(&text), &b, &why), &why);
    b = statement_body();
    b.u.statement = bytes_of(filler, ENTRY_BODY_ENVELOPE_MAX);
    buf_reset(&text);
    test_ok(entry_body_write(&b, &text, &why), &why);
}

static void a_zero_in_a_text_is_refused(void **state)
{
    (void)state;
    struct why why;
    struct entry_body b = refusals_body();
    AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
    test_ok(entry_body_write(&b, &text, &why), &why);
    text.ptr[32 + 8 + 4 + 1 + 5] = 0;
    test_err(entry_body_parse(ENTRY_BODY_REFUSALS, buf_bytes(&text), &b, NULL), ERR_FORMAT);
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
        cmocka_unit_test(a_release_keeps_all_that_was_said),
        cmocka_unit_test(every_cut_and_every_addition_is_refused),
        cmocka_unit_test(a_wrong_release_is_not_written),
        cmocka_unit_test(a_long_request_is_an_object),
        cmocka_unit_test(other_wrong_bodies_are_not_written),
        cmocka_unit_test(the_longest_bodies_fit_an_entry),
        cmocka_unit_test(a_zero_in_a_text_is_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
