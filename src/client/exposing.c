#include "client/exposing.h"

#include "base/hex.h"
#include "client/log_follow.h"
#include "client/state.h"
#include "request/entry_body.h"
#include "shares/subset.h"
#include "tlog/entry.h"

#include <stdio.h>
#include <string.h>

struct feeding {
    struct client *c;
    struct exposure *x;
    unsigned gate;
    char what[24];
};

static enum err fetch_object(struct client *c, unsigned gate, const uint8_t hash[32],
                             struct buf *out, struct why *why)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/log/object/%s", hex_id(hash).s);
    const struct transport_call call = { .method = "GET", .base = c->config.gates[gate],
                                         .path = path, .authority = true };
    return transport_do(c->transport, &call, out, why);
}

static enum err feed(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    const struct feeding *f = ctx;
    struct entry entry;
    struct entry_body body;
    AUTO_BUF struct buf object = buf_init(16 << 20);
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &body, why);
    if (e == ERR_OK && body.type == ENTRY_BODY_RELEASE && body.u.release.request.len == 0)
        e = fetch_object(f->c, f->gate, body.u.release.request_hash, &object, why);
    if (e == ERR_OK)
        e = progress_step(f->c->progress, f->what, index + 1, 0, PROGRESS_ENTRIES, why);
    return e == ERR_OK ? exposure_feed(f->x, f->gate, index, &entry, &body, buf_bytes(&object), why)
                       : e;
}

static enum err new_exposure(struct client *c, struct exposure **out, struct why *why)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = { 0 };
    enum err e = file_read(file_path(c->dir.s, "root").s, &envelope, why);
    if (e == ERR_OK)
        e = statement_open(buf_bytes(&envelope), &root, why);
    return e == ERR_OK ? exposure_new(&root, out, why) : e;
}

enum err exposing_run(struct client *c, struct exposure **out, uint8_t *left_out, struct why *why)
{
    struct client_epoch epoch;
    AUTO_EXPOSURE struct exposure *x = NULL;
    struct checkpoint checkpoints[EXPOSURE_GATES_MAX] = { { 0 } };
    enum err e = client_sync(c, why);
    if (e == ERR_OK)
        e = client_epoch(c, &epoch, why);
    if (e == ERR_OK)
        e = new_exposure(c, &x, why);
    *left_out = 0;
    for (unsigned g = 1; e == ERR_OK && g <= CLIENT_GATE_MAX; g++) {
        struct note_key key;
        struct log_follow follow;
        struct feeding f = { .c = c, .x = x, .gate = g };
        (void)snprintf(f.what, sizeof f.what, "log of gate %u", g);
        if (!subset_has(epoch.roster, g))
            continue;
        e = note_key_init(&key, epoch.gate[g].origin, epoch.gate[g].key, why);
        log_follow_init(&follow);
        if (e == ERR_OK)
            e = log_follow_step(&follow, c->transport, c->config.gates[g], &key, feed, &f, why);
        if (e == ERR_NETWORK || e == ERR_NOT_FOUND || e == ERR_BUSY) {
            *left_out |= subset_of(g);
            e = ERR_OK;
            continue;
        }
        checkpoints[g - 1].size = follow.tree.size;
        tlog_tree_root(&follow.tree, checkpoints[g - 1].root);
    }
    if (e == ERR_OK && *left_out == epoch.roster)
        e = why_set(why, ERR_NO_QUORUM, "no gate's log can be read");
    if (e == ERR_OK)
        e = exposure_finish(x, checkpoints, why);
    if (e == ERR_OK) {
        *out = x;
        x = NULL;
    }
    return e;
}
