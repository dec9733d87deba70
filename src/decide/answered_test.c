#include "decide/answered.h"

#include "base/test.h"

#include "base/bytes.h"

#include <string.h>

/* They fall into few chains, so that chains are long. */
static const uint8_t *name(uint32_t n)
{
    static uint8_t r[32];
    put_u64be(r, n % 7);
    put_u32be(r + 8, n);
    return r;
}

static void only_the_latest_are_known_in_their_order(void **state)
{
    (void)state;
    struct answered a = { .room = 0 };
    assert_false(answered_has(&a, name(1)));
    for (uint32_t n = 1, first = 1; n <= 3000; n++) {
        assert_false(answered_has(&a, name(n)));
        assert_true(answered_add(&a, name(n), n));
        answered_undo(&a);
        assert_false(answered_has(&a, name(n)));
        assert_true(answered_add(&a, name(n), n));
        if (n % 1000 > 500) { /* it grows by 500, then stays, so that the ring goes round */
            answered_drop(&a, n - 499);
            first = n - 499;
        }
        assert_int_equal(answered_count(&a), n - first + 1);
        assert_memory_equal(answered_at(&a, 0)->r, name(first), 32);
        assert_memory_equal(answered_at(&a, n - first)->r, name(n), 32);
        assert_true(answered_has(&a, name(n)));
        assert_true(answered_has(&a, name(first)));
        assert_true(first == 1 || !answered_has(&a, name(first - 1)));
    }
    answered_release(&a);
}

static void one_that_lasts_keeps_what_came_behind_it(void **state)
{
    (void)state;
    struct answered a = { .room = 0 };
    assert_true(answered_add(&a, name(1), 10) && answered_add(&a, name(2), 5));
    answered_drop(&a, 10);
    assert_int_equal(answered_count(&a), 2);
    answered_drop(&a, 11);
    assert_int_equal(answered_count(&a), 0);
    answered_release(&a);
}

static void the_memory_of_a_rush_is_given_back(void **state)
{
    (void)state;
    struct answered a = { .room = 0 };
    for (uint32_t n = 0; n < 100000; n++)
        assert_true(answered_add(&a, name(n), n));
    assert_true(a.room >= 100000);
    for (uint32_t n = 0; n < 100000; n++)
        answered_drop(&a, n);
    assert_int_equal(answered_count(&a), 1);
    assert_true(answered_has(&a, name(99999)));
    assert_true(a.room <= 64);
    answered_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_latest_are_known_in_their_order),
        cmocka_unit_test(one_that_lasts_keeps_what_came_behind_it),
        cmocka_unit_test(the_memory_of_a_rush_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
