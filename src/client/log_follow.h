/* client/log_follow.h: follows another gate's log over HTTP, entry by entry, verified.
 * Source  C2SP tlog-tiles; docs/protocol.md 1
 * Only the tree's right edge is kept. New entries are fetched up to a signed checkpoint, hashed
 * into a copy of the tree, and handed out only when its root is the checkpoint's; a log that
 * shrank or changed is ERR_ROLLBACK.
 * Limits  FOLLOW_STEP_MAX bytes of new entries a step   Threads  one owner */
#ifndef CLIENT_LOG_FOLLOW_H
#define CLIENT_LOG_FOLLOW_H

#include "client/transport.h"
#include "tlog/checkpoint.h"
#include "tlog/tree.h"

enum { FOLLOW_STEP_MAX = 256 << 20, FOLLOW_STATE_BYTES = 8 + TLOG_LEVELS * TLOG_HASH_BYTES };

struct log_follow {
    struct tlog_tree tree;
};

void log_follow_init(struct log_follow *f);
/* As a file, so that a restart goes on where it stood. ERR_FORMAT. */
void log_follow_save(const struct log_follow *f, uint8_t out[FOLLOW_STATE_BYTES]);
MUST_USE enum err log_follow_load(struct log_follow *f, struct bytes saved, struct why *why);

typedef enum err log_follow_each(void *ctx, uint64_t index, struct bytes entry, struct why *why);

/* Fetches what is new and hands it to `each`, in order; `f` moves on only if each took all.
 * ERR_NETWORK, ERR_NOT_FOUND (nothing published yet), ERR_CHECKPOINT, ERR_ROLLBACK, ERR_FORMAT. */
MUST_USE enum err log_follow_step(struct log_follow *f, struct transport *t, const char *base,
                                  const struct note_key *key, log_follow_each *each, void *ctx,
                                  struct why *why);

#endif
