#include "client/transport.h"

#include "base/test.h"

enum { TEST_CALLS_MAX = 1000 };

/* How many calls of this kind a command makes before it gives up; TEST_CALLS_MAX: it never does. */
static int calls_until_late(int64_t took_ms, size_t bytes)
{
    int64_t late = 0;
    for (int n = 0; n < TEST_CALLS_MAX; n++)
        if ((late = transport_late(late, took_ms, bytes)) > TRANSPORT_LATE_MS)
            return n + 1;
    return TEST_CALLS_MAX;
}

static void true_answers_that_all_come_late_end_a_command(void **state)
{
    assert_int_equal(calls_until_late(2000, 100), 9);
    assert_int_equal(calls_until_late(7000, 100), 2);
}

static void a_far_or_thin_line_does_not(void **state)
{
    assert_int_equal(calls_until_late(TRANSPORT_CALL_MS, 0), TEST_CALLS_MAX);
    assert_int_equal(calls_until_late(10000, (size_t)10000 * TRANSPORT_BYTES_A_MS),
                     TEST_CALLS_MAX);
}

static void one_late_call_is_forgiven_by_quick_ones(void **state)
{
    int64_t late = transport_late(0, 8000, 0);
    for (int i = 0; i < 15; i++)
        late = transport_late(late, 10, 0);
    assert_int_equal(late, 150);
    assert_int_equal(transport_late(late, 10, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_answers_that_all_come_late_end_a_command),
        cmocka_unit_test(a_far_or_thin_line_does_not),
        cmocka_unit_test(one_late_call_is_forgiven_by_quick_ones),
    };
    return cmocka_run_group_tests_name("client/transport", tests, NULL, NULL);
}
