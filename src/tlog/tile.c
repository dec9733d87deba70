#include "tlog/tile.h"

#include "base/cur.h"

#include <stdio.h>
#include <string.h>

enum { GROUP = 1000, GROUPS_MAX = 7 }; /* 1000^7 is more than 2^64 */

void tile_path(char out[TILE_PATH_MAX], const struct tile *t)
{
    char groups[GROUPS_MAX * 5 + 1], partial[8] = "", level[12] = "entries";
    char *at = groups + sizeof groups - 1;
    *at = '\0';
    uint64_t n = t->index;
    for (bool last = true; last || n > 0; n /= GROUP, last = false) {
        char group[8];
        const unsigned three = (unsigned)(n % GROUP);
        const int len = snprintf(group, sizeof group, last ? "%03u" : "x%03u/", three);
        at -= len;
        memcpy(at, group, (size_t)len);
    }
    if (t->width < TILE_WIDTH)
        (void)snprintf(partial, sizeof partial, ".p/%u", t->width % TILE_WIDTH);
    if (!t->entries)
        (void)snprintf(level, sizeof level, "%u", t->level);
    (void)snprintf(out, TILE_PATH_MAX, "tile/%s/%s%s", level, at, partial);
}

/* Reads forward over the path's text. */
struct text {
    const char *at, *end;
};

static bool text_take(struct text *t, const char *word)
{
    const size_t len = strlen(word);
    if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0)
        return false;
    t->at += len;
    return true;
}

/* A decimal number without a leading zero, `min` .. `max`. */
static bool text_number(struct text *t, unsigned min, unsigned max, unsigned *out)
{
    const char *start = t->at;
    unsigned n = 0;
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9' && n <= max; t->at++)
        n = n * 10 + (unsigned)(*t->at - '0');
    const size_t digits = (size_t)(t->at - start);
    *out = n;
    return digits > 0 && (digits == 1 || *start != '0') && n >= min && n <= max;
}

static bool text_group(struct text *t, uint64_t *n)
{
    unsigned group = 0;
    if (t->end - t->at < 3)
        return false;
    for (int i = 0; i < 3; i++, t->at++) {
        if (*t->at < '0' || *t->at > '9')
            return false;
        group = group * 10 + (unsigned)(*t->at - '0');
    }
    return !__builtin_mul_overflow(*n, GROUP, n) && !__builtin_add_overflow(*n, group, n);
}

/* "x001/x234/067"; the first group is not 000 unless it is the only one. */
static bool text_index(struct text *t, uint64_t *out)
{
    uint64_t n = 0;
    bool first = true;
    while (text_take(t, "x")) {
        if (!text_group(t, &n) || !text_take(t, "/") || (first && n == 0))
            return false;
        first = false;
    }
    *out = n;
    return text_group(t, out);
}

enum err tile_path_parse(struct tile *out, struct bytes path, struct why *why)
{
    struct tile r = { .width = TILE_WIDTH };
    struct text t = { .at = (const char *)path.ptr, .end = (const char *)path.ptr + path.len };
    bool ok = path.len > 0 && path.len < TILE_PATH_MAX && text_take(&t, "tile/");
    if (ok && text_take(&t, "entries"))
        r.entries = true;
    else
        ok = ok && text_number(&t, 0, TILE_LEVELS - 1, &r.level);
    ok = ok && text_take(&t, "/") && text_index(&t, &r.index);
    if (ok && t.at < t.end)
        ok = text_take(&t, ".p/") && text_number(&t, 1, TILE_WIDTH - 1, &r.width);
    if (!ok || t.at != t.end)
        return why_set(why, ERR_FORMAT, "not the path of a tile or of an entry bundle");
    *out = r;
    return ERR_OK;
}

unsigned tile_width(unsigned level, uint64_t index, uint64_t size)
{
    assert(level < TILE_LEVELS);
    const uint64_t nodes = size >> (TILE_HEIGHT * level);
    const uint64_t full = nodes / TILE_WIDTH;
    if (index > full)
        return 0;
    return index < full ? TILE_WIDTH : (unsigned)(nodes % TILE_WIDTH);
}

void tile_bundle_add(struct buf *out, struct bytes entry)
{
    assert(entry.len <= UINT16_MAX);
    buf_add_u16(out, (uint16_t)entry.len);
    buf_add_bytes(out, entry);
}

enum err tile_bundle_split(struct bytes out[TILE_WIDTH], struct bytes bundle, unsigned width,
                           struct why *why)
{
    struct bytes entries[TILE_WIDTH];
    if (width < 1 || width > TILE_WIDTH)
        return why_set(why, ERR_FORMAT, "no entry bundle has %u entries", width);
    struct cur c = cur_from(bundle);
    for (unsigned i = 0; i < width; i++)
        entries[i] = cur_vec16(&c);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read entry bundle of %u: %s", width,
                       cur_problem(&c));
    memcpy(out, entries, width * sizeof entries[0]);
    return ERR_OK;
}
