#include "crypto/vector_test.h"

#include "crypto/hash.h"

/* FIPS 180-4's examples (and the empty input, from the same validation suite). */
static const struct { const char *in, *out; } fips[] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
      "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void sha256_is_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fips / sizeof fips[0]; i++) {
        uint8_t out[HASH_BYTES], want[HASH_BYTES];
        assert_true(hex_decode(want, sizeof want, fips[i].out, 64));
        sha256(out, bytes_str(fips[i].in));
        assert_memory_equal(out, want, sizeof want);
    }
    print_message("FIPS 180-4: %zu examples and the million of 'a'\n",
                  sizeof fips / sizeof fips[0]);
    AUTO_SHA256 struct sha256 *h = sha256_new();
    assert_non_null(h);
    char thousand[1000];
    memset(thousand, 'a', sizeof thousand);
    for (int i = 0; i < 1000; i++)
        sha256_add(h, bytes_of(thousand, sizeof thousand));
    uint8_t out[HASH_BYTES];
    char hex[65];
    sha256_end(h, out);
    hex_encode(hex, out, sizeof out);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void parts_and_streams_give_the_hash_of_the_whole(void **state)
{
    (void)state;
    uint8_t in[300], whole[HASH_BYTES], out[HASH_BYTES];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    AUTO_SHA256 struct sha256 *h = sha256_new();
    assert_non_null(h);
    for (size_t len = 0; len <= sizeof in; len++) {
        sha256(whole, bytes_of(in, len));
        size_t a = len / 3, b = len / 2;
        const struct bytes parts[] = { bytes_of(in, a), bytes_of(NULL, 0),
                                       bytes_of(in + a, b - a), bytes_of(in + b, len - b) };
        sha256_parts(out, parts, 4);
        assert_memory_equal(out, whole, sizeof out);
        sha256_start(h); /* also over a stream that was begun and left */
        sha256_add(h, bytes_str("left"));
        sha256_start(h);
        for (size_t i = 0; i < 4; i++)
            sha256_add(h, parts[i]);
        sha256_end(h, out);
        assert_memory_equal(out, whole, sizeof out);
    }
    sha256_parts(out, NULL, 0);
    sha256(whole, bytes_of(NULL, 0));
    assert_memory_equal(out, whole, sizeof out);
}

static bool mac(const json_t *group, const json_t *test, const char *result)
{
    size_t tag_len = (size_t)vector_int(group, "tagSize") / 8;
    AUTO_VECTOR struct vector key = vector_of(test, "key");
    AUTO_VECTOR struct vector msg = vector_of(test, "msg");
    AUTO_VECTOR struct vector tag = vector_of(test, "tag");
    bool valid = strcmp(result, "valid") == 0;
    const struct bytes parts[] = { bytes_of(msg.ptr, msg.len / 2),
                                   bytes_of(msg.ptr + msg.len / 2, msg.len - msg.len / 2) };
    uint8_t once[HASH_BYTES], kept[HASH_BYTES];
    hmac_sha256(once, vector_bytes(&key), parts, 2);
    AUTO_HMAC struct hmac *h = hmac_new(vector_bytes(&key));
    assert_non_null(h);
    for (int i = 0; i < 3; i++) {
        hmac_run(h, kept, parts, 2);
        assert_memory_equal(kept, once, sizeof once);
        hmac_run(h, kept, NULL, 0); /* something else in between */
    }
    assert_true(tag_len == 32 || tag_len == 16);
    assert_int_equal(tag.len == tag_len && secret_equal(tag.ptr, once, tag_len), valid);
    return true;
}

static void hmac_is_as_published(void **state)
{
    (void)state;
    struct vector_tally n = vector_wycheproof("hmac_sha256", mac);
    assert_int_equal(n.valid, 66);
    assert_int_equal(n.invalid, 108);
    assert_int_equal(n.acceptable + n.skipped, 0);
}

/* RFC 4231's keys of more and of exactly a block, and the empty key. */
static void hmac_takes_keys_of_any_length(void **state)
{
    (void)state;
    uint8_t key[131], out[HASH_BYTES], hashed[HASH_BYTES], again[HASH_BYTES];
    memset(key, 0xaa, sizeof key);
    const struct bytes in = bytes_str("Test Using Larger Than Block-Size Key - Hash Key First");
    char hex[65];
    hmac_sha256(out, bytes_of(key, sizeof key), &in, 1);
    hex_encode(hex, out, 32);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    sha256(hashed, bytes_of(key, sizeof key));
    hmac_sha256(again, bytes_of(hashed, sizeof hashed), &in, 1);
    assert_memory_equal(out, again, sizeof out);
    const uint8_t zero[64] = { 0 };
    hmac_sha256(out, bytes_of(NULL, 0), &in, 1);
    hmac_sha256(again, bytes_of(zero, sizeof zero), &in, 1);
    assert_memory_equal(out, again, sizeof out);
}

struct hkdf_call {
    struct bytes ikm, salt, info;
    size_t len, parts;
    uint8_t *out;
};

static void run_hkdf(void *arg)
{
    const struct hkdf_call *c = arg;
    struct bytes parts[HKDF_INFO_PARTS_MAX + 1] = { c->info };
    hkdf_sha256(c->out, c->len, c->ikm, c->salt, parts, c->parts);
}

static bool hkdf(const json_t *group, const json_t *test, const char *result)
{
    (void)group;
    AUTO_VECTOR struct vector ikm = vector_of(test, "ikm");
    AUTO_VECTOR struct vector salt = vector_of(test, "salt");
    AUTO_VECTOR struct vector info = vector_of(test, "info");
    AUTO_VECTOR struct vector okm = vector_of(test, "okm");
    static uint8_t out[1 << 16];
    struct hkdf_call call = { vector_bytes(&ikm), vector_bytes(&salt), vector_bytes(&info),
                              (size_t)vector_int(test, "size"), 1, out };
    if (strcmp(result, "valid") != 0) {
        assert_true(call.len > HKDF_LEN_MAX && call.len <= sizeof out);
        assert_true(vector_dies(run_hkdf, &call));
        return true;
    }
    memset(out, 0xee, sizeof out);
    run_hkdf(&call);
    assert_int_equal(okm.len, call.len);
    assert_memory_equal(out, okm.ptr, okm.len);
    assert_int_equal(out[okm.len], 0xee);
    uint8_t prk[HASH_BYTES], halves[HKDF_LEN_MAX];
    const struct bytes parts[] = { bytes_of(info.ptr, info.len / 2),
                                   bytes_of(info.ptr + info.len / 2, info.len - info.len / 2) };
    const struct bytes ikm_parts[] = { bytes_of(ikm.ptr, ikm.len / 2),
                                       bytes_of(ikm.ptr + ikm.len / 2, ikm.len - ikm.len / 2) };
    hkdf_extract(prk, vector_bytes(&salt), ikm_parts, 2);
    hkdf_expand(halves, okm.len, prk, parts, 2);
    assert_memory_equal(halves, okm.ptr, okm.len);
    return true;
}

/* The three invalid cases ask for too much, which is the caller's mistake: the process ends. */
static void hkdf_is_as_published(void **state)
{
    (void)state;
    struct vector_tally n = vector_wycheproof("hkdf_sha256", hkdf);
    assert_int_equal(n.valid, 83);
    assert_int_equal(n.invalid, 3);
    assert_int_equal(n.acceptable + n.skipped, 0);
}

/* RFC 5869, A.1 to A.3. */
static const struct { const char *ikm, *salt, *info, *prk, *okm; } rfc5869[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
      "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829"
      "2a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283848586878889"
      "8a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
      "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9"
      "dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb"
      "41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
      "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

static void hkdf_halves_are_as_in_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc5869 / sizeof rfc5869[0]; i++) {
        AUTO_VECTOR struct vector ikm = vector_hex(rfc5869[i].ikm);
        AUTO_VECTOR struct vector salt = vector_hex(rfc5869[i].salt);
        AUTO_VECTOR struct vector info = vector_hex(rfc5869[i].info);
        AUTO_VECTOR struct vector prk = vector_hex(rfc5869[i].prk);
        AUTO_VECTOR struct vector okm = vector_hex(rfc5869[i].okm);
        const struct bytes ikm_part = vector_bytes(&ikm), info_part = vector_bytes(&info);
        uint8_t got_prk[HASH_BYTES], out[128];
        hkdf_extract(got_prk, vector_bytes(&salt), &ikm_part, 1);
        assert_memory_equal(got_prk, prk.ptr, HASH_BYTES);
        hkdf_expand(out, okm.len, got_prk, &info_part, 1);
        assert_memory_equal(out, okm.ptr, okm.len);
    }
    print_message("RFC 5869: 3 cases over SHA-256\n");
}

static void hkdf_limits_are_asserted(void **state)
{
    (void)state;
    static uint8_t out[HKDF_LEN_MAX];
    struct hkdf_call call = { bytes_str("ikm"), bytes_str(""), bytes_str("info"), HKDF_LEN_MAX,
                              HKDF_INFO_PARTS_MAX, out };
    assert_false(vector_dies(run_hkdf, &call));
    call.parts++;
    assert_true(vector_dies(run_hkdf, &call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_as_published),
        cmocka_unit_test(parts_and_streams_give_the_hash_of_the_whole),
        cmocka_unit_test(hmac_is_as_published),
        cmocka_unit_test(hmac_takes_keys_of_any_length),
        cmocka_unit_test(hkdf_is_as_published),
        cmocka_unit_test(hkdf_halves_are_as_in_the_rfc),
        cmocka_unit_test(hkdf_limits_are_asserted),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
