#include "store/blob.h"

#include "base/hex.h"
#include "record/manifest.h"
#include "store/private_blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;"
    "CREATE TABLE IF NOT EXISTS pack(name BLOB PRIMARY KEY, total INTEGER NOT NULL,"
    " complete INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS record(id BLOB PRIMARY KEY, header BLOB NOT NULL,"
    " pack BLOB NOT NULL, place INTEGER NOT NULL, sealed INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS slot(place INTEGER PRIMARY KEY, record BLOB NOT NULL,"
    " slot BLOB NOT NULL UNIQUE) STRICT;"
    "CREATE INDEX IF NOT EXISTS slot_record ON slot(record);"
    "CREATE TABLE IF NOT EXISTS statement(place INTEGER PRIMARY KEY, issuer BLOB NOT NULL,"
    " number INTEGER NOT NULL, topic BLOB, envelope BLOB NOT NULL, UNIQUE(issuer, number)) STRICT;"
    "CREATE INDEX IF NOT EXISTS statement_topic ON statement(topic) WHERE topic IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS task(place INTEGER PRIMARY KEY, project BLOB NOT NULL,"
    " task BLOB NOT NULL UNIQUE) STRICT;";

enum err blob_open(const char *dir, struct blob **out, struct why *why)
{
    struct file_path packs = file_path(dir, "pack"), objects = file_path(dir, "object");
    enum err e = file_dir_make(packs.s, why);
    if (e == ERR_OK)
        e = file_dir_make(objects.s, why);
    if (e != ERR_OK)
        return e;
    struct blob *b = calloc(1, sizeof *b);
    if (!b)
        return why_nomem(why);
    e = sql_open(file_path(dir, "index.db").s, schema, &b->sql, why);
    if (e != ERR_OK) {
        free(b);
        return e;
    }
    size_t len = strlen(dir);
    assert(len < sizeof b->dir.s);
    memcpy(b->dir.s, dir, len + 1);
    *out = b;
    return ERR_OK;
}

void blob_close(struct blob *b)
{
    if (!b)
        return;
    sql_close(&b->sql);
    free(b);
}

struct file_path blob_pack_path(const struct blob *b, const uint8_t name[32], bool part)
{
    return file_path(b->dir.s, "pack/%s%s", hex_id(name).s, part ? ".part" : "");
}

struct blob_place {
    struct blob_record record;
    uint8_t pack[32];
    uint64_t place;
};

static enum err blob_find(struct blob *b, const uint8_t id[32], struct blob_place *out,
                          struct why *why)
{
    const struct sql_value v[] = { sql_blob(id, 32) };
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql, "SELECT header, pack, place, sealed FROM record WHERE id=?", v,
                           1, &s, why);
    if (e != ERR_OK)
        return e;
    int got = sqlite3_step(s);
    if (got == SQLITE_ROW && sqlite3_column_bytes(s, 0) == RECORD_HEADER_BYTES &&
        sqlite3_column_bytes(s, 1) == 32) {
        memcpy(out->record.header, sqlite3_column_blob(s, 0), RECORD_HEADER_BYTES);
        memcpy(out->pack, sqlite3_column_blob(s, 1), 32);
        out->place = (uint64_t)sqlite3_column_int64(s, 2);
        out->record.sealed_bytes = (uint64_t)sqlite3_column_int64(s, 3);
    } else {
        e = got == SQLITE_DONE ? why_set(why, ERR_NOT_FOUND, "no record '%s'", hex_short(id).s)
                               : sql_error(&b->sql, why);
    }
    sql_done(s);
    return e;
}

enum err blob_record(struct blob *b, const uint8_t id[32], struct blob_record *out,
                     struct why *why)
{
    struct blob_place found;
    enum err e = blob_find(b, id, &found, why);
    if (e == ERR_OK)
        *out = found.record;
    return e;
}

enum err blob_body(struct blob *b, const uint8_t id[32], uint64_t from, size_t count,
                   struct buf *out, struct why *why)
{
    struct blob_place found;
    enum err e = blob_find(b, id, &found, why);
    if (e != ERR_OK)
        return e;
    if (from > found.record.sealed_bytes || count > found.record.sealed_bytes - from)
        return why_set(why, ERR_LIMIT, "record '%s' has %llu bytes", hex_short(id).s,
                       (unsigned long long)found.record.sealed_bytes);
    struct file_path path = blob_pack_path(b, found.pack, false);
    int fd = open(path.s, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_error(why, "open", path.s);
    uint8_t *at = buf_grow(out, count);
    if (!at)
        e = why_nomem(why);
    for (size_t done = 0; e == ERR_OK && done < count;) {
        ssize_t n = pread(fd, at + done, count - done, (off_t)(found.place + from + done));
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

enum err blob_slot_put(struct blob *b, const uint8_t slot[BLOB_SLOT_BYTES], struct why *why)
{
    struct blob_place found;
    enum err e = blob_find(b, slot, &found, why);
    if (e != ERR_OK)
        return e;
    AUTO_BUF struct buf known = buf_init(BLOB_SLOTS_MAX * BLOB_SLOT_BYTES);
    unsigned count = 0;
    e = blob_slots(b, slot, &known, &count, why);
    if (e != ERR_OK)
        return e;
    for (unsigned i = 0; i < count; i++)
        if (memcmp(known.ptr + (size_t)i * BLOB_SLOT_BYTES, slot, BLOB_SLOT_BYTES) == 0)
            return ERR_OK;
    if (count == BLOB_SLOTS_MAX)
        return why_set(why, ERR_LIMIT, "record '%s' has %d slots already", hex_short(slot).s,
                       BLOB_SLOTS_MAX);
    const struct sql_value v[] = { sql_blob(slot, 32), sql_blob(slot, BLOB_SLOT_BYTES) };
    return sql_do(&b->sql, "INSERT INTO slot(record, slot) VALUES(?,?)", v, 2, why);
}

enum err blob_slots(struct blob *b, const uint8_t id[32], struct buf *out, unsigned *count,
                    struct why *why)
{
    const struct sql_value v[] = { sql_blob(id, 32) };
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql, "SELECT slot FROM slot WHERE record=? ORDER BY place LIMIT 10",
                           v, 1, &s, why);
    if (e != ERR_OK)
        return e;
    *count = 0;
    int got;
    while ((got = sqlite3_step(s)) == SQLITE_ROW) {
        buf_add(out, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        ++*count;
    }
    if (got != SQLITE_DONE)
        e = sql_error(&b->sql, why);
    sql_done(s);
    return e == ERR_OK && !buf_ok(out) ? why_nomem(why) : e;
}

enum err blob_object_put(struct blob *b, const uint8_t root[32], struct bytes object,
                         struct why *why)
{
    AUTO_MANIFEST struct manifest m = { 0 };
    enum err e = manifest_parse(object, root, &m, why);
    if (e != ERR_OK)
        return e;
    struct file_path path = file_path(b->dir.s, "object/%s", hex_id(root).s);
    return file_exists(path.s) ? ERR_OK : file_replace(path.s, object, 0600, why);
}

enum err blob_object_get(struct blob *b, const uint8_t root[32], struct buf *out, struct why *why)
{
    struct file_path path = file_path(b->dir.s, "object/%s", hex_id(root).s);
    enum err e = file_read(path.s, out, why);
    return e == ERR_NOT_FOUND ? why_set(why, e, "no object '%s'", hex_short(root).s) : e;
}

enum err blob_begin(struct blob *b, struct why *why)
{
    return sql_do(&b->sql, "BEGIN IMMEDIATE", NULL, 0, why);
}

enum err blob_commit(struct blob *b, struct why *why)
{
    return sql_do(&b->sql, "COMMIT", NULL, 0, why);
}

void blob_rollback(struct blob *b)
{
    enum err ignored = sql_do(&b->sql, "ROLLBACK", NULL, 0, NULL);
    (void)ignored;
}

enum err blob_counts(struct blob *b, struct blob_counts *out, struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql,
                           "SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM statement)",
                           NULL, 0, &s, why);
    if (e != ERR_OK)
        return e;
    if (sqlite3_step(s) == SQLITE_ROW) {
        out->records = (uint64_t)sqlite3_column_int64(s, 0);
        out->statements = (uint64_t)sqlite3_column_int64(s, 1);
    } else {
        e = sql_error(&b->sql, why);
    }
    sql_done(s);
    return e;
}
