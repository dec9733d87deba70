#include "decide/held.h"

#include "decide/live_test.h"

struct pair {
    const uint8_t *task;
    enum request_how how;
    const uint8_t *record; /* NULL: zeroes */
};

static uint64_t nonce;

/* Asks for one record, closing `count` pairs with it. */
static enum err ask(struct live *l, const struct signer *by, enum request_act act,
                    const char *purpose, const struct world_record *record,
                    const struct pair *pairs, size_t count)
{
    struct decision d;
    struct authority_head head = { .number = 0 };
    AUTO_BUF struct buf closes = buf_init(4096);
    for (size_t i = 0; i < count; i++) {
        struct request_close c = { .how = pairs[i].how };
        memcpy(c.task, pairs[i].task, 32);
        if (pairs[i].record)
            memcpy(c.record, pairs[i].record, 32);
        request_close_write(&c, &closes);
    }
    struct request q = world_ask(&l->w, act, purpose, ++nonce);
    (void)authority_head(gate_authority(l->g), by->key, &head);
    memcpy(q.manifest, head.manifest, 32);
    q.closes = buf_bytes(&closes);
    return live_ask(l, q, by, record, 1, &d);
}

static void release(struct live *l, const struct signer *by, const struct world_record *record,
                    const struct pair *pairs, size_t count)
{
    test_err(ask(l, by, REQUEST_RELEASE, "annotate", record, pairs, count), ERR_OK);
}

static size_t open_of(const struct live *l, const struct signer *who)
{
    return held_open(gate_held(l->g), l->w.project, who->member);
}

static enum held_state state_of(const struct live *l, const struct signer *who,
                                const struct world_record *r)
{
    const struct held_row *row = held_find(gate_held(l->g), who->member, r->id);
    return row ? row->state : 0;
}

struct scene {
    struct live l;
    struct world_record guide, task[3], mine[2], bobs;
};

/* Ann holds tasks 0 and 1, bob holds 2; each created what is theirs. */
static void scene(struct scene *s)
{
    *s = (struct scene){ .l = live_unready() };
    live_ready(&s->l);
    struct world *w = &s->l.w;
    s->guide = world_record(w, &w->admin, RECORD_GUIDE, 1);
    for (unsigned i = 0; i < 3; i++)
        s->task[i] = world_record(w, &w->admin, RECORD_TASK, 10 + i);
    for (unsigned i = 0; i < 2; i++)
        s->mine[i] = world_record(w, &w->ann, RECORD_SUBMISSION, 20 + i);
    s->bobs = world_record(w, &w->bob, RECORD_SUBMISSION, 30);
    release(&s->l, &w->ann, &s->task[0], NULL, 0);
    release(&s->l, &w->ann, &s->task[1], NULL, 0);
    release(&s->l, &w->bob, &s->task[2], NULL, 0);
    test_err(ask(&s->l, &w->ann, REQUEST_CREATE, "annotate", &s->mine[0], NULL, 0), ERR_OK);
    test_err(ask(&s->l, &w->bob, REQUEST_CREATE, "annotate", &s->bobs, NULL, 0), ERR_OK);
}

static void a_task_is_open_from_its_release_until_it_is_closed(void **state)
{
    (void)state;
    struct scene s;
    scene(&s);
    const struct world *w = &s.l.w;
    assert_int_equal(open_of(&s.l, &w->ann), 2);
    assert_int_equal(open_of(&s.l, &w->bob), 1);
    release(&s.l, &w->ann, &s.guide, NULL, 0);
    release(&s.l, &w->ann, &s.task[0], NULL, 0); /* again: it counts once */
    test_err(ask(&s.l, &w->rita, REQUEST_RELEASE, "review", &s.task[0], NULL, 0), ERR_OK);
    assert_int_equal(open_of(&s.l, &w->ann), 2);
    assert_int_equal(open_of(&s.l, &w->rita), 0);
    const struct pair pairs[] = { { s.task[0].id, REQUEST_SUBMISSION, s.mine[0].id },
                                  { s.task[1].id, REQUEST_SKIP, NULL } };
    s.l.w.now += 60;
    release(&s.l, &w->ann, &s.guide, pairs, 2);
    assert_int_equal(open_of(&s.l, &w->ann), 0);
    assert_int_equal(state_of(&s.l, &w->ann, &s.task[0]), HELD_SUBMITTED);
    assert_int_equal(state_of(&s.l, &w->ann, &s.task[1]), HELD_SKIPPED);
    const struct held_row *row = held_find(gate_held(s.l.g), w->ann.member, s.task[0].id);
    assert_memory_equal(row->submission, s.mine[0].id, 32);
    assert_int_equal(row->since_s, w->now - 60);
    assert_int_equal(row->closed_s, w->now);
    release(&s.l, &w->ann, &s.task[0], NULL, 0); /* read again, it stays closed */
    assert_int_equal(open_of(&s.l, &w->ann), 0);
    assert_int_equal(open_of(&s.l, &w->bob), 1);
    live_release(&s.l);
}

static void a_close_that_does_not_fit_is_passed_over(void **state)
{
    (void)state;
    static const uint8_t stray[32] = { 9 };
    struct scene s;
    scene(&s);
    const struct world *w = &s.l.w;
    const struct {
        const char *why;
        struct pair pair;
    } rows[] = {
        { "another member's task", { s.task[2].id, REQUEST_SUBMISSION, s.mine[0].id } },
        { "another member's task, skipped", { s.task[2].id, REQUEST_SKIP, NULL } },
        { "a task that nobody was given", { stray, REQUEST_SUBMISSION, s.mine[0].id } },
        { "a task as the submission", { s.task[0].id, REQUEST_SUBMISSION, s.task[1].id } },
        { "the task itself", { s.task[0].id, REQUEST_SUBMISSION, s.task[0].id } },
        { "a submission as the task", { s.mine[0].id, REQUEST_SKIP, NULL } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        release(&s.l, &w->ann, &s.guide, &rows[i].pair, 1);
        if (open_of(&s.l, &w->ann) != 2 || open_of(&s.l, &w->bob) != 1 ||
            state_of(&s.l, &w->ann, &s.mine[0]) != HELD_CREATED)
            fail_msg("%s", rows[i].why);
    }
    const struct pair first = { s.task[0].id, REQUEST_SUBMISSION, s.mine[0].id },
                      spent = { s.task[1].id, REQUEST_SUBMISSION, s.mine[0].id },
                      twice = { s.task[0].id, REQUEST_SKIP, NULL };
    release(&s.l, &w->ann, &s.guide, &first, 1);
    assert_int_equal(open_of(&s.l, &w->ann), 1);
    release(&s.l, &w->ann, &s.guide, &spent, 1);
    release(&s.l, &w->ann, &s.guide, &twice, 1);
    assert_int_equal(open_of(&s.l, &w->ann), 1);
    assert_int_equal(state_of(&s.l, &w->ann, &s.task[0]), HELD_SUBMITTED);
    live_release(&s.l);
}

static void a_submission_that_this_gate_did_not_see_closes_and_is_told_apart(void **state)
{
    (void)state;
    struct scene s;
    scene(&s);
    const struct world *w = &s.l.w;
    const struct pair pairs[] = { { s.task[0].id, REQUEST_SUBMISSION, s.mine[1].id },
                                  { s.task[1].id, REQUEST_SUBMISSION, s.bobs.id } };
    release(&s.l, &w->ann, &s.guide, pairs, 2);
    assert_int_equal(state_of(&s.l, &w->ann, &s.task[0]), HELD_UNSEEN);
    assert_int_equal(state_of(&s.l, &w->ann, &s.task[1]), HELD_UNSEEN);
    assert_int_equal(state_of(&s.l, &w->bob, &s.bobs), HELD_CREATED);
    live_release(&s.l);
}

static void a_request_closes_before_it_takes_and_only_if_it_is_granted(void **state)
{
    (void)state;
    struct scene s;
    scene(&s);
    const struct world *w = &s.l.w;
    const struct pair skip = { s.task[2].id, REQUEST_SKIP, NULL },
                      mine = { s.task[0].id, REQUEST_SKIP, NULL };
    release(&s.l, &w->ann, &s.task[2], &skip, 1);
    assert_int_equal(open_of(&s.l, &w->ann), 3);
    test_err(ask(&s.l, &w->ann, REQUEST_RELEASE, "play", &s.guide, &mine, 1), ERR_DENIED_PURPOSE);
    assert_int_equal(open_of(&s.l, &w->ann), 3);
    test_err(ask(&s.l, &w->ann, REQUEST_CREATE, "annotate", &s.mine[1], &mine, 1), ERR_OK);
    assert_int_equal(open_of(&s.l, &w->ann), 2);
    live_release(&s.l);
}

static void a_release_whose_request_is_an_object_counts_like_any_other(void **state)
{
    (void)state;
    struct scene s;
    struct why why;
    scene(&s);
    const struct world *w = &s.l.w;
    struct world_record task = world_record(w, &w->admin, RECORD_TASK, 99);
    struct world_request r = world_request_sign(world_ask(w, REQUEST_RELEASE, "annotate", ++nonce),
                                                &w->ann, &task, 1);
    struct entry_body b = world_release(&r, &w->ann, 1, "annotate#1");
    b.u.release.request = bytes_of(NULL, 0);
    const uint64_t ms = w->now * 1000;
    test_err(gate_apply(s.l.g, ms, &b, bytes_of(NULL, 0), NULL), ERR_NOT_FOUND);
    test_err(gate_apply(s.l.g, ms, &b, bytes_str("another"), NULL), ERR_ANSWER);
    assert_int_equal(open_of(&s.l, &w->ann), 2);
    test_ok(gate_apply(s.l.g, ms, &b, buf_bytes(&r.body), &why), &why);
    assert_int_equal(open_of(&s.l, &w->ann), 3);
    world_request_release(&r);
    live_release(&s.l);
}

static void what_is_held_is_written_and_read_and_nothing_else_is_read(void **state)
{
    (void)state;
    struct scene s;
    struct why why;
    scene(&s);
    const struct world *w = &s.l.w;
    const struct pair pairs[] = { { s.task[0].id, REQUEST_SUBMISSION, s.mine[0].id },
                                  { s.task[1].id, REQUEST_SUBMISSION, s.mine[1].id } };
    release(&s.l, &w->ann, &s.guide, pairs, 2);
    AUTO_BUF struct buf one = buf_init(1 << 16), two = buf_init(1 << 16);
    held_encode(gate_held(s.l.g), &one);
    assert_int_equal(one.len, 4 + 5 * 113);
    struct held again = { NULL };
    struct cur c = cur_from(buf_bytes(&one));
    test_ok(held_decode(&again, &c, &why), &why);
    assert_true(cur_done(&c));
    held_encode(&again, &two);
    assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&two)));
    assert_int_equal(held_open(&again, w->project, w->bob.member), 1);
    held_release(&again);
    const struct {
        const char *why;
        size_t at;
        uint8_t value;
    } rows[] = { { "a row more than there is", 3, 6 },
                 { "no state 0", 4 + 64, 0 },
                 { "no state 7", 4 + 64, HELD_SPENT + 1 },
                 { "more rows than memory", 0, 0xff } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t before = one.ptr[rows[i].at];
        one.ptr[rows[i].at] = rows[i].value;
        c = cur_from(buf_bytes(&one));
        if (held_decode(&again, &c, NULL) != ERR_FORMAT)
            fail_msg("%s", rows[i].why);
        held_release(&again);
        one.ptr[rows[i].at] = before;
    }
    memcpy(one.ptr + 4 + 113, one.ptr + 4, 48); /* one row twice */
    c = cur_from(buf_bytes(&one));
    test_err(held_decode(&again, &c, NULL), ERR_FORMAT);
    held_release(&again);
    live_release(&s.l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_open_from_its_release_until_it_is_closed),
        cmocka_unit_test(a_close_that_does_not_fit_is_passed_over),
        cmocka_unit_test(a_submission_that_this_gate_did_not_see_closes_and_is_told_apart),
        cmocka_unit_test(a_request_closes_before_it_takes_and_only_if_it_is_granted),
        cmocka_unit_test(a_release_whose_request_is_an_object_counts_like_any_other),
        cmocka_unit_test(what_is_held_is_written_and_read_and_nothing_else_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
