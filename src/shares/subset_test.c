#include "base/test.h"

#include "shares/subset.h"

static unsigned choose(unsigned n, unsigned k)
{
    unsigned c = 1;
    for (unsigned i = 0; i < k; i++)
        c = c * (n - i) / (i + 1);
    return c;
}

/* Every roster of three to five of the eight numbers, with every t. */
static void each_roster(void (*check)(unsigned t, uint8_t roster))
{
    unsigned seen = 0;
    for (unsigned roster = 0; roster <= UINT8_MAX; roster++) {
        unsigned n = subset_gates((uint8_t)roster);
        for (unsigned t = 0; t <= 9; t++) {
            bool ok = t >= 2 && t < n && n <= 5;
            assert_int_equal(subset_epoch_ok(t, (uint8_t)roster), ok);
            if (ok) {
                check(t, (uint8_t)roster);
                seen++;
            }
        }
    }
    assert_int_equal(seen, 56 * 1 + 70 * 2 + 56 * 3);
}

static void check_keys(unsigned t, uint8_t roster)
{
    unsigned n = subset_gates(roster);
    struct subset_list all = subset_keys(t, roster);
    assert_int_equal(all.count, choose(n, n - t + 1));
    for (unsigned i = 0; i < all.count; i++) {
        assert_int_equal(subset_gates(all.sets[i]), n - t + 1);
        assert_int_equal(all.sets[i] & ~roster, 0);
        assert_true(i == 0 || all.sets[i] > all.sets[i - 1]);
    }
    for (unsigned g = 1; g <= 8; g++) {
        struct subset_list held = subset_holding(&all, g);
        assert_int_equal(held.count, subset_has(roster, g) ? choose(n - 1, n - t) : 0);
        assert_true(held.count <= SUBSET_HELD_MAX);
    }
}

/* t gates meet every A; t-1 gates miss exactly one, the one that they leave over. */
static void check_threshold(unsigned t, uint8_t roster)
{
    struct subset_list all = subset_keys(t, roster);
    for (unsigned set = 1; set <= roster; set++) {
        if ((set & ~(unsigned)roster) != 0)
            continue;
        unsigned missed = 0;
        for (unsigned i = 0; i < all.count; i++)
            missed += (all.sets[i] & set) == 0;
        unsigned gates = subset_gates((uint8_t)set);
        if (gates >= t)
            assert_int_equal(missed, 0);
        else
            assert_true(missed >= 1 && (gates < t - 1 || missed == 1));
    }
}

static void check_assignment(unsigned t, uint8_t roster)
{
    struct subset_list all = subset_keys(t, roster), quorums = subset_choose(roster, t);
    for (unsigned q = 0; q < quorums.count; q++) {
        unsigned assigned = 0;
        for (unsigned g = 0; g <= 8; g++) {
            struct subset_list own = subset_assigned(t, roster, quorums.sets[q], g);
            assert_true(own.count == 0 || subset_has(quorums.sets[q], g));
            for (unsigned i = 0; i < own.count; i++)
                assert_true(subset_has(own.sets[i], g)); /* it has that key */
            assigned += own.count;
        }
        assert_int_equal(assigned, all.count); /* each A is lowest at one gate only */
    }
}

static void check_requests(unsigned t, uint8_t roster)
{
    unsigned n = subset_gates(roster), most = 2 * t - 1 < n ? 2 * t - 1 : n;
    for (unsigned set = 0; set <= UINT8_MAX; set++) {
        unsigned gates = subset_gates((uint8_t)set);
        bool within = (set & ~(unsigned)roster) == 0;
        for (unsigned g = 0; g <= 8; g++) {
            bool asked = within && (g == 0 || subset_has((uint8_t)set, g));
            assert_int_equal(subset_quorum_check(t, roster, (uint8_t)set, g, NULL),
                             asked && gates == t ? ERR_OK : ERR_REQUEST_GATES);
            assert_int_equal(subset_create_check(t, roster, (uint8_t)set, g, NULL),
                             asked && gates >= t && gates <= most ? ERR_OK : ERR_REQUEST_GATES);
        }
    }
}

static void each_set_of_n_minus_t_plus_one_has_a_key(void **state)
{
    each_roster(check_keys);
}

static void t_gates_meet_every_set_and_fewer_miss_one(void **state)
{
    each_roster(check_threshold);
}

static void a_quorum_assigns_each_set_to_one_gate_that_holds_it(void **state)
{
    each_roster(check_assignment);
}

static void only_the_right_number_of_gates_of_the_epoch_may_be_asked(void **state)
{
    each_roster(check_requests);
}

static void sets_are_bytes(void **state)
{
    assert_int_equal(subset_of(1), 1);
    assert_int_equal(subset_of(8), 128);
    assert_int_equal(subset_lowest(0), 0);
    assert_int_equal(subset_lowest(0xa0), 6);
    assert_false(subset_has(0xff, 0));
    assert_false(subset_has(0xff, 9));
    struct subset_list all = subset_choose(0x92, 2);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.sets[0], 0x12);
    assert_int_equal(all.sets[1], 0x82);
    assert_int_equal(all.sets[2], 0x90);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(sets_are_bytes),
        cmocka_unit_test(each_set_of_n_minus_t_plus_one_has_a_key),
        cmocka_unit_test(t_gates_meet_every_set_and_fewer_miss_one),
        cmocka_unit_test(a_quorum_assigns_each_set_to_one_gate_that_holds_it),
        cmocka_unit_test(only_the_right_number_of_gates_of_the_epoch_may_be_asked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
