#include "base/test.h"

#include "statement/chain.h"

static struct statement link_of(uint64_t number, uint8_t id, uint8_t previous)
{
    struct statement s = { .kind = STATEMENT_PROJECT, .number = number };
    memset(s.issuer, 7, 32);
    memset(s.id, id, 32);
    memset(s.previous, previous, 32);
    return s;
}

static void only_the_next_statement_continues_a_chain(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint64_t number;
        uint8_t id, previous;
        enum err want;
    } rows[] = {
        { "the next one", 3, 30, 20, ERR_OK },
        { "the head itself", 2, 20, 10, ERR_DUPLICATE },
        { "another one with the head's number", 2, 21, 10, ERR_CHAIN_FORK },
        { "an older number that nobody knows", 1, 11, 0, ERR_CHAIN_FORK },
        { "it continues another head", 3, 30, 21, ERR_CHAIN_FORK },
        { "one is missing", 4, 40, 30, ERR_CHAIN_GAP },
        { "many are missing", UINT64_MAX, 40, 30, ERR_CHAIN_GAP },
    };
    struct chain_head head = { 0 };
    const struct statement first = link_of(1, 10, 0), second = link_of(2, 20, 10);
    chain_advance(&head, &first);
    chain_advance(&head, &second);
    assert_int_equal(head.number, 2);
    assert_int_equal(head.issuer[0], 7);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = { 0 };
        const struct statement s = link_of(rows[i].number, rows[i].id, rows[i].previous);
        enum err e = chain_next(&head, &s, &why);
        if (e != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(e));
    }
}

static void an_issuer_begins_with_number_one(void **state)
{
    (void)state;
    const struct chain_head empty = { 0 };
    const struct statement first = link_of(1, 10, 0), second = link_of(2, 20, 10),
                           odd = link_of(1, 10, 9);
    test_err(chain_next(NULL, &first, NULL), ERR_OK);
    test_err(chain_next(&empty, &first, NULL), ERR_OK);
    test_err(chain_next(NULL, &second, NULL), ERR_CHAIN_GAP);
    test_err(chain_next(NULL, &odd, NULL), ERR_CHAIN_FORK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_next_statement_continues_a_chain),
        cmocka_unit_test(an_issuer_begins_with_number_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
