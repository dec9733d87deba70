/* gate/scrub.c: the whole log of a gate read against its hashes, and its snapshots against what the
 * log gives. A start at a snapshot does not look at what is before it; this does. */
#include "gate/server.h"

#include "tlog/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)GATE_SNAPSHOTS <= (int)LOG_PLACES_MAX, "log_verify takes so many");

struct scrub {
    struct server *s;
    struct gate_verified *out;
    struct buf files[GATE_SNAPSHOTS];
    struct snapshot shots[GATE_SNAPSHOTS];
    struct log_place places[GATE_SNAPSHOTS];
};

static enum err scrub_entry(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    struct scrub *c = ctx;
    enum err e = server_apply(c->s, index, bytes, why);
    for (size_t n = 0; e == ERR_OK && n < GATE_SNAPSHOTS; n++) {
        if (c->places[n].size != index + 1)
            continue;
        AUTO_BUF struct buf state = buf_init(SNAPSHOT_BYTES_MAX);
        snapshot_state(c->s->state, &state);
        if (!buf_ok(&state))
            return why_nomem(why);
        c->out->snapshots[n].good = bytes_equal(buf_bytes(&state), c->shots[n].state);
    }
    return e;
}

/* What cannot be read is a finding; what is not there is none. */
static void scrub_snapshots(struct scrub *c)
{
    for (size_t n = 0; n < GATE_SNAPSHOTS; n++) {
        struct gate_snapshot *found = &c->out->snapshots[n];
        c->files[n] = buf_init(SNAPSHOT_BYTES_MAX);
        enum err e = server_snapshot_read(c->s, n, &c->files[n], &c->shots[n], &found->why);
        found->there = e != ERR_NOT_FOUND;
        if (e != ERR_OK)
            continue;
        found->size = c->places[n].size = c->shots[n].size;
        memcpy(c->places[n].root, c->shots[n].root, 32);
    }
}

static enum err scrub_run(struct scrub *c, const char *dir, struct why *why)
{
    AUTO_STATEMENT struct statement root = { 0 };
    struct log_verified log;
    enum err e = server_identity(c->s, dir, &root, why);
    if (e == ERR_OK)
        e = gate_state_new(&root, c->s->conf.number, &c->s->state, why);
    if (e != ERR_OK)
        return e;
    scrub_snapshots(c);
    e = log_verify(file_path(dir, "log").s, c->places, GATE_SNAPSHOTS, scrub_entry, c, &log, why);
    if (e != ERR_OK)
        return e;
    for (size_t n = 0; n < GATE_SNAPSHOTS; n++) {
        struct gate_snapshot *found = &c->out->snapshots[n];
        if (found->size == 0)
            continue;
        found->good = found->good && log.fits[n];
        if (!found->good)
            (void)why_set(&found->why, ERR_PROOF, "it is not what the log gives after %llu entries",
                          (unsigned long long)found->size);
    }
    c->out->entries = log.entries;
    c->out->segments = log.segments;
    c->out->published = log.published;
    c->out->files_wrong = log.files_wrong;
    return ERR_OK;
}

enum err gate_verify(const char *dir, struct gate_verified *out, struct why *why)
{
    struct gate_verified found = { .entries = 0 };
    struct scrub c = { .s = calloc(1, sizeof *c.s), .out = &found };
    if (!c.s)
        return why_nomem(why);
    enum err e = scrub_run(&c, dir, why);
    for (size_t n = 0; n < GATE_SNAPSHOTS; n++)
        buf_release(&c.files[n]);
    gate_state_free(c.s->state);
    secret_free(c.s->secret);
    free(c.s);
    if (e == ERR_OK)
        *out = found;
    return e;
}
