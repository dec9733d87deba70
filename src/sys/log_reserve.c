#include "sys/log_reserve.h"

#include "sys/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* The pieces' names. */
static const char names[LOG_RESERVE_PIECES][2] = { "0", "1", "2", "3", "4", "5", "6", "7" };

bool log_reserve_give(int reserve_fd)
{
    if (errno != ENOSPC && errno != EDQUOT)
        return false;
    const int was = errno;
    bool given = false;
    for (size_t i = 0; i < LOG_RESERVE_PIECES && !given; i++)
        given = unlinkat(reserve_fd, names[i], 0) == 0;
    errno = was;
    return given;
}

bool log_reserve_write(int reserve_fd, int fd, struct bytes in, off_t offset)
{
    bool ok = log_file_write(fd, in, offset);
    while (!ok && log_reserve_give(reserve_fd))
        ok = log_file_write(fd, in, offset);
    return ok;
}

/* Whole before it has its name, so that a piece that is there is one. */
static bool piece_make(int reserve_fd, int tmp_fd, const char *name, size_t bytes)
{
    static const char fresh[] = "reserve";
    bool ok = false;
    {
        AUTO_LOG_FD int fd = openat(tmp_fd, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ok = fd >= 0 && log_file_zero(fd, 0, bytes);
    }
    ok = ok && renameat(tmp_fd, fresh, reserve_fd, name) == 0;
    if (!ok)
        (void)unlinkat(tmp_fd, fresh, 0);
    return ok;
}

bool log_reserve_fill(int reserve_fd, int tmp_fd, size_t segment_bytes)
{
    const size_t bytes = segment_bytes / (LOG_RESERVE_PIECES / 2);
    for (size_t i = 0; i < LOG_RESERVE_PIECES; i++) {
        AUTO_LOG_FD int fd = openat(reserve_fd, names[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0 && !piece_make(reserve_fd, tmp_fd, names[i], bytes))
            return false;
    }
    return true;
}
