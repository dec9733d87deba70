/* store/store.h: the store as a process: ciphertext, slots, manifests, statements, and the queue.
 * Source  DESIGN section 7; docs/protocol.md 2
 * It is trusted with nothing: what it serves is checked by whoever reads it. It checks chains and
 * signatures for its own order's sake, as gates do.
 * State directory: root (the owner's, pinned), index.db, pack/, object/, lock.
 * Threads  the HTTP server's thread owns everything */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/bytes.h"
#include "base/why.h"
#include "sys/daemon.h"

/* `root` is the owner's first root statement's envelope. ERR_EXISTS. */
MUST_USE enum err store_init(const char *dir, struct bytes root, struct why *why);
/* Serves until SIGINT or SIGTERM, confined (sys/sandbox.h); `ready` is called when the port
 * listens. Also what daemon_begin says. */
MUST_USE enum err store_serve(const char *dir, const struct daemon_options *options,
                              void (*ready)(void *ctx, unsigned port), void *ctx, struct why *why);

#endif
