#include "watch/watcher.h"

#include "request/entry_body.h"
#include "sys/clock.h"
#include "tlog/tile.h"

#include <stdio.h>
#include <string.h>

/* Statements certify themselves: whoever hands them over, a chain leads to the pinned root or they
 * count for nothing. Those that contradict what is known are the other log's affair. */
static void learn(struct watcher *w, struct bytes envelope, uint64_t time_ms)
{
    AUTO_STATEMENT struct statement s = { 0 };
    uint64_t now_ms = (uint64_t)clock_ms();
    if (time_ms > now_ms)
        time_ms = now_ms;
    if (statement_open(envelope, &s, NULL) == ERR_OK &&
        authority_check(w->authority, &s, time_ms / 1000, NULL) == ERR_OK)
        (void)!authority_apply(w->authority, &s, (int64_t)time_ms,
                               NULL); /* no memory: next start */
}

static enum err take_entry(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    struct entry entry;
    struct entry_body body;
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &body, why);
    if (e == ERR_OK && body.type == ENTRY_BODY_STATEMENT)
        learn(ctx, body.u.statement, entry.time_ms);
    return e;
}

static void tell(struct watcher *w, unsigned g, const struct why *why)
{
    if (w->gate[g].said != why->code)
        (void)fprintf(stderr, "watcher: gate %u: %s [%s]\n", g, why->text, err_code(why->code));
    w->gate[g].said = why->code;
}

static enum err fetch(struct watcher *w, unsigned g, const char *path, struct buf *out,
                      struct why *why)
{
    const struct transport_call call = { .method = "GET", .base = w->conf.gates[g], .path = path,
                                         .authority = true };
    return transport_do(w->transport, &call, out, why);
}

/* The second line of a checkpoint, believed by nobody: 0 if there is none. */
static uint64_t claimed_size(struct bytes note)
{
    const uint8_t *at = note.len ? memchr(note.ptr, '\n', note.len) : NULL;
    uint64_t size = 0;
    for (at = at ? at + 1 : NULL; at && at < note.ptr + note.len && *at >= '0' && *at <= '9'; at++)
        size = size > TLOG_SIZE_MAX / 16 ? 0 : size * 10 + (uint64_t)(*at - '0');
    return size;
}

/* Before any epoch is known there is no log key to believe. The statements of a log are enough to
 * learn one: they certify themselves. */
static enum err peek(struct watcher *w, unsigned g, struct why *why)
{
    AUTO_BUF struct buf note = buf_init(NOTE_BYTES_MAX);
    enum err e = fetch(w, g, "/log/checkpoint", &note, why);
    uint64_t size = e == ERR_OK ? claimed_size(buf_bytes(&note)) : 0;
    for (uint64_t i = 0; e == ERR_OK && i * TILE_WIDTH < size && !authority_epoch(w->authority);
         i++) {
        struct tile tile = { .entries = true, .index = i, .width = tile_width(0, i, size) };
        char path[TILE_PATH_MAX], full[TILE_PATH_MAX + 8];
        struct bytes entries[TILE_WIDTH];
        AUTO_BUF struct buf bundle = buf_init(TILE_WIDTH * (2 + 65535));
        tile_path(path, &tile);
        (void)snprintf(full, sizeof full, "/log/%s", path);
        e = fetch(w, g, full, &bundle, why);
        if (e == ERR_OK)
            e = tile_bundle_split(entries, buf_bytes(&bundle), tile.width, why);
        for (unsigned k = 0; e == ERR_OK && k < tile.width; k++)
            e = take_entry(w, i * TILE_WIDTH + k, entries[k], why);
    }
    return e;
}

/* The gates of a new epoch are followed from their beginning. */
static void meet(struct watcher *w)
{
    const struct authority_epoch *epoch = authority_epoch(w->authority);
    if (!epoch || memcmp(w->epoch_id, epoch->id, 32) == 0)
        return;
    memcpy(w->epoch_id, epoch->id, 32);
    memset(w->gate, 0, sizeof w->gate);
    for (size_t i = 0; i < epoch->gate_count; i++) {
        const struct statement_gate *from = &epoch->gates[i];
        struct watcher_gate *to = &w->gate[from->number];
        char origin[CHECKPOINT_ORIGIN_MAX];
        checkpoint_origin(origin, authority_owner(w->authority), (unsigned)from->number,
                          (uint32_t)from->incarnation);
        to->known = note_key_init(&to->note, origin, from->key, NULL) == ERR_OK;
        log_follow_init(&to->follow);
    }
}

void watcher_follow(struct watcher *w)
{
    for (unsigned g = 1; g <= WATCHER_GATE_MAX; g++) {
        struct watcher_gate *gate = &w->gate[g];
        struct why why = { .code = ERR_OK };
        enum err e = ERR_OK;
        if (!*w->conf.gates[g] || gate->rolled_back)
            continue;
        if (!authority_epoch(w->authority))
            e = peek(w, g, &why);
        meet(w);
        if (e == ERR_OK && gate->known) {
            e = log_follow_step(&gate->follow, w->transport, w->conf.gates[g], &gate->note,
                                take_entry, w, &why);
            gate->read = gate->read || e == ERR_OK;
            gate->rolled_back = e == ERR_ROLLBACK;
        }
        if (e != ERR_OK)
            tell(w, g, &why);
        else
            gate->said = ERR_OK;
    }
}
