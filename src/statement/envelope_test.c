#include "statement/sample_test.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "statement/envelope.h"

enum { TEXT_MAX = 80 << 10 };

static void sealed(const char *kind, struct bytes payload, size_t count, struct buf *text)
{
    struct why why;
    struct sample s = { 1 };
    struct sample_key key[ENVELOPE_SIGNATURES_MAX];
    const uint8_t *secrets[ENVELOPE_SIGNATURES_MAX];
    for (size_t i = 0; i < count; i++) {
        key[i] = sample_key(&s);
        secrets[i] = key[i].secret;
    }
    AUTO_ENVELOPE struct envelope e = { 0 };
    test_ok(envelope_sign(kind, payload, secrets, count, &e, &why), &why);
    test_ok(envelope_write(&e, text, &why), &why);
}

/* DSSE's protocol.md: PAE("http://example.com/HelloWorld", "hello world") has this shape. */
static void the_pae_counts_type_and_payload(void **state)
{
    (void)state;
    AUTO_BUF struct buf pae = buf_init(200);
    envelope_pae("member", bytes_str("hello world"), &pae);
    assert_string_equal(buf_cstr(&pae),
                        "DSSEv1 40 application/vnd.cofferdam.member.v1+json 11 hello world");
}

static void an_envelope_has_one_form(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = buf_init(TEXT_MAX);
    sealed("member", bytes_str("{}"), 1, &text);
    const char *s = buf_cstr(&text);
    static const char before[] = "{\"payloadType\":\"application/vnd.cofferdam.member.v1+json\","
                                 "\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"";
    assert_memory_equal(s, before, sizeof before - 1);
    assert_int_equal(text.len, sizeof before - 1 + 64 + strlen("\",\"sig\":\"") + 88 + 4);
    assert_string_equal(s + text.len - 4, "\"}]}");
}

static void it_survives_the_way_there_and_back(void **state)
{
    (void)state;
    struct sample s = { 2 };
    for (size_t len = 0; len < 200; len++) {
        struct why why;
        uint8_t payload[200];
        sample_bytes(&s, payload, len);
        AUTO_BUF struct buf text = buf_init(TEXT_MAX), again = buf_init(TEXT_MAX);
        AUTO_ENVELOPE struct envelope e = { 0 };
        size_t count = 1 + len % ENVELOPE_SIGNATURES_MAX;
        sealed("root", bytes_of(payload, len), count, &text);
        test_ok(envelope_parse(buf_bytes(&text), &e, &why), &why);
        test_ok(envelope_verify(&e, &why), &why);
        assert_int_equal(e.signature_count, count);
        assert_true(bytes_equal(buf_bytes(&e.payload), bytes_of(payload, len)));
        test_ok(envelope_write(&e, &again, &why), &why);
        assert_true(bytes_equal(buf_bytes(&text), buf_bytes(&again)));
        uint8_t id[32];
        AUTO_BUF struct buf pae = buf_init(TEXT_MAX);
        envelope_pae("root", bytes_of(payload, len), &pae);
        sha256(id, buf_bytes(&pae));
        assert_memory_equal(id, e.id, 32);
    }
}

#define SIG                                                                                        \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"                                                  \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define ZERO_KEY "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE_KEY "1000000000000000000000000000000000000000000000000000000000000000"
#define TYPE(kind) "{\"payloadType\":\"application/vnd.cofferdam." kind ".v1+json\","
#define SIGNED(key) "{\"keyid\":\"" key "\",\"sig\":\"" SIG "\"}"
#define ALL(list) "\"signatures\":[" list "]}"

static void every_other_form_is_refused(void **state)
{
    (void)state;
    static const struct { const char *why, *text; enum err want; } rows[] = {
        { "the form", TYPE("member") "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)), ERR_OK },
        { "two on a root",
          TYPE("root") "\"payload\":\"\"," ALL(SIGNED(ZERO_KEY) "," SIGNED(ONE_KEY)),
          ERR_OK },
        { "empty", "", ERR_ENVELOPE },
        { "another type", "{\"payloadType\":\"application/json\",\"payload\":\"e30=\","
                          ALL(SIGNED(ZERO_KEY)), ERR_ENVELOPE },
        { "version 2", "{\"payloadType\":\"application/vnd.cofferdam.member.v2+json\","
                       "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)), ERR_ENVELOPE },
        { "no kind", TYPE("") "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)), ERR_ENVELOPE },
        { "a long kind", TYPE("abcdefghijklmnopq") "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)),
          ERR_ENVELOPE },
        { "a kind of capitals", TYPE("Member") "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)),
          ERR_ENVELOPE },
        { "white space", TYPE("member") " \"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)),
          ERR_ENVELOPE },
        { "url-safe base64", TYPE("member") "\"payload\":\"_-8=\"," ALL(SIGNED(ZERO_KEY)),
          ERR_ENVELOPE },
        { "no padding", TYPE("member") "\"payload\":\"e30\"," ALL(SIGNED(ZERO_KEY)), ERR_ENVELOPE },
        { "bits behind the end", TYPE("member") "\"payload\":\"e31=\"," ALL(SIGNED(ZERO_KEY)),
          ERR_ENVELOPE },
        { "no signature", TYPE("member") "\"payload\":\"e30=\"," ALL(""), ERR_ENVELOPE },
        { "two signatures", TYPE("member") "\"payload\":\"e30=\","
                            ALL(SIGNED(ZERO_KEY) "," SIGNED(ONE_KEY)), ERR_ENVELOPE },
        { "a comma behind", TYPE("member") "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY) ","),
          ERR_ENVELOPE },
        { "descending",
          TYPE("root") "\"payload\":\"e30=\"," ALL(SIGNED(ONE_KEY) "," SIGNED(ZERO_KEY)),
          ERR_ENVELOPE },
        { "one twice",
          TYPE("root") "\"payload\":\"e30=\"," ALL(SIGNED(ONE_KEY) "," SIGNED(ONE_KEY)),
          ERR_ENVELOPE },
        { "a short key id", TYPE("member") "\"payload\":\"e30=\"," ALL(SIGNED("00")),
          ERR_ENVELOPE },
        { "a short signature", TYPE("member") "\"payload\":\"e30=\","
          ALL("{\"keyid\":\"" ZERO_KEY "\",\"sig\":\"AAAA\"}"), ERR_ENVELOPE },
        { "sig before keyid", TYPE("member") "\"payload\":\"e30=\","
          ALL("{\"sig\":\"" SIG "\",\"keyid\":\"" ZERO_KEY "\"}"), ERR_ENVELOPE },
        { "something behind", TYPE("member") "\"payload\":\"e30=\"," ALL(SIGNED(ZERO_KEY)) "\n",
          ERR_ENVELOPE },
        { "members in another order", "{\"payload\":\"e30=\",\"payloadType\":"
          "\"application/vnd.cofferdam.member.v1+json\"," ALL(SIGNED(ZERO_KEY)), ERR_ENVELOPE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = { 0 };
        AUTO_ENVELOPE struct envelope e = { 0 };
        enum err got = envelope_parse(bytes_str(rows[i].text), &e, &why);
        if (got != rows[i].want)
            fail_msg("%s: %s %s", rows[i].why, err_code(got), why.text);
        if (got == ERR_OK)
            test_err(envelope_verify(&e, NULL), ERR_SIGNATURE);
    }
}

static void a_signature_is_for_one_kind_and_payload(void **state)
{
    (void)state;
    struct why why;
    AUTO_BUF struct buf text = buf_init(TEXT_MAX);
    sealed("member", bytes_str("{}"), 1, &text);
    AUTO_ENVELOPE struct envelope e = { 0 };
    test_ok(envelope_parse(buf_bytes(&text), &e, &why), &why);
    test_ok(envelope_verify(&e, &why), &why);
    e.payload.ptr[0] ^= 1;
    test_err(envelope_verify(&e, NULL), ERR_SIGNATURE);
    e.payload.ptr[0] ^= 1;
    memcpy(e.kind, "device", 7);
    test_err(envelope_verify(&e, NULL), ERR_SIGNATURE);
}

static void limits_are_kept_on_both_sides(void **state)
{
    (void)state;
    struct sample s = { 3 };
    struct sample_key key = sample_key(&s);
    const uint8_t *keys[17];
    for (size_t i = 0; i < 17; i++)
        keys[i] = key.secret;
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX + 1];
    AUTO_BUF struct buf text = buf_init(TEXT_MAX);
    AUTO_ENVELOPE struct envelope e = { 0 };
    sealed("root", bytes_of(payload, ENVELOPE_PAYLOAD_MAX), 16, &text);
    test_err(envelope_parse(buf_bytes(&text), &e, NULL), ERR_OK);
    test_err(envelope_verify(&e, NULL), ERR_OK);

    AUTO_ENVELOPE struct envelope f = { 0 };
    test_err(envelope_sign("member", bytes_of(payload, sizeof payload), keys, 1, &f, NULL),
             ERR_ENVELOPE);
    test_err(envelope_sign("member", bytes_str("{}"), keys, 0, &f, NULL), ERR_ENVELOPE);
    test_err(envelope_sign("member", bytes_str("{}"), keys, 2, &f, NULL), ERR_ENVELOPE);
    test_err(envelope_sign("root", bytes_str("{}"), keys, 17, &f, NULL), ERR_ENVELOPE);
    test_err(envelope_sign("root", bytes_str("{}"), keys, 2, &f, NULL), ERR_ENVELOPE);
    struct sample_key another = sample_key(&s);
    const uint8_t *twice[][3] = { { key.secret, key.secret, another.secret },
                                  { another.secret, another.secret, key.secret } };
    for (size_t i = 0; i < 2; i++)
        test_err(envelope_sign("root", bytes_str("{}"), twice[i], 3, &f, NULL), ERR_ENVELOPE);
    test_err(envelope_sign("Root", bytes_str("{}"), keys, 1, &f, NULL), ERR_ENVELOPE);

    /* One byte more than a payload may have, in an otherwise good envelope. */
    buf_reset(&text);
    buf_add_str(&text, TYPE("member") "\"payload\":\"");
    base64_encode(&text, bytes_of(payload, sizeof payload));
    buf_add_str(&text, "\"," ALL(SIGNED(ZERO_KEY)));
    test_err(envelope_parse(buf_bytes(&text), &f, NULL), ERR_ENVELOPE);

    AUTO_BUF struct buf small = buf_init(100);
    test_err(envelope_write(&e, &small, NULL), ERR_LIMIT);
    assert_int_equal(small.len, 0);
}

static int start(void **state)
{
    (void)state;
    return crypto_init(NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pae_counts_type_and_payload),
        cmocka_unit_test(an_envelope_has_one_form),
        cmocka_unit_test(it_survives_the_way_there_and_back),
        cmocka_unit_test(every_other_form_is_refused),
        cmocka_unit_test(a_signature_is_for_one_kind_and_payload),
        cmocka_unit_test(limits_are_kept_on_both_sides),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
