#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_path file_path(const char *dir, const char *fmt, ...)
{
    struct file_path p;
    int n = snprintf(p.s, sizeof p.s, "%s/", dir);
    assert(n > 0 && (size_t)n < sizeof p.s);
    va_list args;
    va_start(args, fmt);
    int m = vsnprintf(p.s + n, sizeof p.s - (size_t)n, fmt, args);
    va_end(args);
    assert(m >= 0 && (size_t)(n + m) < sizeof p.s);
    return p;
}

enum err file_error(struct why *why, const char *what, const char *path)
{
    int number = errno;
    char reason[128];
    const char *text = strerror_r(number, reason, sizeof reason);
    enum err code = number == ENOSPC || number == EDQUOT ? ERR_DISK_FULL
                    : number == ENOENT                   ? ERR_NOT_FOUND
                                                         : ERR_IO;
    return why_set(why, code, "cannot %s '%s': %s", what, path, text);
}

static enum err file_read_fd(int fd, const char *path, struct buf *out, struct why *why)
{
    for (;;) {
        uint8_t piece[16384];
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(why, "read", path);
        if (n == 0)
            return ERR_OK;
        const bool fits = (size_t)n <= out->max - out->len;
        buf_add(out, piece, (size_t)n);
        if (!buf_ok(out) && fits)
            return why_nomem(why);
        if (!buf_ok(out))
            return why_set(why, ERR_LIMIT, "cannot read '%s': longer than %zu bytes", path,
                           out->max);
    }
}

enum err file_read(const char *path, struct buf *out, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_error(why, "open", path);
    enum err e = file_read_fd(fd, path, out, why);
    (void)close(fd);
    return e;
}

static enum err file_write_fd(int fd, const char *path, struct bytes content, struct why *why)
{
    for (size_t done = 0; done < content.len;) {
        ssize_t n = write(fd, content.ptr + done, content.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(why, "write", path);
        done += (size_t)n;
    }
    if (fsync(fd) != 0)
        return file_error(why, "sync", path);
    return ERR_OK;
}

enum err file_dir_sync(const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return file_error(why, "open", path);
    int bad = fsync(fd);
    (void)close(fd);
    return bad ? file_error(why, "sync", path) : ERR_OK;
}

static enum err file_parent_sync(const char *path, struct why *why)
{
    struct file_path copy;
    (void)snprintf(copy.s, sizeof copy.s, "%s", path);
    return file_dir_sync(dirname(copy.s), why);
}

static atomic_ulong files_written;

static enum err file_put(const char *path, struct bytes content, unsigned mode, bool replace,
                         struct why *why)
{
    struct file_path temp;
    int fd;
    do { /* whoever else writes the same file, or what a crash left, has a name of its own */
        int len = snprintf(temp.s, sizeof temp.s, "%s.%lu.new", path,
                           atomic_fetch_add(&files_written, 1));
        if (len < 0 || (size_t)len >= sizeof temp.s)
            return why_set(why, ERR_LIMIT, "cannot write '%s': the path is too long", path);
        fd = open(temp.s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0)
        return file_error(why, "create", temp.s);
    enum err e = file_write_fd(fd, temp.s, content, why);
    (void)close(fd);
    if (e == ERR_OK) {
        int bad = replace ? renameat(AT_FDCWD, temp.s, AT_FDCWD, path) : link(temp.s, path);
        if (bad && errno == EEXIST)
            e = why_set(why, ERR_EXISTS, "cannot write '%s': it exists", path);
        else if (bad)
            e = file_error(why, "write", path);
    }
    if (e != ERR_OK || !replace)
        (void)unlinkat(AT_FDCWD, temp.s, 0);
    return e == ERR_OK ? file_parent_sync(path, why) : e;
}

enum err file_replace(const char *path, struct bytes content, unsigned mode, struct why *why)
{
    return file_put(path, content, mode, true, why);
}

enum err file_create(const char *path, struct bytes content, unsigned mode, struct why *why)
{
    return file_put(path, content, mode, false, why);
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

enum err file_dir_make(const char *path, struct why *why)
{
    struct file_path copy;
    if (strlen(path) > FILE_PATH_MAX - 150)
        return why_set(why, ERR_LIMIT, "cannot use '%s': the path is too long", path);
    (void)snprintf(copy.s, sizeof copy.s, "%s", path);
    for (char *p = copy.s + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(copy.s, 0700) != 0 && errno != EEXIST)
            return file_error(why, "make directory", copy.s);
        *p = '/';
    }
    if (mkdir(copy.s, 0700) != 0 && errno != EEXIST)
        return file_error(why, "make directory", copy.s);
    return file_parent_sync(path, why);
}

enum err file_lock(const char *dir, int *fd, struct why *why)
{
    struct file_path path = file_path(dir, "lock");
    int lock = open(path.s, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return file_error(why, "open", path.s);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        (void)close(lock);
        return why_set(why, ERR_LOCKED, "cannot use '%s': another process owns it", dir);
    }
    *fd = lock;
    return ERR_OK;
}

enum err file_nameless(const char *dir, int *fd, struct why *why)
{
    int got = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (got < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) { /* not on every file system */
        struct file_path path = file_path(dir, "nameless-XXXXXX");
        got = mkostemp(path.s, O_CLOEXEC);
        if (got >= 0)
            (void)unlink(path.s);
    }
    if (got < 0)
        return file_error(why, "make a file in", dir);
    *fd = got;
    return ERR_OK;
}

enum err file_room(const char *dir, size_t count, struct why *why)
{
    static const uint8_t piece[4096];
    int fd = -1;
    enum err e = file_nameless(dir, &fd, why);
    if (e != ERR_OK)
        return e;
    for (uint64_t at = 0; e == ERR_OK && at < count; at += sizeof piece)
        e = file_write_at(fd, dir, at, bytes_of(piece, sizeof piece), why);
    (void)close(fd);
    return e;
}

enum err file_write_at(int fd, const char *path, uint64_t at, struct bytes bytes, struct why *why)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = pwrite(fd, bytes.ptr + done, bytes.len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(why, "write", path);
        done += (size_t)n;
    }
    return ERR_OK;
}

enum err file_read_at(int fd, const char *path, uint64_t at, uint8_t *out, size_t len,
                      struct why *why)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, out + done, len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(why, "read", path);
        if (n == 0)
            return why_set(why, ERR_IO, "cannot read '%s': it shrank", path);
        done += (size_t)n;
    }
    return ERR_OK;
}

enum err file_draft_make(struct file_draft *d, const char *path, unsigned mode, struct why *why)
{
    struct stat st;
    d->fd = -1;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return why_set(why, ERR_USAGE, "cannot write '%s': it is there and no ordinary file", path);
    int len = snprintf(d->temp.s, sizeof d->temp.s, "%s.%ld.new", path, (long)gettid());
    if (len < 0 || (size_t)len >= sizeof d->temp.s)
        return why_set(why, ERR_LIMIT, "cannot write '%s': the path is too long", path);
    d->fd = open(d->temp.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    return d->fd < 0 ? file_error(why, "create", d->temp.s) : ERR_OK;
}

enum err file_draft_keep(struct file_draft *d, const char *path, struct why *why)
{
    if (fsync(d->fd) != 0 || rename(d->temp.s, path) != 0) {
        enum err e = file_error(why, "write", path);
        file_draft_drop(d);
        return e;
    }
    (void)close(d->fd);
    d->fd = -1;
    return file_parent_sync(path, why);
}

void file_draft_drop(struct file_draft *d)
{
    if (d->fd < 0)
        return;
    (void)close(d->fd);
    (void)unlink(d->temp.s);
    d->fd = -1;
}
