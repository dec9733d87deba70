/* sys/log_tiles.h: the tiles and bundles of a log: the newest in memory, all full ones as files.
 * Source  C2SP tlog-tiles    Memory  about 1 MiB and the newest bundle    Threads  one owner
 * A tile in memory keeps the nodes between its own level and the next one too, so that a proof
 * costs no hashing. Full tiles are written when they fill; partial ones when they are published. */
#ifndef SYS_LOG_TILES_H
#define SYS_LOG_TILES_H

#include "base/cur.h"
#include "base/why.h"
#include "tlog/proof.h"
#include "tlog/tile.h"

enum { LOG_TILE_NODES = 510, LOG_TILE_CACHE = 32 }; /* 256 + 128 + … + 2 */

struct log_tile {
    bool used;
    unsigned level; /* of tiles */
    uint64_t index, tick;
    uint8_t node[LOG_TILE_NODES][TLOG_HASH_BYTES];
};

struct log_tiles {
    int fd, tmp_fd; /* DIR/tlog, DIR/tmp */
    int reserve_fd; /* DIR/reserve, borrowed */
    bool checking;  /* during replay: compare files, write only what differs */
    bool reading;   /* write nothing: count what differs up to `published` */
    uint64_t rewritten;
    uint64_t size;
    struct log_tile newest[TILE_LEVELS];
    struct log_tile cache[LOG_TILE_CACHE];
    uint64_t tick;
    struct buf bundle;               /* entries from size - size % 256 on */
    size_t bundle_at[TILE_WIDTH];    /* where each begins in it */
    uint64_t published, previous;    /* sizes of the last two checkpoints */
    struct sha256 *hasher;           /* borrowed */
};

/* NULL without memory. `fd` and `tmp_fd` become its. */
struct log_tiles *log_tiles_new(int fd, int tmp_fd, int reserve_fd, struct sha256 *hasher);
void log_tiles_free(struct log_tiles *t);

/* Takes the next entry and the nodes that it completes; writes what is full. ERR_LOG_IO. */
MUST_USE enum err log_tiles_add(struct log_tiles *t, struct bytes entry,
                                const struct tlog_node *done, size_t count, struct why *why);

/* Writes the partial tiles and the partial bundle of the present size. ERR_LOG_IO. */
MUST_USE enum err log_tiles_partial(struct log_tiles *t, struct why *why);

/* Replaces the checkpoint, which is for the present size, and removes partial files that neither it
 * nor the one before needs. log_tiles_partial comes first. ERR_LOG_IO. */
MUST_USE enum err log_tiles_checkpoint(struct log_tiles *t, struct bytes note, struct why *why);

/* A node that is complete at the present size. ERR_NOT_FOUND, ERR_LOG_IO, ERR_LOG_DAMAGED. */
MUST_USE enum err log_tiles_node(struct log_tiles *t, unsigned level, uint64_t index,
                                 uint8_t out[TLOG_HASH_BYTES], struct why *why);

/* Appends entry `index` to `out`. ERR_NOT_FOUND, ERR_LIMIT, ERR_LOG_IO, ERR_LOG_DAMAGED. */
MUST_USE enum err log_tiles_entry(struct log_tiles *t, uint64_t index, struct buf *out,
                                  struct why *why);

/* Appends what the newest tiles and the newest bundle hold; takes it back at that size into tiles
 * that were just made. ERR_FORMAT: too short, or an entry that is not its leaf's. ERR_NOMEM. */
void log_tiles_mark(const struct log_tiles *t, struct buf *out);
MUST_USE enum err log_tiles_resume(struct log_tiles *t, struct cur *c, uint64_t size,
                                   struct why *why);

#endif
