#include "record/pack.h"

#include "base/cur.h"
#include "base/hex.h"
#include "record/body.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'p' };
enum { VERSION = 1 };

static const uint8_t *row_at(struct bytes front, size_t i)
{
    return front.ptr + PACK_START_BYTES + i * PACK_ROW_BYTES;
}

static int by_header(const void *a, const void *b, void *front)
{
    const struct bytes *f = front;
    return memcmp(row_at(*f, *(const uint32_t *)a), row_at(*f, *(const uint32_t *)b),
                  RECORD_HEADER_BYTES);
}

/* A record id is the hash of a header, so the same header twice is the same id twice. */
static enum err twice_check(struct bytes front, size_t count, struct why *why)
{
    uint32_t *order = malloc(count * sizeof *order);
    if (!order)
        return why_nomem(why);
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof *order, by_header, &front);
    const uint8_t *twice = NULL;
    for (size_t i = 1; i < count && !twice; i++)
        if (memcmp(row_at(front, order[i]), row_at(front, order[i - 1]), RECORD_HEADER_BYTES) == 0)
            twice = row_at(front, order[i]);
    free(order);
    if (!twice)
        return ERR_OK;
    uint8_t id[RECORD_ID_BYTES];
    record_id(id, twice);
    return why_set(why, ERR_FORMAT, "record '%s' is twice in one pack", hex_short(id).s);
}

static enum err row_check(const uint8_t *row, uint64_t *sealed_bytes, struct why *why)
{
    struct record_header h;
    uint64_t plain_bytes;
    enum err err = record_header_parse(bytes_of(row, RECORD_HEADER_BYTES), &h, why);
    if (err != ERR_OK)
        return err;
    *sealed_bytes = get_u64be(row + RECORD_HEADER_BYTES);
    if (body_plain_bytes(*sealed_bytes, &plain_bytes, NULL) != ERR_OK)
        return why_set(why, ERR_FORMAT, "no body has %llu sealed bytes",
                       (unsigned long long)*sealed_bytes);
    return ERR_OK;
}

enum err pack_front(const struct pack_item *items, size_t count, struct buf *out, struct why *why)
{
    if (count == 0 || count > PACK_RECORDS_MAX)
        return why_set(why, ERR_FORMAT, "a pack has 1 to %d records, not %zu", PACK_RECORDS_MAX,
                       count);
    size_t before = out->len;
    buf_add(out, magic, sizeof magic);
    buf_add_u8(out, VERSION);
    buf_add_zero(out, 3);
    buf_add_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_add(out, items[i].header, RECORD_HEADER_BYTES);
        buf_add_u64(out, items[i].sealed_bytes);
    }
    if (!buf_ok(out))
        return why_nomem(why);
    struct bytes front = bytes_of(out->ptr + before, out->len - before);
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        uint64_t sealed_bytes;
        err = row_check(row_at(front, i), &sealed_bytes, why);
    }
    if (err == ERR_OK)
        err = twice_check(front, count, why);
    if (err != ERR_OK)
        out->len = before;
    return err;
}

static enum err start_parse(struct bytes start, size_t *count, struct why *why)
{
    struct cur c = cur_from(start);
    const uint8_t *m = cur_bytes(&c, sizeof magic);
    uint8_t version = cur_u8(&c);
    const uint8_t *reserved = cur_bytes(&c, 3);
    uint32_t n = cur_u32be(&c);
    if (c.failed)
        return why_set(why, ERR_FORMAT, "cannot read pack: too short");
    if (memcmp(m, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "cannot read pack: it does not begin with 'cfdp'");
    if (version != VERSION)
        return why_set(why, ERR_VERSION, "cannot read pack: version %u, not %d", version, VERSION);
    if (reserved[0] != 0 || reserved[1] != 0 || reserved[2] != 0)
        return why_set(why, ERR_FORMAT, "cannot read pack: reserved bytes are not zero");
    if (n == 0 || n > PACK_RECORDS_MAX)
        return why_set(why, ERR_FORMAT, "cannot read pack: 1 to %d records, not %u",
                       PACK_RECORDS_MAX, n);
    *count = n;
    return ERR_OK;
}

enum err pack_front_bytes(struct bytes start, size_t *front_bytes, struct why *why)
{
    size_t count = 0;
    enum err err = start_parse(start, &count, why);
    if (err == ERR_OK)
        *front_bytes = PACK_START_BYTES + count * PACK_ROW_BYTES;
    return err;
}

enum err pack_parse(struct bytes front, uint64_t total, struct pack *out, struct why *why)
{
    AUTO_PACK struct pack p = { 0 };
    enum err err = start_parse(front, &p.count, why);
    if (err != ERR_OK)
        return err;
    size_t front_bytes = PACK_START_BYTES + p.count * PACK_ROW_BYTES;
    if (front.len < front_bytes)
        return why_set(why, ERR_FORMAT, "cannot read pack: cut in its list of records");
    p.front = bytes_of(front.ptr, front_bytes);
    p.places = malloc((p.count + 1) * sizeof *p.places);
    if (!p.places)
        return why_nomem(why);
    /* 2^16 bodies of less than 2^37 bytes: the sum stays below 2^53. */
    uint64_t at = front_bytes;
    for (size_t i = 0; i < p.count; i++) {
        uint64_t sealed_bytes;
        err = row_check(row_at(p.front, i), &sealed_bytes, why);
        if (err != ERR_OK)
            return why_before(why, err, "record %zu of a pack", i);
        p.places[i] = at;
        at += sealed_bytes;
    }
    p.places[p.count] = at;
    if (at != total)
        return why_set(why, ERR_FORMAT, "cannot read pack: %llu bytes, its list says %llu",
                       (unsigned long long)total, (unsigned long long)at);
    err = twice_check(p.front, p.count, why);
    if (err != ERR_OK)
        return err;
    *out = p;
    p.places = NULL;
    return ERR_OK;
}

void pack_release(struct pack *p)
{
    free(p->places);
    *p = (struct pack){ 0 };
}

struct pack_place pack_at(const struct pack *p, size_t i)
{
    assert(i < p->count);
    struct pack_place place = { .offset = p->places[i],
                                .sealed_bytes = p->places[i + 1] - p->places[i] };
    enum err err = record_header_parse(bytes_of(row_at(p->front, i), RECORD_HEADER_BYTES),
                                       &place.header, NULL);
    assert(err == ERR_OK); /* pack_parse read them all */
    (void)err;
    return place;
}
