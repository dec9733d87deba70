/* sys/log.h: the one durable log of a gate, in a directory of its own.
 * Source  DESIGN sections 3 and 6; tiles, bundles and checkpoint as C2SP tlog-tiles
 * Limits  entries of 1 .. 65,535 bytes; LOG_BATCH_COUNT_MAX of them in a batch, and in all
 *         log_batch_bytes_max()
 * Memory  about 6 MiB, and the entries of the bundle that is not full yet
 * Threads one owner; log_object_* may be called from any thread; others read the published files
 *
 *   DIR/segment-00000000.log …   batches, each synced before log_append returns (log_batch.h)
 *   DIR/head                     size and root after the newest batch, not synced: shows damage
 *   DIR/tlog/checkpoint          the published signed note, and below it
 *   DIR/tlog/tile/…              all tiles and bundles of it: a static log that can be served as is
 *   DIR/object/xx/HASH           objects beside the log
 *   DIR/reserve/0 … 7            zeroes, given up piece by piece when the disk is full
 *   DIR/tmp                      files that are not whole yet; emptied by log_open
 *
 * The segments alone are the log. Tiles are not synced: log_open compares all of them with the
 * segments and writes anew what is missing or different; log_resume does so behind the place.
 * After ERR_LOG_IO nothing can be appended or published again: the process ends and replays. */
#ifndef SYS_LOG_H
#define SYS_LOG_H

#include "base/bytes.h"
#include "base/why.h"
#include "tlog/proof.h"

enum {
    LOG_SEGMENT_BYTES = 8 << 20,      /* usual */
    LOG_SEGMENT_BYTES_MIN = 128 << 10,
    LOG_SEGMENT_BYTES_MAX = 64 << 20,
    LOG_BATCH_COUNT_MAX = 65536,
    LOG_ENTRY_MAX = 65535,
    LOG_OBJECT_MAX = 16 << 20,
};

struct log;

/* Called for each recovered entry, in order; the bytes are valid during the call. Anything but
 * ERR_OK ends log_open with it. When log_open fails, what was given counts for nothing. */
typedef enum err log_each_fn(void *ctx, uint64_t index, struct bytes entry, struct why *why);

/* What log_open found. */
struct log_report {
    uint64_t entries;
    uint64_t start;           /* entries before this one were not read */
    bool cut;             /* a torn last batch was cut off; it had never been answered */
    uint32_t cut_segment;
    uint64_t cut_offset, cut_bytes; /* up to the last byte that was not zero */
    uint64_t files_rewritten;       /* tiles and bundles that were missing or different */
};

/* Opens the log in `dir`, which is made if it is not there, and replays it through `each` (may be
 * NULL). New segments get `segment_bytes`, a multiple of 512.
 * A last batch that does not match its hash is torn and cut off, unless a valid batch lies behind
 * it or `head` or the checkpoint says that it was durable: ERR_LOG_DAMAGED names segment and
 * offset, and the segments stay as they are. ERR_LOCKED: another process has it. ERR_LOG_IO. */
MUST_USE enum err log_open(struct log **out, const char *dir, size_t segment_bytes,
                           log_each_fn *each, void *ctx, struct log_report *report,
                           struct why *why);
/* A place in a log: size, root, and the mark that log_mark gave there. */
struct log_place {
    uint64_t size;
    uint8_t root[TLOG_HASH_BYTES];
    struct bytes mark;
};

/* As log_open, but reads and replays only what is behind `place` (NULL: all). What lies before it
 * is not looked at: log_verify does that. ERR_PROOF: the place is not one of this log, or the
 * published checkpoint is older or says otherwise; open it at another place, or whole. */
MUST_USE enum err log_resume(struct log **out, const char *dir, size_t segment_bytes,
                             const struct log_place *place, log_each_fn *each, void *ctx,
                             struct log_report *report, struct why *why);
/* Appends the mark of the place where the log stands. It may be kept once the checkpoint of this
 * size is published and log_settle has returned since. ERR_NOT_FOUND: there is none here yet. */
MUST_USE enum err log_mark(const struct log *log, struct buf *out, struct why *why);
/* Makes durable the checkpoint and the full tiles and bundles of the entries from `from` to `to`,
 * which all are written. Any thread. ERR_LOG_IO (the log itself lives on). */
MUST_USE enum err log_settle(const struct log *log, uint64_t from, uint64_t to, struct why *why);
enum { LOG_PLACES_MAX = 2 };

/* What log_verify found. */
struct log_verified {
    uint64_t entries, segments;
    uint64_t published;         /* size of the checkpoint when it began */
    uint64_t files_wrong;       /* full tiles and bundles that are missing or different */
    bool fits[LOG_PLACES_MAX];  /* is that the size and root of this log? */
};

/* Reads the whole log in `dir` and changes nothing; a gate may be using it. Every batch has to
 * match its hash, and the tree the published checkpoint; what is behind may be in the writing.
 * ERR_LOG_DAMAGED, ERR_NOT_FOUND: no log is there. ERR_LOG_IO, and what `each` returns. */
MUST_USE enum err log_verify(const char *dir, const struct log_place *places, size_t count,
                             log_each_fn *each, void *ctx, struct log_verified *out,
                             struct why *why);
void log_close(struct log *log);

/* Appends all entries as one batch and makes them durable before it returns.
 * ERR_LIMIT: too many, too long or empty; nothing was done. ERR_LOG_IO: the log is dead. */
MUST_USE enum err log_append(struct log *log, const struct bytes *entries, size_t count,
                             struct why *why);

/* What the entries of one batch may take, 4 bytes counted in for each. */
size_t log_batch_bytes_max(const struct log *log);

/* Holds room back on the disk, and takes it back once it was given up. False: the disk is full, and
 * what is written goes from the reserve: only what must be logged should be appended. To be called
 * now and then; it costs nothing while the reserve is whole. */
bool log_tend(struct log *log);

uint64_t log_size(const struct log *log);
void log_root(const struct log *log, uint8_t root[TLOG_HASH_BYTES]);
bool log_dead(const struct log *log);

/* Writes the partial tiles and bundle of the present size, then replaces the checkpoint, then
 * removes partial files older than the checkpoint before this one. ERR_INTERNAL: the note is not
 * for the present size and root. ERR_LOG_IO: the log is dead. */
MUST_USE enum err log_publish(struct log *log, struct bytes note, struct why *why);

/* Proofs for any sizes up to log_size. ERR_FORMAT: impossible numbers. */
MUST_USE enum err log_inclusion(struct log *log, uint64_t index, uint64_t size,
                                struct tlog_path *out, struct why *why);
MUST_USE enum err log_consistency(struct log *log, uint64_t size1, uint64_t size2,
                                  struct tlog_path *out, struct why *why);
MUST_USE enum err log_root_at(struct log *log, uint64_t size, uint8_t root[TLOG_HASH_BYTES],
                              struct why *why);

/* Appends entry `index` to `out`. ERR_NOT_FOUND; ERR_LIMIT: no room; ERR_LOG_DAMAGED: the bundle no
 * longer matches its tile. */
MUST_USE enum err log_entry_read(struct log *log, uint64_t index, struct buf *out,
                                 struct why *why);

/* Stores an object under its SHA-256, which the caller knows, durably. ERR_LIMIT, ERR_LOG_IO (the
 * log itself lives on). */
MUST_USE enum err log_object_put(const struct log *log, struct bytes object,
                                 const uint8_t hash[32], struct why *why);
/* Appends the object to `out`. ERR_NOT_FOUND; ERR_LIMIT: no room; ERR_LOG_DAMAGED. */
MUST_USE enum err log_object_get(const struct log *log, const uint8_t hash[32], struct buf *out,
                                 struct why *why);
/* The same of the log in folder `dir`, which need not be open. */
MUST_USE enum err log_object_read(const char *dir, const uint8_t hash[32], struct buf *out,
                                  struct why *why);

static inline void log_auto(struct log **log)
{
    log_close(*log);
}
#define AUTO_LOG __attribute__((cleanup(log_auto)))

#endif
