/* decide/live_test.h: gate 1 of the small world, alive: what it takes in stands in its log. Tests
 * only.
 * Threads  one owner */
#ifndef DECIDE_LIVE_TEST_H
#define DECIDE_LIVE_TEST_H

#include "decide/world_log_test.h"

struct live {
    struct world w;
    struct gate_state *g;
    struct world_log log;
};

static inline void live_take(void *ctx, struct statement *s, struct bytes envelope)
{
    struct live *l = ctx;
    struct why why;
    const uint64_t ms = l->w.now * 1000;
    test_ok(authority_check(gate_authority(l->g), s, l->w.now, &why), &why);
    test_ok(gate_apply_statement(l->g, s, (int64_t)ms, &why), &why);
    world_log_statement(&l->log, ms, envelope);
}

static inline void live_say(struct live *l, struct signer *by, struct statement s)
{
    world_give(&l->w, by, s, live_take, l);
}

static inline void live_enter(struct live *l, const struct entry_body *b)
{
    struct why why;
    test_ok(gate_apply(l->g, l->w.now * 1000, b, bytes_of(NULL, 0), &why), &why);
    world_log_add(&l->log, l->w.now * 1000, b);
}

static inline struct live live_unready(void)
{
    struct why why;
    struct live l = { .w = world_new() };
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = world_owner_root(&l.w, &envelope);
    test_ok(gate_state_new(&root, 1, &l.g, &why), &why);
    world_log_statement(&l.log, l.w.now * 1000, buf_bytes(&envelope));
    world_fill(&l.w, live_take, &l);
    return l;
}

static inline void live_ready(struct live *l)
{
    uint8_t rows[66];
    struct entry_body b;
    world_checks(&l->w, 1, 0, rows, &b);
    live_enter(l, &b);
    b = (struct entry_body){ .type = ENTRY_BODY_READY, .u.ready.gate = 1 };
    memcpy(b.u.ready.epoch_id, l->w.epoch, 32);
    live_enter(l, &b);
}

/* What it has become, written and read back: the caller's. */
static inline struct authority *live_again(const struct live *l)
{
    struct why why;
    AUTO_BUF struct buf once = buf_init(1 << 24), twice = buf_init(1 << 24);
    struct authority *again = NULL;
    authority_encode(gate_authority(l->g), &once);
    struct cur c = cur_from(buf_bytes(&once));
    test_ok(authority_decode(&c, l->w.owner, &again, &why), &why);
    assert_true(cur_done(&c));
    authority_encode(again, &twice);
    assert_true(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
    return again;
}

static inline void live_release(struct live *l)
{
    authority_free(live_again(l));
    gate_state_free(l->g);
    world_log_release(&l->log);
}

/* Decides, and logs what is granted, as a gate does. */
static inline enum err live_ask(struct live *l, struct request q, const struct signer *by,
                    const struct world_record *records, size_t count, struct decision *out)
{
    struct why why;
    struct world_request r = world_request_sign(q, by, records, count);
    const struct gate_ask a = world_gate_ask(&r, by);
    *out = gate_decide(l->g, &a, (int64_t)l->w.now * 1000);
    if (out->code == ERR_OK) {
        test_ok(gate_granted(l->g, &a, l->w.now, &why), &why);
        const struct entry_body b = world_release(&r, by, 1, out->rule);
        world_log_add(&l->log, l->w.now * 1000, &b);
    }
    world_request_release(&r);
    return out->code;
}

#endif
