#include "base/test.h"

#include "formats/keyfile.h"

static uint8_t secret[KEYFILE_SECRET_BYTES], salt[PASS_SALT_BYTES], nonce[NONCE_BYTES];
static uint8_t file[KEYFILE_BYTES];

static enum err open_file(const char *passphrase, struct secret **out)
{
    return keyfile_open(bytes_of(file, sizeof file), bytes_str(passphrase), out, NULL);
}

static void the_keys_come_back(void **state)
{
    (void)state;
    AUTO_SECRET struct secret *got = NULL;
    assert_memory_equal(file, "cfdk\1\1\0\0\0\0\0\2\0\1\0\0", 16);
    assert_memory_equal(file + 16, salt, sizeof salt);
    assert_memory_equal(file + 32, nonce, sizeof nonce);
    test_err(open_file("correct horse", &got), ERR_OK);
    assert_int_equal(got->len, KEYFILE_SECRET_BYTES);
    assert_memory_equal(got->ptr, secret, sizeof secret);
}

static void another_passphrase_does_not_open(void **state)
{
    (void)state;
    AUTO_SECRET struct secret *got = NULL;
    test_err(open_file("correct horsf", &got), ERR_OPEN);
    assert_null(got);
}

/* Only what costs no derivation is tried byte by byte. */
static void a_changed_front_is_refused(void **state)
{
    (void)state;
    static const struct { const char *why; size_t at; uint8_t put; enum err want; } rows[] = {
        { "magic", 0, 'x', ERR_FORMAT },        { "version", 4, 2, ERR_VERSION },
        { "suite", 5, 2, ERR_VERSION },         { "reserved", 6, 1, ERR_FORMAT },
        { "reserved too", 7, 1, ERR_FORMAT },   { "one pass", 11, 1, ERR_KDF_FLOOR },
        { "no pass", 11, 0, ERR_KDF_FLOOR },    { "less memory", 13, 0, ERR_KDF_FLOOR },
        { "17 passes", 11, 17, ERR_LIMIT },     { "many passes", 8, 1, ERR_LIMIT },
        { "too much memory", 12, 1, ERR_LIMIT }, { "three passes", 11, 3, ERR_OPEN },
        { "salt", 16, 1, ERR_OPEN },            { "nonce", 43, 1, ERR_OPEN },
        { "sealed", 44, 1, ERR_OPEN },          { "tag", 155, 1, ERR_OPEN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_SECRET struct secret *got = NULL;
        uint8_t was = file[rows[i].at];
        file[rows[i].at] = rows[i].put == was ? (uint8_t)(was + 1) : rows[i].put;
        enum err e = open_file("correct horse", &got);
        file[rows[i].at] = was;
        if (e != rows[i].want || got)
            fail_msg("%s: %s", rows[i].why, err_code(e));
    }
}

static void another_length_is_refused(void **state)
{
    (void)state;
    uint8_t longer[KEYFILE_BYTES + 1] = { 0 };
    memcpy(longer, file, KEYFILE_BYTES);
    for (size_t len = 0; len <= sizeof longer; len++) {
        AUTO_SECRET struct secret *got = NULL;
        if (len != KEYFILE_BYTES)
            test_err(keyfile_open(bytes_of(longer, len), bytes_str("x"), &got, NULL), ERR_FORMAT);
    }
}

static void weak_or_mad_parameters_are_not_written(void **state)
{
    (void)state;
    uint8_t out[KEYFILE_BYTES];
    const struct bytes p = bytes_str("p");
    test_err(keyfile_seal(secret, p, salt, nonce, 1, 65536, out, NULL), ERR_KDF_FLOOR);
    test_err(keyfile_seal(secret, p, salt, nonce, 2, 65535, out, NULL), ERR_KDF_FLOOR);
    test_err(keyfile_seal(secret, p, salt, nonce, 17, 65536, out, NULL), ERR_LIMIT);
    test_err(keyfile_seal(secret, p, salt, nonce, 2, 1048577, out, NULL), ERR_LIMIT);
}

static int start(void **state)
{
    (void)state;
    if (crypto_init(NULL) != ERR_OK)
        return -1;
    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = (uint8_t)i;
    memset(salt, 0x5a, sizeof salt);
    memset(nonce, 0xa5, sizeof nonce);
    return keyfile_seal(secret, bytes_str("correct horse"), salt, nonce, PASS_OPS_FLOOR,
                        PASS_MEM_KIB_FLOOR, file, NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keys_come_back),
        cmocka_unit_test(another_passphrase_does_not_open),
        cmocka_unit_test(a_changed_front_is_refused),
        cmocka_unit_test(another_length_is_refused),
        cmocka_unit_test(weak_or_mad_parameters_are_not_written),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
