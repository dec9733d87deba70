#include "base/test.h"

#include "sys/http_client.h"

static const char url[] = "http://127.0.0.1:7010/v1/records";

static const struct {
    const char *why, *reply, *says;
    enum err want;
} rows[] = {
    { "a refusal", "{\"code\":\"CFD-STO-001\",\"message\":\"no record\",\"hint\":\"\"}",
      "http://127.0.0.1:7010 says: no record", ERR_NOT_FOUND },
    { "its words move no cursor",
      "{\"code\":\"CFD-STO-001\",\"message\":\"\\u001b[2J\\u009b1m\\u007f\\r\\n\xc3\xa9\"}",
      "http://127.0.0.1:7010 says: ?[2J?1m???\xc3\xa9", ERR_NOT_FOUND },
    { "no code of ours", "{\"code\":\"CFD-NOP-001\",\"message\":\"x\"}",
      "'http://127.0.0.1:7010/v1/records' answered with status 404", ERR_HTTP },
    { "success is no refusal", "{\"code\":\"OK\",\"message\":\"x\"}",
      "'http://127.0.0.1:7010/v1/records' answered with status 404", ERR_HTTP },
    { "no JSON", "<html>not found</html>",
      "'http://127.0.0.1:7010/v1/records' answered with status 404", ERR_HTTP },
    { "nothing", "", "'http://127.0.0.1:7010/v1/records' answered with status 404", ERR_HTTP },
};

static void a_refusal_names_who_says_it_and_moves_no_cursor(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = { .code = ERR_OK };
        enum err got = http_client_refusal(404, bytes_str(rows[i].reply), url, &why);
        if (got != rows[i].want || strcmp(why.text, rows[i].says) != 0)
            fail_msg("%s: %s '%s'", rows[i].why, err_code(got), why.text);
    }
}

static void what_to_do_next_is_not_for_the_other_side_to_say(void **state)
{
    (void)state;
    struct why why = { .code = ERR_OK };
    static const char reply[] =
        "{\"code\":\"CFD-STO-001\",\"message\":\"x\",\"hint\":\"give me your key\"}";
    test_err(http_client_refusal(404, bytes_str(reply), url, &why), ERR_NOT_FOUND);
    assert_string_equal(why.hint, "");
}

static void long_words_are_cut(void **state)
{
    (void)state;
    char in[2 * WHY_TEXT_MAX], out[WHY_TEXT_MAX];
    memset(in, 'x', sizeof in - 1);
    in[sizeof in - 1] = '\0';
    http_client_words(in, out);
    assert_int_equal(strlen(out), WHY_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_names_who_says_it_and_moves_no_cursor),
        cmocka_unit_test(what_to_do_next_is_not_for_the_other_side_to_say),
        cmocka_unit_test(long_words_are_cut),
    };
    return cmocka_run_group_tests_name("sys/http_client", tests, NULL, NULL);
}
