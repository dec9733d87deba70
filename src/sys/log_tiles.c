#include "sys/log_tiles.h"

#include "crypto/hash.h"
#include "sys/log_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + 65535), TILE_BYTES = TILE_WIDTH * TLOG_HASH_BYTES };
static const char tmp_name[] = "tile";

/* Where node `i` of height `h` lies: 256 of height 0, then 128, 64, … 2 of height 7. */
static size_t node_place(unsigned h, unsigned i)
{
    return 2u * TILE_WIDTH - (2u * TILE_WIDTH >> h) + i;
}

struct log_tiles *log_tiles_new(int fd, int tmp_fd, int reserve_fd, struct sha256 *hasher)
{
    struct log_tiles *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->fd = fd;
    t->tmp_fd = tmp_fd;
    t->reserve_fd = reserve_fd;
    t->hasher = hasher;
    t->bundle = buf_init(BUNDLE_BYTES_MAX);
    return t;
}

void log_tiles_free(struct log_tiles *t)
{
    if (!t)
        return;
    (void)close(t->fd);
    (void)close(t->tmp_fd);
    buf_release(&t->bundle);
    free(t);
}

static enum err file_put(const struct log_tiles *t, const char *path, struct bytes in,
                         struct why *why)
{
    const struct log_folder to = { t->fd, t->tmp_fd, t->reserve_fd, tmp_name };
    return log_file_put(&to, path, in, why);
}

static enum err file_write(struct log_tiles *t, const struct tile *name, struct bytes in,
                           struct why *why)
{
    char path[TILE_PATH_MAX];
    tile_path(path, name);
    if (t->checking && log_file_same(t->fd, path, in))
        return ERR_OK;
    if (t->reading) {
        t->rewritten += t->size <= t->published;
        return ERR_OK;
    }
    enum err err = file_put(t, path, in, why);
    if (err == ERR_OK && t->checking)
        t->rewritten++;
    return err;
}

/* The place in the cache that was not used for the longest time. */
static struct log_tile *cache_place(struct log_tiles *t)
{
    struct log_tile *oldest = &t->cache[0];
    for (size_t i = 0; i < LOG_TILE_CACHE; i++) {
        if (!t->cache[i].used)
            return &t->cache[i];
        if (t->cache[i].tick < oldest->tick)
            oldest = &t->cache[i];
    }
    return oldest;
}

static enum err tile_full(struct log_tiles *t, unsigned level, struct why *why)
{
    struct log_tile *full = &t->newest[level];
    const struct tile name = { .level = level, .index = full->index, .width = TILE_WIDTH };
    enum err err = file_write(t, &name, bytes_of(full->node[0], TILE_BYTES), why);
    if (err != ERR_OK)
        return err;
    struct log_tile *kept = cache_place(t);
    *kept = *full;
    kept->used = true;
    kept->level = level;
    kept->tick = ++t->tick;
    full->index++;
    return ERR_OK;
}

enum err log_tiles_add(struct log_tiles *t, struct bytes entry, const struct tlog_node *done,
                       size_t count, struct why *why)
{
    /* A node of height 0 in a tile is the root of a full tile below, or a leaf. */
    for (size_t i = 0; i < count; i++) {
        const unsigned h = done[i].level % TILE_HEIGHT;
        const uint64_t in_tile = done[i].index % ((uint64_t)TILE_WIDTH >> h);
        struct log_tile *tile = &t->newest[done[i].level / TILE_HEIGHT];
        memcpy(tile->node[node_place(h, (unsigned)in_tile)], done[i].hash, TLOG_HASH_BYTES);
    }
    const unsigned place = (unsigned)(t->size % TILE_WIDTH);
    if (place == 0)
        buf_reset(&t->bundle);
    t->bundle_at[place] = t->bundle.len;
    tile_bundle_add(&t->bundle, entry);
    if (!buf_ok(&t->bundle))
        return why_nomem(why);
    t->size++;
    enum err err = ERR_OK;
    if (place == TILE_WIDTH - 1) {
        const struct tile name = { .entries = true, .index = t->size / TILE_WIDTH - 1,
                                   .width = TILE_WIDTH };
        err = file_write(t, &name, buf_bytes(&t->bundle), why);
    }
    for (unsigned level = 0; level < TILE_LEVELS && err == ERR_OK; level++) {
        if (count <= TILE_HEIGHT * (level + 1)) /* the root of this tile was not completed */
            break;
        err = tile_full(t, level, why);
    }
    return err;
}

/* The tile of `level` that is partial at `size`, or false. */
static bool partial_of(unsigned level, uint64_t size, struct tile *out)
{
    const uint64_t nodes = size >> (TILE_HEIGHT * level);
    *out = (struct tile){ .level = level, .index = nodes / TILE_WIDTH,
                          .width = (unsigned)(nodes % TILE_WIDTH) };
    return out->width > 0;
}

enum err log_tiles_partial(struct log_tiles *t, struct why *why)
{
    struct tile name;
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        if (!partial_of(level, t->size, &name))
            continue;
        const size_t len = (size_t)name.width * TLOG_HASH_BYTES;
        enum err err = file_write(t, &name, bytes_of(t->newest[level].node[0], len), why);
        if (err != ERR_OK)
            return err;
    }
    if (!partial_of(0, t->size, &name))
        return ERR_OK;
    name.entries = true;
    return file_write(t, &name, buf_bytes(&t->bundle), why);
}

/* Empties the folder of the partial tile that `old` had, but for the widths of the two checkpoints
 * that count. */
static void partial_sweep(struct log_tiles *t, unsigned level, bool entries, uint64_t old)
{
    struct tile gone, kept;
    char path[TILE_PATH_MAX], keep[2][8] = { "", "" };
    const uint64_t sizes[2] = { t->published, t->previous };
    if (!partial_of(level, old, &gone))
        return;
    for (size_t i = 0; i < 2; i++)
        if (partial_of(level, sizes[i], &kept) && kept.index == gone.index)
            (void)snprintf(keep[i], sizeof keep[i], "%u", kept.width % TILE_WIDTH);
    gone.entries = entries;
    tile_path(path, &gone);
    *strrchr(path, '/') = '\0';
    log_file_sweep(t->fd, path, keep[0], keep[1], true);
}

enum err log_tiles_checkpoint(struct log_tiles *t, struct bytes note, struct why *why)
{
    enum err err = file_put(t, "checkpoint", note, why);
    if (err != ERR_OK)
        return err;
    const uint64_t old = t->previous;
    t->previous = t->published;
    t->published = t->size;
    for (unsigned level = 0; level < TILE_LEVELS; level++)
        partial_sweep(t, level, false, old);
    partial_sweep(t, 0, true, old);
    return ERR_OK;
}

/* Fills in the nodes above the `width` that were read. */
static void tile_fold(struct log_tile *tile, unsigned width, struct sha256 *hasher)
{
    for (unsigned h = 1; h < TILE_HEIGHT; h++)
        for (unsigned i = 0; i < width >> h; i++)
            tlog_node_hash(tile->node[node_place(h, i)], tile->node[node_place(h - 1, 2 * i)],
                           tile->node[node_place(h - 1, 2 * i + 1)], hasher);
}

static enum err tile_load(struct log_tiles *t, unsigned level, uint64_t index,
                          struct log_tile **out, struct why *why)
{
    for (size_t i = 0; i < LOG_TILE_CACHE; i++) {
        struct log_tile *c = &t->cache[i];
        if (c->used && c->level == level && c->index == index) {
            c->tick = ++t->tick;
            *out = c;
            return ERR_OK;
        }
    }
    char path[TILE_PATH_MAX];
    tile_path(path, &(struct tile){ .level = level, .index = index, .width = TILE_WIDTH });
    AUTO_BUF struct buf file = buf_init(TILE_BYTES);
    enum err err = log_file_get(t->fd, path, &file, why);
    if (err == ERR_NOT_FOUND || err == ERR_LIMIT || (err == ERR_OK && file.len != TILE_BYTES))
        return why_set(why, ERR_LOG_DAMAGED, "tile '%s' is missing or has the wrong length", path);
    if (err != ERR_OK)
        return err;
    struct log_tile *c = cache_place(t);
    *c = (struct log_tile){ .used = true, .level = level, .index = index, .tick = ++t->tick };
    memcpy(c->node, file.ptr, TILE_BYTES);
    tile_fold(c, TILE_WIDTH, t->hasher);
    *out = c;
    return ERR_OK;
}

enum err log_tiles_node(struct log_tiles *t, unsigned level, uint64_t index,
                        uint8_t out[TLOG_HASH_BYTES], struct why *why)
{
    if (level >= TLOG_LEVELS || index >= t->size >> level)
        return why_set(why, ERR_NOT_FOUND, "node %u/%" PRIu64 " is not in a log of %" PRIu64, level,
                       index, t->size);
    const unsigned h = level % TILE_HEIGHT, tile_level = level / TILE_HEIGHT;
    const uint64_t width = (uint64_t)TILE_WIDTH >> h;
    struct log_tile *tile = &t->newest[tile_level];
    if (index / width != tile->index) {
        enum err err = tile_load(t, tile_level, index / width, &tile, why);
        if (err != ERR_OK)
            return err;
    }
    memcpy(out, tile->node[node_place(h, (unsigned)(index % width))], TLOG_HASH_BYTES);
    return ERR_OK;
}

static enum err bundle_load(struct log_tiles *t, uint64_t number, struct buf *out,
                            struct bytes entries[TILE_WIDTH], struct why *why)
{
    char path[TILE_PATH_MAX];
    tile_path(path, &(struct tile){ .entries = true, .index = number, .width = TILE_WIDTH });
    enum err err = log_file_get(t->fd, path, out, why);
    if (err == ERR_OK)
        err = tile_bundle_split(entries, buf_bytes(out), TILE_WIDTH, why);
    if (err == ERR_NOT_FOUND || err == ERR_LIMIT || err == ERR_FORMAT)
        return why_set(why, ERR_LOG_DAMAGED, "bundle '%s' is missing or damaged", path);
    return err;
}

enum err log_tiles_entry(struct log_tiles *t, uint64_t index, struct buf *out, struct why *why)
{
    if (index >= t->size)
        return why_set(why, ERR_NOT_FOUND, "entry %" PRIu64 " is not in a log of %" PRIu64, index,
                       t->size);
    AUTO_BUF struct buf file = buf_init(BUNDLE_BYTES_MAX);
    struct bytes entries[TILE_WIDTH], entry;
    const unsigned place = (unsigned)(index % TILE_WIDTH);
    if (index / TILE_WIDTH == t->size / TILE_WIDTH) { /* the newest bundle */
        const uint8_t *at = t->bundle.ptr + t->bundle_at[place];
        entry = bytes_of(at + 2, get_u16be(at));
    } else {
        uint8_t leaf[TLOG_HASH_BYTES], want[TLOG_HASH_BYTES];
        enum err err = bundle_load(t, index / TILE_WIDTH, &file, entries, why);
        if (err == ERR_OK)
            err = log_tiles_node(t, 0, index, want, why);
        if (err != ERR_OK)
            return err;
        entry = entries[place];
        tlog_leaf_hash(leaf, entry, t->hasher);
        if (memcmp(leaf, want, sizeof leaf) != 0)
            return why_set(why, ERR_LOG_DAMAGED, "entry %" PRIu64 " does not match its leaf hash",
                           index);
    }
    const size_t start = out->len;
    buf_add_bytes(out, entry);
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "no room for the %zu bytes of entry %" PRIu64, entry.len,
                       index);
    }
    return ERR_OK;
}

void log_tiles_mark(const struct log_tiles *t, struct buf *out)
{
    struct tile name;
    for (unsigned level = 0; level < TILE_LEVELS; level++)
        if (partial_of(level, t->size, &name))
            buf_add(out, t->newest[level].node[0], (size_t)name.width * TLOG_HASH_BYTES);
    if (partial_of(0, t->size, &name))
        buf_add_bytes(out, buf_bytes(&t->bundle));
}

enum err log_tiles_resume(struct log_tiles *t, struct cur *c, uint64_t size, struct why *why)
{
    struct tile name;
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        const bool partial = partial_of(level, size, &name);
        t->newest[level].index = name.index;
        if (!partial)
            continue;
        cur_copy(c, t->newest[level].node[0], (size_t)name.width * TLOG_HASH_BYTES);
        tile_fold(&t->newest[level], name.width, t->hasher);
    }
    for (unsigned i = 0; i < size % TILE_WIDTH; i++) {
        uint8_t leaf[TLOG_HASH_BYTES];
        const struct bytes entry = cur_vec16(c);
        tlog_leaf_hash(leaf, entry, t->hasher);
        if (c->failed || entry.len == 0 || memcmp(leaf, t->newest[0].node[i], sizeof leaf) != 0)
            return why_set(why, ERR_FORMAT, "entry %u of the newest bundle is not its leaf's", i);
        t->bundle_at[i] = t->bundle.len;
        tile_bundle_add(&t->bundle, entry);
    }
    if (!buf_ok(&t->bundle))
        return why_nomem(why);
    t->size = size;
    return c->failed ? why_set(why, ERR_FORMAT, "it is too short") : ERR_OK;
}
