#include "shares/test_epoch.h"

#include "shares/combine.h"

enum { COUNT = 5, SHARES_MAX = 6 };
static const uint8_t project[16] = { 1 };
static struct share_record records[COUNT];

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    for (uint8_t i = 0; i < COUNT; i++) {
        records[i].kind = (uint8_t)(i % 3 + 1);
        test_bytes(records[i].id, "record", i, 0);
    }
    return 0;
}

static void assert_pads(const struct test_epoch *e, const uint8_t *pads, unsigned each)
{
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t want[32];
        test_pad(e, project, &records[i], want);
        for (unsigned j = 0; j < each; j++)
            assert_memory_equal(pads + (i * each + j) * 32, want, 32);
    }
}

static void any_quorum_gives_the_same_pads(void **state)
{
    TEST_EACH_EPOCH(e) {
        struct subset_list quorums = subset_choose(e.roster, e.t);
        for (unsigned k = 0; k < quorums.count; k++) {
            uint8_t q = quorums.sets[k], r[32], pads[COUNT * 32];
            uint8_t shares[9][COUNT * 32];
            struct combine_answer answers[SUBSET_GATES_MAX];
            size_t n = 0;
            struct why why;
            test_bytes(r, "request", q, 1);
            for (unsigned g = 8; g >= 1; g--) { /* in any order */
                if (!subset_has(q, g))
                    continue;
                test_ok(share_release(e.workers[g], r, q, project, records, COUNT, shares[g],
                                      &why), &why);
                answers[n++] = (struct combine_answer){ g, bytes_of(shares[g], COUNT * 32) };
            }
            test_ok(combine_release(q, answers, n, COUNT, pads, &why), &why);
            assert_pads(&e, pads, 1);
        }
    }
}

static void a_create_gives_the_pad_once_for_each_quorum_in_it(void **state)
{
    TEST_EACH_EPOCH(e) {
        for (unsigned s = 1; s <= e.roster; s++) {
            uint8_t set = (uint8_t)s, r[32], pads[COUNT * SUBSET_LIST_MAX * 32];
            if (subset_create_check(e.t, e.roster, set, 0, NULL) != ERR_OK)
                continue;
            uint8_t shares[9][COUNT * SHARES_MAX * 32];
            struct combine_answer answers[SUBSET_GATES_MAX];
            size_t n = 0;
            struct why why;
            test_bytes(r, "create", set, 2);
            for (unsigned g = 1; g <= 8; g++) {
                if (!subset_has(set, g))
                    continue;
                unsigned each = share_create_count(e.t, set, g);
                assert_true(each <= SHARES_MAX);
                test_ok(share_create(e.workers[g], r, set, project, records, COUNT, shares[g],
                                     &why), &why);
                answers[n++] = (struct combine_answer){ g, bytes_of(shares[g],
                                                                    (size_t)each * COUNT * 32) };
            }
            test_ok(combine_create(e.t, set, answers, n, COUNT, pads, &why), &why);
            struct subset_list quorums = combine_quorums(e.t, set, set);
            assert_pads(&e, pads, quorums.count);
            assert_int_equal(combine_agree(pads, quorums.count, COUNT), quorums.count > 1);
        }
    }
}

/* In a create the t-subset takes the quorum's place, masks included: share j of a record is what a
 * release of the same r and that subset would give. */
static void a_create_is_laid_out_record_by_record_then_by_subset(void **state)
{
    TEST_EACH_EPOCH(e) {
        unsigned n = subset_gates(e.roster);
        uint8_t s = subset_choose(e.roster, 2 * e.t - 1 < n ? 2 * e.t - 1 : n).sets[0], r[32];
        test_bytes(r, "create", s, 3);
        struct subset_list all = subset_choose(s, e.t);
        for (unsigned g = 1; g <= 8; g++) {
            if (!subset_has(s, g))
                continue;
            struct why why;
            uint8_t create[COUNT * SHARES_MAX * 32], one[COUNT * 32];
            struct subset_list own = subset_holding(&all, g);
            test_ok(share_create(e.workers[g], r, s, project, records, COUNT, create, &why), &why);
            for (unsigned j = 0; j < own.count; j++) {
                test_ok(share_release(e.workers[g], r, own.sets[j], project, records, COUNT, one,
                                      &why), &why);
                for (size_t i = 0; i < COUNT; i++)
                    assert_memory_equal(create + (i * own.count + j) * 32, one + i * 32, 32);
            }
        }
    }
}

/* Two epochs that differ only in the one key that a coalition of t-1 gates does not hold have
 * different pads and, for the coalition, the same keys: it cannot tell which pad is right. */
static void fewer_than_t_gates_know_nothing_of_a_pad(void **state)
{
    TEST_EACH_EPOCH(e) {
        struct subset_list coalitions = subset_choose(e.roster, e.t - 1);
        for (unsigned c = 0; c < coalitions.count; c++) {
            uint8_t missing = (uint8_t)(e.roster & ~coalitions.sets[c]), before[32], after[32];
            unsigned at = 0;
            while (at < e.sets.count && e.sets.sets[at] != missing)
                at++;
            assert_true(at < e.sets.count); /* it is a set with a key of its own */
            for (unsigned g = 1; g <= 8; g++)
                assert_false(subset_has(coalitions.sets[c], g) && subset_has(missing, g));
            test_pad(&e, project, &records[0], before);
            e.k[at][0] ^= 1;
            test_pad(&e, project, &records[0], after);
            e.k[at][0] ^= 1;
            assert_memory_not_equal(before, after, 32);
        }
    }
}

static void epoch_set_project_kind_and_record_each_change_a_partial(void **state)
{
    const uint8_t k[32] = { 1 }, epoch[2][32] = { { 2 }, { 3 } }, id[2][32] = { { 4 }, { 5 } };
    const uint8_t other[16] = { 9 };
    uint8_t keys[5][32], partial[2][32];
    key_project(keys[0], k, epoch[0], 3, project, 1);
    key_project(keys[1], k, epoch[1], 3, project, 1);
    key_project(keys[2], k, epoch[0], 5, project, 1);
    key_project(keys[3], k, epoch[0], 3, other, 1);
    key_project(keys[4], k, epoch[0], 3, project, 2);
    for (size_t a = 0; a < 5; a++)
        for (size_t b = 0; b < a; b++)
            assert_memory_not_equal(keys[a], keys[b], 32);
    key_partial(partial[0], keys[0], id[0]);
    key_partial(partial[1], keys[0], id[1]);
    assert_memory_not_equal(partial[0], partial[1], 32);
}

/* More projects than a worker keeps: what was dropped is derived again, the same. */
static void a_worker_forgets_nothing_that_matters(void **state)
{
    struct test_epoch e;
    test_epoch_init(&e, 3, 0x1f);
    uint8_t r[32] = { 1 }, q = 0x07;
    for (unsigned round = 0; round < 2; round++) {
        for (uint8_t p = 0; p < 40; p++) {
            const uint8_t other[16] = { p, 7 };
            uint8_t kept[COUNT * 32], fresh[COUNT * 32];
            struct why why;
            AUTO_SHARE_WORKER struct share_worker *w = share_worker_new(e.gates[1]);
            assert_non_null(w);
            test_ok(share_release(w, r, q, other, records, COUNT, fresh, &why), &why);
            test_ok(share_release(e.workers[1], r, q, other, records, COUNT, kept, &why), &why);
            assert_memory_equal(kept, fresh, sizeof kept);
        }
    }
    test_epoch_release(&e);
}

static void a_gate_refuses_what_it_is_not_asked_for(void **state)
{
    struct test_epoch e;
    test_epoch_init(&e, 3, 0x1f);
    uint8_t out[COUNT * SHARES_MAX * 32] = { 0 };
    const uint8_t r[32] = { 1 }, untouched[sizeof out] = { 0 };
    struct share_worker *w = e.workers[1];
    static const struct { const char *why; uint8_t release, create; } rows[] = {
        { "too few", 0x03, 0x03 }, { "too many", 0x0f, 0x3f }, { "not this gate", 0x0e, 0x1e },
        { "a gate of no such number", 0x23, 0x2b }, { "none", 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (share_release(w, r, rows[i].release, project, records, COUNT, out, NULL) !=
                ERR_REQUEST_GATES ||
            share_create(w, r, rows[i].create, project, records, COUNT, out, NULL) !=
                ERR_REQUEST_GATES)
            fail_msg("%s", rows[i].why);
    }
    test_err(share_release(w, r, 0x07, project, records, 0, out, NULL), ERR_LIMIT);
    test_err(share_release(w, r, 0x07, project, records, 65537, out, NULL), ERR_LIMIT);
    test_err(share_create(w, r, 0x07, project, records, 65537, out, NULL), ERR_LIMIT);
    struct share_record unknown = { .kind = 9 };
    test_err(share_release(w, r, 0x07, project, &unknown, 1, out, NULL), ERR_FORMAT);
    unknown.kind = 0;
    test_err(share_create(w, r, 0x07, project, &unknown, 1, out, NULL), ERR_FORMAT);
    assert_memory_equal(out, untouched, sizeof out);
    test_epoch_release(&e);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(any_quorum_gives_the_same_pads),
        cmocka_unit_test(a_create_gives_the_pad_once_for_each_quorum_in_it),
        cmocka_unit_test(a_create_is_laid_out_record_by_record_then_by_subset),
        cmocka_unit_test(fewer_than_t_gates_know_nothing_of_a_pad),
        cmocka_unit_test(epoch_set_project_kind_and_record_each_change_a_partial),
        cmocka_unit_test(a_worker_forgets_nothing_that_matters),
        cmocka_unit_test(a_gate_refuses_what_it_is_not_asked_for),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
