/* sys/health.h: is this daemon alive, and would it do its work now? GET /livez and /readyz on a
 * loopback listener of their own (docs/protocol.md 6). Codes and their fixed titles only: no
 * record, no device, no person.
 * Threads  `ask` runs on the listener's own thread and may wait a little */
#ifndef SYS_HEALTH_H
#define SYS_HEALTH_H

#include "base/why.h"

#include <stdbool.h>

enum { HEALTH_REASONS_MAX = 4 };

struct health {
    bool live; /* its threads get on */
    enum err reasons[HEALTH_REASONS_MAX]; /* what keeps it from its work; none: ready */
    unsigned reason_count;
};

/* Something that can be asked: false in the beginning. */
typedef void health_ask(void *ctx, struct health *out);
void health_reason(struct health *h, enum err code); /* those past the maximum are dropped */

struct health_server;
/* `socket` is bound. ERR_NETWORK, ERR_NOMEM. */
MUST_USE enum err health_start(int socket, health_ask *ask, void *ctx, struct health_server **out,
                               struct why *why);
void health_stop(struct health_server *s); /* NULL is fine */

#endif
