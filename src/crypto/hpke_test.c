#include "crypto/vector_test.h"

#include "crypto/hpke_aad.h"
#include "crypto/kx.h"

/* One encryption of RFC 9180's Appendix A.1.1: both ways, and with a wrong sequence number. */
static void run_encryption(const json_t *suite, const json_t *v)
{
    AUTO_VECTOR struct vector info = vector_of(suite, "info");
    AUTO_VECTOR struct vector enc = vector_of(suite, "enc");
    AUTO_VECTOR struct vector ephemeral = vector_of(suite, "skEm");
    AUTO_VECTOR struct vector secret_key = vector_of(suite, "skRm");
    AUTO_VECTOR struct vector public_key = vector_of(suite, "pkRm");
    AUTO_VECTOR struct vector aad = vector_of(v, "aad");
    AUTO_VECTOR struct vector pt = vector_of(v, "pt");
    AUTO_VECTOR struct vector ct = vector_of(v, "ct");
    uint64_t seq = (uint64_t)vector_int(v, "sequence number");
    uint8_t got_enc[HPKE_ENC_BYTES], out[256], derived[KX_BYTES];
    struct why why;
    assert_true(ct.len <= sizeof out && ct.len == pt.len + TAG_BYTES);
    kx_public(derived, secret_key.ptr);
    assert_memory_equal(derived, public_key.ptr, sizeof derived);
    test_ok(hpke_aad_seal(got_enc, out, vector_bytes(&pt), vector_bytes(&info),
                          vector_bytes(&aad), seq, public_key.ptr, ephemeral.ptr, &why),
            &why);
    assert_memory_equal(got_enc, enc.ptr, sizeof got_enc);
    assert_memory_equal(out, ct.ptr, ct.len);
    test_ok(hpke_aad_open(out, vector_bytes(&ct), enc.ptr, vector_bytes(&info),
                          vector_bytes(&aad), seq, secret_key.ptr, &why),
            &why);
    assert_memory_equal(out, pt.ptr, pt.len);
    test_err(hpke_aad_open(out, vector_bytes(&ct), enc.ptr, vector_bytes(&info),
                           vector_bytes(&aad), seq ^ 1, secret_key.ptr, &why),
             ERR_OPEN);
}

static void sealing_is_as_in_the_rfc(void **state)
{
    (void)state;
    json_t *root = vector_load("vectors/rfc9180/rfc9180-x25519.json");
    size_t i, k, all = 0, ran = 0, exports = 0;
    json_t *suite, *v;
    json_array_foreach(root, i, suite)
    {
        const json_t *encryptions = json_object_get(suite, "encryptions");
        all += json_array_size(encryptions);
        exports += json_array_size(json_object_get(suite, "exports"));
        if (vector_int(suite, "mode") != 0 || vector_int(suite, "kem_id") != 0x20 ||
            vector_int(suite, "kdf_id") != 1 || vector_int(suite, "aead_id") != 1)
            continue;
        json_array_foreach(encryptions, k, v)
        {
            run_encryption(suite, v);
            ran++;
        }
    }
    print_message("rfc9180: %zu suites, %zu encryptions: %zu of base mode with AES-128-GCM, %zu of "
                  "modes and ciphers we do not have; no exports (%zu)\n",
                  i, all, ran, all - ran, exports);
    assert_int_equal(i, 12);
    assert_int_equal(all, 48);
    assert_int_equal(ran, 6);
    assert_int_equal(exports, 36);
    json_decref(root);
}

struct letter {
    uint8_t enc[HPKE_ENC_BYTES], info[30], secret_key[KX_BYTES], body[50 + TAG_BYTES];
};

static struct letter some_letter(uint8_t public_key[KX_BYTES])
{
    struct letter s;
    for (size_t i = 0; i < sizeof s; i++)
        ((uint8_t *)&s)[i] = (uint8_t)(i * 13);
    const uint8_t ephemeral[32] = { 9, 8, 7 };
    struct why why;
    uint8_t body[sizeof s.body];
    kx_public(public_key, s.secret_key);
    test_ok(hpke_seal(s.enc, body, bytes_of(s.body, 50), bytes_of(s.info, sizeof s.info),
                      public_key, ephemeral, &why),
            &why);
    memcpy(s.body, body, sizeof body);
    return s;
}

static enum err open_letter(const struct letter *s, uint8_t *out, size_t len)
{
    return hpke_open(out, bytes_of(s->body, len), s->enc, bytes_of(s->info, sizeof s->info),
                     s->secret_key, NULL);
}

/* X25519 ignores five bits of a secret key and one of a public key (RFC 7748, section 5). The last
 * is caught, since the context holds the bytes of `enc`. */
static bool clamped(size_t bit)
{
    size_t at = bit - 8 * offsetof(struct letter, secret_key);
    return at < 3 || at == 254 || at == 255;
}

static void no_bit_can_change(void **state)
{
    (void)state;
    uint8_t public_key[KX_BYTES];
    struct letter s = some_letter(public_key);
    uint8_t out[sizeof s.body];
    test_err(open_letter(&s, out, sizeof s.body), ERR_OK);
    for (size_t bit = 0; bit < 8 * sizeof s; bit++) {
        ((uint8_t *)&s)[bit / 8] ^= (uint8_t)(1U << bit % 8);
        test_err(open_letter(&s, out, sizeof s.body), clamped(bit) ? ERR_OK : ERR_OPEN);
        ((uint8_t *)&s)[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len < sizeof s.body; len++)
        test_err(open_letter(&s, out, len), ERR_OPEN);
}

static void the_plain_call_is_sequence_number_zero_without_aad(void **state)
{
    (void)state;
    uint8_t public_key[KX_BYTES], out[66], body[66], enc[HPKE_ENC_BYTES];
    struct letter s = some_letter(public_key);
    const struct bytes info = bytes_of(s.info, sizeof s.info);
    const struct bytes sealed = bytes_of(s.body, sizeof s.body);
    const uint8_t ephemeral[32] = { 9, 8, 7 };
    struct why why;
    test_ok(hpke_aad_open(out, sealed, s.enc, info, bytes_of(NULL, 0), 0, s.secret_key, &why),
            &why);
    test_ok(hpke_aad_seal(enc, body, bytes_of(out, 50), info, bytes_of(NULL, 0), 0, public_key,
                          ephemeral, &why),
            &why);
    assert_memory_equal(body, s.body, sizeof body);
    test_err(hpke_aad_open(out, sealed, s.enc, info, bytes_str("x"), 0, s.secret_key, &why),
             ERR_OPEN);
}

static void keys_of_low_order_are_refused_and_nothing_written(void **state)
{
    (void)state;
    static const char *const low[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    uint8_t public_key[KX_BYTES];
    struct letter s = some_letter(public_key);
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++) {
        AUTO_VECTOR struct vector key = vector_hex(low[i]);
        const uint8_t ephemeral[32] = { 1 };
        uint8_t enc[HPKE_ENC_BYTES], out[66], still[66];
        memset(enc, 0xee, sizeof enc);
        memset(out, 0xee, sizeof out);
        memset(still, 0xee, sizeof still);
        test_err(hpke_seal(enc, out, bytes_of(s.body, 50), bytes_str("info"), key.ptr, ephemeral,
                           NULL),
                 ERR_KEY);
        test_err(hpke_open(out, bytes_of(s.body, sizeof s.body), key.ptr, bytes_str("info"),
                           s.secret_key, NULL),
                 ERR_OPEN);
        assert_memory_equal(enc, still, sizeof enc);
        assert_memory_equal(out, still, sizeof out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealing_is_as_in_the_rfc),
        cmocka_unit_test(no_bit_can_change),
        cmocka_unit_test(the_plain_call_is_sequence_number_zero_without_aad),
        cmocka_unit_test(keys_of_low_order_are_refused_and_nothing_written),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
