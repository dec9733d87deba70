/* gate/snapshot.c: snapshots of the state: taken between two decisions, placed between two batches,
 * written by a thread of their own. A gate lives without them: what fails here costs time at the
 * next start, and is said once. */
#include "gate/server.h"

#include "base/hex.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char *const names[GATE_SNAPSHOTS] = { "snapshot", "snapshot.1" };

static enum err snapshot_key_of(const struct server *s, struct secret **out, struct why *why)
{
    struct secret *key = secret_new(SNAPSHOT_KEY_BYTES);
    if (!key)
        return why_nomem(why);
    snapshot_key(key->ptr, s->secret->ptr + DIR_SECRET_SEED);
    *out = key;
    return ERR_OK;
}

/* --- taken: the decide thread --- */

void server_snapshot_take(struct server *s)
{
    struct job *j = atomic_load(&s->snapshot_busy) ? NULL : job_new(JOB_SNAPSHOT, NULL, NULL);
    if (!j)
        return;
    s->ordered = 0; /* if it fails, the next try is as far away as after a success */
    j->ciphertext.max = SNAPSHOT_BYTES_MAX;
    /* Room as the one before took, and some more: growing means copying all of it. */
    (void)buf_grow(&j->ciphertext, s->snapshot_bytes + s->snapshot_bytes / 8);
    buf_reset(&j->ciphertext);
    buf_add_zero(&j->ciphertext, SNAPSHOT_HEAD_BYTES);
    snapshot_state(s->state, &j->ciphertext);
    if (!buf_ok(&j->ciphertext)) {
        (void)fprintf(stderr, "gate %u: no memory for a snapshot\n", s->conf.number);
        job_free(j);
        return;
    }
    j->state_bytes = s->snapshot_bytes = j->ciphertext.len - SNAPSHOT_HEAD_BYTES;
    j->sealed = true;
    atomic_store(&s->snapshot_busy, true);
    server_ordered(s, j);
}

/* --- placed: the append thread; what is before it is durable, the checkpoint published --- */

void server_snapshot_place(struct server *s, struct job *j)
{
    struct why why;
    j->index = log_size(s->log);
    log_root(s->log, j->r);
    enum err e = log_mark(s->log, &j->ciphertext, &why);
    if (e == ERR_OK && job_queue_put(&s->snapshot, j))
        return;
    job_free(j); /* no batch yet in the newest segment: the next one will do */
    atomic_store(&s->snapshot_busy, false);
}

/* --- written: a thread of its own --- */

static enum err snapshot_keep(struct server *s, struct job *j, struct why *why)
{
    struct snapshot shot = { .gate = (uint8_t)s->conf.number, .incarnation = s->conf.incarnation,
                             .size = j->index };
    AUTO_SECRET struct secret *key = NULL;
    memcpy(shot.owner, s->owner, 32);
    memcpy(shot.root, j->r, 32);
    shot.state.len = j->state_bytes;
    shot.mark.len = j->ciphertext.len - SNAPSHOT_HEAD_BYTES - j->state_bytes;
    enum err e = log_settle(s->log, s->settled, shot.size, why);
    if (e == ERR_OK)
        e = snapshot_key_of(s, &key, why);
    if (e == ERR_OK)
        e = snapshot_end(&j->ciphertext, &shot, key->ptr, why);
    if (e != ERR_OK)
        return e;
    /* The one before stays until this one stands. */
    const struct file_path newest = file_path(s->dir.s, "%s", names[0]);
    const struct file_path before = file_path(s->dir.s, "%s", names[1]);
    if (file_exists(newest.s) && renameat(AT_FDCWD, newest.s, AT_FDCWD, before.s) != 0)
        return file_error(why, "rename", newest.s);
    e = file_replace(newest.s, buf_bytes(&j->ciphertext), 0600, why);
    if (e == ERR_OK)
        s->settled = shot.size;
    return e;
}

void *server_snapshot(void *server)
{
    struct server *s = server;
    struct job *j;
    while ((j = job_queue_take(&s->snapshot))) {
        struct why why;
        if (snapshot_keep(s, j, &why) != ERR_OK)
            (void)fprintf(stderr, "gate %u: no snapshot was kept: %s\n", s->conf.number, why.text);
        job_free(j);
        atomic_store(&s->snapshot_busy, false);
    }
    return NULL;
}

/* --- read: before the threads start --- */

/* Is it this gate's? Its log is looked at by log_resume. */
static enum err snapshot_ours(const struct server *s, const struct snapshot *shot, struct why *why)
{
    if (shot->gate != s->conf.number || shot->incarnation != s->conf.incarnation ||
        memcmp(shot->owner, s->owner, 32) != 0)
        return why_set(why, ERR_FORMAT, "it is gate %u's, incarnation %u, of owner '%s'",
                       shot->gate, shot->incarnation, hex_short(shot->owner).s);
    return ERR_OK;
}

enum err server_snapshot_read(const struct server *s, size_t n, struct buf *file,
                              struct snapshot *out, struct why *why)
{
    AUTO_SECRET struct secret *key = NULL;
    enum err e = file_read(file_path(s->dir.s, "%s", names[n]).s, file, why);
    if (e == ERR_OK)
        e = snapshot_key_of(s, &key, why);
    if (e == ERR_OK)
        e = snapshot_parse(buf_bytes(file), key->ptr, out, why);
    return e == ERR_OK ? snapshot_ours(s, out, why) : e;
}

/* Opens state and log at snapshot `n`. */
static enum err snapshot_resume(struct server *s, size_t n, log_each_fn *each,
                                struct log_report *report, struct why *why)
{
    AUTO_BUF struct buf file = buf_init(SNAPSHOT_BYTES_MAX);
    struct snapshot shot;
    enum err e = server_snapshot_read(s, n, &file, &shot, why);
    if (e == ERR_OK)
        e = snapshot_fold(shot.state, s->owner, s->conf.number, &s->state, why);
    if (e != ERR_OK)
        return e;
    struct log_place place = { .size = shot.size, .mark = shot.mark };
    memcpy(place.root, shot.root, 32);
    return log_resume(&s->log, file_path(s->dir.s, "log").s, LOG_SEGMENT_BYTES, &place, each, s,
                      report, why);
}

enum err server_resume(struct server *s, const struct statement *root, log_each_fn *each,
                       struct log_report *report, struct why *why)
{
    for (size_t n = 0; n < GATE_SNAPSHOTS; n++) {
        enum err e = snapshot_resume(s, n, each, report, why);
        if (e == ERR_OK) {
            s->settled = report->start;
            s->ordered = report->entries - report->start;
            return ERR_OK;
        }
        gate_state_free(s->state);
        s->state = NULL;
        /* What is wrong with the log itself is no better when all of it is read. */
        if (e == ERR_LOCKED || e == ERR_LOG_IO || e == ERR_LOG_DAMAGED || e == ERR_NOMEM)
            return e;
        if (e != ERR_NOT_FOUND)
            (void)fprintf(stderr, "gate %u: '%s' is not used: %s\n", s->conf.number, names[n],
                          why->text);
    }
    enum err e = gate_state_new(root, s->conf.number, &s->state, why);
    if (e == ERR_OK)
        e = log_open(&s->log, file_path(s->dir.s, "log").s, LOG_SEGMENT_BYTES, each, s, report,
                     why);
    if (e == ERR_OK)
        s->ordered = report->entries;
    return e;
}
