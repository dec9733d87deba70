#include "crypto/vector_test.h"

#include "crypto/secret.h"

static void write_behind(void *arg)
{
    struct secret *s = arg;
    ((volatile uint8_t *)s->ptr)[s->len] = 1;
}

/* The last byte of the page before those that hold the canary and the secret. */
static void read_page_before(void *arg)
{
    enum { CANARY_BYTES = 16 };
    struct secret *s = arg;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t held = (s->len + CANARY_BYTES + page - 1) / page * page;
    (void)((volatile uint8_t *)s->ptr + s->len - held)[-1];
}

static void damage_the_front(void *arg)
{
    struct secret *s = arg;
    ((volatile uint8_t *)s->ptr)[-1] ^= 1; /* the canary, which the release looks at */
    secret_free(s);
}

static void read_after_free(void *arg)
{
    struct secret *s = arg;
    volatile uint8_t *p = s->ptr;
    secret_free(s);
    (void)p[0];
}

static void do_nothing(void *arg)
{
    (void)arg;
}

static void a_secret_is_guarded_on_both_sides(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 16, 32, 64, 4096, 5000 };
    assert_false(vector_dies(do_nothing, NULL));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO_SECRET struct secret *s = secret_new(sizes[i]);
        assert_non_null(s);
        assert_int_equal(s->len, sizes[i]);
        for (size_t k = 0; k < s->len; k++)
            assert_int_equal(s->ptr[k], 0);
        memset(s->ptr, 0xee, s->len);
        assert_true(vector_dies(write_behind, s));
        assert_true(vector_dies(read_page_before, s));
        assert_true(vector_dies(damage_the_front, s));
        assert_true(vector_dies(read_after_free, s));
    }
}

/* The flags of the mapping that holds `p`, from the kernel. */
enum { VM_FLAGS_MAX = 256 };
static void flags_of(const void *p, char flags[VM_FLAGS_MAX])
{
    FILE *f = fopen("/proc/self/smaps", "r");
    assert_non_null(f);
    char line[512];
    bool here = false;
    flags[0] = '\0';
    while (fgets(line, sizeof line, f)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = from <= (uintptr_t)p && (uintptr_t)p < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(flags, VM_FLAGS_MAX, "%.250s", line + 8);
    }
    fclose(f);
}

static void a_secret_stays_out_of_dumps(void **state)
{
    (void)state;
    AUTO_SECRET struct secret *s = secret_new(32);
    assert_non_null(s);
    char flags[VM_FLAGS_MAX], plain[VM_FLAGS_MAX];
    flags_of(s->ptr, flags);
    flags_of(flags, plain);
    if (!flags[0])
        skip(); /* a kernel that tells no flags */
    assert_non_null(strstr(flags, " dd"));
    assert_null(strstr(plain, " dd"));
}

static void the_owner_can_change(void **state)
{
    (void)state;
    struct secret *kept;
    {
        AUTO_SECRET struct secret *s = secret_new(32);
        assert_non_null(s);
        s->ptr[31] = 7;
        kept = secret_take(&s);
        assert_null(s);
    }
    assert_int_equal(kept->ptr[31], 7);
    secret_free(kept);
    secret_free(NULL);
}

static void an_arena_has_its_slots_side_by_side(void **state)
{
    (void)state;
    enum { SIZE = 32, COUNT = 70000 };
    AUTO_SECRET_ARENA struct secret_arena a = { 0 };
    struct why why;
    test_ok(secret_arena_init(&a, SIZE, COUNT, &why), &why);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t *p = secret_arena_at(&a, i);
        for (size_t k = 0; k < SIZE; k++)
            assert_int_equal(p[k], 0);
        put_u32be(p, (uint32_t)i);
        put_u32be(p + SIZE - 4, (uint32_t)~i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(get_u32be(secret_arena_at(&a, i)), i);
        assert_int_equal(get_u32be(secret_arena_at(&a, i) + SIZE - 4), (uint32_t)~i);
    }
}

static void ask_past_the_end(void *arg)
{
    const struct secret_arena *a = arg;
    (void)secret_arena_at(a, a->count);
}

static void write_past_the_last(void *arg)
{
    const struct secret_arena *a = arg;
    ((volatile uint8_t *)secret_arena_at(a, a->count - 1))[a->size] = 1;
}

static void an_arena_ends_where_it_ends(void **state)
{
    (void)state;
    AUTO_SECRET_ARENA struct secret_arena a = { 0 };
    struct why why;
    test_ok(secret_arena_init(&a, 32, 3, &why), &why);
    assert_true(vector_dies(ask_past_the_end, &a));
    assert_true(vector_dies(write_past_the_last, &a));
    secret_arena_release(&a);
    assert_null(a.ptr);
    assert_int_equal(a.count, 0); /* releasing again, at the scope's end, is fine */
}

static void an_arena_too_large_is_refused(void **state)
{
    (void)state;
    struct secret_arena a = { .count = 42 };
    test_err(secret_arena_init(&a, SIZE_MAX / 2, 3, NULL), ERR_NOMEM);
    test_err(secret_arena_init(&a, SIZE_MAX / 4, 2, NULL), ERR_NOMEM);
    assert_int_equal(a.count, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_guarded_on_both_sides),
        cmocka_unit_test(a_secret_stays_out_of_dumps),
        cmocka_unit_test(the_owner_can_change),
        cmocka_unit_test(an_arena_has_its_slots_side_by_side),
        cmocka_unit_test(an_arena_ends_where_it_ends),
        cmocka_unit_test(an_arena_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, vector_start, NULL);
}
