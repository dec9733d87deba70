#include "watch/watcher.h"

#include "sys/clock.h"
#include "sys/daemon.h"

#include <stdlib.h>
#include <unistd.h>

enum { SERVE_ROUND_MS = 300, SERVE_INTERVAL_MS_MIN = 100 };

/* The first word at once, then one an interval; whoever was away gets the rest in between. */
static enum err serve_loop(struct watcher *w, int interval_ms, struct daemon *d, struct why *why)
{
    int64_t spoke_ms = clock_steady_ms() - interval_ms;
    enum err e;
    do {
        watcher_follow(w);
        e = daemon_pause(d, SERVE_ROUND_MS, why);
        if (e != ERR_OK || clock_steady_ms() - spoke_ms < interval_ms)
            continue;
        uint64_t before = w->number;
        e = watcher_speak(w, why);
        if (w->number != before)
            spoke_ms = clock_steady_ms();
    } while (e == ERR_OK);
    return e;
}

static enum err serve_run(struct watcher *w, int interval_ms, struct daemon *d,
                          void (*ready)(void *ctx), void *ctx, struct why *why)
{
    enum err e = daemon_confine(d, why);
    if (e == ERR_OK)
        e = daemon_ready(d, NULL, NULL, why);
    if (e != ERR_OK)
        return e;
    watcher_send(w); /* what the last run could not send any more */
    ready(ctx);
    e = serve_loop(w, interval_ms, d, why);
    return e == ERR_INTERRUPTED ? ERR_OK : e;
}

enum err watch_serve(const char *dir, int interval_ms, const char *user, void (*ready)(void *ctx),
                     void *ctx, struct why *why)
{
    const struct daemon_options options = { .user = user };
    struct daemon *d = NULL;
    int lock = -1;
    if (interval_ms < SERVE_INTERVAL_MS_MIN)
        return why_set(why, ERR_USAGE, "the interval has at least %d ms", SERVE_INTERVAL_MS_MIN);
    struct watcher *w = calloc(1, sizeof *w);
    if (!w)
        return why_nomem(why);
    enum err e = watcher_conf_read(dir, &w->conf, why);
    if (e == ERR_OK)
        e = daemon_begin(SANDBOX_WATCH, dir, &options, true, &d, why);
    if (e == ERR_OK)
        e = file_lock(dir, &lock, why);
    if (e == ERR_OK)
        e = watcher_open(w, dir, why);
    if (e == ERR_OK)
        e = serve_run(w, interval_ms, d, ready, ctx, why);
    daemon_end(d);
    watcher_release(w);
    free(w);
    if (lock >= 0)
        (void)close(lock);
    return e;
}
