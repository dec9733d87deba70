#include "crypto/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct secret *secret_new(size_t len)
{
    assert(len > 0);
    struct secret *s = malloc(sizeof *s);
    if (!s)
        return NULL;
    s->ptr = sodium_malloc(len);
    if (!s->ptr) {
        free(s);
        return NULL;
    }
    memset(s->ptr, 0, len);
    s->len = len;
    return s;
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    sodium_free(s->ptr);
    free(s);
}

struct secret *secret_take(struct secret **s)
{
    struct secret *taken = *s;
    *s = NULL;
    return taken;
}

enum err secret_arena_init(struct secret_arena *a, size_t size, size_t count, struct why *why)
{
    assert(size > 0 && count > 0);
    uint8_t *p = sodium_allocarray(count, size);
    if (!p)
        return why_nomem(why);
    memset(p, 0, size * count);
    *a = (struct secret_arena){ .ptr = p, .size = size, .count = count };
    return ERR_OK;
}

void secret_arena_release(struct secret_arena *a)
{
    sodium_free(a->ptr);
    *a = (struct secret_arena){ 0 };
}

uint8_t *secret_arena_at(const struct secret_arena *a, size_t i)
{
    assert(i < a->count);
    return a->ptr + i * a->size;
}
