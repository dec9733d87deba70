#include "base/test.h"

#include "client/config.h"
#include "client/identity.h"
#include "crypto/crypto.h"
#include "sys/files.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96];

static int dir_make(void **state)
{
    struct why why;
    (void)state;
    test_ok(crypto_init(&why), &why);
    (void)snprintf(dir, sizeof dir, "/tmp/cofferdam-identity-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/file", dir);
    return 0;
}

static int dir_end(void **state)
{
    (void)state;
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static const struct identity_cost cheap = { 2, 65536 };

static void a_key_file_opens_with_its_passphrase_alone(void **state)
{
    (void)state;
    struct why why;
    struct stat st;
    uint8_t key[SIGN_KEY_BYTES];
    AUTO_IDENTITY struct identity id = { 0 };
    test_ok(identity_make(path, bytes_str("a long passphrase"), &cheap, key, &why), &why);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    test_err(identity_make(path, bytes_str("again"), &cheap, key, &why), ERR_EXISTS);
    test_err(identity_unlock(path, bytes_str("a wrong passphrase"), &id, &why), ERR_PASSPHRASE);
    test_ok(identity_unlock(path, bytes_str("a long passphrase"), &id, &why), &why);
    assert_memory_equal(id.key, key, sizeof key);
}

static void a_key_file_that_is_cheap_to_guess_is_neither_made_nor_read(void **state)
{
    (void)state;
    struct why why;
    uint8_t key[SIGN_KEY_BYTES];
    const struct identity_cost too_cheap = { 1, 64 };
    test_err(identity_make(path, bytes_str("p"), &too_cheap, key, &why), ERR_KDF_FLOOR);
    assert_int_not_equal(access(path, F_OK), 0);
}

static const struct {
    const char *why, *text, *says;
    enum err want;
} rows[] = {
    { "unknown section", "[store]\nurl = http://127.0.0.1:1\n[nonsense]\na = b\n", "line 4",
      ERR_CONFIG },
    { "unknown key", "[owner]\nname = x\n", "line 2", ERR_CONFIG },
    { "short id", "[owner]\nid = 00\n", "line 2", ERR_CONFIG },
    { "gate 9", "[gate 9]\nurl = http://127.0.0.1:1\n", "line 2", ERR_CONFIG },
    { "gate 12", "[gate 12]\nurl = http://127.0.0.1:1\n", "line 2", ERR_CONFIG },
    { "empty url", "[store]\nurl =\n", "line 2", ERR_CONFIG },
    { "no pair", "[store]\nurl\n", "line 2", ERR_CONFIG },
};

static void a_line_that_is_not_understood_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config c;
        struct why why;
        test_ok(file_replace(path, bytes_str(rows[i].text), 0600, &why), &why);
        enum err got = config_read(path, &c, &why);
        if (got != rows[i].want || !strstr(why.text, rows[i].says))
            fail_msg("%s: %s %s", rows[i].why, err_code(got), why.text);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct config c = { .owner = { 1 }, .project_count = 2 }, got;
    const struct config_project *p = NULL;
    struct why why;
    (void)snprintf(c.gates[3], sizeof c.gates[3], "http://127.0.0.1:7003");
    (void)snprintf(c.store, sizeof c.store, "http://127.0.0.1:7010");
    (void)snprintf(c.projects[0].name, sizeof c.projects[0].name, "demo");
    (void)snprintf(c.projects[1].name, sizeof c.projects[1].name, "other");
    c.projects[0].id[0] = 0xaa;
    test_ok(config_write(path, &c, &why), &why);
    test_ok(config_read(path, &got, &why), &why);
    assert_memory_equal(&got, &c, sizeof c);
    test_ok(config_project(&got, "demo", &p, &why), &why);
    assert_int_equal(p->id[0], 0xaa);
    test_ok(config_project(&got, "aa000000", &p, &why), &why);
    assert_string_equal(p->name, "demo");
    test_err(config_project(&got, NULL, &p, &why), ERR_AMBIGUOUS);
    test_err(config_project(&got, "none", &p, &why), ERR_NOT_FOUND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, dir_make, dir_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_key_file_opens_with_its_passphrase_alone),
        CASE(a_key_file_that_is_cheap_to_guess_is_neither_made_nor_read),
        CASE(a_line_that_is_not_understood_is_named),
        CASE(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests_name("client/identity, client/config", tests, NULL, NULL);
}
