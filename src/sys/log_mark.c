#include "sys/log_mark.h"

#include "base/cur.h"
#include "crypto/hash.h"
#include "sys/log_file.h"

#include <inttypes.h>
#include <string.h>

enum { BATCH_CHECK = LOG_BATCH_HEADER_BYTES - HASH_BYTES };

static enum err no_place(struct why *why, uint64_t size, const char *what)
{
    return why_set(why, ERR_PROOF, "the place after %" PRIu64 " entries is not one of this log: %s",
                   size, what);
}

enum err log_mark(const struct log *log, struct buf *out, struct why *why)
{
    const struct log_segment *s = &log->segment;
    if (log->dead || s->newest == 0)
        return why_set(why, ERR_NOT_FOUND, "the newest segment has no batch yet");
    buf_add_u64(out, s->header.number);
    buf_add_u64(out, s->newest);
    buf_add_u64(out, s->at);
    buf_add(out, s->check, sizeof s->check);
    log_tiles_mark(log->tiles, out);
    return buf_ok(out) ? ERR_OK : why_nomem(why);
}

/* Syncs a file of the static log, and the folders above it unless the file before lay there too. */
static enum err settle(const struct log *log, const struct tile *name, char folder[TILE_PATH_MAX],
                       struct why *why)
{
    char path[TILE_PATH_MAX];
    tile_path(path, name);
    enum err err = log_file_sync(log->tiles->fd, path, why);
    *strrchr(path, '/') = '\0';
    if (err != ERR_OK || strcmp(path, folder) == 0)
        return err;
    memcpy(folder, path, TILE_PATH_MAX);
    for (char *slash; err == ERR_OK && (slash = strrchr(path, '/')); *slash = '\0')
        err = log_file_sync(log->tiles->fd, path, why);
    return err;
}

enum err log_settle(const struct log *log, uint64_t from, uint64_t to, struct why *why)
{
    enum err err = ERR_OK;
    for (unsigned level = 0; level < TILE_LEVELS && err == ERR_OK; level++) {
        const unsigned height = TILE_HEIGHT * (level + 1);
        char folder[2][TILE_PATH_MAX] = { "", "" };
        for (uint64_t n = height < 64 ? from >> height : 0;
             n < (height < 64 ? to >> height : 0) && err == ERR_OK; n++) {
            struct tile name = { .level = level, .index = n, .width = TILE_WIDTH };
            err = settle(log, &name, folder[0], why);
            name.entries = true;
            if (err == ERR_OK && level == 0)
                err = settle(log, &name, folder[1], why);
        }
    }
    if (err == ERR_OK && to > from && to >= TILE_WIDTH)
        err = log_file_sync(log->tiles->fd, "tile", why);
    if (err == ERR_OK)
        err = log_file_sync(log->tiles->fd, "checkpoint", why);
    return err == ERR_OK ? log_file_sync(log->tiles->fd, ".", why) : err;
}

/* The tree's edge stands in the newest tiles: for each bit of the size one node. */
static enum err edge_take(struct log *log, uint64_t size, struct why *why)
{
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        if ((size >> level & 1) == 0)
            continue;
        enum err err = log_tiles_node(log->tiles, level, (size >> level) - 1,
                                      log->tree.edge[level], why);
        if (err != ERR_OK)
            return err;
    }
    log->tree.size = size;
    return ERR_OK;
}

enum err log_mark_take(struct log *log, const struct log_place *place, struct log_mark *out,
                       struct why *why)
{
    struct cur c = cur_from(place->mark);
    struct log_mark m = { .segment = cur_u64be(&c) };
    uint8_t root[TLOG_HASH_BYTES];
    m.batch = cur_u64be(&c);
    m.at = cur_u64be(&c);
    cur_copy(&c, m.check, sizeof m.check);
    if (c.failed || place->size == 0 || place->size > TLOG_SIZE_MAX ||
        m.batch < LOG_SECTOR || m.batch % LOG_SECTOR != 0 || m.at <= m.batch)
        return no_place(why, place->size, "its mark is none");
    enum err err = log_tiles_resume(log->tiles, &c, place->size, why);
    if (err == ERR_NOMEM)
        return err;
    if (err != ERR_OK || !cur_done(&c))
        return no_place(why, place->size, "its mark is none");
    err = edge_take(log, place->size, why);
    if (err != ERR_OK)
        return err;
    tlog_tree_root(&log->tree, root);
    if (memcmp(root, place->root, sizeof root) != 0)
        return no_place(why, place->size, "its mark has another root");
    *out = m;
    return ERR_OK;
}

bool log_mark_fits(const struct log *log, const struct log_mark *mark, const struct log_segment *s,
                   struct bytes image)
{
    struct log_batch b;
    return mark->batch < image.len && mark->at <= image.len &&
           log_batch_read(&b, bytes_of(image.ptr + mark->batch, image.len - mark->batch),
                          s->header.nonce, LOG_BATCH_COUNT_MAX, log->leaves, log->hasher) &&
           b.first + b.count == log->tree.size && mark->batch + b.bytes == mark->at &&
           memcmp(image.ptr + mark->batch + BATCH_CHECK, mark->check, sizeof mark->check) == 0;
}
