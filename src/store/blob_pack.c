#include "store/blob.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "record/pack.h"
#include "store/private_blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err pack_row(struct blob *b, const uint8_t name[32], struct blob_progress *out,
                         struct why *why)
{
    const struct sql_value v[] = { sql_blob(name, 32) };
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql, "SELECT total, complete FROM pack WHERE name=?", v, 1, &s, why);
    if (e != ERR_OK)
        return e;
    int got = sqlite3_step(s);
    if (got == SQLITE_ROW) {
        out->total = (uint64_t)sqlite3_column_int64(s, 0);
        out->complete = sqlite3_column_int(s, 1) != 0;
    } else {
        e = got == SQLITE_DONE ? why_set(why, ERR_NOT_FOUND, "no pack '%s'", hex_short(name).s)
                               : sql_error(&b->sql, why);
    }
    sql_done(s);
    return e;
}

enum err blob_pack_progress(struct blob *b, const uint8_t name[32], struct blob_progress *out,
                            struct why *why)
{
    struct blob_progress p = { 0 };
    enum err e = pack_row(b, name, &p, why);
    if (e != ERR_OK)
        return e;
    struct stat st;
    struct file_path part = blob_pack_path(b, name, true);
    if (p.complete)
        p.received = p.total;
    else if (stat(part.s, &st) == 0)
        p.received = (uint64_t)st.st_size;
    else if (errno != ENOENT)
        return file_error(why, "look at", part.s);
    /* All is there, but completing it failed or was cut off: the last byte, sent again, does it. */
    if (!p.complete && p.received >= p.total)
        p.received = p.total - 1;
    *out = p;
    return ERR_OK;
}

static enum err pack_append(const char *path, uint64_t offset, struct bytes piece, struct why *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return file_error(why, "open", path);
    enum err e = ERR_OK;
    for (size_t done = 0; e == ERR_OK && done < piece.len;) {
        ssize_t n = pwrite(fd, piece.ptr + done, piece.len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            e = file_error(why, "write", path);
        else
            done += (size_t)n;
    }
    /* A piece is reported as received only when it cannot be lost; a torn one is cut off. */
    if (e == ERR_OK && fdatasync(fd) != 0)
        e = file_error(why, "sync", path);
    if (e != ERR_OK && ftruncate(fd, (off_t)offset) != 0)
        e = file_error(why, "cut", path);
    (void)close(fd);
    return e;
}

/* Reads the front of the pack and hashes the whole. */
static enum err pack_read(const char *path, uint64_t total, const uint8_t name[32],
                          struct buf *front, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_error(why, "open", path);
    AUTO_SHA256 struct sha256 *h = sha256_new();
    enum err e = h ? ERR_OK : why_nomem(why);
    uint8_t piece[65536], hash[HASH_BYTES];
    uint64_t done = 0;
    while (e == ERR_OK && done < total) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            e = file_error(why, "read", path);
            break;
        }
        sha256_add(h, bytes_of(piece, (size_t)n));
        size_t keep = front->max - front->len;
        buf_add(front, piece, keep < (size_t)n ? keep : (size_t)n);
        done += (uint64_t)n;
    }
    (void)close(fd);
    if (e != ERR_OK)
        return e;
    sha256_end(h, hash);
    if (!buf_ok(front))
        return why_nomem(why);
    if (memcmp(hash, name, HASH_BYTES) != 0)
        return why_set(why, ERR_FORMAT, "pack '%s' has another hash", hex_short(name).s);
    return ERR_OK;
}

static enum err pack_index(struct blob *b, const uint8_t name[32], const struct pack *pack,
                           const uint8_t author[32], struct why *why)
{
    for (size_t i = 0; i < pack->count; i++) {
        struct pack_place place = pack_at(pack, i);
        uint8_t id[RECORD_ID_BYTES];
        record_id(id, place.header.raw);
        if (memcmp(place.header.author, author, 32) != 0)
            return why_set(why, ERR_DENIED_AUTHOR, "record '%s' is by another author",
                           hex_short(id).s);
        const struct sql_value v[] = { sql_blob(id, 32),
                                       sql_blob(place.header.raw, RECORD_HEADER_BYTES),
                                       sql_blob(name, 32), sql_number(place.offset),
                                       sql_number(place.sealed_bytes) };
        /* The same record in two packs is the same record: the first place stays. */
        enum err e = sql_do(&b->sql, "INSERT OR IGNORE INTO record VALUES(?,?,?,?,?)", v, 5, why);
        if (e != ERR_OK)
            return e;
    }
    const struct sql_value v[] = { sql_blob(name, 32) };
    return sql_do(&b->sql, "UPDATE pack SET complete=1 WHERE name=?", v, 1, why);
}

static enum err pack_complete(struct blob *b, const uint8_t name[32], const uint8_t author[32],
                              uint64_t total, struct why *why)
{
    struct file_path part = blob_pack_path(b, name, true), whole = blob_pack_path(b, name, false);
    AUTO_BUF struct buf front = buf_init(PACK_FRONT_MAX);
    AUTO_PACK struct pack pack = { 0 };
    enum err e = pack_read(part.s, total, name, &front, why);
    if (e == ERR_OK)
        e = pack_parse(buf_bytes(&front), total, &pack, why);
    if (e != ERR_OK)
        return e;
    if (link(part.s, whole.s) != 0 && errno != EEXIST)
        return file_error(why, "name", whole.s);
    e = file_dir_sync(file_path(b->dir.s, "pack").s, why);
    if (e == ERR_OK)
        e = blob_begin(b, why);
    if (e != ERR_OK)
        return e;
    e = pack_index(b, name, &pack, author, why);
    if (e == ERR_OK)
        e = blob_commit(b, why);
    if (e != ERR_OK)
        blob_rollback(b);
    else
        (void)unlink(part.s);
    return e;
}

static void pack_forget(struct blob *b, const uint8_t name[32])
{
    const struct sql_value v[] = { sql_blob(name, 32) };
    (void)unlink(blob_pack_path(b, name, true).s);
    (void)unlink(blob_pack_path(b, name, false).s);
    enum err ignored = sql_do(&b->sql, "DELETE FROM pack WHERE name=? AND complete=0", v, 1, NULL);
    (void)ignored;
}

enum err blob_pack_put(struct blob *b, const uint8_t name[32], const uint8_t author[32],
                       uint64_t offset, uint64_t total, struct bytes piece,
                       struct blob_progress *out, struct why *why)
{
    struct blob_progress p = { .total = total };
    struct why none;
    enum err e = blob_pack_progress(b, name, &p, &none);
    if (e == ERR_NOT_FOUND) {
        const struct sql_value v[] = { sql_blob(name, 32), sql_number(total) };
        if (total == 0 || total > BLOB_PACK_MAX)
            return why_set(why, ERR_LIMIT, "a pack has 1 to 2^40 bytes");
        e = sql_do(&b->sql, "INSERT INTO pack VALUES(?,?,0)", v, 2, why);
    } else if (e != ERR_OK) {
        *why = none;
    }
    if (e != ERR_OK)
        return e;
    if (p.complete) {
        *out = p;
        return ERR_OK;
    }
    if (total != p.total || offset != p.received || piece.len > total - offset || piece.len == 0)
        return why_set(why, ERR_TASK_STATE, "pack '%s' has %llu of %llu bytes", hex_short(name).s,
                       (unsigned long long)p.received, (unsigned long long)p.total);
    e = pack_append(blob_pack_path(b, name, true).s, offset, piece, why);
    if (e != ERR_OK)
        return e;
    p.received += piece.len;
    if (p.received == total) {
        e = pack_complete(b, name, author, total, why);
        if (e == ERR_FORMAT || e == ERR_VERSION || e == ERR_DENIED_AUTHOR || e == ERR_RECORD_ID)
            pack_forget(b, name);
        p.complete = e == ERR_OK;
    }
    if (e == ERR_OK)
        *out = p;
    return e;
}
