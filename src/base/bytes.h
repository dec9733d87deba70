/* base/bytes.h: borrowed bytes, growing buffers born with a ceiling, and big-endian numbers.
 * Memory  a buf owns its memory   Limits  a buf never grows past `max`   Threads  one owner
 * Not for secrets: those live in crypto/secret.h. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/auto.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed: whoever made it owns the memory. */
struct bytes {
    const uint8_t *ptr;
    size_t len;
};

static inline struct bytes bytes_of(const void *ptr, size_t len)
{
    return (struct bytes){ ptr, len };
}

struct bytes bytes_str(const char *s);
bool bytes_equal(struct bytes a, struct bytes b); /* not constant-time: for public data */

struct buf {
    uint8_t *ptr;
    size_t len, cap, max;
    bool failed; /* an append was refused; stays until buf_reset */
};

/* An empty buffer that allocates nothing until it is used and never grows past `max` bytes. */
struct buf buf_init(size_t max);
void buf_release(struct buf *b);
void buf_reset(struct buf *b); /* len = 0 and failed = false; keeps the memory */

/* Appends. Once one fails (no memory, past `max`) the buffer is `failed` and appends do nothing, so
 * that a writer can write on and look once, with buf_ok. */
void buf_add(struct buf *b, const void *ptr, size_t len);
void buf_add_bytes(struct buf *b, struct bytes s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_u8(struct buf *b, uint8_t v);
void buf_add_u16(struct buf *b, uint16_t v);
void buf_add_u24(struct buf *b, uint32_t v); /* v < 2^24 */
void buf_add_u32(struct buf *b, uint32_t v);
void buf_add_u64(struct buf *b, uint64_t v);
void buf_add_zero(struct buf *b, size_t len);
uint8_t *buf_grow(struct buf *b, size_t len); /* room for len more, counted in; NULL once failed */

MUST_USE bool buf_ok(const struct buf *b);
struct bytes buf_bytes(const struct buf *b);
/* Terminates with a zero that is not counted; "" if failed. Valid until the next append. */
const char *buf_cstr(struct buf *b);
/* The memory, which becomes the caller's to free(); the buffer is empty then. */
uint8_t *buf_take(struct buf *b, size_t *len);

/* Here, and not in the .c, so that a compiler makes one instruction of each. */
static inline void put_u16be(uint8_t out[2], uint16_t v)
{
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}

static inline void put_u32be(uint8_t out[4], uint32_t v)
{
    put_u16be(out, (uint16_t)(v >> 16));
    put_u16be(out + 2, (uint16_t)v);
}

static inline void put_u64be(uint8_t out[8], uint64_t v)
{
    put_u32be(out, (uint32_t)(v >> 32));
    put_u32be(out + 4, (uint32_t)v);
}

static inline uint16_t get_u16be(const uint8_t in[2])
{
    return (uint16_t)(in[0] << 8 | in[1]);
}

static inline uint32_t get_u32be(const uint8_t in[4])
{
    return (uint32_t)get_u16be(in) << 16 | get_u16be(in + 2);
}

static inline uint64_t get_u64be(const uint8_t in[8])
{
    return (uint64_t)get_u32be(in) << 32 | get_u32be(in + 4);
}

AUTO_DEFINE(buf, struct buf, buf_release);
#define AUTO_BUF __attribute__((cleanup(buf_auto)))

#endif
