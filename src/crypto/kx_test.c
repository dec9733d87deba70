#include "crypto/vector_test.h"

#include "crypto/kx.h"

static int zero_refused;

static bool agree(const json_t *group, const json_t *test, const char *result)
{
    (void)group;
    (void)result;
    AUTO_VECTOR struct vector public_key = vector_of(test, "public");
    AUTO_VECTOR struct vector secret_key = vector_of(test, "private");
    AUTO_VECTOR struct vector shared = vector_of(test, "shared");
    static const uint8_t zero[KX_BYTES];
    uint8_t out[KX_BYTES];
    struct why why;
    assert_int_equal(public_key.len | secret_key.len | shared.len, 32);
    enum err e = kx_agree(out, secret_key.ptr, public_key.ptr, &why);
    if (memcmp(shared.ptr, zero, sizeof zero) == 0) {
        assert_int_equal(e, ERR_KEY);
        assert_memory_equal(out, zero, sizeof zero);
        test_err(kx_key_check(public_key.ptr, &why), ERR_KEY);
        zero_refused++;
    } else {
        test_ok(e, &why);
        test_ok(kx_key_check(public_key.ptr, &why), &why);
        assert_memory_equal(out, shared.ptr, sizeof out);
    }
    return true;
}

static void agreements_are_as_published_and_never_zero(void **state)
{
    (void)state;
    zero_refused = 0;
    struct vector_tally n = vector_wycheproof("x25519", agree);
    print_message("wycheproof/x25519: %d all-zero agreements refused\n", zero_refused);
    assert_int_equal(n.valid, 264);
    assert_int_equal(n.acceptable, 254);
    assert_int_equal(n.invalid + n.skipped, 0);
    assert_int_equal(zero_refused, 31);
}

/* RFC 7748, section 6.1: secret and public keys of both, and what they agree on. */
static const char *const rfc7748[5] = {
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
};

static void both_sides_agree_as_in_the_rfc(void **state)
{
    (void)state;
    uint8_t row[5][32], out[32];
    for (size_t i = 0; i < 5; i++)
        assert_true(hex_decode(row[i], 32, rfc7748[i], 64));
    struct why why;
    kx_public(out, row[0]);
    assert_memory_equal(out, row[1], 32);
    kx_public(out, row[2]);
    assert_memory_equal(out, row[3], 32);
    test_ok(kx_agree(out, row[0], row[3], &why), &why);
    assert_memory_equal(out, row[4], 32);
    test_ok(kx_agree(out, row[2], row[1], &why), &why);
    assert_memory_equal(out, row[4], 32);
}

/* Around each point of low order, and far from all, the list says what an agreement does. */
static void the_list_of_low_order_is_what_an_agreement_says(void **state)
{
    (void)state;
    static const uint8_t ends[][2] = { { 0x00, 0x00 }, { 0x01, 0x00 }, { 0xe0, 0x00 },
                                       { 0x5f, 0x57 }, { 0xec, 0x7f }, { 0xee, 0x7f } };
    static const uint8_t secret[KX_BYTES] = { 1 };
    unsigned low = 0;
    for (unsigned n = 0; n < 2000; n++) {
        uint8_t key[KX_BYTES], out[KX_BYTES];
        const unsigned kind = n % 7;
        if (kind == 6)
            random_bytes(key, sizeof key);
        else
            memset(key, kind < 4 ? 0x00 : 0xff, sizeof key);
        if (kind < 6) {
            key[0] = (uint8_t)(ends[kind][0] + n / 7 % 5 - 2);
            key[31] = (uint8_t)(ends[kind][1] | (n / 35 % 2) << 7);
        }
        const enum err want = kx_agree(out, secret, key, NULL);
        test_err(kx_key_check(key, NULL), want);
        low += want == ERR_KEY;
    }
    assert_true(low > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreements_are_as_published_and_never_zero),
        cmocka_unit_test(the_list_of_low_order_is_what_an_agreement_says),
        cmocka_unit_test(both_sides_agree_as_in_the_rfc),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
