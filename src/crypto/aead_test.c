#include "crypto/vector_test.h"

#include "crypto/aead.h"

/* Opens with a kept context, in place, and once; all must say the same. */
static enum err open_every_way(struct bytes key, uint8_t *out, const uint8_t *nonce,
                               struct bytes aad, struct bytes sealed)
{
    static uint8_t place[VECTOR_BYTES_MAX];
    size_t len = sealed.len < TAG_BYTES ? 0 : sealed.len - TAG_BYTES;
    AUTO_AEAD struct aead *a = aead_new(key);
    assert_non_null(a);
    struct why why;
    enum err kept = aead_open(a, out, nonce, aad, sealed, &why);
    memcpy(place, sealed.ptr, sealed.len);
    assert_int_equal(aead_open(a, place, nonce, aad, bytes_of(place, sealed.len), &why), kept);
    assert_memory_equal(place, out, len);
    assert_int_equal(aead_open_once(key, place, nonce, aad, sealed, &why), kept);
    assert_memory_equal(place, out, len);
    return kept;
}

static bool gcm(const json_t *group, const json_t *test, const char *result)
{
    int bits = vector_int(group, "keySize");
    if (vector_int(group, "ivSize") != 96 || vector_int(group, "tagSize") != 128 ||
        (bits != 128 && bits != 256))
        return false;
    AUTO_VECTOR struct vector key = vector_of(test, "key");
    AUTO_VECTOR struct vector iv = vector_of(test, "iv");
    AUTO_VECTOR struct vector aad = vector_of(test, "aad");
    AUTO_VECTOR struct vector msg = vector_of(test, "msg");
    AUTO_VECTOR struct vector ct = vector_of(test, "ct");
    AUTO_VECTOR struct vector tag = vector_of(test, "tag");
    static uint8_t sealed[VECTOR_BYTES_MAX], out[VECTOR_BYTES_MAX];
    bool valid = strcmp(result, "valid") == 0;
    assert_int_equal(iv.len, NONCE_BYTES);
    assert_int_equal(tag.len, TAG_BYTES);
    memcpy(sealed, ct.ptr, ct.len);
    memcpy(sealed + ct.len, tag.ptr, tag.len);
    memset(out, 0xee, sizeof out);
    const struct bytes in = bytes_of(sealed, ct.len + TAG_BYTES);
    enum err e = open_every_way(vector_bytes(&key), out, iv.ptr, vector_bytes(&aad), in);
    assert_int_equal(e, valid ? ERR_OK : ERR_OPEN);
    assert_int_equal(out[ct.len], 0xee);
    for (size_t i = 0; i < ct.len; i++)
        assert_int_equal(out[i], valid ? msg.ptr[i] : 0); /* wiped on failure */
    test_err(aead_seal_once(vector_bytes(&key), out, iv.ptr, vector_bytes(&aad),
                            vector_bytes(&msg), NULL),
             ERR_OK);
    assert_int_equal(memcmp(out, sealed, in.len) == 0, valid);
    return true;
}

static void aes_gcm_is_as_published(void **state)
{
    (void)state;
    struct vector_tally n = vector_wycheproof("aes_gcm", gcm);
    assert_int_equal(n.valid, 40 + 39);   /* keys of 128 and of 256 bits */
    assert_int_equal(n.invalid, 27 + 27);
    assert_int_equal(n.acceptable, 0);
    assert_int_equal(n.skipped, 316 - 133);
}

struct sealed {
    uint8_t key[KEY_BYTES], nonce[NONCE_BYTES], aad[20], body[70 + TAG_BYTES];
};

static struct sealed some_sealed(void)
{
    struct sealed s;
    for (size_t i = 0; i < sizeof s; i++)
        ((uint8_t *)&s)[i] = (uint8_t)(i * 11);
    test_err(aead_seal_once(bytes_of(s.key, sizeof s.key), s.body, s.nonce,
                            bytes_of(s.aad, sizeof s.aad), bytes_of(s.body, 70), NULL),
             ERR_OK);
    return s;
}

static enum err open_sealed(const struct sealed *s, uint8_t *out, size_t len)
{
    return open_every_way(bytes_of(s->key, sizeof s->key), out, s->nonce,
                          bytes_of(s->aad, sizeof s->aad), bytes_of(s->body, len));
}

/* Property: of key, nonce, aad, ciphertext and tag, not one bit can change. */
static void no_bit_can_change(void **state)
{
    (void)state;
    struct sealed s = some_sealed();
    uint8_t out[sizeof s.body];
    assert_int_equal(open_sealed(&s, out, sizeof s.body), ERR_OK);
    for (size_t bit = 0; bit < 8 * sizeof s; bit++) {
        uint8_t *at = (uint8_t *)&s + bit / 8;
        *at ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(open_sealed(&s, out, sizeof s.body), ERR_OPEN);
        *at ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(open_sealed(&s, out, sizeof s.body), ERR_OK);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct sealed s = some_sealed();
    uint8_t out[sizeof s.body];
    for (size_t len = 0; len < sizeof s.body; len++)
        assert_int_equal(open_sealed(&s, out, len), ERR_OPEN);
}

/* A kept context must carry nothing over: from another nonce, another aad, a seal, a failure. */
static void a_kept_key_remembers_nothing_else(void **state)
{
    (void)state;
    uint8_t key[KEY_BYTES] = { 1 }, nonce[NONCE_BYTES] = { 0 };
    uint8_t in[200], kept[sizeof in + TAG_BYTES], once[sizeof in + TAG_BYTES], out[sizeof in];
    memset(in, 0x33, sizeof in);
    AUTO_AEAD struct aead *a = aead_new(bytes_of(key, sizeof key));
    assert_non_null(a);
    for (size_t i = 0; i < sizeof in; i++) {
        put_u32be(nonce + 8, (uint32_t)i);
        const struct bytes aad = bytes_of(in, i % 3 * 7), msg = bytes_of(in, i * 5 % sizeof in);
        const struct bytes sealed = bytes_of(kept, msg.len + TAG_BYTES);
        aead_seal(a, kept, nonce, aad, msg);
        test_err(aead_seal_once(bytes_of(key, sizeof key), once, nonce, aad, msg, NULL), ERR_OK);
        assert_memory_equal(kept, once, sealed.len);
        kept[0] ^= 1;
        test_err(aead_open(a, out, nonce, aad, sealed, NULL), ERR_OPEN);
        kept[0] ^= 1;
        test_err(aead_open(a, out, nonce, aad, sealed, NULL), ERR_OK);
        assert_memory_equal(out, in, msg.len);
        memcpy(once, in, msg.len);
        aead_seal(a, once, nonce, aad, bytes_of(once, msg.len)); /* in place */
        assert_memory_equal(kept, once, sealed.len);
    }
}

static void key_of(void *arg)
{
    const size_t *len = arg;
    static const uint8_t key[64];
    aead_free(aead_new(bytes_of(key, *len)));
}

static void a_key_has_16_or_32_bytes(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 64; len++)
        assert_int_equal(vector_dies(key_of, &len), len != 16 && len != 32);
}

/* NIST SP 800-38A F.5.5 has another counter; the zero IV's first block is AES-256 of zeroes (FIPS
 * 197's known answer test, GFSbox form: key zero, block zero). */
static void the_mask_is_the_aes_counter_stream(void **state)
{
    (void)state;
    const uint8_t zero_key[KEY_BYTES] = { 0 };
    uint8_t mask[64] = { 0 }, other[64] = { 0 };
    char hex[33];
    test_err(ctr_xor(zero_key, mask, sizeof mask, NULL), ERR_OK);
    hex_encode(hex, mask, 16);
    assert_string_equal(hex, "dc95c078a2408989ad48a21492842087");
    /* GCM's keystream begins at counter 2 of its nonce: blocks 2 and 3 are its blocks 0 and 1. */
    uint8_t nonce[NONCE_BYTES] = { 0 }, sealed[32 + TAG_BYTES];
    test_err(aead_seal_once(bytes_of(zero_key, KEY_BYTES), sealed, nonce, bytes_of(NULL, 0),
                            bytes_of(other, 32), NULL),
             ERR_OK);
    assert_memory_equal(mask + 32, sealed, 32);
    for (size_t len = 0; len <= sizeof mask; len++) {
        memset(other, 0, sizeof other);
        test_err(ctr_xor(zero_key, other, len, NULL), ERR_OK);
        assert_memory_equal(other, mask, len);
        for (size_t i = len; i < sizeof other; i++)
            assert_int_equal(other[i], 0);
        test_err(ctr_xor(zero_key, other, len, NULL), ERR_OK);
        for (size_t i = 0; i < sizeof other; i++)
            assert_int_equal(other[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_gcm_is_as_published),
        cmocka_unit_test(no_bit_can_change),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(a_kept_key_remembers_nothing_else),
        cmocka_unit_test(a_key_has_16_or_32_bytes),
        cmocka_unit_test(the_mask_is_the_aes_counter_stream),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
