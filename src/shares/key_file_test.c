#include "shares/test_epoch.h"

#include "crypto/crypto.h"
#include "shares/key_file.h"

static void the_keys_of_every_gate_of_every_epoch_come_back(void **state)
{
    (void)state;
    struct why why;
    TEST_EACH_EPOCH(epoch)
    {
        for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
            const struct gate_keys *k = epoch.gates[g];
            AUTO_GATE_KEYS struct gate_keys *got = NULL;
            uint8_t file[KEY_FILE_MAX], again[KEY_FILE_MAX];
            if (!k)
                continue;
            size_t len = key_file_write(k, file);
            test_ok(key_file_open(bytes_of(file, len), &got, &why), &why);
            assert_true(gate_keys_complete(got) && got->number == g && got->t == epoch.t &&
                        got->roster == epoch.roster);
            assert_memory_equal(got->epoch_id, epoch.id, 32);
            assert_int_equal(key_file_write(got, again), len);
            assert_memory_equal(again, file, len);
        }
    }
}

static void a_file_that_is_cut_or_too_long_is_refused(void **state)
{
    (void)state;
    struct test_epoch epoch;
    struct why why;
    uint8_t file[KEY_FILE_MAX + 1] = { 0 };
    test_epoch_init(&epoch, 3, 0x1f);
    size_t len = key_file_write(epoch.gates[2], file);
    for (size_t cut = 0; cut < len; cut++) {
        struct gate_keys *got = NULL;
        enum err e = key_file_open(bytes_of(file, cut), &got, &why);
        assert_true(e == ERR_FORMAT || (cut == 4 && e == ERR_VERSION));
        assert_null(got);
    }
    AUTO_GATE_KEYS struct gate_keys *got = NULL;
    test_err(key_file_open(bytes_of(file, len + 1), &got, &why), ERR_FORMAT);
    test_epoch_release(&epoch);
}

static const struct {
    const char *why;
    size_t at;
    uint8_t value;
    enum err want;
} rows[] = {
    { "another magic", 3, 'y', ERR_FORMAT },
    { "version 2", 4, 2, ERR_VERSION },
    { "t of 1", 5, 1, ERR_FORMAT },
    { "t of all", 5, 3, ERR_FORMAT },
    { "one gate", 6, 0x01, ERR_FORMAT },
    { "six gates", 6, 0x3f, ERR_FORMAT },
    { "gate 0", 7, 0, ERR_FORMAT },
    { "gate 9", 7, 9, ERR_FORMAT },
    { "a gate outside the roster", 7, 4, ERR_FORMAT },
};

static void an_impossible_epoch_is_refused(void **state)
{
    (void)state;
    struct test_epoch epoch;
    struct why why;
    test_epoch_init(&epoch, 2, 0x07);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t file[KEY_FILE_MAX];
        struct gate_keys *got = NULL;
        size_t len = key_file_write(epoch.gates[1], file);
        file[rows[i].at] = rows[i].value;
        if (key_file_open(bytes_of(file, len), &got, &why) != rows[i].want || got)
            fail_msg("%s", rows[i].why);
    }
    test_epoch_release(&epoch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keys_of_every_gate_of_every_epoch_come_back),
        cmocka_unit_test(a_file_that_is_cut_or_too_long_is_refused),
        cmocka_unit_test(an_impossible_epoch_is_refused),
    };
    struct why why;
    return crypto_init(&why) != ERR_OK ||
           cmocka_run_group_tests_name("shares/key_file", tests, NULL, NULL);
}
