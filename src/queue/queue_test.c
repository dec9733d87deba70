#include "queue/queue.h"

#include "decide/world_test.h"

struct place {
    struct world w;
    struct authority *a;
    struct queue *q;
};

/* As a store does it: authority first, then the queue. */
static void take(void *ctx, struct statement *s, struct bytes envelope)
{
    (void)envelope;
    struct place *p = ctx;
    struct why why;
    test_ok(authority_check(p->a, s, p->w.now, &why), &why);
    test_ok(authority_apply(p->a, s, (int64_t)p->w.now * 1000, &why), &why);
    if (s->kind == STATEMENT_ASSIGNMENT)
        queue_assign(p->q, s);
    if (s->kind == STATEMENT_ACT && queue_check(p->q, p->a, s, p->w.now, &why) == ERR_OK)
        queue_apply(p->q, p->a, s);
}

static void task_id(uint8_t id[32], uint8_t n)
{
    memset(id, n, 32);
}

static struct place place_new(unsigned tasks)
{
    struct why why;
    struct place p = { .w = world_new() };
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = world_owner_root(&p.w, &envelope);
    test_ok(authority_new(&root, &p.a, &why), &why);
    test_ok(queue_new(&p.q, &why), &why);
    world_fill(&p.w, take, &p);
    for (unsigned i = 1; i <= tasks; i++) {
        uint8_t id[32];
        task_id(id, (uint8_t)i);
        test_ok(queue_add(p.q, p.w.project, id, &why), &why);
        test_ok(queue_add(p.q, p.w.project, id, &why), &why); /* known: skipped */
    }
    assert_int_equal(queue_count(p.q), tasks);
    return p;
}

static void place_release(struct place *p)
{
    queue_free(p->q);
    authority_free(p->a);
}

/* What the queue says of an act; then it is said, with or without effect. */
static enum err act(struct place *p, struct signer *by, enum work_act what, uint8_t task,
                    uint8_t submission)
{
    struct why why;
    struct statement s = world_act(&p->w, by, what, task, submission);
    enum err e = queue_check(p->q, p->a, &s, p->w.now, &why);
    world_give(&p->w, by, s, take, p);
    return e;
}

static void assign(struct place *p, struct signer *by, uint8_t submission, const struct signer *to)
{
    uint8_t id[32];
    task_id(id, submission);
    world_give(&p->w, by, world_assignment(&p->w, by, id, to), take, p);
}

static const struct queue_task *task(const struct place *p, uint8_t n)
{
    uint8_t id[32];
    task_id(id, n);
    return queue_find(p->q, id);
}

/* The first byte of the task that a member gets; 0: none. */
static unsigned claim(struct place *p, enum queue_what what, const struct signer *who)
{
    struct why why;
    const struct queue_task *t = NULL;
    enum err e = queue_claim(p->q, what, p->w.project, who->member, p->w.now, &t, &why);
    if (e == ERR_NO_TASK)
        return 0;
    test_ok(e, &why);
    assert_int_equal(t->claim_ends, p->w.now + QUEUE_CLAIM_SECONDS);
    return t->id[0];
}

static void a_task_goes_its_way(void **state)
{
    (void)state;
    struct place p = place_new(1);
    struct signer *ann = &p.w.ann, *bob = &p.w.bob, *rita = &p.w.rita;
    assert_int_equal(task(&p, 1)->state, QUEUE_WAITING);
    test_err(act(&p, rita, WORK_ACCEPTED, 1, 50), ERR_TASK_STATE); /* nothing is there yet */
    test_err(act(&p, ann, WORK_SUBMITTED, 1, 0), ERR_TASK_STATE);  /* names no submission */
    test_err(act(&p, ann, WORK_SUBMITTED, 9, 50), ERR_TASK_STATE); /* no such task */
    test_err(act(&p, ann, WORK_SUBMITTED, 1, 50), ERR_OK);
    assert_int_equal(task(&p, 1)->state, QUEUE_SUBMITTED);
    assert_memory_equal(task(&p, 1)->author, ann->key, 32);
    assert_memory_equal(task(&p, 1)->author_member, ann->member, 16);
    test_err(act(&p, bob, WORK_SUBMITTED, 1, 51), ERR_TASK_STATE);
    test_err(act(&p, rita, WORK_RETURNED, 1, 50), ERR_CLAIM); /* not assigned to her */
    assign(&p, bob, 50, rita);
    test_err(act(&p, rita, WORK_RETURNED, 1, 50), ERR_CLAIM); /* not by one who may */
    assign(&p, ann, 50, rita);
    test_err(act(&p, rita, WORK_RETURNED, 1, 51), ERR_TASK_STATE); /* not the newest */
    test_err(act(&p, rita, WORK_RETURNED, 1, 50), ERR_OK);
    assert_int_equal(task(&p, 1)->state, QUEUE_RETURNED);
    assert_memory_equal(task(&p, 1)->reviewer, rita->member, 16);
    test_err(act(&p, bob, WORK_SUBMITTED, 1, 51), ERR_CLAIM); /* it is its author's */
    test_err(act(&p, ann, WORK_SUBMITTED, 1, 50), ERR_TASK_STATE); /* the same again */
    test_err(act(&p, ann, WORK_SUBMITTED, 1, 52), ERR_OK);
    test_err(act(&p, rita, WORK_ACCEPTED, 1, 50), ERR_TASK_STATE);
    test_err(act(&p, rita, WORK_ACCEPTED, 1, 52), ERR_CLAIM); /* each submission is assigned */
    test_err(act(&p, &p.w.manager, WORK_ACCEPTED, 1, 52), ERR_OK); /* a manager need not be */
    assert_int_equal(task(&p, 1)->state, QUEUE_ACCEPTED);
    assert_int_equal(task(&p, 1)->submissions, 2);
    test_err(act(&p, &p.w.admin, WORK_RETURNED, 1, 52), ERR_TASK_STATE); /* that is the end */
    place_release(&p);
}

static void what_is_given_back_goes_to_others_first(void **state)
{
    (void)state;
    struct place p = place_new(2);
    struct signer *ann = &p.w.ann, *bob = &p.w.bob;
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 1);
    queue_unclaim(p.q, task(&p, 1)->id, ann->member);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 2);
    queue_unclaim(p.q, task(&p, 2)->id, ann->member);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 1);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 2); /* nothing else waits */
    place_release(&p);
}

static void claims_are_handed_out_in_order_and_end(void **state)
{
    (void)state;
    struct place p = place_new(3);
    struct signer *ann = &p.w.ann, *bob = &p.w.bob;
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 1);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 1); /* the same while it is held */
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 2);
    test_err(act(&p, bob, WORK_SUBMITTED, 1, 50), ERR_CLAIM);
    assert_int_equal(task(&p, 1)->state, QUEUE_SUBMITTED - 1);
    p.w.now += QUEUE_CLAIM_SECONDS - 1;
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 1); /* renewed */
    p.w.now += 1;
    test_err(act(&p, bob, WORK_SUBMITTED, 1, 50), ERR_CLAIM);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 2); /* over; the first that waits again */
    p.w.now += QUEUE_CLAIM_SECONDS;
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 1); /* hers has ended too */
    queue_unclaim(p.q, task(&p, 1)->id, ann->member);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 2); /* one cannot give back another's */
    queue_unclaim(p.q, task(&p, 1)->id, bob->member);
    queue_unclaim(p.q, task(&p, 2)->id, ann->member);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 1);
    test_err(act(&p, ann, WORK_SUBMITTED, 1, 51), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 3); /* she gave 2 back */
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 2);
    struct signer third = world_signer(&p.w);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, &third), 0);
    test_err(act(&p, bob, WORK_SUBMITTED, 2, 52), ERR_OK);
    place_release(&p);
}

/* As a store does whose disk refused what was taken already. */
static void claims_outlive_the_queue_being_made_again(void **state)
{
    (void)state;
    struct why why;
    struct place p = place_new(4);
    struct place again = p;
    test_ok(queue_new(&again.q, &why), &why);
    for (uint8_t i = 1; i <= 4; i++)
        test_ok(queue_add(again.q, p.w.project, task(&p, i)->id, &why), &why);
    struct signer *ann = &p.w.ann, *bob = &p.w.bob;
    struct signer third = world_signer(&p.w), fourth = world_signer(&p.w);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 1);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 2);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, &third), 3);
    queue_unclaim(p.q, task(&p, 3)->id, third.member);
    test_err(act(&p, ann, WORK_SUBMITTED, 1, 50), ERR_OK); /* this is what is taken back */
    test_ok(queue_claims_copy(again.q, p.q, &why), &why);
    assert_int_equal(claim(&again, QUEUE_ANNOTATE, &third), 4); /* it gave 3 back */
    assert_int_equal(claim(&again, QUEUE_ANNOTATE, ann), 1);
    assert_int_equal(claim(&again, QUEUE_ANNOTATE, bob), 2);
    assert_int_equal(claim(&again, QUEUE_ANNOTATE, &fourth), 3);
    queue_free(again.q);
    place_release(&p);
}

static void what_was_returned_comes_first_and_to_its_author_alone(void **state)
{
    (void)state;
    struct place p = place_new(3);
    struct signer *ann = &p.w.ann, *bob = &p.w.bob;
    test_err(act(&p, ann, WORK_SUBMITTED, 2, 50), ERR_OK);
    test_err(act(&p, &p.w.manager, WORK_RETURNED, 2, 50), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, bob), 1);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 2);
    test_err(act(&p, ann, WORK_SUBMITTED, 2, 51), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_ANNOTATE, ann), 3);
    struct why why;
    const struct queue_task *t;
    uint8_t elsewhere[16] = { 1 };
    test_err(queue_claim(p.q, QUEUE_ANNOTATE, elsewhere, ann->member, p.w.now, &t, &why),
             ERR_NO_TASK);
    place_release(&p);
}

static void reviews_go_to_whom_they_are_assigned_oldest_first(void **state)
{
    (void)state;
    struct place p = place_new(3);
    struct signer *ann = &p.w.ann, *bob = &p.w.bob, *rita = &p.w.rita;
    test_err(act(&p, ann, WORK_SUBMITTED, 3, 50), ERR_OK);
    test_err(act(&p, bob, WORK_SUBMITTED, 1, 51), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 0);
    assign(&p, bob, 51, rita);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 1);
    assign(&p, ann, 50, rita);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 1); /* held */
    queue_unclaim(p.q, task(&p, 1)->id, rita->member);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 3); /* the oldest */
    test_err(act(&p, rita, WORK_RETURNED, 3, 50), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 1);
    test_err(act(&p, rita, WORK_ACCEPTED, 1, 51), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 0);
    assign(&p, ann, 52, rita); /* an assignment may come first */
    test_err(act(&p, ann, WORK_SUBMITTED, 3, 52), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_REVIEW, rita), 3);
    struct signer other = world_signer(&p.w);
    assign(&p, ann, 52, &other);
    assert_int_equal(claim(&p, QUEUE_REVIEW, &other), 0); /* somebody is at it */
    assign(&p, bob, 53, bob);
    test_err(act(&p, bob, WORK_SUBMITTED, 2, 53), ERR_OK);
    assert_int_equal(claim(&p, QUEUE_REVIEW, bob), 0); /* nobody reviews their own */
    place_release(&p);
}

static void tasks_keep_their_order(void **state)
{
    (void)state;
    struct place p = place_new(200);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(queue_at(p.q, i)->place, i);
        assert_int_equal(queue_at(p.q, i)->id[0], i + 1);
    }
    uint8_t unknown[32] = { 0 };
    assert_null(queue_find(p.q, unknown));
    place_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_goes_its_way),
        cmocka_unit_test(claims_are_handed_out_in_order_and_end),
        cmocka_unit_test(what_is_given_back_goes_to_others_first),
        cmocka_unit_test(claims_outlive_the_queue_being_made_again),
        cmocka_unit_test(what_was_returned_comes_first_and_to_its_author_alone),
        cmocka_unit_test(reviews_go_to_whom_they_are_assigned_oldest_first),
        cmocka_unit_test(tasks_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
