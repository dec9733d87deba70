/* sys/courier.h: a child process that makes the connections of a process that holds keys.
 * A gate or a watcher that has a courier never opens a connection, looks up no name and speaks no
 * TLS: it signs, and hands the finished call over a pair of sockets. The courier is forked before
 * any key is read, reads no state, and is confined by a list of its own (sys/sandbox.h).
 * What it hands back is believed as much as the network: not at all.
 * Names come from /etc/hosts and DNS; other modules of the name service are not loaded.
 * Limits  one call at a time   Threads  one owner; courier_start before there are others */
#ifndef SYS_COURIER_H
#define SYS_COURIER_H

#include "sys/http_client.h"

/* Forks, and returns when the child is confined; from then on http_client_call goes through it. It
 * ends with this process. The caller hears of its end by SIGCHLD. */
MUST_USE enum err courier_start(struct why *why);
bool courier_runs(void);
/* As http_client_call. ERR_INTERNAL: the courier has gone. */
MUST_USE enum err courier_call(const struct http_call *call, unsigned *status, struct buf *reply,
                               struct why *why);

#endif
