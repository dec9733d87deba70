/* sys/files.h: whole files and directories, never half-written.
 * Errors  ERR_IO with the path and the system's reason; ERR_NOT_FOUND; ERR_DISK_FULL (ENOSPC,
 * EDQUOT)
 * Memory  the caller's buffers   Threads  any */
#ifndef SYS_FILES_H
#define SYS_FILES_H

#include "base/bytes.h"
#include "base/why.h"

enum { FILE_PATH_MAX = 512 };

struct file_path {
    char s[FILE_PATH_MAX];
};

/* "DIR/NAME"; asserts that it fits (state directories are checked once by file_dir_make). */
struct file_path file_path(const char *dir, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends the whole file, at most out->max bytes (ERR_LIMIT). */
MUST_USE enum err file_read(const char *path, struct buf *out, struct why *why);
/* Writes beside it, syncs, renames, syncs the directory: afterwards the old or the new file stands.
 */
MUST_USE enum err file_replace(const char *path, struct bytes content, unsigned mode,
                               struct why *why);
/* A file that gets its name when it is whole: make, write to `fd`, then keep (syncs, renames over
 * `path`, syncs the directory) or drop. Keep drops it when it fails. ERR_LIMIT: the path;
 * ERR_USAGE: a device, a folder, a socket stands there. */
struct file_draft {
    struct file_path temp;
    int fd;
};
MUST_USE enum err file_draft_make(struct file_draft *d, const char *path, unsigned mode,
                                  struct why *why);
MUST_USE enum err file_draft_keep(struct file_draft *d, const char *path, struct why *why);
void file_draft_drop(struct file_draft *d);
/* A file without a name in `dir`, for reading and writing: gone when it is closed. ERR_IO. */
MUST_USE enum err file_nameless(const char *dir, int *fd, struct why *why);
/* Is there room for `count` bytes in `dir`? Writes and drops them. ERR_DISK_FULL, ERR_IO. */
MUST_USE enum err file_room(const char *dir, size_t count, struct why *why);
/* All of `bytes` at `at`; exactly `len` bytes from `at`, ERR_IO if there are fewer. `path` is for
 * the message. */
MUST_USE enum err file_write_at(int fd, const char *path, uint64_t at, struct bytes bytes,
                                struct why *why);
MUST_USE enum err file_read_at(int fd, const char *path, uint64_t at, uint8_t *out, size_t len,
                               struct why *why);
/* As file_replace, but ERR_EXISTS when the file is there already. */
MUST_USE enum err file_create(const char *path, struct bytes content, unsigned mode,
                              struct why *why);
bool file_exists(const char *path);
/* Makes the directory (mode 0700) and its parents; fine if it is there. */
MUST_USE enum err file_dir_make(const char *path, struct why *why);
MUST_USE enum err file_dir_sync(const char *path, struct why *why);
/* One process at a time owns a state directory. The lock lasts while *fd is open. ERR_LOCKED. */
MUST_USE enum err file_lock(const char *dir, int *fd, struct why *why);
/* errno as ERR_IO or ERR_DISK_FULL, with "cannot DO 'PATH': REASON". */
enum err file_error(struct why *why, const char *what, const char *path);

#endif
