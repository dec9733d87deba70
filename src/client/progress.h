/* client/progress.h: what a long step tells whoever waits for it, and whether it should stop.
 * Memory  borrowed by the client for as long as it is set   Threads  one owner */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include "base/why.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_unit { PROGRESS_RECORDS, PROGRESS_BYTES, PROGRESS_ENTRIES };

struct progress {
    /* `done` of `total` (0: not known); called often, so cheap. NULL: nobody watches. */
    void (*show)(void *ctx, const char *what, uint64_t done, uint64_t total,
                 enum progress_unit unit);
    /* One call to a gate or store, when it is over. NULL: not wanted. */
    void (*call)(void *ctx, const char *method, const char *url, unsigned status, size_t bytes);
    bool (*stopped)(void *ctx); /* NULL: never */
    void *ctx;
};

/* ERR_INTERRUPTED when it should stop; `p` may be NULL. */
MUST_USE enum err progress_check(const struct progress *p, struct why *why);
/* Shows, then progress_check. */
MUST_USE enum err progress_step(const struct progress *p, const char *what, uint64_t done,
                                uint64_t total, enum progress_unit unit, struct why *why);

#endif
