/* crypto/secret.h: memory for keys. Guarded pages, locked, out of core dumps, wiped when freed.
 * Long-lived keys one by one (`struct secret`, some pages each; a process gets about 16,000); bulk
 * keys (DEKs of a list) in one arena.
 * Memory  guarded (sodium_malloc)   Threads  one owner each */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include "crypto/crypto.h"

struct secret {
    uint8_t *ptr; /* guarded, readable and writable */
    size_t len;
};

/* `len` zero bytes, len >= 1; NULL without memory. */
struct secret *secret_new(size_t len);
/* Wipes and frees; secret_free(NULL) is fine. */
void secret_free(struct secret *s);
/* Moves the ownership out of an AUTO_SECRET variable. */
struct secret *secret_take(struct secret **s);

/* `count` slots of `size` bytes in one guarded allocation, all zero. */
struct secret_arena {
    uint8_t *ptr;
    size_t size, count;
};
MUST_USE enum err secret_arena_init(struct secret_arena *a, size_t size, size_t count,
                                    struct why *why);
void secret_arena_release(struct secret_arena *a);
uint8_t *secret_arena_at(const struct secret_arena *a, size_t i); /* asserts i < count */

static inline void secret_auto(struct secret **s)
{
    secret_free(*s);
}
#define AUTO_SECRET __attribute__((cleanup(secret_auto)))
AUTO_DEFINE(secret_arena, struct secret_arena, secret_arena_release);
#define AUTO_SECRET_ARENA __attribute__((cleanup(secret_arena_auto)))

#endif
