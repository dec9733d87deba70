#include "crypto/vector_test.h"

#include "crypto/sign.h"

static int misfits;

static bool verify(const json_t *group, const json_t *test, const char *result)
{
    AUTO_VECTOR struct vector key = vector_of(json_object_get(group, "publicKey"), "pk");
    AUTO_VECTOR struct vector msg = vector_of(test, "msg");
    AUTO_VECTOR struct vector sig = vector_of(test, "sig");
    bool valid = strcmp(result, "valid") == 0;
    assert_int_equal(key.len, SIGN_KEY_BYTES);
    if (sig.len != SIGNATURE_BYTES) { /* our layouts have no room for it */
        misfits++;
        assert_false(valid);
        return true;
    }
    test_err(sign_verify(sig.ptr, vector_bytes(&msg), key.ptr, NULL),
             valid ? ERR_OK : ERR_SIGNATURE);
    test_err(sign_key_check(key.ptr, NULL), ERR_OK);
    return true;
}

static void verification_is_as_published(void **state)
{
    (void)state;
    misfits = 0;
    struct vector_tally n = vector_wycheproof("ed25519", verify);
    print_message("wycheproof/ed25519: %d of the invalid are not 64 bytes long\n", misfits);
    assert_int_equal(n.valid, 88);
    assert_int_equal(n.invalid, 63);
    assert_int_equal(n.acceptable + n.skipped, 0);
    assert_int_equal(misfits, 12);
}

/* Edge cases on which libraries differ. The accepted set is pinned: whoever accepts one more, or
 * one less, tells other machines another truth about the same statement. */
static void edge_cases_are_answered_as_pinned(void **state)
{
    (void)state;
    size_t len;
    char *pinned = test_file("pinned/cctv-ed25519-accepted.txt", &len), *at = pinned;
    json_t *root = vector_load("vectors/cctv/ed25519vectors.json");
    int accepted = 0, keys = 0, enrolled_accepted = 0;
    size_t i;
    json_t *v;
    json_array_foreach(root, i, v)
    {
        AUTO_VECTOR struct vector key = vector_of(v, "key");
        AUTO_VECTOR struct vector sig = vector_of(v, "sig");
        const char *msg = vector_text(v, "msg");
        char *after;
        assert_int_equal(vector_int(v, "number"), i);
        bool want = strtoul(at, &after, 10) == i && after != at;
        if (want)
            at = after;
        if ((sign_verify(sig.ptr, bytes_str(msg), key.ptr, NULL) == ERR_OK) != want)
            fail_msg("cctv %zu: the answer is no longer '%s'", i, want ? "valid" : "invalid");
        bool key_ok = sign_key_check(key.ptr, NULL) == ERR_OK;
        accepted += want;
        keys += key_ok;
        enrolled_accepted += want && key_ok;
    }
    print_message("cctv/ed25519vectors: %zu cases, %d accepted, %zu rejected; %d have a key that "
                  "can be enrolled, %d of those are accepted\n",
                  i, accepted, i - (size_t)accepted, keys, enrolled_accepted);
    assert_string_equal(at, "\n"); /* every pinned number was met */
    assert_int_equal(i, 914);
    assert_int_equal(accepted, 43);
    assert_int_equal(keys, 28);
    assert_int_equal(enrolled_accepted, 1);
    json_decref(root);
    free(pinned);
}

/* RFC 8032, section 7.1, tests 1 to 3. */
static const struct { const char *seed, *key, *msg, *sig; } rfc8032[] = {
    { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
    { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
    { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void signing_is_as_in_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc8032 / sizeof rfc8032[0]; i++) {
        AUTO_VECTOR struct vector seed = vector_hex(rfc8032[i].seed);
        AUTO_VECTOR struct vector key = vector_hex(rfc8032[i].key);
        AUTO_VECTOR struct vector msg = vector_hex(rfc8032[i].msg);
        AUTO_VECTOR struct vector sig = vector_hex(rfc8032[i].sig);
        uint8_t public_key[SIGN_KEY_BYTES], secret_key[SIGN_SECRET_BYTES], out[SIGNATURE_BYTES];
        sign_keypair(public_key, secret_key, seed.ptr);
        assert_memory_equal(public_key, key.ptr, sizeof public_key);
        assert_memory_equal(secret_key, seed.ptr, 32);
        assert_memory_equal(secret_key + 32, key.ptr, 32);
        sign_detached(out, vector_bytes(&msg), secret_key);
        assert_memory_equal(out, sig.ptr, sizeof out);
        test_err(sign_verify(out, vector_bytes(&msg), public_key, NULL), ERR_OK);
    }
    print_message("RFC 8032: 3 cases\n");
}

static void no_bit_can_change(void **state)
{
    (void)state;
    struct {
        uint8_t key[SIGN_KEY_BYTES], sig[SIGNATURE_BYTES], msg[40];
    } s = { .msg = "statement" };
    const uint8_t seed[SIGN_SEED_BYTES] = { 7 };
    uint8_t secret_key[SIGN_SECRET_BYTES];
    sign_keypair(s.key, secret_key, seed);
    sign_detached(s.sig, bytes_of(s.msg, sizeof s.msg), secret_key);
    struct why why;
    test_ok(sign_verify(s.sig, bytes_of(s.msg, sizeof s.msg), s.key, &why), &why);
    for (size_t bit = 0; bit < 8 * sizeof s; bit++) {
        ((uint8_t *)&s)[bit / 8] ^= (uint8_t)(1U << bit % 8);
        test_err(sign_verify(s.sig, bytes_of(s.msg, sizeof s.msg), s.key, &why), ERR_SIGNATURE);
        ((uint8_t *)&s)[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void only_points_of_the_group_are_keys(void **state)
{
    (void)state;
    static const struct { const char *why, *key; } rows[] = {
        { "the neutral element",
          "0100000000000000000000000000000000000000000000000000000000000000" },
        { "zero, of order 4",
          "0000000000000000000000000000000000000000000000000000000000000000" },
        { "-1, of order 2",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "of order 8",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05" },
        { "of order 8, the other sign",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85" },
        { "the neutral element, not canonical (p + 1)",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "all ones",
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
        { "not on the curve (y = 2)",
          "0200000000000000000000000000000000000000000000000000000000000000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_VECTOR struct vector key = vector_hex(rows[i].key);
        struct why why;
        if (sign_key_check(key.ptr, &why) != ERR_KEY)
            fail_msg("enrolled: %s", rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verification_is_as_published),
        cmocka_unit_test(edge_cases_are_answered_as_pinned),
        cmocka_unit_test(signing_is_as_in_the_rfc),
        cmocka_unit_test(no_bit_can_change),
        cmocka_unit_test(only_points_of_the_group_are_keys),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
