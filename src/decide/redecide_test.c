#include "decide/redecide.h"

#include "decide/world_log_test.h"

/* A log of gate 1 that is replayed as it is written. */
struct audit {
    struct world w;
    struct redecide *d;
    uint64_t index;
};

static enum err feed(struct audit *a, const struct entry_body *b, struct bytes object)
{
    struct why why;
    const struct entry e = { .time_ms = a->w.now * 1000, .type = (uint16_t)b->type, .rules = 1 };
    enum err err = redecide_entry(a->d, a->index, &e, b, object, &why);
    a->index++;
    if (err != ERR_OK)
        assert_non_null(strstr(why.text, "of gate 1"));
    return err;
}

static void take(void *ctx, struct statement *s, struct bytes envelope)
{
    (void)s;
    const struct entry_body b = { .type = ENTRY_BODY_STATEMENT, .u.statement = envelope };
    test_err(feed(ctx, &b, bytes_of(NULL, 0)), ERR_OK);
}

static struct audit audit_unready(void)
{
    struct why why;
    struct audit a = { .w = world_new() };
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = world_owner_root(&a.w, &envelope);
    test_ok(redecide_new(a.w.owner, 1, &a.d, &why), &why);
    assert_null(redecide_state(a.d));
    take(&a, &root, buf_bytes(&envelope));
    world_fill(&a.w, take, &a);
    return a;
}

static void audit_ready(struct audit *a)
{
    uint8_t rows[66];
    struct entry_body b;
    world_checks(&a->w, 1, 0, rows, &b);
    test_err(feed(a, &b, bytes_of(NULL, 0)), ERR_OK);
    b = (struct entry_body){ .type = ENTRY_BODY_READY, .u.ready.gate = 1 };
    memcpy(b.u.ready.epoch_id, a->w.epoch, 32);
    test_err(feed(a, &b, bytes_of(NULL, 0)), ERR_OK);
}

static struct world_request task_request(struct audit *a, struct world_record *task, uint64_t nonce)
{
    *task = world_record(&a->w, &a->w.admin, RECORD_TASK, (unsigned)nonce);
    return world_request_sign(world_ask(&a->w, REQUEST_RELEASE, "annotate", nonce), &a->w.ann, task,
                              1);
}

static void change_nothing(struct entry_body_release *b) { (void)b; }
static void change_signature(struct entry_body_release *b) { b->signature[3] ^= 1; }
static void change_rule(struct entry_body_release *b) { memcpy(b->rule, "annotate#2", 11); }
static void change_act(struct entry_body_release *b) { b->act = REQUEST_CREATE; }
static void change_epoch(struct entry_body_release *b) { b->epoch_id[0] ^= 1; }
static void change_r(struct entry_body_release *b) { b->r[0] ^= 1; }
static void change_device(struct entry_body_release *b) { b->device[0] ^= 1; }
static void change_hash(struct entry_body_release *b) { b->request_hash[0] ^= 1; }
static void change_gate(struct entry_body_release *b) { b->gate = 2; }
static void change_place(struct entry_body_release *b) { b->request = bytes_of(NULL, 0); }

static void what_a_gate_made_up_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        void (*change)(struct entry_body_release *b);
        enum err want;
    } rows[] = {
        { "as it was", change_nothing, ERR_OK },
        { "a signature that is not the device's", change_signature, ERR_SIGNATURE },
        { "another rule", change_rule, ERR_ANSWER },
        { "another act", change_act, ERR_ANSWER },
        { "another epoch", change_epoch, ERR_ANSWER },
        { "another r", change_r, ERR_ANSWER },
        { "another device", change_device, ERR_ANSWER },
        { "another request", change_hash, ERR_ANSWER },
        { "another gate's entry", change_gate, ERR_FORMAT },
        { "an object that nobody has", change_place, ERR_NOT_FOUND },
        { "and goes on behind all that", change_nothing, ERR_OK },
    };
    struct audit a = audit_unready();
    audit_ready(&a);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world_record task;
        struct world_request q = task_request(&a, &task, i);
        struct entry_body b = world_release(&q, &a.w.ann, 1, "annotate#1");
        rows[i].change(&b.u.release);
        enum err e = feed(&a, &b, bytes_of(NULL, 0));
        if (e != rows[i].want)
            fail_msg("%s: %s, want %s", rows[i].why, err_code(e), err_code(rows[i].want));
        world_request_release(&q);
    }
    assert_int_equal(redecide_releases(a.d), 2);
    redecide_free(a.d);
}

static void a_request_beside_the_log_is_decided_too(void **state)
{
    (void)state;
    struct audit a = audit_unready();
    audit_ready(&a);
    struct world_record task;
    struct world_request q = task_request(&a, &task, 1), other = task_request(&a, &task, 2);
    struct entry_body b = world_release(&q, &a.w.ann, 1, "annotate#1");
    b.u.release.request = bytes_of(NULL, 0);
    test_err(feed(&a, &b, buf_bytes(&other.body)), ERR_ANSWER);
    b = world_release(&other, &a.w.ann, 1, "annotate#1");
    b.u.release.request = bytes_of(NULL, 0);
    test_err(feed(&a, &b, buf_bytes(&other.body)), ERR_OK);
    test_err(feed(&a, &b, buf_bytes(&other.body)), ERR_REQUEST_REPLAY);
    world_request_release(&q);
    world_request_release(&other);
    redecide_free(a.d);
}

static void what_had_to_be_refused_is_found(void **state)
{
    (void)state;
    struct audit a = audit_unready();
    struct world *w = &a.w;
    struct world_record task;
    struct world_request q = task_request(&a, &task, 1);
    struct entry_body b = world_release(&q, &w->ann, 1, "annotate#1");
    test_err(feed(&a, &b, bytes_of(NULL, 0)), ERR_NOT_READY);
    world_request_release(&q);

    struct entry_body ready = { .type = ENTRY_BODY_READY, .u.ready.gate = 1 };
    memcpy(ready.u.ready.epoch_id, w->epoch, 32);
    test_err(feed(&a, &ready, bytes_of(NULL, 0)), ERR_NOT_READY); /* no check values stand there */

    struct world_record gold = world_record(w, &w->admin, RECORD_GOLD, 1);
    q = world_request_sign(world_ask(w, REQUEST_RELEASE, "annotate", 2), &w->ann, &gold, 1);
    b = world_release(&q, &w->ann, 1, "annotate#1");
    test_err(feed(&a, &b, bytes_of(NULL, 0)), ERR_DENIED_KIND);
    world_request_release(&q);

    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement s = world_member(w, &w->ann, &w->tom, ROLE_ANNOTATOR);
    world_sign(&w->ann, &s, &envelope);
    b = (struct entry_body){ .type = ENTRY_BODY_STATEMENT, .u.statement = buf_bytes(&envelope) };
    test_err(feed(&a, &b, bytes_of(NULL, 0)), ERR_NOT_ENTITLED);
    redecide_free(a.d);
}

static void a_log_begins_with_the_owner_and_has_no_hole(void **state)
{
    (void)state;
    struct why why;
    struct world w = world_new();
    AUTO_REDECIDE struct redecide *d = NULL;
    AUTO_BUF struct buf mine = buf_init(1 << 16), other = buf_init(1 << 16);
    AUTO_STATEMENT struct statement theirs =
        world_root(&w, &w.vendor_root, PARTY_OWNER, &w.manager);
    world_sign(&w.vendor_root, &theirs, &other);
    AUTO_STATEMENT struct statement root = world_owner_root(&w, &mine);
    test_ok(redecide_new(root.id, 1, &d, &why), &why);
    const struct entry e = { .time_ms = w.now * 1000, .type = ENTRY_BODY_STATEMENT, .rules = 1 };
    struct entry_body b = { .type = ENTRY_BODY_READY, .u.ready.gate = 1 };
    test_err(redecide_entry(d, 0, &e, &b, bytes_of(NULL, 0), &why), ERR_UNKNOWN_OWNER);
    b = (struct entry_body){ .type = ENTRY_BODY_STATEMENT, .u.statement = buf_bytes(&other) };
    test_err(redecide_entry(d, 0, &e, &b, bytes_of(NULL, 0), &why), ERR_UNKNOWN_OWNER);
    b.u.statement = buf_bytes(&mine);
    test_err(redecide_entry(d, 1, &e, &b, bytes_of(NULL, 0), &why), ERR_FORMAT);
    test_ok(redecide_entry(d, 0, &e, &b, bytes_of(NULL, 0), &why), &why);
    test_err(redecide_entry(d, 2, &e, &b, bytes_of(NULL, 0), &why), ERR_FORMAT);
    test_ok(redecide_entry(d, 1, &e, &b, bytes_of(NULL, 0), &why), &why); /* known: no harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_gate_made_up_is_found),
        cmocka_unit_test(a_request_beside_the_log_is_decided_too),
        cmocka_unit_test(what_had_to_be_refused_is_found),
        cmocka_unit_test(a_log_begins_with_the_owner_and_has_no_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
