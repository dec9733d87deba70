/* sys/log_reserve.h: room on the disk that a log holds back: LOG_RESERVE_PIECES files of zeroes in
 * DIR/reserve, two segments in all. When a write finds the disk full, a piece is given up for it,
 * so that statements, refusals and checkpoints still go; whoever asks log_tend learns of it and
 * refuses the rest. When there is room again the pieces are made anew.
 * A sync that fails is never tried again, whatever the reserve could give.
 * Memory  none   Threads  log_reserve_give from any thread; the rest has one owner */
#ifndef SYS_LOG_RESERVE_H
#define SYS_LOG_RESERVE_H

#include "base/bytes.h"

#include <sys/types.h>

enum { LOG_RESERVE_PIECES = 8 };

/* Did the last call fail for want of room (errno), and was a piece given up for it? Then the same
 * may be tried once more. False for every other failure, and when no piece is left. */
MUST_USE bool log_reserve_give(int reserve_fd);

/* Makes the pieces that are missing, by way of tmp_fd. True: all are there. */
MUST_USE bool log_reserve_fill(int reserve_fd, int tmp_fd, size_t segment_bytes);

/* Writes as log_file_write does; the reserve may give. */
MUST_USE bool log_reserve_write(int reserve_fd, int fd, struct bytes in, off_t offset);

#endif
