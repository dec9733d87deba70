/* decide/place_test.h: an authority that has heard what the small world says. Tests only.
 * Threads  one owner */
#ifndef DECIDE_PLACE_TEST_H
#define DECIDE_PLACE_TEST_H

#include "decide/world_test.h"

struct place {
    struct world w;
    struct authority *a;
};

static inline enum err place_check(const struct place *p, const struct signer *by,
                                   struct statement s)
{
    struct why why;
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    world_sign(by, &s, &envelope);
    enum err e = authority_check(p->a, &s, p->w.now, &why);
    statement_release(&s);
    return e;
}

static inline void place_take(void *ctx, struct statement *s, struct bytes envelope)
{
    (void)envelope;
    struct place *p = ctx;
    struct why why;
    test_ok(authority_check(p->a, s, p->w.now, &why), &why);
    test_ok(authority_apply(p->a, s, (int64_t)p->w.now * 1000, &why), &why);
    test_err(authority_check(p->a, s, p->w.now, &why), ERR_DUPLICATE);
}

static inline void place_say(struct place *p, struct signer *by, struct statement s)
{
    world_give(&p->w, by, s, place_take, p);
}

static inline struct place place_empty(void)
{
    struct why why;
    struct place p = { .w = world_new() };
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = world_owner_root(&p.w, &envelope);
    test_ok(authority_new(&root, &p.a, &why), &why);
    return p;
}

static inline struct place place_full(void)
{
    struct place p = place_empty();
    world_fill(&p.w, place_take, &p);
    return p;
}

#endif
