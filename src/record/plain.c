#include "record/plain.h"

#include "crypto/crypto.h"

#include <stdlib.h>

enum err plain_new(struct plain *out, size_t len, struct why *why)
{
    struct plain p = { .len = len, .cap = len };
    if (len > 0 && !(p.ptr = malloc(len)))
        return why_nomem(why);
    *out = p;
    return ERR_OK;
}

void plain_release(struct plain *p)
{
    assert(p->len <= p->cap);
    if (p->ptr) {
        secret_wipe(p->ptr, p->cap);
        free(p->ptr);
    }
    *p = (struct plain){ 0 };
}

struct plain plain_take(struct plain *p)
{
    struct plain moved = *p;
    *p = (struct plain){ 0 };
    return moved;
}

struct bytes plain_bytes(const struct plain *p)
{
    return bytes_of(p->ptr, p->len);
}
