#include "crypto/vector_test.h"

#include "crypto/passphrase.h"

/* What the file is made with, and by which two implementations: tests/data/pinned/README.md. */
static void keys_are_those_of_the_reference_code(void **state)
{
    (void)state;
    json_t *root = vector_load("pinned/argon2id.json");
    size_t i;
    json_t *v;
    json_array_foreach(root, i, v)
    {
        AUTO_VECTOR struct vector words = vector_of(v, "passphrase");
        AUTO_VECTOR struct vector salt = vector_of(v, "salt");
        AUTO_VECTOR struct vector key = vector_of(v, "key");
        uint8_t out[KEY_BYTES];
        struct why why;
        assert_int_equal(salt.len, PASS_SALT_BYTES);
        test_ok(passphrase_key(out, vector_bytes(&words), salt.ptr,
                               (uint32_t)vector_int(v, "ops"), (uint32_t)vector_int(v, "mem_kib"),
                               &why),
                &why);
        assert_memory_equal(out, key.ptr, sizeof out);
    }
    print_message("pinned/argon2id: %zu cases\n", i);
    assert_int_equal(i, 6);
    json_decref(root);
}

static void weak_and_greedy_parameters_are_refused_and_nothing_written(void **state)
{
    (void)state;
    static const struct { const char *why; uint32_t ops, mem_kib; size_t len; enum err want; }
    rows[] = {
        { "no passes", 0, PASS_MEM_KIB_FLOOR, 8, ERR_KDF_FLOOR },
        { "one pass", 1, PASS_MEM_KIB_FLOOR, 8, ERR_KDF_FLOOR },
        { "one pass over the most memory", 1, PASS_MEM_KIB_MAX, 8, ERR_KDF_FLOOR },
        { "no memory", PASS_OPS_FLOOR, 0, 8, ERR_KDF_FLOOR },
        { "one KiB below the floor", PASS_OPS_FLOOR, PASS_MEM_KIB_FLOOR - 1, 8, ERR_KDF_FLOOR },
        { "most passes below the floor", PASS_OPS_MAX, PASS_MEM_KIB_FLOOR - 1, 8, ERR_KDF_FLOOR },
        { "one pass too many", PASS_OPS_MAX + 1, PASS_MEM_KIB_FLOOR, 8, ERR_LIMIT },
        { "all passes", UINT32_MAX, PASS_MEM_KIB_FLOOR, 8, ERR_LIMIT },
        { "one KiB too many", PASS_OPS_FLOOR, PASS_MEM_KIB_MAX + 1, 8, ERR_LIMIT },
        { "all memory", PASS_OPS_FLOOR, UINT32_MAX, 8, ERR_LIMIT },
        { "a book", PASS_OPS_FLOOR, PASS_MEM_KIB_FLOOR, PASS_BYTES_MAX + 1, ERR_LIMIT },
    };
    static const uint8_t words[PASS_BYTES_MAX + 1], salt[PASS_SALT_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[KEY_BYTES], still[KEY_BYTES];
        memset(out, 0xee, sizeof out);
        memset(still, 0xee, sizeof still);
        struct why why;
        enum err e = passphrase_key(out, bytes_of(words, rows[i].len), salt, rows[i].ops,
                                    rows[i].mem_kib, &why);
        if (e != rows[i].want || memcmp(out, still, sizeof out) != 0)
            fail_msg("%s: %s", rows[i].why, err_code(e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_reference_code),
        cmocka_unit_test(weak_and_greedy_parameters_are_refused_and_nothing_written),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
