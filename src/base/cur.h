/* base/cur.h: a cursor over foreign bytes. It cannot overrun and remembers that it failed, so a
 * parser reads on and looks once at the end. Borrows; allocates nothing.   Threads  pure */
#ifndef BASE_CUR_H
#define BASE_CUR_H

#include "base/bytes.h"

struct cur {
    const uint8_t *at, *end;
    bool failed;
};

struct cur cur_from(struct bytes in);

static inline size_t cur_left(const struct cur *c)
{
    return (size_t)(c->end - c->at);
}

/* Once failed, numbers are 0, cur_bytes is NULL and cur_vec* are empty. */
static inline const uint8_t *cur_bytes(struct cur *c, size_t len)
{
    if (c->failed || len > cur_left(c)) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += len;
    return p;
}

static inline uint8_t cur_u8(struct cur *c)
{
    const uint8_t *p = cur_bytes(c, 1);
    return p ? p[0] : 0;
}

static inline uint32_t cur_u32be(struct cur *c)
{
    const uint8_t *p = cur_bytes(c, 4);
    return p ? get_u32be(p) : 0;
}

uint16_t cur_u16be(struct cur *c);
uint32_t cur_u24be(struct cur *c);
uint64_t cur_u64be(struct cur *c);
void cur_copy(struct cur *c, void *out, size_t len); /* zeroes once failed */

/* A vector with a length prefix of 1, 2 or 3 bytes (RFC 8446, section 3.4). */
struct bytes cur_vec8(struct cur *c);
struct bytes cur_vec16(struct cur *c);
struct bytes cur_vec24(struct cur *c);

MUST_USE bool cur_done(const struct cur *c);   /* not failed, and nothing left over */
const char *cur_problem(const struct cur *c); /* "too short" or "bytes left over" */

#endif
