#include "sys/log_file.h"

#include "sys/log_reserve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 256, FILE_MODE = 0600, DIR_MODE = 0700 };

enum err log_file_error(struct why *why, const char *what, const char *path)
{
    return why_set(why, ERR_LOG_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

enum err log_file_dir(int at, const char *path, int *fd, struct why *why)
{
    if (mkdirat(at, path, DIR_MODE) != 0 && errno != EEXIST)
        return log_file_error(why, "make", path);
    const int got = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (got < 0)
        return log_file_error(why, "open", path);
    *fd = got;
    return ERR_OK;
}

bool log_file_write(int fd, struct bytes in, off_t offset)
{
    while (in.len > 0) {
        const ssize_t n = pwrite(fd, in.ptr, in.len, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        in = bytes_of(in.ptr + n, in.len - (size_t)n);
        offset += n;
    }
    return true;
}

bool log_file_zero(int fd, size_t from, size_t bytes)
{
    static const uint8_t zero[64 << 10];
    for (size_t at = from; at < bytes;) {
        const size_t n = bytes - at < sizeof zero ? bytes - at : sizeof zero;
        if (!log_file_write(fd, bytes_of(zero, n), (off_t)at))
            return false;
        at += n;
    }
    return true;
}

ssize_t log_file_read(int fd, void *out, size_t len, off_t offset)
{
    size_t done = 0;
    while (done < len) {
        const ssize_t n = pread(fd, (uint8_t *)out + done, len - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

enum err log_file_get(int at, const char *path, struct buf *out, struct why *why)
{
    AUTO_LOG_FD int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 && errno == ENOENT)
        return why_set(why, ERR_NOT_FOUND, "no file '%s'", path);
    if (fd < 0 || fstat(fd, &st) != 0)
        return log_file_error(why, "open", path);
    const size_t len = (size_t)st.st_size, start = out->len;
    uint8_t *p = buf_grow(out, len);
    if (!p)
        return why_set(why, ERR_LIMIT, "no room for the %zu bytes of '%s'", len, path);
    const ssize_t n = log_file_read(fd, p, len, 0);
    if (n == (ssize_t)len)
        return ERR_OK;
    out->len = start;
    if (n < 0)
        return log_file_error(why, "read", path);
    return why_set(why, ERR_LOG_IO, "cannot read '%s': it shrank", path);
}

bool log_file_same(int at, const char *path, struct bytes in)
{
    AUTO_LOG_FD int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || (size_t)st.st_size != in.len)
        return false;
    uint8_t part[16384];
    for (size_t done = 0; done < in.len;) {
        const size_t want = in.len - done < sizeof part ? in.len - done : sizeof part;
        if (log_file_read(fd, part, want, (off_t)done) != (ssize_t)want ||
            memcmp(part, in.ptr + done, want) != 0)
            return false;
        done += want;
    }
    return true;
}

/* Makes every folder on the way to the file `path`. */
static bool folders_make(int at, const char *path)
{
    char part[PATH_BYTES];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        const size_t len = (size_t)(slash - path);
        if (len >= sizeof part) {
            errno = ENAMETOOLONG;
            return false;
        }
        memcpy(part, path, len);
        part[len] = '\0';
        if (mkdirat(at, part, DIR_MODE) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}

static bool put_once(int tmp_at, const char *tmp_name, int at, const char *path, struct bytes in)
{
    {
        AUTO_LOG_FD int fd = openat(tmp_at, tmp_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                    FILE_MODE);
        if (fd < 0 || !log_file_write(fd, in, 0))
            return false;
    }
    if (renameat(tmp_at, tmp_name, at, path) == 0)
        return true;
    return errno == ENOENT && folders_make(at, path) &&
           renameat(tmp_at, tmp_name, at, path) == 0;
}

enum err log_file_put(const struct log_folder *to, const char *path, struct bytes in,
                      struct why *why)
{
    bool ok = put_once(to->tmp_fd, to->tmp_name, to->fd, path, in);
    while (!ok && log_reserve_give(to->reserve_fd))
        ok = put_once(to->tmp_fd, to->tmp_name, to->fd, path, in);
    return ok ? ERR_OK : log_file_error(why, "write", path);
}

enum err log_file_sync(int at, const char *path, struct why *why)
{
    AUTO_LOG_FD int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
    return fd < 0 || fsync(fd) != 0 ? log_file_error(why, "sync", path) : ERR_OK;
}

void log_file_sweep(int at, const char *path, const char *keep1, const char *keep2,
                    bool folder_too)
{
    const int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        if (d->d_name[0] == '.' || (keep1 && strcmp(d->d_name, keep1) == 0) ||
            (keep2 && strcmp(d->d_name, keep2) == 0))
            continue;
        (void)unlinkat(fd, d->d_name, 0);
    }
    (void)closedir(dir);
    if (folder_too)
        (void)unlinkat(at, path, AT_REMOVEDIR); /* refused while something is kept in it */
}
