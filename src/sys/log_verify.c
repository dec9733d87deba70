#include "sys/log.h"

#include "crypto/hash.h"
#include "sys/log_file.h"
#include "sys/log_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct verifying {
    struct log *log;
    const struct log_place *places;
    size_t count;
    log_each_fn *each;
    void *ctx;
    struct log_verified found;
};

static enum err verify_entry(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    struct verifying *v = ctx;
    for (size_t i = 0; i < v->count; i++) {
        uint8_t root[TLOG_HASH_BYTES];
        if (v->places[i].size != index + 1)
            continue;
        log_root(v->log, root);
        v->found.fits[i] = memcmp(root, v->places[i].root, sizeof root) == 0;
    }
    return v->each ? v->each(v->ctx, index, entry, why) : ERR_OK;
}

/* Nothing is made, locked or changed. */
static enum err open_to_read(struct log *log, const char *dir, struct why *why)
{
    AUTO_LOG_FD int tiles_fd = -1;
    AUTO_LOG_FD int spare_fd = -1; /* where tiles would be made */
    log->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log->dir_fd < 0 && errno == ENOENT)
        return why_set(why, ERR_NOT_FOUND, "no log in '%s'", dir);
    if (log->dir_fd < 0)
        return log_file_error(why, "open", dir);
    tiles_fd = openat(log->dir_fd, "tlog", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    spare_fd = fcntl(log->dir_fd, F_DUPFD_CLOEXEC, 0);
    if (tiles_fd < 0 || spare_fd < 0)
        return log_file_error(why, "open", "tlog");
    log->tiles = log_tiles_new(tiles_fd, spare_fd, -1, log->hasher);
    if (!log->tiles)
        return why_nomem(why);
    tiles_fd = spare_fd = -1;
    log->tiles->checking = log->tiles->reading = true;
    return ERR_OK;
}

enum err log_verify(const char *dir, const struct log_place *places, size_t count,
                    log_each_fn *each, void *ctx, struct log_verified *out, struct why *why)
{
    assert(count <= LOG_PLACES_MAX);
    AUTO_LOG struct log *log = calloc(1, sizeof *log);
    if (!log)
        return why_nomem(why);
    log->dir_fd = log->object_fd = log->object_tmp_fd = log->reserve_fd = log->head_fd = -1;
    log->segment.fd = -1;
    log->hasher = sha256_new();
    log->leaves = malloc((size_t)LOG_BATCH_COUNT_MAX * TLOG_HASH_BYTES);
    if (!log->hasher || !log->leaves)
        return why_nomem(why);
    tlog_tree_init(&log->tree, log->hasher);
    struct verifying v = { .log = log, .places = places, .count = count, .each = each, .ctx = ctx };
    enum err err = open_to_read(log, dir, why);
    if (err == ERR_OK)
        err = log_recover_read(log, verify_entry, &v, why);
    if (err != ERR_OK)
        return err;
    v.found.entries = log->tree.size;
    v.found.segments = log->segments;
    v.found.published = log->tiles->published;
    v.found.files_wrong = log->tiles->rewritten;
    *out = v.found;
    return ERR_OK;
}
