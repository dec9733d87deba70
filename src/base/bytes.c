#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes bytes_str(const char *s)
{
    return bytes_of(s, strlen(s));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct buf buf_init(size_t max)
{
    return (struct buf){ .max = max };
}

void buf_release(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){ .max = b->max };
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

/* Makes room for `len` bytes and one more, for buf_cstr's zero. The sum is at most max + 1, and
 * below SIZE_MAX, so it cannot wrap. */
static bool buf_room(struct buf *b, size_t len)
{
    if (b->failed || len > b->max - b->len || len >= SIZE_MAX - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + len + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    uint8_t *p = realloc(b->ptr, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->ptr = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_grow(struct buf *b, size_t len)
{
    if (!buf_room(b, len))
        return NULL;
    uint8_t *at = b->ptr + b->len;
    b->len += len;
    return at;
}

void buf_add(struct buf *b, const void *ptr, size_t len)
{
    if (len == 0)
        return;
    uint8_t *at = buf_grow(b, len);
    if (at)
        memcpy(at, ptr, len);
}

void buf_add_bytes(struct buf *b, struct bytes s)
{
    buf_add(b, s.ptr, s.len);
}

void buf_add_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_add_fmt(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        b->failed = true;
    else if (buf_room(b, (size_t)n)) {
        (void)vsnprintf((char *)b->ptr + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void buf_add_u8(struct buf *b, uint8_t v)
{
    buf_add(b, &v, 1);
}

void buf_add_u16(struct buf *b, uint16_t v)
{
    uint8_t out[2];
    put_u16be(out, v);
    buf_add(b, out, sizeof out);
}

void buf_add_u24(struct buf *b, uint32_t v)
{
    assert(v < 1U << 24);
    uint8_t out[4];
    put_u32be(out, v);
    buf_add(b, out + 1, 3);
}

void buf_add_u32(struct buf *b, uint32_t v)
{
    uint8_t out[4];
    put_u32be(out, v);
    buf_add(b, out, sizeof out);
}

void buf_add_u64(struct buf *b, uint64_t v)
{
    uint8_t out[8];
    put_u64be(out, v);
    buf_add(b, out, sizeof out);
}

void buf_add_zero(struct buf *b, size_t len)
{
    uint8_t *at = buf_grow(b, len);
    if (at)
        memset(at, 0, len);
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

struct bytes buf_bytes(const struct buf *b)
{
    return bytes_of(b->ptr, b->len);
}

const char *buf_cstr(struct buf *b)
{
    if (!buf_room(b, 0))
        return "";
    b->ptr[b->len] = '\0';
    return (const char *)b->ptr;
}

uint8_t *buf_take(struct buf *b, size_t *len)
{
    uint8_t *p = b->ptr;
    *len = b->len;
    *b = (struct buf){ .max = b->max };
    return p;
}
