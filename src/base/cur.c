#include "base/cur.h"

#include <string.h>

struct cur cur_from(struct bytes in)
{
    static const uint8_t none[1];
    const uint8_t *p = in.ptr ? in.ptr : none;
    return (struct cur){ .at = p, .end = p + in.len };
}

void cur_copy(struct cur *c, void *out, size_t len)
{
    const uint8_t *p = cur_bytes(c, len);
    if (p)
        memcpy(out, p, len);
    else
        memset(out, 0, len);
}

uint16_t cur_u16be(struct cur *c)
{
    const uint8_t *p = cur_bytes(c, 2);
    return p ? get_u16be(p) : 0;
}

uint32_t cur_u24be(struct cur *c)
{
    const uint8_t *p = cur_bytes(c, 3);
    return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

uint64_t cur_u64be(struct cur *c)
{
    const uint8_t *p = cur_bytes(c, 8);
    return p ? get_u64be(p) : 0;
}

static struct bytes cur_vec(struct cur *c, size_t len)
{
    const uint8_t *p = cur_bytes(c, len);
    return bytes_of(p, p ? len : 0);
}

struct bytes cur_vec8(struct cur *c)
{
    return cur_vec(c, cur_u8(c));
}

struct bytes cur_vec16(struct cur *c)
{
    return cur_vec(c, cur_u16be(c));
}

struct bytes cur_vec24(struct cur *c)
{
    return cur_vec(c, cur_u24be(c));
}

bool cur_done(const struct cur *c)
{
    return !c->failed && c->at == c->end;
}

const char *cur_problem(const struct cur *c)
{
    return c->failed ? "too short" : "bytes left over";
}
