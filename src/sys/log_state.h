/* sys/log_state.h: what the files of the log share; nobody else includes it. */
#ifndef SYS_LOG_STATE_H
#define SYS_LOG_STATE_H

#include "sys/log.h"
#include "sys/log_batch.h"
#include "sys/log_tiles.h"

enum { LOG_BATCH_BYTES_MAX = 4 << 20, LOG_BATCH_LARGE = 256 << 10, LOG_PATH_MAX = 96 };

struct log_segment {
    int fd;
    struct log_segment_header header;
    size_t at;     /* where the next batch goes */
    size_t newest; /* where the newest batch begins; 0: none yet */
    uint8_t check[TLOG_HASH_BYTES]; /* of that batch */
};

/* log_segment.c: the batch at s->at, whose bytes begin at `in`, is the newest one now. */
void log_segment_advance(struct log_segment *s, const uint8_t *in, size_t bytes);

struct log {
    int dir_fd, object_fd, object_tmp_fd, reserve_fd, head_fd;
    bool dead;
    size_t segment_bytes; /* of new segments */
    struct log_segment segment;
    uint64_t segments;    /* how many there are */
    struct tlog_tree tree;
    struct sha256 *hasher;
    struct log_tiles *tiles;
    uint8_t *batch;       /* LOG_BATCH_BYTES_MAX */
    uint8_t *leaves;      /* LOG_BATCH_COUNT_MAX hashes */
};

/* The log is dead from now on; returns ERR_LOG_IO. */
enum err log_die(struct log *log, struct why *why);

/* Tree and tiles take the next entry. */
MUST_USE enum err log_add(struct log *log, struct bytes entry, const uint8_t leaf[TLOG_HASH_BYTES],
                          struct why *why);

/* log_segment.c: makes segment number log->segments for a batch of that many bytes, zeroes and
 * synced, and goes on in it. ERR_LOG_IO. */
MUST_USE enum err log_segment_make(struct log *log, size_t batch_bytes, struct why *why);
/* Reads the whole of segment `number` to `out`; its file stays open in `s`. ERR_NOT_FOUND,
 * ERR_LOG_IO, ERR_LOG_DAMAGED. */
MUST_USE enum err log_segment_load(const struct log *log, uint64_t number, struct log_segment *s,
                                   struct buf *out, struct why *why);

/* log_head.c: size and root after the newest batch. A head that cannot be read says size 0. */
struct log_head {
    uint64_t size;
    uint8_t root[TLOG_HASH_BYTES];
};
MUST_USE bool log_head_write(const struct log *log);
struct log_head log_head_read(const struct log *log);
/* What the published checkpoint says, its signature not looked at; false: there is none. */
MUST_USE bool log_head_published(const struct log *log, struct log_head *out);
/* The three lines' end that a checkpoint of this head has, from the size on. */
void log_head_lines(struct buf *out, const struct log_head *head);

/* log_recover.c: replays the segments, all of them or from `place` on (may be NULL). */
MUST_USE enum err log_recover(struct log *log, const struct log_place *place, log_each_fn *each,
                              void *ctx, struct log_report *report, struct why *why);
/* Reads the segments of a log whose tiles are `reading`. */
MUST_USE enum err log_recover_read(struct log *log, log_each_fn *each, void *ctx, struct why *why);

#endif
