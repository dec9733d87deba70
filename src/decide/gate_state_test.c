#include "decide/gate_state.h"

#include "decide/live_test.h"

/* --- the checks come in the order of protocol.md: what is wrong is put right one by one --- */

enum wrong { W_OWNER, W_DEVICE, W_TIME, W_REPLAY, W_EPOCH, W_READY, W_GATES, W_PROJECT, W_MANIFEST,
             W_STALE, W_AUTHOR, W_PURPOSE, W_KIND, W_NONE };

static void checks_come_in_their_order(void **state)
{
    (void)state;
    static const enum err want[] = {
        [W_OWNER] = ERR_UNKNOWN_OWNER, [W_DEVICE] = ERR_UNKNOWN_DEVICE,
        [W_TIME] = ERR_REQUEST_TIME, [W_REPLAY] = ERR_REQUEST_REPLAY,
        [W_EPOCH] = ERR_REQUEST_EPOCH, [W_READY] = ERR_NOT_READY, [W_GATES] = ERR_REQUEST_GATES,
        [W_PROJECT] = ERR_NO_PROJECT, [W_MANIFEST] = ERR_CHAIN_GAP, [W_STALE] = ERR_STALE,
        [W_AUTHOR] = ERR_DENIED_AUTHOR, [W_PURPOSE] = ERR_DENIED_PURPOSE,
        [W_KIND] = ERR_DENIED_KIND, [W_NONE] = ERR_OK,
    };
    struct live l = live_unready();
    struct world *w = &l.w;
    const struct signer stranger = world_signer(w);
    w->now += 7200; /* the watcher has said nothing for two hours */
    for (unsigned fixed = 0; fixed <= W_NONE; fixed++) {
        if (fixed == W_READY + 1)
            live_ready(&l);
        if (fixed == W_STALE + 1)
            live_say(&l, &w->watcher, world_heads(w, &w->watcher, &w->manager));
        const struct signer *by = fixed > W_DEVICE ? &w->ann : &stranger;
        struct request q = world_ask(w, REQUEST_CREATE, fixed > W_PURPOSE ? "annotate" : "play",
                                     fixed);
        q.owner[0] ^= fixed > W_OWNER ? 0 : 1;
        q.created -= fixed > W_TIME ? 0 : 121;
        q.expires = q.created + 60;
        q.epoch_id[0] ^= fixed > W_EPOCH ? 0 : 1;
        q.gates = fixed > W_GATES ? 3 : 6;
        q.manifest[0] ^= fixed > W_MANIFEST ? 0 : 1;
        uint8_t project[16];
        memcpy(project, w->project, 16);
        if (fixed <= W_PROJECT)
            memset(w->project, 0xdd, 16);
        memcpy(q.project, w->project, 16);
        struct world_record record = world_record(w, fixed > W_AUTHOR ? by : &w->admin,
                                                  fixed > W_KIND ? RECORD_SUBMISSION : RECORD_GOLD,
                                                  1);
        memcpy(w->project, project, 16);
        struct world_request r = world_request_sign(q, by, &record, 1);
        struct why why;
        if (fixed <= W_REPLAY)
            test_ok(gate_answered(l.g, r.r, q.expires, w->now, &why), &why);
        const struct gate_ask a = world_gate_ask(&r, by);
        struct decision d = gate_decide(l.g, &a, (int64_t)w->now * 1000);
        if (d.code != want[fixed])
            fail_msg("with %u checks passed: %s '%s', want %s", fixed, err_code(d.code), d.why.text,
                     err_code(want[fixed]));
        assert_true(d.code == ERR_OK || d.why.code == d.code);
        world_request_release(&r);
    }
    live_release(&l);
}

static void what_a_device_may_not_have_is_named(void **state)
{
    (void)state;
    struct live l = live_unready();
    live_ready(&l);
    struct world *w = &l.w;
    struct decision d;
    struct world_record task = world_record(w, &w->admin, RECORD_TASK, 1),
                        own = world_record(w, &w->ann, RECORD_SUBMISSION, 2),
                        bobs = world_record(w, &w->bob, RECORD_SUBMISSION, 3),
                        review = world_record(w, &w->rita, RECORD_REVIEW, 4),
                        gold = world_record(w, &w->admin, RECORD_GOLD, 5);
    live_say(&l, &w->rita, world_assignment(w, &w->rita, review.id, &w->ann));
    const struct {
        const char *why;
        struct world_record records[3];
        size_t count, refused;
        enum err want;
    } rows[] = {
        { "a task", { task }, 1, 0, ERR_OK },
        { "a task and what it wrote", { task, own }, 2, 0, ERR_OK },
        { "a review that its author assigned", { review }, 1, 0, ERR_OK },
        { "gold, behind a task", { task, gold }, 2, 1, ERR_DENIED_KIND },
        { "somebody else's work", { task, own, bobs }, 3, 2, ERR_DENIED_OWN },
        { "both: the first is named", { bobs, gold }, 2, 0, ERR_DENIED_OWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum err e = live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", i), &w->ann,
                              rows[i].records, rows[i].count, &d);
        if (e != rows[i].want || d.refused_index != rows[i].refused)
            fail_msg("%s: %s at %zu", rows[i].why, err_code(e), d.refused_index);
        if (e == ERR_OK)
            assert_string_equal(d.rule, "annotate#1");
    }
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 90), &w->bob, &review, 1, &d),
             ERR_DENIED_ASSIGNED);
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "review", 91), &w->rita, &bobs, 1, &d),
             ERR_DENIED_ASSIGNED);
    live_say(&l, &w->bob, world_assignment(w, &w->bob, bobs.id, &w->rita));
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "review", 92), &w->rita, &bobs, 1, &d),
             ERR_OK);
    assert_string_equal(d.rule, "review#1");
    live_release(&l);
}

static void the_next_device_reads_what_the_revoked_one_wrote(void **state)
{
    (void)state;
    struct live l = live_unready();
    live_ready(&l);
    struct world *w = &l.w;
    struct decision d;
    struct signer next = world_signer(w);
    memcpy(next.member, w->ann.member, 16);
    struct world_record own = world_record(w, &w->ann, RECORD_SUBMISSION, 1);
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 1), &w->ann, &own, 1, &d),
             ERR_OK);
    struct statement s = world_device(w, &w->manager, &next);
    memcpy(s.u.device.revokes, w->ann.key, 32);
    s.expires = w->now + 600;
    live_say(&l, &w->manager, s);
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 2), &w->ann, &own, 1, &d),
             ERR_REVOKED);
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 3), &next, &own, 1, &d),
             ERR_OK);
    w->now += 600;
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 4), &next, &own, 1, &d),
             ERR_EXPIRED);
    live_release(&l);
}

static void a_request_is_answered_once_and_its_window_is_narrow(void **state)
{
    (void)state;
    struct live l = live_unready();
    live_ready(&l);
    struct world *w = &l.w;
    struct decision d;
    struct world_record task = world_record(w, &w->admin, RECORD_TASK, 1);
    struct request q = world_ask(w, REQUEST_RELEASE, "annotate", 1);
    test_err(live_ask(&l, q, &w->ann, &task, 1, &d), ERR_OK);
    test_err(live_ask(&l, q, &w->ann, &task, 1, &d), ERR_REQUEST_REPLAY);
    w->now += 59;
    test_err(live_ask(&l, q, &w->ann, &task, 1, &d), ERR_REQUEST_REPLAY);
    w->now += 1;
    test_err(live_ask(&l, q, &w->ann, &task, 1, &d), ERR_REQUEST_TIME); /* expired */
    static const struct { int64_t created, lifetime; enum err want; } rows[] = {
        { 120, 120, ERR_OK }, { 121, 120, ERR_REQUEST_TIME }, { -119, 120, ERR_OK },
        { -120, 120, ERR_REQUEST_TIME }, { -121, 120, ERR_REQUEST_TIME },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        q = world_ask(w, REQUEST_RELEASE, "annotate", 10 + i);
        q.created += (uint64_t)rows[i].created;
        q.expires = q.created + (uint64_t)rows[i].lifetime;
        test_err(live_ask(&l, q, &w->ann, &task, 1, &d), rows[i].want);
    }
    /* The latest possible one is remembered until it cannot be valid any more. */
    q = world_ask(w, REQUEST_RELEASE, "annotate", 99);
    q.created += 120;
    q.expires = q.created + 120;
    test_err(live_ask(&l, q, &w->ann, &task, 1, &d), ERR_OK);
    w->now += 239;
    struct request other = world_ask(w, REQUEST_RELEASE, "annotate", 100);
    test_err(live_ask(&l, other, &w->ann, &task, 1, &d), ERR_OK);
    test_err(live_ask(&l, q, &w->ann, &task, 1, &d), ERR_REQUEST_REPLAY);
    live_release(&l);
}

static void a_create_goes_to_as_many_gates_as_it_may(void **state)
{
    (void)state;
    struct live l = live_unready();
    live_ready(&l);
    struct world *w = &l.w;
    struct decision d;
    struct world_record own = world_record(w, &w->ann, RECORD_SUBMISSION, 1);
    static const struct { enum request_act act; uint8_t gates; enum err want; } rows[] = {
        { REQUEST_CREATE, 7, ERR_OK }, { REQUEST_CREATE, 3, ERR_OK },
        { REQUEST_RELEASE, 7, ERR_REQUEST_GATES }, { REQUEST_RELEASE, 6, ERR_REQUEST_GATES },
        { REQUEST_RELEASE, 9, ERR_REQUEST_GATES }, { REQUEST_RELEASE, 5, ERR_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct request q = world_ask(w, rows[i].act, "annotate", i);
        q.gates = rows[i].gates;
        test_err(live_ask(&l, q, &w->ann, &own, 1, &d), rows[i].want);
    }
    live_release(&l);
}

static void ready_needs_equal_values_of_all(void **state)
{
    (void)state;
    struct live l = live_unready();
    struct world *w = &l.w;
    struct why why;
    uint8_t rows[66];
    struct entry_body b;
    test_err(gate_would(l.g, (int64_t)w->now * 1000, &why), ERR_NOT_READY);
    assert_false(gate_checks_own(l.g));
    world_checks(w, 1, 0, rows, &b);
    live_enter(&l, &b);
    assert_true(gate_checks_own(l.g));
    assert_false(gate_checks_complete(l.g));
    world_checks(w, 2, 0, rows, &b);
    test_ok(gate_checks(l.g, 2, w->epoch, b.u.check.rows, &why), &why);
    assert_false(gate_checks_complete(l.g));
    world_checks(w, 3, 1, rows, &b);
    test_err(gate_checks(l.g, 3, w->epoch, b.u.check.rows, &why), ERR_PROOF);
    assert_non_null(strstr(why.text, "gates 1 and 3")); /* the first set that both hold */
    assert_false(gate_checks_complete(l.g));
    world_checks(w, 3, 0, rows, &b);
    test_ok(gate_checks(l.g, 3, w->epoch, b.u.check.rows, &why), &why);
    assert_true(gate_checks_complete(l.g));
    test_err(gate_checks(l.g, 4, w->epoch, b.u.check.rows, &why), ERR_FORMAT);
    live_ready(&l);
    assert_true(gate_ready(l.g));
    test_err(gate_would(l.g, (int64_t)w->now * 1000, &why), ERR_OK);
    test_err(gate_would(l.g, (int64_t)w->now * 1000 + 7200000, &why), ERR_STALE);
    live_release(&l);
}

static void refusals_are_one_row_a_device_and_minute(void **state)
{
    (void)state;
    struct live l = live_unready();
    struct world *w = &l.w;
    struct entry_body_refusals out[4];
    const int64_t ms = (int64_t)w->now * 1000 / 60000 * 60000;
    const struct signer stranger = world_signer(w);
    uint8_t r1[32] = { 1 }, r2[32] = { 2 };
    gate_refused(l.g, stranger.key, r1, ERR_UNKNOWN_DEVICE, ms); /* strangers fill no log */
    gate_refused(l.g, w->ann.key, r1, ERR_DENIED_KIND, ms);
    gate_refused(l.g, w->ann.key, r2, ERR_STALE, ms + 59999);
    gate_refused(l.g, w->bob.key, r2, ERR_STALE, ms);
    assert_int_equal(gate_refusals_take(l.g, ms + 59999, out, 4), 0);
    assert_int_equal(gate_refusals_take(l.g, ms + 60000, out, 1), 1);
    assert_memory_equal(out[0].device, w->ann.key, 32);
    assert_int_equal(out[0].count, 2);
    assert_int_equal(out[0].minute, (uint64_t)ms / 60000);
    assert_string_equal(out[0].reason, "CFD-POL-003");
    assert_memory_equal(out[0].r, r1, 32);
    assert_int_equal(gate_refusals_take(l.g, ms + 60000, out, 4), 1);
    assert_int_equal(gate_refusals_take(l.g, ms + 60000, out, 4), 0);
    live_release(&l);
}

static void a_minute_that_waits_to_be_written_hides_no_refusal_of_the_next(void **state)
{
    (void)state;
    struct live l = live_unready();
    struct world *w = &l.w;
    struct entry_body_refusals out[4];
    const int64_t ms = (int64_t)w->now * 1000 / 60000 * 60000;
    uint8_t r[32] = { 1 };
    gate_refused(l.g, w->ann.key, r, ERR_DENIED_KIND, ms);
    gate_refused(l.g, w->ann.key, r, ERR_STALE, ms + 60000);
    gate_refused(l.g, w->ann.key, r, ERR_STALE, ms + 60001);
    assert_int_equal(gate_refusals_take(l.g, ms + 60002, out, 4), 1);
    assert_int_equal(out[0].count, 1);
    assert_true(gate_refusals_waiting(l.g));
    assert_int_equal(gate_refusals_take(l.g, INT64_MAX, out, 4), 1);
    assert_int_equal(out[0].minute, (uint64_t)ms / 60000 + 1);
    assert_int_equal(out[0].count, 2);
    assert_false(gate_refusals_waiting(l.g));
    live_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_come_in_their_order),
        cmocka_unit_test(what_a_device_may_not_have_is_named),
        cmocka_unit_test(the_next_device_reads_what_the_revoked_one_wrote),
        cmocka_unit_test(a_request_is_answered_once_and_its_window_is_narrow),
        cmocka_unit_test(a_create_goes_to_as_many_gates_as_it_may),
        cmocka_unit_test(ready_needs_equal_values_of_all),
        cmocka_unit_test(refusals_are_one_row_a_device_and_minute),
        cmocka_unit_test(a_minute_that_waits_to_be_written_hides_no_refusal_of_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
