#include "base/test.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "request/signature.h"

struct device {
    uint8_t key[SIGN_KEY_BYTES], secret[SIGN_SECRET_BYTES];
};

static struct device device_of(uint8_t n)
{
    struct device d;
    uint8_t seed[SIGN_SEED_BYTES] = { n };
    sign_keypair(d.key, d.secret, seed);
    return d;
}

static const struct signature_target gate = { "POST", "/v1/request", NULL };
static const struct signature_target store = { "GET", "/v1/status", "store.example:8443" };

static enum err parse(const struct signature_fields *f, bool is_store, struct signature *out,
                      struct why *why)
{
    return signature_parse(bytes_str(f->digest), bytes_str(f->input), bytes_str(f->signature),
                           is_store, out, why);
}

static void the_published_base_and_signature_come_out(void **state)
{
    (void)state;
    struct why why;
    size_t len;
    char *text = test_file("vectors/rfc9421/rfc9421-b2.json", &len);
    AUTO_JSON json_t *v = NULL;
    test_ok(json_parse(bytes_of(text, len), &v, &why), &why);
    free(text);
    const json_t *one = json_array_get(json_object_get(v, "cases"), 0);
    const char *want, *input, *sig;
    uint8_t key[32], seed[32], raw[SIGNATURE_BYTES], again[SIGNATURE_BYTES];
    test_ok(json_get_text(one, "signatureBase", 4000, &want, &why), &why);
    test_ok(json_get_text(one, "signatureInput", 4000, &input, &why), &why);
    test_ok(json_get_text(one, "signature", 4000, &sig, &why), &why);
    test_ok(json_get_hex(one, "publicKeyHex", key, 32, &why), &why);
    test_ok(json_get_hex(one, "privateSeedHex", seed, 32, &why), &why);

    const struct signature_component parts[] = {
        { "date", bytes_str("Tue, 20 Apr 2021 02:07:55 GMT") },
        { "@method", bytes_str("POST") },
        { "@path", bytes_str("/foo") },
        { "@authority", bytes_str("example.com") },
        { "content-type", bytes_str("application/json") },
        { "content-length", bytes_str("18") },
    };
    AUTO_BUF struct buf base = buf_init(4000), bytes = buf_init(100);
    signature_base(&base, parts, 6, bytes_str(input + strlen("sig-b26=")));
    assert_string_equal(buf_cstr(&base), want);

    const char *b64 = sig + strlen("sig-b26=:");
    assert_true(base64_decode(&bytes, bytes_of(b64, strlen(b64) - 1)));
    assert_int_equal(bytes.len, SIGNATURE_BYTES);
    memcpy(raw, bytes.ptr, SIGNATURE_BYTES);
    test_ok(sign_verify(raw, buf_bytes(&base), key, &why), &why);
    uint8_t secret[SIGN_SECRET_BYTES], public_key[32];
    sign_keypair(public_key, secret, seed);
    sign_detached(again, buf_bytes(&base), secret);
    assert_memory_equal(again, raw, SIGNATURE_BYTES);
}

static void fields_have_the_one_form(void **state)
{
    (void)state;
    struct why why;
    const struct device d = device_of(1);
    struct signature_fields f;
    uint8_t empty[32];
    sha256(empty, bytes_of(NULL, 0));
    test_ok(signature_make(&store, empty, 1700000000, d.secret, &f, &why), &why);
    assert_string_equal(f.digest, "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
    char want[300];
    (void)snprintf(want, sizeof want,
                   "sig=(\"@method\" \"@path\" \"content-digest\" \"@authority\");"
                   "created=1700000000;keyid=\"%s\";tag=\"cofferdam/1\"", hex_id(d.key).s);
    assert_string_equal(f.input, want);
    assert_memory_equal(f.signature, "sig=:", 5);
    assert_int_equal(strlen(f.signature), 5 + 88 + 1);

    /* The base, spelt out once more. */
    struct signature s;
    test_ok(parse(&f, true, &s, &why), &why);
    (void)snprintf(want, sizeof want, "\"@method\": GET\n\"@path\": /v1/status\n"
                   "\"content-digest\": %s\n\"@authority\": store.example:8443\n"
                   "\"@signature-params\": ", f.digest);
    AUTO_BUF struct buf base = buf_init(2000);
    buf_add_str(&base, want);
    buf_add_str(&base, f.input + 4);
    test_ok(sign_verify(s.sig, buf_bytes(&base), d.key, &why), &why);
}

static void what_was_signed_verifies(void **state)
{
    (void)state;
    struct why why;
    const struct device d = device_of(2);
    struct signature_fields f;
    struct signature s;
    uint8_t hash[32];
    sha256(hash, bytes_str("body"));
    test_ok(signature_make(&gate, hash, 0, d.secret, &f, &why), &why);
    test_ok(parse(&f, false, &s, &why), &why);
    assert_int_equal(s.created, 0);
    assert_memory_equal(s.key, d.key, 32);
    test_ok(signature_verify(&s, &gate, hash, &why), &why);
    test_ok(signature_verify_logged(s.sig, d.key, 0, hash, &why), &why);
    test_err(signature_verify_logged(s.sig, d.key, 1, hash, &why), ERR_SIGNATURE);
    test_err(parse(&f, true, &s, &why), ERR_FORMAT);
}

static void another_target_body_or_key_does_not_verify(void **state)
{
    (void)state;
    struct why why;
    const struct device d = device_of(3), other = device_of(4);
    struct signature_fields f;
    struct signature s, t;
    uint8_t hash[32] = { 1 }, another[32] = { 2 };
    test_ok(signature_make(&store, hash, 77, d.secret, &f, &why), &why);
    test_ok(parse(&f, true, &s, &why), &why);
    test_ok(signature_verify(&s, &store, hash, &why), &why);
    test_err(signature_verify(&s, &store, another, NULL), ERR_SIGNATURE);
    static const struct { const char *why; struct signature_target t; } rows[] = {
        { "method", { "POST", "/v1/status", "store.example:8443" } },
        { "path", { "GET", "/v1/statuS", "store.example:8443" } },
        { "authority", { "GET", "/v1/status", "store.example:443" } },
        { "no authority", { "GET", "/v1/status", NULL } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (signature_verify(&s, &rows[i].t, hash, NULL) != ERR_SIGNATURE)
            fail_msg("%s", rows[i].why);
    t = s;
    t.created++;
    test_err(signature_verify(&t, &store, hash, NULL), ERR_SIGNATURE);
    t = s;
    memcpy(t.key, other.key, 32);
    test_err(signature_verify(&t, &store, hash, NULL), ERR_SIGNATURE);
    t = s;
    t.sig[5] ^= 1;
    test_err(signature_verify(&t, &store, hash, NULL), ERR_SIGNATURE);
    t = s;
    memcpy(t.digest, another, 32);
    test_err(signature_verify(&t, &store, another, NULL), ERR_SIGNATURE);
}

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define THREE "(\"@method\" \"@path\" \"content-digest\")"
#define REST ";created=5;keyid=\"" KEY "\";tag=\"cofferdam/1\""

static void other_inputs_are_refused(void **state)
{
    (void)state;
    static const struct { const char *why, *text; bool store; enum err want; } rows[] = {
        { "the form", "sig=" THREE REST, false, ERR_OK },
        { "the form towards a store",
          "sig=(\"@method\" \"@path\" \"content-digest\" \"@authority\")" REST, true, ERR_OK },
        { "empty", "", false, ERR_FORMAT },
        { "no authority to a store", "sig=" THREE REST, true, ERR_FORMAT },
        { "authority to a gate",
          "sig=(\"@method\" \"@path\" \"content-digest\" \"@authority\")" REST, false, ERR_FORMAT },
        { "another label", "sig1=" THREE REST, false, ERR_FORMAT },
        { "a component missing", "sig=(\"@method\" \"@path\")" REST, false, ERR_FORMAT },
        { "a component twice", "sig=(\"@method\" \"@path\" \"@path\" \"content-digest\")" REST,
          false, ERR_FORMAT },
        { "another order", "sig=(\"@path\" \"@method\" \"content-digest\")" REST, false,
          ERR_FORMAT },
        { "query covered", "sig=(\"@method\" \"@path\" \"content-digest\" \"@query\")" REST, false,
          ERR_FORMAT },
        { "two spaces", "sig=(\"@method\"  \"@path\" \"content-digest\")" REST, false, ERR_FORMAT },
        { "two signatures", "sig=" THREE REST ", sig2=" THREE REST, false, ERR_FORMAT },
        { "no created", "sig=" THREE ";keyid=\"" KEY "\";tag=\"cofferdam/1\"", false, ERR_FORMAT },
        { "created with a zero before",
          "sig=" THREE ";created=05;keyid=\"" KEY "\";tag=\"cofferdam/1\"", false, ERR_FORMAT },
        { "created signed", "sig=" THREE ";created=-5;keyid=\"" KEY "\";tag=\"cofferdam/1\"", false,
          ERR_FORMAT },
        { "created empty", "sig=" THREE ";created=;keyid=\"" KEY "\";tag=\"cofferdam/1\"", false,
          ERR_FORMAT },
        { "created of 17 digits",
          "sig=" THREE ";created=12345678901234567;keyid=\"" KEY "\";tag=\"cofferdam/1\"", false,
          ERR_FORMAT },
        { "created after keyid",
          "sig=" THREE ";keyid=\"" KEY "\";created=5;tag=\"cofferdam/1\"", false, ERR_FORMAT },
        { "another parameter",
          "sig=" THREE ";created=5;expires=6;keyid=\"" KEY "\";tag=\"cofferdam/1\"", false,
          ERR_FORMAT },
        { "capital hex", "sig=" THREE ";created=5;keyid=\"AA112233445566778899aabbccddeeff00112233"
          "445566778899aabbccddeeff\";tag=\"cofferdam/1\"", false, ERR_FORMAT },
        { "another tag", "sig=" THREE ";created=5;keyid=\"" KEY "\";tag=\"cofferdam/2\"", false,
          ERR_FORMAT },
        { "no tag", "sig=" THREE ";created=5;keyid=\"" KEY "\"", false, ERR_FORMAT },
        { "something behind", "sig=" THREE REST " ", false, ERR_FORMAT },
    };
    static const char digest[] = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    static const char sig[] =
        "sig=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct signature s;
        enum err e = signature_parse(bytes_str(digest), bytes_str(rows[i].text), bytes_str(sig),
                                     rows[i].store, &s, NULL);
        if (e != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(e));
    }
    static const char *const digests[] = {
        "", "sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha-512=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        "sha-256=:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=:",
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:", "sha-256=:", "sha-256=::",
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:,", "sha-256=:AAAA:",
    };
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        struct signature s;
        if (signature_parse(bytes_str(digests[i]), bytes_str(rows[0].text), bytes_str(sig), false,
                            &s, NULL) != ERR_FORMAT)
            fail_msg("'%s'", digests[i]);
    }
}

static void a_target_with_a_query_is_refused(void **state)
{
    (void)state;
    char long_path[SIGNATURE_PATH_MAX + 2];
    memset(long_path, 'a', sizeof long_path);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    const struct { const char *why; struct signature_target t; } rows[] = {
        { "a query", { "GET", "/v1/status?a=b", NULL } },
        { "an empty query", { "GET", "/v1/status?", NULL } },
        { "a fragment", { "GET", "/v1/status#a", NULL } },
        { "a space", { "GET", "/v1/ status", NULL } },
        { "a line break", { "GET", "/v1/\n\"@path\": /x", NULL } },
        { "no slash", { "GET", "v1", NULL } },
        { "no path", { "GET", "", NULL } },
        { "too long", { "GET", long_path, NULL } },
        { "not ASCII", { "GET", "/\xc3\xa4", NULL } },
        { "no method", { "", "/", NULL } },
        { "a method of two words", { "GET X", "/", NULL } },
        { "an empty authority", { "GET", "/", "" } },
        { "a line break in the authority", { "GET", "/", "a\nb" } },
    };
    const struct device d = device_of(5);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct signature_fields f;
        uint8_t hash[32] = { 0 };
        const struct signature s = { .created = 1 };
        if (signature_make(&rows[i].t, hash, 1, d.secret, &f, NULL) != ERR_FORMAT ||
            signature_verify(&s, &rows[i].t, hash, NULL) != ERR_FORMAT)
            fail_msg("%s", rows[i].why);
    }
    long_path[SIGNATURE_PATH_MAX] = '\0';
    const struct signature_target longest = { "GET", long_path, NULL };
    struct signature_fields f;
    test_err(signature_make(&longest, d.key, 1, d.secret, &f, NULL), ERR_OK);
}

static void the_clock_may_differ_by_two_minutes(void **state)
{
    (void)state;
    const struct signature s = { .created = 1000 };
    test_err(signature_time_check(&s, 1000, NULL), ERR_OK);
    test_err(signature_time_check(&s, 1120, NULL), ERR_OK);
    test_err(signature_time_check(&s, 880, NULL), ERR_OK);
    test_err(signature_time_check(&s, 1121, NULL), ERR_REQUEST_TIME);
    test_err(signature_time_check(&s, 879, NULL), ERR_REQUEST_TIME);
    test_err(signature_time_check(&s, UINT64_MAX, NULL), ERR_REQUEST_TIME);
}

static int start(void **state)
{
    (void)state;
    return crypto_init(NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_base_and_signature_come_out),
        cmocka_unit_test(fields_have_the_one_form),
        cmocka_unit_test(what_was_signed_verifies),
        cmocka_unit_test(another_target_body_or_key_does_not_verify),
        cmocka_unit_test(other_inputs_are_refused),
        cmocka_unit_test(a_target_with_a_query_is_refused),
        cmocka_unit_test(the_clock_may_differ_by_two_minutes),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
