/* sys/log_mark.h: where a log stands, so that it can be opened there without reading what is
 * before. Private to the log's files; the layout is docs/format.md 12, "Mark".
 * A mark names the newest batch and that batch's hash, which goes over the segment's nonce: it fits
 * one place of one log. Nodes and entries of the newest tiles are those from which tree and tiles
 * go on; all of the tree's edge, and so its root, follows from them.
 * Memory  the caller's   Threads  the log's owner */
#ifndef SYS_LOG_MARK_H
#define SYS_LOG_MARK_H

#include "sys/log_state.h"

struct log_mark {
    uint64_t segment;
    size_t batch; /* where the newest batch begins */
    size_t at;    /* where the next one goes */
    uint8_t check[TLOG_HASH_BYTES];
};

/* Sets tree and tiles of a log that was just made to the place, and says where to read on.
 * ERR_PROOF: the mark is none, or its root is not the place's. ERR_NOMEM. */
MUST_USE enum err log_mark_take(struct log *log, const struct log_place *place,
                                struct log_mark *out, struct why *why);
/* Does the marked batch lie in this segment, as its last one before the place? */
MUST_USE bool log_mark_fits(const struct log *log, const struct log_mark *mark,
                            const struct log_segment *s, struct bytes image);

#endif
