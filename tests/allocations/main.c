#include "allocations.h"

#include "base/json.h"
#include "crypto/crypto.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__real_sodium_malloc(size_t size);
void *__real_sodium_allocarray(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_sodium_malloc(size_t size);
void *__wrap_sodium_allocarray(size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static int left = -1; /* below 0: as many as anyone likes */
static bool refused_one;

static bool refuse(void)
{
    if (left < 0 || left-- > 0)
        return false;
    refused_one = true;
    return true;
}

void allocations_fail(int n)
{
    left = n;
    refused_one = false;
}

bool allocations_refused(void)
{
    return refused_one;
}

void *__wrap_malloc(size_t size)
{
    return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return refuse() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    return refuse() ? NULL : __real_reallocarray(p, n, size);
}

void *__wrap_sodium_malloc(size_t size)
{
    return refuse() ? NULL : __real_sodium_malloc(size);
}

void *__wrap_sodium_allocarray(size_t n, size_t size)
{
    return refuse() ? NULL : __real_sodium_allocarray(n, size);
}

char *__wrap_strndup(const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *copy = __wrap_malloc(len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *__wrap_strdup(const char *s)
{
    return __wrap_strndup(s, strlen(s));
}

enum err allocations_json(enum err e, struct why *why)
{
    return e == ERR_JSON || e == ERR_CANONICAL ? why_nomem(why) : e;
}

void allocations_in_json(bool fail)
{
    json_set_alloc_funcs(fail ? __wrap_malloc : __real_malloc, free);
}

unsigned allocations_each(allocations_call *call, void *ctx, allocations_digest *digest)
{
    enum { FAR_TOO_MANY = 20000 };
    uint8_t before[32], after[32];
    if (digest)
        digest(ctx, before);
    for (int n = 0; n < FAR_TOO_MANY; n++) {
        struct why why = { .code = ERR_OK };
        allocations_fail(n);
        enum err e = call(ctx, &why);
        bool refused = allocations_refused();
        allocations_fail(-1);
        if (!refused) {
            if (e != ERR_OK)
                fail_msg("nothing was refused, and yet: %s [%s]", why.text, err_code(e));
            assert_true(n > 0);
            return (unsigned)n;
        }
        /* A buf does not tell its ceiling from no memory; and what is only faster with memory
         * goes on without it, where there is no state. */
        if (e != ERR_NOMEM && e != ERR_LIMIT && (e != ERR_OK || digest))
            fail_msg("allocation %d was refused: got %s: %s", n, err_code(e), why.text);
        if (digest) {
            digest(ctx, after);
            assert_memory_equal(before, after, 32);
        }
    }
    fail_msg("there is no end to it");
    return 0;
}

int main(void)
{
    struct why why;
    allocations_in_json(true);
    if (crypto_init(&why) != ERR_OK)
        return 1;
    return allocations_base() + allocations_records() + allocations_signed() + allocations_folds();
}
