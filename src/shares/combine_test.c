#include "base/test.h"

#include "shares/combine.h"

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

static void a_release_needs_each_gate_of_its_quorum_once(void **state)
{
    const uint8_t a[64] = { 1, 2 }, b[64] = { 4, 8 }, longer[65] = { 4, 8 };
    uint8_t pads[64] = { 0xee };
    const struct { const char *why; struct combine_answer answers[3]; size_t count; enum err want; }
    rows[] = {
        { "both", { { 1, { a, 64 } }, { 3, { b, 64 } } }, 2, ERR_OK },
        { "in any order", { { 3, { b, 64 } }, { 1, { a, 64 } } }, 2, ERR_OK },
        { "a stranger is not looked at", { { 1, { a, 64 } }, { 2, { b, 1 } }, { 3, { b, 64 } } }, 3,
          ERR_OK },
        { "none", { { 0 } }, 0, ERR_NO_QUORUM },
        { "one", { { 1, { a, 64 } } }, 1, ERR_NO_QUORUM },
        { "one twice", { { 1, { a, 64 } }, { 1, { b, 64 } } }, 2, ERR_FORMAT },
        { "a share too few", { { 1, { a, 64 } }, { 3, { b, 32 } } }, 2, ERR_FORMAT },
        { "half a share", { { 1, { a, 64 } }, { 3, { b, 63 } } }, 2, ERR_FORMAT },
        { "a byte too many", { { 1, { a, 64 } }, { 3, { longer, 65 } } }, 2, ERR_FORMAT },
        { "no shares", { { 1, { a, 64 } }, { 3, { b, 0 } } }, 2, ERR_FORMAT },
        { "gate 0 and gate 9", { { 0, { a, 64 } }, { 9, { b, 64 } } }, 2, ERR_NO_QUORUM },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(pads, 0xee, sizeof pads);
        enum err got = combine_release(0x05, rows[i].answers, rows[i].count, 2, pads, NULL);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
        assert_int_equal(pads[0], got == ERR_OK ? 5 : 0xee);
        assert_int_equal(pads[1], got == ERR_OK ? 10 : 0xee);
    }
}

/* 2 of 3: each gate's shares are for its two quorums; share bytes are 0x10 * gate + place. */
static void a_create_gives_what_the_gates_that_answered_can(void **state)
{
    uint8_t shares[4][64], pads[96];
    for (unsigned g = 1; g <= 3; g++)
        for (unsigned j = 0; j < 2; j++)
            memset(shares[g] + j * 32, (int)(g << 4 | j), 32);
    const struct combine_answer answers[] = { { 1, { shares[1], 64 } }, { 3, { shares[3], 64 } },
                                              { 2, { shares[2], 64 } } };
    assert_int_equal(combine_create(2, 0x07, answers, 3, 1, pads, NULL), ERR_OK);
    assert_int_equal(pads[0], 0x10 ^ 0x20);  /* {1,2}: first of both */
    assert_int_equal(pads[32], 0x11 ^ 0x30); /* {1,3}: second of 1, first of 3 */
    assert_int_equal(pads[64], 0x21 ^ 0x31); /* {2,3} */
    struct subset_list quorums = combine_quorums(2, 0x07, 0x05);
    assert_int_equal(quorums.count, 1);
    assert_int_equal(quorums.sets[0], 0x05);
    assert_int_equal(combine_create(2, 0x07, answers, 2, 1, pads, NULL), ERR_OK);
    assert_int_equal(pads[0], 0x11 ^ 0x30);
    assert_int_equal(combine_create(2, 0x07, answers, 1, 1, pads, NULL), ERR_NO_QUORUM);
    assert_int_equal(combine_create(2, 0x07, answers, 3, 2, pads, NULL), ERR_FORMAT);
}

static void distinct_pads_are_candidates_in_order(void **state)
{
    static const struct { const char *pads; unsigned count; const char *which; } rows[] = {
        { "a", 1, "0" }, { "aaa", 1, "0" }, { "aba", 2, "01" }, { "abb", 2, "01" },
        { "abcabc", 3, "012" }, { "aabc", 3, "023" }, { "abcdefghij", 10, "0123456789" },
        { "", 0, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t pads[SUBSET_LIST_MAX * 32];
        unsigned which[SUBSET_LIST_MAX], quorums = (unsigned)strlen(rows[i].pads);
        for (unsigned j = 0; j < quorums; j++) {
            memset(pads + j * 32, 'x', 32);
            pads[j * 32 + 31] = (uint8_t)rows[i].pads[j];
        }
        assert_int_equal(combine_distinct(pads, quorums, which), rows[i].count);
        for (unsigned k = 0; k < rows[i].count; k++)
            assert_int_equal(which[k], rows[i].which[k] - '0');
        assert_int_equal(combine_agree(pads, quorums, 1), quorums > 1 && rows[i].count == 1);
    }
}

static void agreement_is_over_every_record(void **state)
{
    uint8_t pads[3 * 2 * 32];
    for (size_t i = 0; i < sizeof pads; i++)
        pads[i] = (uint8_t)(i / 64); /* two quorums agree on each of three records */
    assert_true(combine_agree(pads, 2, 3));
    for (size_t i = 0; i < sizeof pads; i++) {
        pads[i] ^= 1;
        assert_false(combine_agree(pads, 2, 3));
        pads[i] ^= 1;
    }
    assert_false(combine_agree(pads, 1, 6)); /* one quorum alone proves nothing */
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_release_needs_each_gate_of_its_quorum_once),
        cmocka_unit_test(a_create_gives_what_the_gates_that_answered_can),
        cmocka_unit_test(distinct_pads_are_candidates_in_order),
        cmocka_unit_test(agreement_is_over_every_record),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
