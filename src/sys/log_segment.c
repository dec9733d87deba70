#include "sys/log_state.h"

#include "crypto/crypto.h"
#include "sys/log_file.h"
#include "sys/log_reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void segment_name(char out[LOG_PATH_MAX], uint64_t number)
{
    (void)snprintf(out, LOG_PATH_MAX, "segment-%08" PRIu64 ".log", number);
}

/* Zeroes that are written keep a small sync cheap: it changes no extent. A batch that is large pays
 * for that change once, and is not written twice. Both read as zeroes and have their blocks. */
static bool segment_write(const struct log *log, int fd, const uint8_t sector[LOG_SECTOR],
                          bool large)
{
    if (!log_file_write(fd, bytes_of(sector, LOG_SECTOR), 0))
        return false;
    if (!large)
        return log_file_zero(fd, LOG_SECTOR, log->segment_bytes);
    errno = posix_fallocate(fd, 0, (off_t)log->segment_bytes);
    return errno == 0;
}

enum err log_segment_make(struct log *log, size_t batch_bytes, struct why *why)
{
    static const char fresh[] = "tmp/segment"; /* whole and synced before it gets its name */
    char name[LOG_PATH_MAX];
    uint8_t sector[LOG_SECTOR];
    struct log_segment s = { .header = { .number = log->segments, .bytes = log->segment_bytes },
                             .at = LOG_SECTOR };
    random_bytes(s.header.nonce, sizeof s.header.nonce);
    log_segment_header_write(sector, &s.header);
    segment_name(name, log->segments);
    AUTO_LOG_FD int fd = openat(log->dir_fd, fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && segment_write(log, fd, sector, batch_bytes >= LOG_BATCH_LARGE);
    while (fd >= 0 && !written && log_reserve_give(log->reserve_fd))
        written = segment_write(log, fd, sector, batch_bytes >= LOG_BATCH_LARGE);
    if (!written || fsync(fd) != 0 ||
        renameat(log->dir_fd, fresh, log->dir_fd, name) != 0 || fsync(log->dir_fd) != 0)
        return log_file_error(why, "make", name);
    if (log->segment.fd >= 0)
        (void)close(log->segment.fd);
    s.fd = fd;
    fd = -1;
    log->segment = s;
    log->segments++;
    return ERR_OK;
}

void log_segment_advance(struct log_segment *s, const uint8_t *in, size_t bytes)
{
    memcpy(s->check, in + LOG_BATCH_HEADER_BYTES - sizeof s->check, sizeof s->check);
    s->newest = s->at;
    s->at += bytes;
}

enum err log_segment_load(const struct log *log, uint64_t number, struct log_segment *s,
                          struct buf *out, struct why *why)
{
    char name[LOG_PATH_MAX];
    segment_name(name, number);
    AUTO_LOG_FD int fd = openat(log->dir_fd, name, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return why_set(why, ERR_NOT_FOUND, "no segment '%s'", name);
    if (fd < 0)
        return log_file_error(why, "open", name);
    buf_reset(out);
    enum err err = log_file_get(log->dir_fd, name, out, why);
    if (err == ERR_LIMIT)
        return why_set(why, ERR_LOG_DAMAGED, "segment '%s' is too long", name);
    if (err != ERR_OK)
        return err;
    struct log_segment got = { .fd = -1, .at = LOG_SECTOR };
    if (out->len < LOG_SEGMENT_BYTES_MIN || !log_segment_header_read(&got.header, out->ptr) ||
        got.header.number != number || got.header.bytes != out->len)
        return why_set(why, ERR_LOG_DAMAGED, "segment '%s' is damaged at offset 0: its header",
                       name);
    got.fd = fd;
    fd = -1;
    *s = got;
    return ERR_OK;
}
