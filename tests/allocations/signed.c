/* Floors 2 and 3: statements of every kind, requests, answers, heads, entries, policies. */
#include "allocations.h"

#include "crypto/hash.h"
#include "decide/world_log_test.h"
#include "policy/policy.h"
#include "request/answer.h"
#include "request/heads.h"
#include "statement/sample_test.h"

struct saying {
    struct statement s;
    struct sample_key key;
    struct buf envelope;
};

static enum err sign_one(void *ctx, struct why *why)
{
    struct saying *x = ctx;
    const uint8_t *keys[] = { x->key.secret };
    AUTO_BUF struct buf envelope = buf_init(1 << 17);
    return statement_sign(&x->s, keys, 1, &envelope, why);
}

static enum err open_one(void *ctx, struct why *why)
{
    const struct saying *x = ctx;
    AUTO_STATEMENT struct statement s = { 0 };
    return allocations_json(statement_open(buf_bytes(&x->envelope), &s, why), why);
}

static void every_kind_of_statement_is_signed_and_opened_or_it_is_an_error(void **state)
{
    (void)state;
    struct sample sample = { .state = 11 };
    for (int kind = STATEMENT_ROOT; kind < STATEMENT_KIND_END; kind++) {
        struct saying x = { .key = sample_key(&sample), .envelope = buf_init(1 << 17) };
        const uint8_t *keys[] = { x.key.secret };
        struct why why;
        x.s = sample_statement(&sample, (enum statement_kind)kind, &x.key);
        test_ok(statement_sign(&x.s, keys, 1, &x.envelope, &why), &why);
        (void)allocations_each(sign_one, &x, NULL);
        (void)allocations_each(open_one, &x, NULL);
        buf_release(&x.envelope);
        statement_release(&x.s);
    }
}

/* --- what goes over the wire --- */

struct wire {
    struct world w;
    struct world_request q;
    struct request request;
};

static enum err ask(void *ctx, struct why *why)
{
    const struct wire *x = ctx;
    struct request back;
    AUTO_BUF struct buf body = buf_init(REQUEST_BYTES_MAX);
    enum err e = request_write(&x->q.request, &body, why);
    return e == ERR_OK ? request_parse(buf_bytes(&body), &back, why) : e;
}

static enum err enter(void *ctx, struct why *why)
{
    const struct wire *x = ctx;
    const struct entry_body b = world_release(&x->q, &x->w.ann, 1, "annotate#1");
    struct entry_body back;
    AUTO_BUF struct buf body = buf_init(ENTRY_BODY_MAX);
    enum err e = entry_body_write(&b, &body, why);
    return e == ERR_OK ? entry_body_parse(b.type, buf_bytes(&body), &back, why) : e;
}

static enum err answer(void *ctx, struct why *why)
{
    static const uint8_t some[128];
    const struct answer a = { .gate = 1, .entry = bytes_of(some, 100),
                              .ciphertext = bytes_of(some, 48), .checkpoint = bytes_of(some, 90),
                              .inclusion = bytes_of(some, 64) };
    struct answer back;
    AUTO_BUF struct buf text = buf_init(ANSWER_BYTES_MAX);
    enum err e = answer_write(&a, &text, why);
    return e == ERR_OK ? answer_parse(buf_bytes(&text), &back, why) : e;
}

static enum err heads(void *ctx, struct why *why)
{
    const struct wire *x = ctx;
    const struct heads_row row = { .issuer = { 1 }, .number = 7 };
    const uint8_t question[32] = { 1 };
    AUTO_BUF struct buf rows = buf_init(4096), text = buf_init(1 << 16);
    struct heads_reply back;
    heads_row_write(&row, &rows);
    if (!buf_ok(&rows))
        return why_nomem(why);
    enum err e = heads_reply_write(1, question, 5, buf_bytes(&rows), x->w.gates[1].secret, &text,
                                   why);
    return e == ERR_OK ? heads_reply_parse(buf_bytes(&text), &back, why) : e;
}

static enum err policy(void *ctx, struct why *why)
{
    struct policy *p = NULL;
    enum err e = policy_parse(bytes_str(WORLD_POLICY), &p, why);
    policy_free(p);
    return e;
}

static void requests_answers_and_policies_are_whole_or_it_is_an_error(void **state)
{
    (void)state;
    struct wire x = { .w = world_new() };
    const struct world_record record = world_record(&x.w, &x.w.admin, RECORD_TASK, 1);
    x.q = world_request_sign(world_ask(&x.w, REQUEST_RELEASE, "annotate", 1), &x.w.ann, &record, 1);
    (void)allocations_each(ask, &x, NULL);
    (void)allocations_each(enter, &x, NULL);
    (void)allocations_each(answer, &x, NULL);
    (void)allocations_each(heads, &x, NULL);
    (void)allocations_each(policy, &x, NULL);
    world_request_release(&x.q);
}

int allocations_signed(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_statement_is_signed_and_opened_or_it_is_an_error),
        cmocka_unit_test(requests_answers_and_policies_are_whole_or_it_is_an_error),
    };
    return cmocka_run_group_tests_name("allocations/signed", tests, NULL, NULL);
}
