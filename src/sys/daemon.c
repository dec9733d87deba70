#include "sys/daemon.h"

#include "sys/clock.h"
#include "sys/courier.h"
#include "sys/http_server.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { DAEMON_NOTES_MAX = 4096, DAEMON_PAUSE_MS_MAX = 60000 };

struct daemon {
    enum sandbox_kind kind;
    const char *dir;
    sigset_t before;
    int socket, health_socket, signals, poll, notify; /* -1: none */
    struct health_server *health;
    health_ask *ask;
    void *ctx;
    int64_t watchdog_ms, told_ms; /* 0: nobody waits for it */
};

static void tell(struct daemon *d, const char *what)
{
    if (d->notify >= 0 && write(d->notify, what, strlen(what)) < 0)
        d->notify = -1; /* the supervisor has gone */
}

/* Opened now: later no socket can be made. */
static void notify_open(struct daemon *d)
{
    const char *path = getenv("NOTIFY_SOCKET"), *us = getenv("WATCHDOG_USEC");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path)
        return;
    memcpy(to.sun_path, path, strlen(path));
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, len) == 0)
        d->notify = fd;
    else if (fd >= 0)
        (void)close(fd);
    if (d->notify >= 0 && us)
        d->watchdog_ms = (int64_t)(strtoull(us, NULL, 10) / 3000);
}

static enum err signals_open(struct daemon *d, struct why *why)
{
    sigset_t stop;
    struct epoll_event event = { .events = EPOLLIN };
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGCHLD);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_sigmask(SIG_BLOCK, &stop, &d->before);
    d->signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    d->poll = epoll_create1(EPOLL_CLOEXEC);
    if (d->signals < 0 || d->poll < 0 || epoll_ctl(d->poll, EPOLL_CTL_ADD, d->signals, &event) != 0)
        return why_set(why, ERR_INTERNAL, "cannot wait for signals");
    return ERR_OK;
}

enum err daemon_begin(enum sandbox_kind kind, const char *dir, const struct daemon_options *options,
                      bool courier, struct daemon **out, struct why *why)
{
    struct daemon *d = calloc(1, sizeof *d);
    if (!d)
        return why_nomem(why);
    d->kind = kind;
    d->dir = dir;
    d->socket = d->health_socket = d->signals = d->poll = d->notify = -1;
    *out = d;
    enum err e = signals_open(d, why);
    if (e == ERR_OK && options->listen)
        e = http_server_bind(options->listen, false, &d->socket, why);
    if (e == ERR_OK && options->health)
        e = http_server_bind(options->health, true, &d->health_socket, why);
    notify_open(d);
    if (e == ERR_OK)
        e = sandbox_user(options->user, dir, why);
    return e == ERR_OK && courier ? courier_start(why) : e;
}

int daemon_socket(struct daemon *d)
{
    int fd = d->socket;
    d->socket = -1;
    return fd;
}

enum err daemon_confine(struct daemon *d, struct why *why)
{
    AUTO_BUF struct buf notes = buf_init(DAEMON_NOTES_MAX);
    enum err e = sandbox_enter(d->kind, d->dir, &notes, why);
    for (const char *line = buf_cstr(&notes); *line; line = strchr(line, '\n') + 1)
        (void)fprintf(stderr, "%s: %.*s\n", sandbox_name(d->kind), (int)strcspn(line, "\n"), line);
    return e;
}

enum err daemon_ready(struct daemon *d, health_ask *ask, void *ctx, struct why *why)
{
    enum err e = ERR_OK;
    d->ask = ask;
    d->ctx = ctx;
    if (d->health_socket >= 0) {
        int fd = d->health_socket;
        d->health_socket = -1;
        e = health_start(fd, ask, ctx, &d->health, why);
    }
    if (e == ERR_OK)
        e = sandbox_serve(d->kind, why);
    if (e == ERR_OK)
        tell(d, "READY=1\nSTATUS=serving\n");
    d->told_ms = clock_steady_ms();
    return e;
}

/* A daemon whose threads do not get on says nothing, and is started anew. */
static void watchdog(struct daemon *d)
{
    struct health h = { .live = d->ask == NULL };
    if (d->watchdog_ms == 0 || clock_steady_ms() - d->told_ms < d->watchdog_ms)
        return;
    if (d->ask)
        d->ask(d->ctx, &h);
    d->told_ms = clock_steady_ms();
    if (h.live)
        tell(d, "WATCHDOG=1\n");
}

enum err daemon_pause(struct daemon *d, int timeout_ms, struct why *why)
{
    struct epoll_event event;
    struct signalfd_siginfo got;
    watchdog(d);
    if (epoll_wait(d->poll, &event, 1, timeout_ms) != 1 ||
        read(d->signals, &got, sizeof got) != (ssize_t)sizeof got)
        return ERR_OK;
    if (got.ssi_signo != SIGCHLD)
        return why_set(why, ERR_INTERRUPTED, "asked to stop");
    return courier_runs() ? why_set(why, ERR_INTERNAL, "the courier has gone") : ERR_OK;
}

enum err daemon_wait(struct daemon *d, struct why *why)
{
    int most = d->watchdog_ms > 0 && d->watchdog_ms < DAEMON_PAUSE_MS_MAX ? (int)d->watchdog_ms
                                                                          : DAEMON_PAUSE_MS_MAX;
    enum err e;
    do
        e = daemon_pause(d, most, why);
    while (e == ERR_OK);
    tell(d, "STOPPING=1\n");
    return e == ERR_INTERRUPTED ? ERR_OK : e;
}

void daemon_end(struct daemon *d)
{
    if (!d)
        return;
    health_stop(d->health);
    int fds[] = { d->socket, d->health_socket, d->signals, d->poll, d->notify };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    (void)pthread_sigmask(SIG_SETMASK, &d->before, NULL);
    free(d);
}
