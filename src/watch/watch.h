/* watch/watch.h: a watcher: reads the gates' logs, and says every few minutes how far chains reach.
 *
 * Source  DESIGN 5; docs/protocol.md 5
 *
 * It signs `heads`: number and id of the newest statement of every root, admin, manager and other
 * watcher. A gate that lacks one of these releases nothing, so nobody can keep a revocation from a
 * gate for longer than the policy's freshness. Its key can sign nothing else that counts.
 *
 * It says nothing unless it read the logs of t gates since it last spoke: what n-t+1 gates have
 * logged then stands in one of them. What it signs is on its disk before it is sent.
 *
 * State directory (0700): root (the owner's, pinned), secret (seed, 0600), watch.conf, chain (its
 * own newest number and id), said/N (its statements until they have arrived), lock.
 *
 * Limits   some 170 issuers that grant: a statement has 32 KiB
 * Threads  one owner */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "base/bytes.h"
#include "base/why.h"

/* Makes the directory and its key. `root` is the owner's first root statement's envelope.
 * ERR_EXISTS; ERR_ENVELOPE and others: the root is none. */
MUST_USE enum err watch_init(const char *dir, struct bytes root, struct why *why);
/* What the lab's `watcher` statement names. */
MUST_USE enum err watch_key(const char *dir, uint8_t key[32], struct why *why);
/* Where gate `number` is, and the store: "http://host:port". ERR_USAGE. */
MUST_USE enum err watch_gate(const char *dir, unsigned number, const char *url, struct why *why);
MUST_USE enum err watch_store(const char *dir, const char *url, struct why *why);

/* Follows and speaks, every `interval_ms`, until SIGINT or SIGTERM, confined (sys/sandbox.h), as
 * account `user` (NULL: the one that starts it). `ready` is called once it runs.
 * A gate that cannot be read or shrank is told on stderr, once. ERR_LOCKED, ERR_NOT_FOUND (no
 * watcher there), ERR_CONFIG; ERR_IO, ERR_DISK_FULL: its own chain cannot be kept, so it stops. */
MUST_USE enum err watch_serve(const char *dir, int interval_ms, const char *user,
                              void (*ready)(void *ctx), void *ctx, struct why *why);

#endif
