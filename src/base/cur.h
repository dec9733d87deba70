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

/* Once failed, numbers are 0, cur_bytes is NULL and cur_vec* are empty. */
uint8_t cur_u8(struct cur *c);
uint16_t cur_u16be(struct cur *c);
uint32_t cur_u24be(struct cur *c);
uint32_t cur_u32be(struct cur *c);
uint64_t cur_u64be(struct cur *c);
const uint8_t *cur_bytes(struct cur *c, size_t len);
void cur_copy(struct cur *c, void *out, size_t len); /* zeroes once failed */

/* A vector with a length prefix of 1, 2 or 3 bytes (RFC 8446, section 3.4). */
struct bytes cur_vec8(struct cur *c);
struct bytes cur_vec16(struct cur *c);
struct bytes cur_vec24(struct cur *c);

size_t cur_left(const struct cur *c);
MUST_USE bool cur_done(const struct cur *c);   /* not failed, and nothing left over */
const char *cur_problem(const struct cur *c); /* "too short" or "bytes left over" */

#endif
