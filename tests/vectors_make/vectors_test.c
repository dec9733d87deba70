/* tests/vectors, done again by the C library: every case of every file has its outcome and its
 * `out`. The independent reader is python/cofferdam_format. */
#include "base/test.h"

#include "crypto/crypto.h"
#include "op.h"

static json_t *load(const char *file)
{
    const char *dir = getenv("COFFERDAM_VECTORS");
    char path[512];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/%s.json", dir ? dir : "tests/vectors", file);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s: %s", path, error.text);
    return root;
}

static void same_outcomes(const json_t *list)
{
    size_t i = 0;
    for (; op_outcome_at(i); i++)
        assert_string_equal(json_string_value(json_array_get(list, i)), op_outcome_at(i));
    assert_int_equal(json_array_size(list), i);
}

static void run_case(const char *file, const json_t *given)
{
    const char *name = json_string_value(json_object_get(given, "name"));
    const char *want = json_string_value(json_object_get(given, "outcome"));
    const json_t *in = json_object_get(given, "in"), *out = json_object_get(given, "out");
    struct why why;
    json_t *got = NULL;
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", file,
                   json_string_value(json_object_get(in, "op")));
    const char *outcome = op_outcome(op_do(path, in, &got, &why));
    if (strcmp(outcome, want) != 0)
        fail_msg("%s: '%s': %s, the file says %s", file, name, outcome, want);
    assert_int_equal(got != NULL, out != NULL);
    if (got && !json_equal(got, out))
        fail_msg("%s: '%s': another out", file, name);
    json_decref(got);
}

static size_t run_file(const char *file, size_t least)
{
    json_t *root = load(file), *cases = json_object_get(root, "cases");
    const size_t count = json_array_size(cases);
    same_outcomes(json_object_get(root, "outcomes"));
    assert_true(count >= least);
    for (size_t i = 0; i < count; i++)
        run_case(file, json_array_get(cases, i));
    json_decref(root);
    return count;
}

#define FILE_TEST(file, least)                                                                     \
    static void every_case_of_##file##_has_its_outcome(void **state)                               \
    {                                                                                              \
        (void)state;                                                                               \
        print_message("%-10s %zu cases\n", #file, run_file(#file, least));                         \
    }
FILE_TEST(header, 30)
FILE_TEST(dek, 5)
FILE_TEST(padding, 100)
FILE_TEST(body, 40)
FILE_TEST(slot, 10)
FILE_TEST(manifest, 15)
FILE_TEST(pack, 20)
FILE_TEST(shares, 60)
FILE_TEST(ceremony, 25)
FILE_TEST(statement, 150)
FILE_TEST(chain, 15)
FILE_TEST(request, 80)
FILE_TEST(answer, 50)
FILE_TEST(entry, 50)
FILE_TEST(checkpoint, 50)
FILE_TEST(keyfile, 20)
FILE_TEST(kept, 10)
FILE_TEST(heads, 30)

/* A replay that accepts anything would pass every file. */
static void a_case_with_another_byte_is_noticed(void **state)
{
    (void)state;
    json_t *root = load("slot");
    json_t *given = json_array_get(json_object_get(root, "cases"), 0), *got = NULL;
    json_t *out = json_object_get(given, "out");
    struct why why;
    test_ok(op_do("slot/make", json_object_get(given, "in"), &got, &why), &why);
    assert_true(json_equal(got, out));
    json_object_set_new(out, "slot", json_string("00"));
    assert_false(json_equal(got, out));
    json_decref(got);
    json_decref(root);
}

static int start(void **state)
{
    struct why why;
    (void)state;
    test_ok(crypto_init(&why), &why);
    return 0;
}

#define FILE_UNIT(file) cmocka_unit_test(every_case_of_##file##_has_its_outcome)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_UNIT(header), FILE_UNIT(dek), FILE_UNIT(padding), FILE_UNIT(body), FILE_UNIT(slot),
        FILE_UNIT(manifest), FILE_UNIT(pack), FILE_UNIT(shares), FILE_UNIT(ceremony),
        FILE_UNIT(statement), FILE_UNIT(chain), FILE_UNIT(request), FILE_UNIT(answer),
        FILE_UNIT(entry), FILE_UNIT(checkpoint), FILE_UNIT(keyfile), FILE_UNIT(kept),
        FILE_UNIT(heads), cmocka_unit_test(a_case_with_another_byte_is_noticed),
    };
    return cmocka_run_group_tests_name("vectors", tests, start, NULL);
}
