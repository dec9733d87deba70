#include "sys/log_batch.h"

#include "base/cur.h"
#include "crypto/hash.h"

#include <string.h>

enum { VERSION = 1, FIELDS_BYTES = 24 };
static const uint8_t segment_magic[8] = { 'c', 'f', 'd', 's', VERSION };
static const uint8_t batch_magic[8] = { 'c', 'f', 'd', 'b', VERSION };

static_assert(LOG_BATCH_HEADER_BYTES == FIELDS_BYTES + HASH_BYTES, "batch header");

void log_segment_header_write(uint8_t out[LOG_SECTOR], const struct log_segment_header *h)
{
    memset(out, 0, LOG_SECTOR);
    memcpy(out, segment_magic, sizeof segment_magic);
    put_u64be(out + 8, h->number);
    put_u64be(out + 16, h->bytes);
    memcpy(out + 24, h->nonce, sizeof h->nonce);
    sha256(out + 56, bytes_of(out, 56));
}

bool log_segment_header_read(struct log_segment_header *out, const uint8_t in[LOG_SECTOR])
{
    uint8_t check[HASH_BYTES];
    sha256(check, bytes_of(in, 56));
    if (memcmp(in, segment_magic, sizeof segment_magic) != 0 ||
        memcmp(check, in + 56, sizeof check) != 0)
        return false;
    out->number = get_u64be(in + 8);
    out->bytes = get_u64be(in + 16);
    memcpy(out->nonce, in + 24, sizeof out->nonce);
    return true;
}

size_t log_batch_bytes(size_t frame_bytes)
{
    return (LOG_BATCH_HEADER_BYTES + frame_bytes + LOG_SECTOR - 1) / LOG_SECTOR * LOG_SECTOR;
}

static void check_make(uint8_t out[HASH_BYTES], const uint8_t nonce[LOG_NONCE_BYTES],
                       const uint8_t fields[FIELDS_BYTES], const uint8_t *leaves, size_t count,
                       struct sha256 *hasher)
{
    sha256_start(hasher);
    sha256_add(hasher, bytes_of(nonce, LOG_NONCE_BYTES));
    sha256_add(hasher, bytes_of(fields, FIELDS_BYTES));
    sha256_add(hasher, bytes_of(leaves, count * TLOG_HASH_BYTES));
    sha256_end(hasher, out);
}

void log_batch_write(uint8_t *out, const uint8_t nonce[LOG_NONCE_BYTES], uint64_t first,
                     const struct bytes *entries, size_t count, uint8_t *leaves,
                     struct sha256 *hasher)
{
    uint8_t *at = out + LOG_BATCH_HEADER_BYTES;
    for (size_t i = 0; i < count; i++) {
        put_u32be(at, (uint32_t)entries[i].len);
        memcpy(at + LOG_FRAME_BYTES, entries[i].ptr, entries[i].len);
        at += LOG_FRAME_BYTES + entries[i].len;
        tlog_leaf_hash(leaves + i * TLOG_HASH_BYTES, entries[i], hasher);
    }
    const size_t frame_bytes = (size_t)(at - out) - LOG_BATCH_HEADER_BYTES;
    memset(at, 0, log_batch_bytes(frame_bytes) - (size_t)(at - out));
    memcpy(out, batch_magic, sizeof batch_magic);
    put_u64be(out + 8, first);
    put_u32be(out + 16, (uint32_t)count);
    put_u32be(out + 20, (uint32_t)frame_bytes);
    check_make(out + FIELDS_BYTES, nonce, out, leaves, count, hasher);
}

struct bytes log_batch_next(struct bytes *frames)
{
    struct cur c = cur_from(*frames);
    const size_t len = cur_u32be(&c);
    const struct bytes entry = bytes_of(cur_bytes(&c, len), len);
    assert(!c.failed);
    *frames = bytes_of(c.at, cur_left(&c));
    return entry;
}

bool log_batch_read(struct log_batch *out, struct bytes in, const uint8_t nonce[LOG_NONCE_BYTES],
                    size_t count_max, uint8_t *leaves, struct sha256 *hasher)
{
    struct cur c = cur_from(in);
    const uint8_t *fields = cur_bytes(&c, FIELDS_BYTES);
    const uint8_t *check = cur_bytes(&c, HASH_BYTES);
    if (c.failed || memcmp(fields, batch_magic, sizeof batch_magic) != 0)
        return false;
    struct log_batch b = { .first = get_u64be(fields + 8), .count = get_u32be(fields + 16) };
    const size_t frame_bytes = get_u32be(fields + 20);
    b.frames = bytes_of(cur_bytes(&c, frame_bytes), frame_bytes);
    if (c.failed || b.count == 0 || b.count > count_max || in.len < log_batch_bytes(frame_bytes))
        return false;
    struct cur f = cur_from(b.frames);
    for (uint32_t i = 0; i < b.count; i++) {
        const size_t len = cur_u32be(&f);
        const uint8_t *entry = cur_bytes(&f, len);
        if (!entry)
            return false;
        tlog_leaf_hash(leaves + (size_t)i * TLOG_HASH_BYTES, bytes_of(entry, len), hasher);
    }
    uint8_t want[HASH_BYTES];
    check_make(want, nonce, fields, leaves, b.count, hasher);
    if (!cur_done(&f) || memcmp(want, check, sizeof want) != 0)
        return false;
    b.bytes = log_batch_bytes(frame_bytes);
    *out = b;
    return true;
}
