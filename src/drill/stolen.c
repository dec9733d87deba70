#include "drill/stolen.h"

#include "base/hex.h"
#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stolen {
    char dir[FILE_PATH_MAX];
    sqlite3 *sql;
    sqlite3_stmt *slots;
};

static enum err stolen_error(const struct stolen *s, struct why *why)
{
    return why_set(why, ERR_IO, "cannot read '%s/index.db': %s", s->dir, sqlite3_errmsg(s->sql));
}

enum err stolen_open(const char *dir, struct stolen **out, struct why *why)
{
    struct file_path path = file_path(dir, "index.db");
    if (!file_exists(path.s))
        return why_set(why, ERR_NOT_FOUND, "'%s' is no store's directory", dir);
    struct stolen *s = calloc(1, sizeof *s);
    if (!s)
        return why_nomem(why);
    (void)snprintf(s->dir, sizeof s->dir, "%s", dir);
    if (sqlite3_open_v2(path.s, &s->sql, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(s->sql, "SELECT slot FROM slot WHERE record=? ORDER BY place LIMIT 8", -1,
                           &s->slots, NULL) != SQLITE_OK) {
        enum err e = s->sql ? stolen_error(s, why) : why_nomem(why);
        stolen_close(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void stolen_close(struct stolen *s)
{
    if (!s)
        return;
    sqlite3_finalize(s->slots);
    sqlite3_close(s->sql);
    free(s);
}

static enum err stolen_slots(struct stolen *s, struct stolen_record *r, struct why *why)
{
    if (sqlite3_bind_blob(s->slots, 1, r->id, 32, SQLITE_STATIC) != SQLITE_OK)
        return stolen_error(s, why);
    enum err e = ERR_OK;
    int got;
    while (e == ERR_OK && (got = sqlite3_step(s->slots)) != SQLITE_DONE) {
        if (got != SQLITE_ROW)
            e = stolen_error(s, why);
        else
            e = slot_parse(bytes_of(sqlite3_column_blob(s->slots, 0),
                                    (size_t)sqlite3_column_bytes(s->slots, 0)),
                           &r->slots[r->slot_count], why);
        r->slot_count += e == ERR_OK;
    }
    (void)sqlite3_reset(s->slots);
    (void)sqlite3_clear_bindings(s->slots);
    return e;
}

static enum err stolen_row(struct stolen *s, sqlite3_stmt *row, struct stolen_record *out,
                           struct why *why)
{
    *out = (struct stolen_record){ 0 };
    if (sqlite3_column_bytes(row, 0) != 32 || sqlite3_column_bytes(row, 2) != 32)
        return why_set(why, ERR_FORMAT, "a row of '%s/index.db' is damaged", s->dir);
    memcpy(out->id, sqlite3_column_blob(row, 0), 32);
    memcpy(out->pack, sqlite3_column_blob(row, 2), 32);
    out->place = (uint64_t)sqlite3_column_int64(row, 3);
    out->sealed_bytes = (uint64_t)sqlite3_column_int64(row, 4);
    enum err e = record_header_parse(bytes_of(sqlite3_column_blob(row, 1),
                                              (size_t)sqlite3_column_bytes(row, 1)),
                                     &out->header, why);
    return e == ERR_OK ? stolen_slots(s, out, why) : e;
}

enum err stolen_records(struct stolen *s, stolen_each *each, void *ctx, struct why *why)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(s->sql,
                           "SELECT id, header, pack, place, sealed FROM record ORDER BY pack, place",
                           -1, &row, NULL) != SQLITE_OK)
        return stolen_error(s, why);
    enum err e = ERR_OK;
    int got;
    while (e == ERR_OK && (got = sqlite3_step(row)) != SQLITE_DONE) {
        struct stolen_record r;
        e = got == SQLITE_ROW ? stolen_row(s, row, &r, why) : stolen_error(s, why);
        if (e == ERR_OK)
            e = each(ctx, &r, why);
    }
    sqlite3_finalize(row);
    return e;
}

enum err stolen_body(const struct stolen *s, const struct stolen_record *r, struct buf *out,
                     struct why *why)
{
    if (r->sealed_bytes == 0 || r->sealed_bytes > STOLEN_BODY_MAX)
        return why_set(why, ERR_LIMIT, "record '%s' has %llu sealed bytes", hex_short(r->id).s,
                       (unsigned long long)r->sealed_bytes);
    struct file_path path = file_path(s->dir, "pack/%s", hex_id(r->pack).s);
    int fd = open(path.s, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_error(why, "open", path.s);
    size_t count = (size_t)r->sealed_bytes;
    uint8_t *at = buf_grow(out, count);
    enum err e = at ? ERR_OK : why_nomem(why);
    for (size_t done = 0; e == ERR_OK && done < count;) {
        ssize_t n = pread(fd, at + done, count - done, (off_t)(r->place + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            e = n < 0 ? file_error(why, "read", path.s)
                      : why_set(why, ERR_IO, "cannot read '%s': it is cut", path.s);
        else
            done += (size_t)n;
    }
    (void)close(fd);
    return e;
}
