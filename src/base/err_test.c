#include "base/test.h"

#include <ctype.h>

static void every_error_has_its_row(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        const struct err_row *row = err_row((enum err)i);
        assert_int_equal(row->err, i);
        if (!row->title[0] || !row->explain[0])
            fail_msg("%s: no title or explanation", row->code);
    }
}

static void codes_are_well_formed_and_unique(void **state)
{
    (void)state;
    assert_string_equal(err_code(ERR_OK), "OK");
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++) {
        const char *code = err_code((enum err)i);
        static const char form[] = "CFD-AAA-000";
        bool fits = strlen(code) == strlen(form);
        for (size_t k = 0; fits && form[k]; k++)
            fits = form[k] == '0'           ? isdigit((unsigned char)code[k]) != 0
                   : k >= 4 && form[k] == 'A' ? isupper((unsigned char)code[k]) != 0
                                            : code[k] == form[k];
        if (!fits)
            fail_msg("%s is not CFD-[A-Z]{3}-[0-9]{3}", code);
        for (int k = 0; k < i; k++)
            if (strcmp(code, err_code((enum err)k)) == 0)
                fail_msg("%s stands for two errors", code);
    }
}

static void exit_codes_are_the_published_ones(void **state)
{
    (void)state;
    static const int published[] = { EXIT_FAIL, EXIT_USAGE, EXIT_NOT_FOUND, EXIT_AUTH,
                                     EXIT_DENIED, EXIT_PAUSED, EXIT_INTEGRITY, EXIT_CONFLICT,
                                     EXIT_UNREACHABLE, EXIT_FINDINGS, EXIT_INTERRUPT };
    assert_int_equal(err_row(ERR_OK)->exit_code, 0);
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof published / sizeof published[0]; k++)
            known = known || err_row((enum err)i)->exit_code == published[k];
        if (!known)
            fail_msg("%s exits with %d", err_code((enum err)i), err_row((enum err)i)->exit_code);
    }
}

static void titles_begin_small_and_explanations_are_sentences(void **state)
{
    (void)state;
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++) {
        const struct err_row *row = err_row((enum err)i);
        size_t title = strlen(row->title), explain = strlen(row->explain);
        bool large = isupper((unsigned char)row->title[0]) != 0;
        bool acronym = isupper((unsigned char)row->title[1]) != 0;
        if ((large && !acronym) || row->title[title - 1] == '.')
            fail_msg("%s: title '%s'", row->code, row->title);
        if (title > 60)
            fail_msg("%s: the title has %zu bytes", row->code, title);
        if (islower((unsigned char)row->explain[0]) || !strchr(".?", row->explain[explain - 1]))
            fail_msg("%s: explanation '%s'", row->code, row->explain);
    }
}

static void a_code_is_found_in_any_case_and_nothing_else_is(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++)
        assert_ptr_equal(err_find(err_code((enum err)i)), err_row((enum err)i));
    assert_ptr_equal(err_find("cfd-rel-002"), err_row(ERR_REQUEST_TIME));
    static const char *const unknown[] = { "", "CFD", "CFD-REL", "CFD-REL-000", "CFD-REL-0020",
                                           " CFD-REL-002", "REL-002" };
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_null(err_find(unknown[i]));
}

/* The words that people have bookmarked. Never edit a row here: a code is for ever. */
static void codes_are_never_renumbered(void **state)
{
    (void)state;
    static const struct { enum err err; const char *code; int exit_code; } rows[] = {
        { ERR_NOMEM, "CFD-SYS-001", 1 },        { ERR_USAGE, "CFD-USE-001", 2 },
        { ERR_INTERRUPTED, "CFD-USE-003", 130 }, { ERR_FORMAT, "CFD-FMT-001", 7 },
        { ERR_OPEN, "CFD-CRY-001", 7 },         { ERR_SIGNATURE, "CFD-CRY-002", 4 },
        { ERR_PROOF, "CFD-LOG-001", 7 },        { ERR_CHAIN_GAP, "CFD-STM-001", 8 },
        { ERR_POLICY, "CFD-POL-001", 5 },       { ERR_UNKNOWN_DEVICE, "CFD-REL-001", 4 },
        { ERR_REVOKED, "CFD-REL-009", 6 },      { ERR_NO_QUORUM, "CFD-SHR-001", 9 },
        { ERR_RECORD_ID, "CFD-REC-001", 7 },    { ERR_NOT_FOUND, "CFD-STO-001", 3 },
        { ERR_FINDINGS, "CFD-USE-005", 10 },    { ERR_NETWORK, "CFD-NET-001", 9 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(err_code(rows[i].err), rows[i].code);
        assert_int_equal(err_row(rows[i].err)->exit_code, rows[i].exit_code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_row),
        cmocka_unit_test(codes_are_well_formed_and_unique),
        cmocka_unit_test(exit_codes_are_the_published_ones),
        cmocka_unit_test(titles_begin_small_and_explanations_are_sentences),
        cmocka_unit_test(a_code_is_found_in_any_case_and_nothing_else_is),
        cmocka_unit_test(codes_are_never_renumbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
