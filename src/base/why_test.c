#include "base/test.h"

static void the_code_that_is_set_is_returned(void **state)
{
    (void)state;
    struct why why;
    test_err(why_set(&why, ERR_FORMAT, "cannot read %s: %d bytes", "slot", 3), ERR_FORMAT);
    assert_int_equal(why.code, ERR_FORMAT);
    assert_string_equal(why.text, "cannot read slot: 3 bytes");
    assert_string_equal(why.hint, "");
    test_err(why_nomem(&why), ERR_NOMEM);
    assert_string_equal(why.text, "out of memory");
}

static void words_come_before_and_the_cause_stays(void **state)
{
    (void)state;
    struct why why;
    test_err(why_set(&why, ERR_SIGNATURE, "the signature does not verify"), ERR_SIGNATURE);
    test_err(why_hint(&why, ERR_SIGNATURE, "fetch it again"), ERR_SIGNATURE);
    test_err(why_before(&why, ERR_SIGNATURE, "cannot accept '%s'", "41c0e97a02d1"), ERR_SIGNATURE);
    assert_string_equal(why.text, "cannot accept '41c0e97a02d1': the signature does not verify");
    assert_string_equal(why.hint, "fetch it again");
    assert_int_equal(why.code, ERR_SIGNATURE);
}

static void a_new_cause_clears_the_old_hint(void **state)
{
    (void)state;
    struct why why;
    (void)why_set(&why, ERR_FORMAT, "first");
    (void)why_hint(&why, ERR_FORMAT, "hint of the first");
    (void)why_set(&why, ERR_LIMIT, "second");
    assert_string_equal(why.hint, "");
}

static void nobody_listening_is_fine(void **state)
{
    (void)state;
    test_err(why_set(NULL, ERR_KEY, "%d", 1), ERR_KEY);
    test_err(why_hint(NULL, ERR_KEY, "%d", 1), ERR_KEY);
    test_err(why_before(NULL, ERR_KEY, "%d", 1), ERR_KEY);
    test_err(why_nomem(NULL), ERR_NOMEM);
}

static void long_sentences_are_cut_not_overrun(void **state)
{
    (void)state;
    char longest[1000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    struct why why;
    (void)why_set(&why, ERR_FORMAT, "%s", longest);
    assert_int_equal(strlen(why.text), WHY_TEXT_MAX - 1);
    (void)why_hint(&why, ERR_FORMAT, "%s", longest);
    assert_int_equal(strlen(why.hint), WHY_HINT_MAX - 1);
    for (int i = 0; i < 5; i++)
        (void)why_before(&why, ERR_FORMAT, "%s", longest);
    assert_true(strlen(why.text) < WHY_TEXT_MAX);
    (void)why_set(&why, ERR_FORMAT, "cause");
    (void)why_before(&why, ERR_FORMAT, "%s", longest);
    assert_non_null(strstr(why.text, ": cause"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_that_is_set_is_returned),
        cmocka_unit_test(words_come_before_and_the_cause_stays),
        cmocka_unit_test(a_new_cause_clears_the_old_hint),
        cmocka_unit_test(nobody_listening_is_fine),
        cmocka_unit_test(long_sentences_are_cut_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
