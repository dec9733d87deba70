#include "decide/random_test.h"
#include "decide/redecide.h"

static uint64_t replay_and_compare(const struct live *l)
{
    struct why why;
    uint8_t lived[32], replayed[32], audited[32];
    struct gate_state *again = NULL;
    AUTO_REDECIDE struct redecide *d = NULL;
    test_ok(redecide_new(l->w.owner, 1, &d, &why), &why);
    for (size_t i = 0; i < l->log.count; i++) {
        struct entry entry;
        struct entry_body body;
        world_log_entry(&l->log, i, &entry, &body);
        if (i == 0) {
            AUTO_STATEMENT struct statement root = { 0 };
            test_ok(statement_open(body.u.statement, &root, &why), &why);
            test_ok(gate_state_new(&root, 1, &again, &why), &why);
        } else {
            test_ok(gate_apply(again, entry.time_ms, &body, bytes_of(NULL, 0), &why), &why);
        }
        test_ok(redecide_entry(d, i, &entry, &body, bytes_of(NULL, 0), &why), &why);
    }
    gate_digest(l->g, lived);
    gate_digest(again, replayed);
    gate_digest(redecide_state(d), audited);
    assert_memory_equal(lived, replayed, 32);
    assert_memory_equal(lived, audited, 32);
    gate_state_free(again);
    return redecide_releases(d);
}

static void a_log_replayed_is_a_log_lived(void **state)
{
    (void)state;
    uint64_t releases = 0;
    for (uint64_t round = 1; round <= 8; round++) {
        struct live l;
        struct crowd c;
        random_start(&l, &c, round);
        for (uint64_t step = 0; step < 150; step++)
            random_step(&l, &c);
        releases += replay_and_compare(&l);
        live_release(&l);
    }
    assert_true(releases > 20); /* or the rounds show nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_replayed_is_a_log_lived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
