#include "watch/watcher.h"

#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SERVE_ROUND_MS = 300, SERVE_INTERVAL_MS_MIN = 100 };

/* Waits a round. False: it is to stop. */
static bool serve_pause(const sigset_t *stop)
{
    const struct timespec round = { .tv_nsec = (long)SERVE_ROUND_MS * 1000000 };
    int got;
    do
        got = sigtimedwait(stop, NULL, &round);
    while (got < 0 && errno == EINTR);
    return got < 0;
}

/* The first word at once, then one an interval; whoever was away gets the rest in between. */
static enum err serve_loop(struct watcher *w, int interval_ms, const sigset_t *stop,
                           struct why *why)
{
    int64_t spoke_ms = clock_steady_ms() - interval_ms;
    enum err e = ERR_OK;
    do {
        watcher_follow(w);
        if (clock_steady_ms() - spoke_ms < interval_ms)
            continue;
        uint64_t before = w->number;
        e = watcher_speak(w, why);
        if (w->number != before)
            spoke_ms = clock_steady_ms();
    } while (e == ERR_OK && serve_pause(stop));
    return e;
}

enum err watch_serve(const char *dir, int interval_ms, void (*ready)(void *ctx), void *ctx,
                     struct why *why)
{
    sigset_t stop, before;
    int lock = -1;
    if (interval_ms < SERVE_INTERVAL_MS_MIN)
        return why_set(why, ERR_USAGE, "the interval has at least %d ms", SERVE_INTERVAL_MS_MIN);
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    struct watcher *w = calloc(1, sizeof *w);
    if (!w)
        return why_nomem(why);
    (void)pthread_sigmask(SIG_BLOCK, &stop, &before);
    enum err e = watcher_conf_read(dir, &w->conf, why);
    if (e == ERR_OK)
        e = file_lock(dir, &lock, why);
    if (e == ERR_OK)
        e = watcher_open(w, dir, why);
    if (e == ERR_OK) {
        watcher_send(w); /* what the last run could not send any more */
        ready(ctx);
        e = serve_loop(w, interval_ms, &stop, why);
    }
    watcher_release(w);
    free(w);
    if (lock >= 0)
        (void)close(lock);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}
