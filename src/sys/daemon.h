/* sys/daemon.h: what every daemon does around its work, in this order.
 *
 *   daemon_begin    signals held back, sockets bound, the account changed, the courier started
 *                   (the daemon opens its state)
 *   daemon_confine  limits, Landlock, the first list of calls (sys/sandbox.h)
 *                   (the daemon starts threads and server)
 *   daemon_ready    health listener, the last list of calls; the supervisor is told
 *   daemon_wait     until SIGTERM or SIGINT
 *   daemon_end
 *
 * The supervisor is systemd, told by the socket that NOTIFY_SOCKET names: READY, STOPPING, and
 * while the daemon is alive WATCHDOG, three times in WATCHDOG_USEC. Without these variables nothing
 * is told.   Threads  one owner, the main thread */
#ifndef SYS_DAEMON_H
#define SYS_DAEMON_H

#include "sys/health.h"
#include "sys/sandbox.h"

/* What who starts it chooses; NULL: nothing. */
struct daemon_options {
    const char *listen; /* "127.0.0.1:8701" */
    const char *health; /* the same, on loopback; /livez and /readyz */
    const char *user;   /* the account to become */
};

struct daemon;

/* `dir` is the state directory, borrowed to the end. Also after an error *out is to be ended.
 * ERR_USAGE, ERR_NETWORK, ERR_IO and what sandbox_user says. */
MUST_USE enum err daemon_begin(enum sandbox_kind kind, const char *dir,
                               const struct daemon_options *options, bool courier,
                               struct daemon **out, struct why *why);
int daemon_socket(struct daemon *d); /* bound to `listen`; the caller's from here on */
/* Writes what the operator should know to stderr. */
MUST_USE enum err daemon_confine(struct daemon *d, struct why *why);
/* `ask` is asked over HTTP and before each WATCHDOG; NULL: whoever waits is alive. */
MUST_USE enum err daemon_ready(struct daemon *d, health_ask *ask, void *ctx, struct why *why);

/* Waits at most `timeout_ms`. ERR_OK: nothing happened. ERR_INTERRUPTED: it is to stop.
 * ERR_INTERNAL: the courier has gone. */
MUST_USE enum err daemon_pause(struct daemon *d, int timeout_ms, struct why *why);
/* Waits until it is to stop. ERR_INTERNAL: the courier has gone. */
MUST_USE enum err daemon_wait(struct daemon *d, struct why *why);
/* Ends the health listener, tells the supervisor. NULL is fine. */
void daemon_end(struct daemon *d);

#endif
