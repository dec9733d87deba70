/* sys/log_file.h: whole files below a directory, for the log alone.
 * Memory  the caller's   Threads  pure but for the file system
 * ERR_LOG_IO names the file and the system's reason. */
#ifndef SYS_LOG_FILE_H
#define SYS_LOG_FILE_H

#include "base/bytes.h"
#include "base/why.h"

#include <sys/types.h>
#include <unistd.h>

static inline void log_fd_auto(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define AUTO_LOG_FD __attribute__((cleanup(log_fd_auto)))

/* ERR_LOG_IO with errno's words. */
enum err log_file_error(struct why *why, const char *what, const char *path);

/* Makes and opens a directory. */
MUST_USE enum err log_file_dir(int at, const char *path, int *fd, struct why *why);

/* All of the bytes, or false with errno set. */
MUST_USE bool log_file_write(int fd, struct bytes in, off_t offset);

/* Zeroes from offset `from` up to `bytes`. */
MUST_USE bool log_file_zero(int fd, size_t from, size_t bytes);

/* Reads up to `len` bytes; returns how many there were, or -1 with errno set. */
MUST_USE ssize_t log_file_read(int fd, void *out, size_t len, off_t offset);

/* Appends the whole file. ERR_NOT_FOUND; ERR_LIMIT: more than `out` has room for. */
MUST_USE enum err log_file_get(int at, const char *path, struct buf *out, struct why *why);

/* Is the file there, with exactly these bytes? */
MUST_USE bool log_file_same(int at, const char *path, struct bytes in);

/* Where files are put: `fd`, by way of tmp_fd/tmp_name, and the reserve that gives room. */
struct log_folder {
    int fd, tmp_fd, reserve_fd;
    const char *tmp_name;
};

/* Puts a whole file in place of `path` atomically; makes the folders on the way. Nothing is synced.
 */
MUST_USE enum err log_file_put(const struct log_folder *to, const char *path, struct bytes in,
                               struct why *why);

/* Makes a file or folder that is there durable. */
MUST_USE enum err log_file_sync(int at, const char *path, struct why *why);

/* Removes all plain files in a folder of `at` (and the folder, if `folder_too`), except those named
 * keep1 and keep2 (may be NULL). What cannot be removed stays: it is only waste. */
void log_file_sweep(int at, const char *path, const char *keep1, const char *keep2,
                    bool folder_too);

#endif
