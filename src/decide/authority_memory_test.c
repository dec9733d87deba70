#include "decide/place_test.h"

/* --- every allocation can be made to fail, once --- */

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

static int allocations_left = -1; /* below 0: as many as anyone likes */

static bool refused(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : __real_malloc(size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    return refused() ? NULL : __real_reallocarray(p, n, size);
}

/* --- no memory: nothing has changed --- */

static void digest_of(const struct place *p, uint8_t out[32])
{
    authority_digest(p->a, out);
}

static void take_with_failures(void *ctx, struct statement *s, struct bytes envelope)
{
    (void)envelope;
    struct place *p = ctx;
    struct why why;
    uint8_t before[32], after[32];
    test_ok(authority_check(p->a, s, p->w.now, &why), &why);
    digest_of(p, before);
    enum err e = ERR_NOMEM;
    for (int n = 0; e != ERR_OK; n++) {
        assert_true(n < 1000);
        allocations_left = n;
        e = authority_apply(p->a, s, (int64_t)p->w.now * 1000, &why);
        allocations_left = -1;
        digest_of(p, after);
        if (e == ERR_OK)
            break;
        assert_int_equal(e, ERR_NOMEM);
        assert_memory_equal(before, after, 32);
        test_ok(authority_check(p->a, s, p->w.now, &why), &why);
    }
    assert_memory_not_equal(before, after, 32);
}

/* The same state read from its bytes: an error or all of it, and nothing is left behind. */
static void read_with_failures(const struct place *p)
{
    AUTO_BUF struct buf bytes = buf_init(1 << 22);
    struct authority *a = NULL;
    struct why why;
    authority_encode(p->a, &bytes);
    assert_true(buf_ok(&bytes));
    enum err e = ERR_NOMEM;
    int n = 0;
    for (; e != ERR_OK; n++) {
        struct cur c = cur_from(buf_bytes(&bytes));
        allocations_left = n;
        e = authority_decode(&c, authority_owner(p->a), &a, &why);
        allocations_left = -1;
        assert_true(e == ERR_NOMEM || (e == ERR_OK && cur_done(&c)));
    }
    assert_true(n > 100);
    uint8_t lived[32], read[32];
    authority_digest(p->a, lived);
    authority_digest(a, read);
    assert_memory_equal(lived, read, 32);
    authority_free(a);
}

static void a_refused_allocation_changes_nothing(void **state)
{
    (void)state;
    struct place p = place_empty();
    struct world *w = &p.w;
    uint8_t record[32] = { 7 };
    world_fill(w, take_with_failures, &p);
    world_give(w, &w->ann, world_manifest(w, &w->ann), take_with_failures, &p);
    for (unsigned i = 0; i < 6; i++) {
        record[1] = (uint8_t)i;
        world_give(w, &w->ann, world_assignment(w, &w->ann, record, &w->rita), take_with_failures,
                   &p);
    }
    for (unsigned i = 0; i < 40; i++) { /* tables grow */
        struct signer who = world_signer(w);
        world_give(w, &w->manager, world_member(w, &w->manager, &who, ROLE_ANNOTATOR),
                   take_with_failures, &p);
        world_give(w, &w->manager, world_device(w, &w->manager, &who), take_with_failures, &p);
    }
    read_with_failures(&p);
    authority_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_allocation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
