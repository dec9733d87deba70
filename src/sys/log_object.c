#include "base/hex.h"
#include "crypto/hash.h"
#include "sys/log_file.h"
#include "sys/log_reserve.h"
#include "sys/log_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void object_path(char out[LOG_PATH_MAX], const uint8_t hash[32])
{
    const struct hex_id id = hex_id(hash);
    (void)snprintf(out, LOG_PATH_MAX, "%.2s/%s", id.s, id.s);
}

/* The folder of the object, made durable itself. */
static enum err folder_open(const struct log *log, const char *path, int *fd, struct why *why)
{
    char folder[3] = { path[0], path[1], '\0' };
    bool made = mkdirat(log->object_fd, folder, 0700) == 0;
    while (!made && log_reserve_give(log->reserve_fd))
        made = mkdirat(log->object_fd, folder, 0700) == 0;
    if (!made && errno != EEXIST)
        return log_file_error(why, "make", folder);
    if (made && fsync(log->object_fd) != 0)
        return log_file_error(why, "sync", "object");
    return log_file_dir(log->object_fd, folder, fd, why);
}

/* A file of its own for each, since several threads may put the same object. */
static enum err object_write(const struct log *log, const char *tmp, struct bytes object,
                             struct why *why)
{
    const int how = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    AUTO_LOG_FD int fd = openat(log->object_tmp_fd, tmp, how, 0600);
    while (fd < 0 && log_reserve_give(log->reserve_fd))
        fd = openat(log->object_tmp_fd, tmp, how, 0600);
    if (fd < 0)
        return log_file_error(why, "write object", tmp);
    if (log_reserve_write(log->reserve_fd, fd, object, 0) && fsync(fd) == 0)
        return ERR_OK;
    return log_file_error(why, "write object", tmp);
}

enum err log_object_put(const struct log *log, struct bytes object, const uint8_t hash[32],
                        struct why *why)
{
    char path[LOG_PATH_MAX], tmp[17];
    uint8_t salt[8];
    if (object.len > LOG_OBJECT_MAX)
        return why_set(why, ERR_LIMIT, "an object of %zu bytes is over %d", object.len,
                       LOG_OBJECT_MAX);
    static_assert(sizeof tmp == 2 * sizeof salt + 1, "the salt in hex");
    random_bytes(salt, sizeof salt);
    hex_encode(tmp, salt, sizeof salt);
    object_path(path, hash);
    AUTO_LOG_FD int folder = -1;
    enum err err = folder_open(log, path, &folder, why);
    /* Bytes that are there may not have reached the disk: written again, they are synced. */
    if (err == ERR_OK)
        err = object_write(log, tmp, object, why);
    if (err == ERR_OK && renameat(log->object_tmp_fd, tmp, log->object_fd, path) != 0)
        err = log_file_error(why, "write object", path);
    if (err == ERR_OK)
        return fsync(folder) == 0 ? ERR_OK : log_file_error(why, "sync object", path);
    (void)unlinkat(log->object_tmp_fd, tmp, 0);
    return err;
}

static enum err object_get(int dir_fd, const uint8_t hash[32], struct buf *out, struct why *why)
{
    char path[LOG_PATH_MAX];
    uint8_t id[HASH_BYTES];
    const size_t start = out->len;
    object_path(path, hash);
    enum err err = log_file_get(dir_fd, path, out, why);
    if (err != ERR_OK)
        return err;
    sha256(id, bytes_of(out->ptr + start, out->len - start));
    if (memcmp(id, hash, sizeof id) != 0) {
        out->len = start;
        return why_set(why, ERR_LOG_DAMAGED, "object '%s' does not match its hash", path);
    }
    return ERR_OK;
}

enum err log_object_get(const struct log *log, const uint8_t hash[32], struct buf *out,
                        struct why *why)
{
    return object_get(log->object_fd, hash, out, why);
}

enum err log_object_read(const char *dir, const uint8_t hash[32], struct buf *out, struct why *why)
{
    AUTO_LOG_FD int log_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_LOG_FD int fd = -1;
    if (log_fd < 0)
        return log_file_error(why, "open", dir);
    enum err err = log_file_dir(log_fd, "object", &fd, why);
    return err == ERR_OK ? object_get(fd, hash, out, why) : err;
}
