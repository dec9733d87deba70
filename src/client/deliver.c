#include "client/deliver.h"

#include "base/hex.h"
#include "client/accepted.h"
#include "client/read.h"
#include "client/state.h"
#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output {
    const struct progress *progress;
    size_t total;
    int fd;
    const char *path;
    size_t written;
};

static enum err output_all(struct output *o, const void *ptr, size_t len, struct why *why)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(o->fd, (const uint8_t *)ptr + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(why, "write", o->path);
        done += (size_t)n;
    }
    return ERR_OK;
}

static enum err output_line(void *ctx, size_t i, struct record_opened *r, struct why *why)
{
    struct output *o = ctx;
    if (memchr(r->bytes.ptr, '\n', r->bytes.len))
        return why_set(why, ERR_FORMAT, "record %zu has a line feed and cannot be a line of JSONL",
                       i + 1);
    enum err e = output_all(o, r->bytes.ptr, r->bytes.len, why);
    if (e == ERR_OK)
        e = output_all(o, "\n", 1, why);
    o->written += e == ERR_OK;
    return e == ERR_OK ? progress_step(o->progress, "delivering", o->written, o->total,
                                       PROGRESS_RECORDS, why)
                       : e;
}

/* The accepted submissions, in the order of their tasks. */
static uint8_t (*output_ids(const struct accepted *all))[32]
{
    uint8_t (*ids)[32] = malloc((all->accepted_count + 1) * sizeof *ids);
    size_t n = 0;
    for (const struct accepted_task *t = all->tasks; ids && t; t = t->hh.next)
        if (t->accepted)
            memcpy(ids[n++], t->submission, 32);
    assert(!ids || n == all->accepted_count);
    return ids;
}

static enum err output_lines(struct client *c, const struct accepted *all, const char *path,
                             size_t *written, struct why *why)
{
    char temp[FILE_PATH_MAX];
    int n = snprintf(temp, sizeof temp, "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof temp)
        return why_set(why, ERR_LIMIT, "cannot write '%s': the path is too long", path);
    uint8_t (*ids)[32] = output_ids(all);
    struct output o = { .path = temp, .progress = c->progress, .total = all->accepted_count };
    o.fd = ids ? open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    enum err e = !ids ? why_nomem(why) : o.fd < 0 ? file_error(why, "create", temp) : ERR_OK;
    const struct read_options options = { 0 };
    if (e == ERR_OK && all->accepted_count)
        e = read_many(c, (const uint8_t(*)[32])ids, all->accepted_count, &options, output_line, &o,
                      why);
    if (e == ERR_OK && fsync(o.fd) != 0)
        e = file_error(why, "sync", temp);
    if (o.fd >= 0)
        (void)close(o.fd);
    if (e == ERR_OK)
        e = progress_check(c->progress, why);
    if (e == ERR_OK && rename(temp, path) != 0)
        e = file_error(why, "name", path);
    if (e != ERR_OK)
        (void)unlink(temp);
    *written = o.written;
    free(ids);
    return e;
}

/* Anything missing stops a delivery that was not asked to be partial. */
static enum err check_whole(const struct complete_report *report, const struct accepted *all,
                            struct why *why)
{
    if (report->count) {
        *why = report->gaps[0].why;
        enum err e = why_before(why, report->gaps[0].why.code,
                                "work of %zu devices is missing, first", report->count);
        return why_hint(why, e, "--partial delivers the rest and says what is missing");
    }
    if (all->missing) {
        enum err e = why_set(why, ERR_INCOMPLETE, "%zu accepted records are not in the store",
                             all->missing);
        return why_hint(why, e, "--partial delivers the rest and says what is missing");
    }
    return ERR_OK;
}

enum err deliver_jsonl(struct client *c, const uint8_t project[16], const char *path,
                       enum deliver_mode mode, struct deliver_result *out, struct why *why)
{
    AUTO_COMPLETE struct complete_report report = { 0 };
    AUTO_ACCEPTED struct accepted all = { 0 };
    size_t written = 0;
    enum err e = complete_check(c, project, &report, why);
    if (e == ERR_OK)
        e = accepted_collect(c, project, &all, why);
    if (e == ERR_OK && mode != DELIVER_PARTIAL)
        e = check_whole(&report, &all, why);
    if (e == ERR_OK && mode != DELIVER_DRY)
        e = output_lines(c, &all, path, &written, why);
    if (e != ERR_OK)
        return e;
    *out = (struct deliver_result){ .tasks = all.task_count, .submissions = all.submissions,
                                    .returned = all.returned, .accepted = all.accepted_count,
                                    .delivered = written, .missing = all.missing,
                                    .report = report };
    report = (struct complete_report){ 0 };
    return ERR_OK;
}

void deliver_release(struct deliver_result *r)
{
    complete_release(&r->report);
}
