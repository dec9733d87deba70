#include "sys/log_state.h"

#include "sys/log_file.h"
#include "sys/log_mark.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct recovery {
    struct log *log;
    log_each_fn *each;
    void *ctx;
    struct log_report *report;
    struct log_head heads[2]; /* what `head` and what the checkpoint say was durable */
    const struct log_place *place; /* where to begin; NULL: with the first entry */
    struct log_mark mark;          /* of that place */
};

static enum err damaged(struct why *why, uint64_t segment, size_t offset, const char *what)
{
    return why_set(why, ERR_LOG_DAMAGED, "segment %08" PRIu64 " is damaged at offset %zu: %s",
                   segment, offset, what);
}

/* Is the log, at the size that it has now, the one that head and checkpoint speak of? If the
 * checkpoint does, its partial tiles are looked after. */
static enum err heads_check(const struct recovery *r, struct why *why)
{
    static const char *const names[2] = { "head", "the published checkpoint" };
    struct log *log = r->log;
    for (size_t i = 0; i < 2; i++) {
        uint8_t root[TLOG_HASH_BYTES];
        if (r->heads[i].size != log->tree.size)
            continue;
        tlog_tree_root(&log->tree, root);
        if (memcmp(root, r->heads[i].root, sizeof root) != 0)
            return why_set(why, r->place ? ERR_PROOF : ERR_LOG_DAMAGED,
                           "the log of %" PRIu64 " entries has another root than %s says",
                           log->tree.size, names[i]);
    }
    if (r->heads[1].size != log->tree.size || log->tree.size == 0 || log->tiles->reading)
        return ERR_OK;
    log->tiles->published = log->tree.size;
    return log_tiles_partial(log->tiles, why);
}

static enum err batch_replay(const struct recovery *r, const struct log_batch *b, struct why *why)
{
    struct log *log = r->log;
    struct bytes frames = b->frames;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct bytes entry = log_batch_next(&frames);
        const uint64_t index = log->tree.size;
        enum err err = log_add(log, entry, log->leaves + (size_t)i * TLOG_HASH_BYTES, why);
        if (err == ERR_OK && r->each)
            err = r->each(r->ctx, index, entry, why);
        if (err == ERR_OK)
            err = heads_check(r, why);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static bool batch_at(const struct log *log, const struct log_segment *s, struct bytes image,
                     size_t at, struct log_batch *out)
{
    return log_batch_read(out, bytes_of(image.ptr + at, image.len - at), s->header.nonce,
                          LOG_BATCH_COUNT_MAX, log->leaves, log->hasher);
}

/* The end of the last byte from `at` on that is not zero; `at` if there is none. */
static size_t used_end(struct bytes image, size_t at)
{
    size_t end = image.len;
    while (end > at && image.ptr[end - 1] == 0)
        end--;
    return end;
}

/* Replays the batches of a segment. s->at becomes the end of the last valid one. */
static enum err segment_replay(const struct recovery *r, struct log_segment *s,
                               struct bytes image, struct why *why)
{
    struct log_batch b;
    while (s->at < image.len && batch_at(r->log, s, image, s->at, &b)) {
        if (b.first != r->log->tree.size)
            return damaged(why, s->header.number, s->at, "batches are missing before this one");
        enum err err = batch_replay(r, &b, why);
        if (err != ERR_OK)
            return err;
        log_segment_advance(s, image.ptr + s->at, b.bytes);
    }
    return ERR_OK;
}

/* What lies behind the last valid batch of the last segment: nothing, a torn batch, or damage. */
static enum err tail_judge(const struct recovery *r, const struct log_segment *s,
                           struct bytes image, struct why *why)
{
    struct log_batch b;
    const size_t end = used_end(image, s->at);
    for (size_t at = s->at; at < end; at += LOG_SECTOR)
        if (batch_at(r->log, s, image, at, &b))
            return damaged(why, s->header.number, s->at,
                           "a batch does not match its hash, and a valid one lies behind it");
    for (size_t i = 0; i < 2; i++)
        if (r->heads[i].size > r->log->tree.size)
            return why_set(why, ERR_LOG_DAMAGED,
                           "segment %08" PRIu64 " is damaged at offset %zu: %" PRIu64
                           " entries were durable, %" PRIu64 " are there", s->header.number, s->at,
                           r->heads[i].size, r->log->tree.size);
    if (end == s->at)
        return ERR_OK;
    r->report->cut = true;
    r->report->cut_segment = (uint32_t)s->header.number;
    r->report->cut_offset = s->at;
    r->report->cut_bytes = end - s->at;
    return ERR_OK;
}

/* Overwrites a torn batch with zeroes. Stopped half-way, it is still a torn batch. */
static enum err tail_cut(const struct log_segment *s, struct bytes image, struct why *why)
{
    const size_t end = used_end(image, s->at);
    uint8_t *zero = calloc(1, end - s->at);
    if (!zero)
        return why_nomem(why);
    const bool ok = log_file_write(s->fd, bytes_of(zero, end - s->at), (off_t)s->at) &&
                    fdatasync(s->fd) == 0;
    free(zero);
    return ok ? ERR_OK : log_file_error(why, "cut the torn batch of", "the last segment");
}

/* How many segments there are, counted by the greatest number, so that a gap is seen. */
static uint64_t segments_count(int dir_fd)
{
    uint64_t count = 0;
    const int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return 0;
    for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        static const char prefix[] = "segment-";
        if (strncmp(d->d_name, prefix, sizeof prefix - 1) != 0)
            continue;
        const uint64_t n = strtoull(d->d_name + sizeof prefix - 1, NULL, 10) + 1;
        count = n > count ? n : count;
    }
    (void)closedir(dir);
    return count;
}

/* In the segment of the place, reading begins behind the marked batch, if it is there. */
static enum err place_check(const struct recovery *r, struct log_segment *s, struct bytes image,
                            struct why *why)
{
    if (!r->place || s->header.number != r->mark.segment)
        return ERR_OK;
    if (!log_mark_fits(r->log, &r->mark, s, image))
        return why_set(why, ERR_PROOF, "segment %08" PRIu64 " has not the batch at offset %zu that "
                       "the place names", s->header.number, r->mark.batch);
    s->at = r->mark.batch;
    log_segment_advance(s, image.ptr + r->mark.batch, r->mark.at - r->mark.batch);
    return heads_check(r, why);
}

/* The checkpoint has to be as new as the place: it was published and made durable before the mark
 * was kept, and its root, found behind the place or at it, speaks for the place. */
static enum err place_take(struct recovery *r, bool published, struct why *why)
{
    if (!published || r->heads[1].size < r->place->size)
        return why_set(why, ERR_PROOF, "the published checkpoint is older than the place after "
                       "%" PRIu64 " entries", r->place->size);
    enum err err = log_mark_take(r->log, r->place, &r->mark, why);
    if (err == ERR_OK && r->mark.segment >= r->log->segments)
        err = why_set(why, ERR_PROOF, "segment %08" PRIu64 " of the place is missing",
                      r->mark.segment);
    return err;
}

static enum err segment_recover(const struct recovery *r, uint64_t number, bool last,
                                struct buf *image, struct why *why)
{
    struct log_segment s;
    enum err err = log_segment_load(r->log, number, &s, image, why);
    if (err == ERR_NOT_FOUND)
        return damaged(why, number, 0, "the file is missing");
    if (err != ERR_OK)
        return err;
    err = place_check(r, &s, buf_bytes(image), why);
    if (err == ERR_OK)
        err = segment_replay(r, &s, buf_bytes(image), why);
    if (err == ERR_OK && last)
        err = tail_judge(r, &s, buf_bytes(image), why);
    if (err == ERR_OK && last && r->report->cut)
        err = tail_cut(&s, buf_bytes(image), why);
    if (err == ERR_OK && !last && used_end(buf_bytes(image), s.at) > s.at)
        err = damaged(why, number, s.at, "a batch does not match its hash");
    if (err != ERR_OK || !last) {
        (void)close(s.fd);
        return err;
    }
    r->log->segment = s;
    return ERR_OK;
}

enum err log_recover(struct log *log, const struct log_place *place, log_each_fn *each, void *ctx,
                     struct log_report *report, struct why *why)
{
    struct recovery r = { .log = log, .each = each, .ctx = ctx, .report = report, .place = place,
                          .heads = { log_head_read(log) } };
    const bool published = log_head_published(log, &r.heads[1]);
    AUTO_BUF struct buf image = buf_init(LOG_SEGMENT_BYTES_MAX);
    log->tiles->checking = true;
    log->segments = segments_count(log->dir_fd);
    enum err err = place ? place_take(&r, published, why) : ERR_OK;
    for (uint64_t n = r.mark.segment; n < log->segments && err == ERR_OK; n++)
        err = segment_recover(&r, n, n + 1 == log->segments, &image, why);
    if (err != ERR_OK)
        return err;
    if (log->segments == 0) {
        if (r.heads[0].size > 0 || r.heads[1].size > 0)
            return damaged(why, 0, 0, "no segment is there, but a head is");
        err = log_segment_make(log, 0, why);
    }
    /* It is replaced unsynced, so a crash may leave rubbish. The log can always say it again. */
    if (!published)
        (void)unlinkat(log->tiles->fd, "checkpoint", 0);
    log->tiles->checking = false;
    report->start = place ? place->size : 0;
    report->entries = log->tree.size;
    report->files_rewritten = log->tiles->rewritten;
    return err;
}

static enum err segment_read(const struct recovery *r, uint64_t number, bool last,
                             struct buf *image, struct why *why)
{
    struct log_segment s;
    enum err err = log_segment_load(r->log, number, &s, image, why);
    if (err == ERR_NOT_FOUND)
        return damaged(why, number, 0, "the file is missing");
    if (err != ERR_OK)
        return err;
    (void)close(s.fd);
    err = segment_replay(r, &s, buf_bytes(image), why);
    if (err == ERR_OK && used_end(buf_bytes(image), s.at) > s.at &&
        (!last || r->log->tree.size < r->heads[1].size))
        err = damaged(why, number, s.at, "a batch does not match its hash");
    return err;
}

enum err log_recover_read(struct log *log, log_each_fn *each, void *ctx, struct why *why)
{
    /* `head` is not asked: a gate that runs may be writing it. */
    struct recovery r = { .log = log, .each = each, .ctx = ctx };
    if (!log_head_published(log, &r.heads[1]))
        r.heads[1].size = 0;
    AUTO_BUF struct buf image = buf_init(LOG_SEGMENT_BYTES_MAX);
    log->tiles->published = r.heads[1].size;
    log->segments = segments_count(log->dir_fd);
    enum err err = ERR_OK;
    for (uint64_t n = 0; n < log->segments && err == ERR_OK; n++)
        err = segment_read(&r, n, n + 1 == log->segments, &image, why);
    if (err == ERR_OK && log->tree.size < r.heads[1].size)
        err = why_set(why, ERR_LOG_DAMAGED, "%" PRIu64 " entries were published, %" PRIu64
                      " are there", r.heads[1].size, log->tree.size);
    return err;
}
