#include "sys/log.h"

#include "crypto/hash.h"
#include "sys/log_file.h"
#include "sys/log_reserve.h"
#include "sys/log_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

enum err log_die(struct log *log, struct why *why)
{
    log->dead = true;
    (void)why_hint(why, ERR_LOG_IO, "end the process: it replays its log when it starts again");
    return ERR_LOG_IO;
}

static enum err dead(struct why *why)
{
    return why_set(why, ERR_LOG_IO, "the log is dead since a write or sync failed");
}

enum err log_add(struct log *log, struct bytes entry, const uint8_t leaf[TLOG_HASH_BYTES],
                 struct why *why)
{
    struct tlog_node done[TLOG_LEVELS];
    const size_t count = tlog_tree_add(&log->tree, leaf, done);
    return log_tiles_add(log->tiles, entry, done, count, why);
}

static enum err directories_open(struct log *log, const char *dir, struct why *why)
{
    AUTO_LOG_FD int tiles_fd = -1;
    AUTO_LOG_FD int tmp_fd = -1;
    enum err err = log_file_dir(AT_FDCWD, dir, &log->dir_fd, why);
    if (err != ERR_OK)
        return err;
    if (flock(log->dir_fd, LOCK_EX | LOCK_NB) != 0)
        return why_set(why, ERR_LOCKED, "the log in '%s' is used by another process", dir);
    if ((err = log_file_dir(log->dir_fd, "tmp", &tmp_fd, why)) != ERR_OK ||
        (err = log_file_dir(log->dir_fd, "tmp", &log->object_tmp_fd, why)) != ERR_OK ||
        (err = log_file_dir(log->dir_fd, "tlog", &tiles_fd, why)) != ERR_OK ||
        (err = log_file_dir(log->dir_fd, "reserve", &log->reserve_fd, why)) != ERR_OK ||
        (err = log_file_dir(log->dir_fd, "object", &log->object_fd, why)) != ERR_OK)
        return err;
    log_file_sweep(log->dir_fd, "tmp", NULL, NULL, false);
    log->head_fd = openat(log->dir_fd, "head", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log->head_fd < 0 || fsync(log->dir_fd) != 0)
        return log_file_error(why, "open", "head");
    log->tiles = log_tiles_new(tiles_fd, tmp_fd, log->reserve_fd, log->hasher);
    if (!log->tiles)
        return why_nomem(why);
    tiles_fd = tmp_fd = -1;
    return ERR_OK;
}

enum err log_open(struct log **out, const char *dir, size_t segment_bytes, log_each_fn *each,
                  void *ctx, struct log_report *report, struct why *why)
{
    return log_resume(out, dir, segment_bytes, NULL, each, ctx, report, why);
}

enum err log_resume(struct log **out, const char *dir, size_t segment_bytes,
                    const struct log_place *place, log_each_fn *each, void *ctx,
                    struct log_report *report, struct why *why)
{
    struct log_report found = { .cut = false };
    if (segment_bytes < LOG_SEGMENT_BYTES_MIN || segment_bytes > LOG_SEGMENT_BYTES_MAX ||
        segment_bytes % LOG_SECTOR != 0)
        return why_set(why, ERR_CONFIG, "a log segment has %d to %d bytes, a multiple of %d",
                       LOG_SEGMENT_BYTES_MIN, LOG_SEGMENT_BYTES_MAX, LOG_SECTOR);
    AUTO_LOG struct log *log = calloc(1, sizeof *log);
    if (!log)
        return why_nomem(why);
    log->dir_fd = log->object_fd = log->object_tmp_fd = log->reserve_fd = log->head_fd = -1;
    log->segment.fd = -1;
    log->segment_bytes = segment_bytes;
    log->hasher = sha256_new();
    log->batch = malloc(LOG_BATCH_BYTES_MAX);
    log->leaves = malloc((size_t)LOG_BATCH_COUNT_MAX * TLOG_HASH_BYTES);
    if (!log->hasher || !log->batch || !log->leaves)
        return why_nomem(why);
    tlog_tree_init(&log->tree, log->hasher);
    enum err err = directories_open(log, dir, why);
    if (err == ERR_OK)
        err = log_recover(log, place, each, ctx, &found, why);
    if (err != ERR_OK)
        return err;
    (void)log_tend(log); /* a full disk stops no start: the log's owner asks again */
    *report = found;
    *out = log;
    log = NULL;
    return ERR_OK;
}

void log_close(struct log *log)
{
    if (!log)
        return;
    const int fds[] = { log->segment.fd, log->head_fd, log->object_fd, log->object_tmp_fd,
                        log->reserve_fd, log->dir_fd };
    log_tiles_free(log->tiles);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    sha256_free(log->hasher);
    free(log->batch);
    free(log->leaves);
    free(log);
}

size_t log_batch_bytes_max(const struct log *log)
{
    const size_t room = log->segment_bytes - LOG_SECTOR;
    return (room < LOG_BATCH_BYTES_MAX ? room : LOG_BATCH_BYTES_MAX) - LOG_BATCH_HEADER_BYTES;
}

/* The bytes that the frames take, or 0: a limit is passed. */
static size_t frames_measure(const struct log *log, const struct bytes *entries, size_t count)
{
    size_t bytes = 0;
    if (count == 0 || count > LOG_BATCH_COUNT_MAX)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].len == 0 || entries[i].len > LOG_ENTRY_MAX)
            return 0;
        bytes += LOG_FRAME_BYTES + entries[i].len;
    }
    return bytes <= log_batch_bytes_max(log) ? bytes : 0;
}

/* One write, one sync. A failure is final: what the kernel did with the pages is not known. */
static enum err batch_commit(struct log *log, const struct bytes *entries, size_t count,
                             size_t bytes, struct why *why)
{
    struct log_segment *s = &log->segment;
    if (bytes > s->header.bytes - s->at) {
        enum err err = log_segment_make(log, bytes, why);
        if (err != ERR_OK)
            return err;
    }
    log_batch_write(log->batch, s->header.nonce, log->tree.size, entries, count, log->leaves,
                    log->hasher);
    if (!log_reserve_write(log->reserve_fd, s->fd, bytes_of(log->batch, bytes), (off_t)s->at) ||
        fdatasync(s->fd) != 0)
        return why_set(why, ERR_LOG_IO, "cannot write batch to segment %08" PRIu64 ": %s",
                       s->header.number, strerror(errno));
    log_segment_advance(s, log->batch, bytes);
    return ERR_OK;
}

enum err log_append(struct log *log, const struct bytes *entries, size_t count, struct why *why)
{
    if (log->dead)
        return dead(why);
    const size_t frame_bytes = frames_measure(log, entries, count);
    if (frame_bytes == 0)
        return why_set(why, ERR_LIMIT, "cannot append %zu entries as one batch", count);
    enum err err = batch_commit(log, entries, count, log_batch_bytes(frame_bytes), why);
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = log_add(log, entries[i], log->leaves + i * TLOG_HASH_BYTES, why);
    if (err == ERR_OK && !log_head_write(log))
        err = log_file_error(why, "write", "head");
    return err == ERR_OK ? ERR_OK : log_die(log, why);
}

uint64_t log_size(const struct log *log)
{
    return log->tree.size;
}

bool log_tend(struct log *log)
{
    return log_reserve_fill(log->reserve_fd, log->object_tmp_fd, log->segment_bytes);
}

void log_root(const struct log *log, uint8_t root[TLOG_HASH_BYTES])
{
    tlog_tree_root(&log->tree, root);
}

bool log_dead(const struct log *log)
{
    return log->dead;
}

/* Is the note's text an origin line and then exactly our size and root? */
static bool note_is_ours(const struct log *log, struct bytes note)
{
    struct log_head head = { .size = log->tree.size };
    AUTO_BUF struct buf lines = buf_init(200);
    tlog_tree_root(&log->tree, head.root);
    log_head_lines(&lines, &head);
    const uint8_t *at = note.len ? memchr(note.ptr, '\n', note.len) : NULL;
    return at && buf_ok(&lines) && (size_t)(note.ptr + note.len - at) >= lines.len &&
           memcmp(at, lines.ptr, lines.len) == 0;
}

enum err log_publish(struct log *log, struct bytes note, struct why *why)
{
    if (log->dead)
        return dead(why);
    if (!note_is_ours(log, note))
        return why_set(why, ERR_INTERNAL, "the checkpoint is not one of the log at size %" PRIu64,
                       log->tree.size);
    enum err err = log_tiles_partial(log->tiles, why);
    if (err == ERR_OK)
        err = log_tiles_checkpoint(log->tiles, note, why);
    return err == ERR_OK ? ERR_OK : log_die(log, why);
}

static enum err node_read(void *ctx, unsigned level, uint64_t index, uint8_t out[TLOG_HASH_BYTES],
                          struct why *why)
{
    return log_tiles_node(ctx, level, index, out, why);
}

static enum err size_check(const struct log *log, uint64_t size, struct why *why)
{
    if (size > log->tree.size)
        return why_set(why, ERR_FORMAT, "the log has %" PRIu64 " entries, not %" PRIu64,
                       log->tree.size, size);
    return ERR_OK;
}

enum err log_inclusion(struct log *log, uint64_t index, uint64_t size, struct tlog_path *out,
                       struct why *why)
{
    const struct tlog_reader reader = { .node = node_read, .ctx = log->tiles };
    enum err err = size_check(log, size, why);
    return err == ERR_OK ? tlog_inclusion(&reader, index, size, out, why) : err;
}

enum err log_consistency(struct log *log, uint64_t size1, uint64_t size2, struct tlog_path *out,
                         struct why *why)
{
    const struct tlog_reader reader = { .node = node_read, .ctx = log->tiles };
    enum err err = size_check(log, size2, why);
    return err == ERR_OK ? tlog_consistency(&reader, size1, size2, out, why) : err;
}

enum err log_root_at(struct log *log, uint64_t size, uint8_t root[TLOG_HASH_BYTES],
                     struct why *why)
{
    const struct tlog_reader reader = { .node = node_read, .ctx = log->tiles };
    enum err err = size_check(log, size, why);
    return err == ERR_OK ? tlog_root_at(&reader, size, root, why) : err;
}

enum err log_entry_read(struct log *log, uint64_t index, struct buf *out, struct why *why)
{
    return log_tiles_entry(log->tiles, index, out, why);
}
