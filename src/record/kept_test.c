#include "base/test.h"

#include "record/kept.h"

static const uint8_t id[32] = { 1 }, dek[32] = { 3, 4 };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

static void a_kept_dek_opens_with_the_storage_key_alone(void **state)
{
    const uint8_t storage[32] = { 6 }, other[32] = { 7 }, nonce[12] = { 8 };
    uint8_t raw[KEPT_BYTES + 1] = { 0 }, of[32] = { 0 }, got[32] = { 0 };
    struct why why;
    test_ok(kept_seal(raw, storage, nonce, id, dek, &why), &why);
    test_err(kept_open(bytes_of(raw, KEPT_BYTES), other, of, got, NULL), ERR_OPEN);
    for (size_t bit = 0; bit < 8 * KEPT_BYTES; bit++) {
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(kept_open(bytes_of(raw, KEPT_BYTES), storage, of, got, NULL), ERR_OPEN);
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len <= sizeof raw; len++)
        if (len != KEPT_BYTES)
            test_err(kept_open(bytes_of(raw, len), storage, of, got, NULL), ERR_FORMAT);
    assert_int_equal(of[0] | got[0], 0);
    test_ok(kept_open(bytes_of(raw, KEPT_BYTES), storage, of, got, &why), &why);
    assert_memory_equal(of, id, 32);
    assert_memory_equal(got, dek, 32);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_kept_dek_opens_with_the_storage_key_alone),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
