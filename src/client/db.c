#include "client/db.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct db {
    sqlite3 *sql;
};

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;"
    "CREATE TABLE IF NOT EXISTS statement(place INTEGER PRIMARY KEY, issuer BLOB NOT NULL,"
    " number INTEGER NOT NULL, id BLOB NOT NULL, envelope BLOB NOT NULL, UNIQUE(issuer, number))"
    " STRICT;"
    "CREATE TABLE IF NOT EXISTS checkpoint(gate INTEGER PRIMARY KEY, size INTEGER NOT NULL,"
    " root BLOB NOT NULL, note BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS kept(record BLOB PRIMARY KEY, kept BLOB NOT NULL,"
    " gates INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS opened(project BLOB NOT NULL, record BLOB NOT NULL,"
    " done INTEGER NOT NULL, PRIMARY KEY(project, record)) STRICT;"
    "CREATE TABLE IF NOT EXISTS closing(place INTEGER PRIMARY KEY AUTOINCREMENT,"
    " project BLOB NOT NULL, task BLOB NOT NULL, how INTEGER NOT NULL, record BLOB NOT NULL,"
    " told INTEGER NOT NULL, UNIQUE(project, task, how, record)) STRICT;";

static enum err db_error(struct db *db, struct why *why)
{
    int code = sqlite3_errcode(db->sql);
    if (code == SQLITE_NOMEM)
        return why_nomem(why);
    return why_set(why, code == SQLITE_FULL ? ERR_DISK_FULL : ERR_IO,
                   "cannot use the device's database: %s", sqlite3_errmsg(db->sql));
}

enum err db_open(const char *path, struct db **out, struct why *why)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return why_nomem(why);
    if (sqlite3_open(path, &db->sql) != SQLITE_OK ||
        sqlite3_exec(db->sql, schema, NULL, NULL, NULL) != SQLITE_OK) {
        enum err e = db->sql ? db_error(db, why) : why_nomem(why);
        db_close(db);
        return e;
    }
    *out = db;
    return ERR_OK;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    sqlite3_close(db->sql);
    free(db);
}

/* One value to bind: a blob, or a number where ptr is NULL. */
struct db_value {
    const void *ptr;
    size_t len;
    int64_t number;
};

static struct db_value blob(const void *ptr, size_t len)
{
    return (struct db_value){ .ptr = ptr, .len = len };
}

static struct db_value number(uint64_t v)
{
    return (struct db_value){ .number = (int64_t)v };
}

static enum err db_prepare(struct db *db, const char *sql, const struct db_value *values,
                           int count, sqlite3_stmt **out, struct why *why)
{
    if (sqlite3_prepare_v2(db->sql, sql, -1, out, NULL) != SQLITE_OK)
        return db_error(db, why);
    for (int i = 0; i < count; i++) {
        int bad = values[i].ptr ? sqlite3_bind_blob64(*out, i + 1, values[i].ptr, values[i].len,
                                                      SQLITE_STATIC)
                                : sqlite3_bind_int64(*out, i + 1, values[i].number);
        if (bad) {
            enum err e = db_error(db, why);
            sqlite3_finalize(*out);
            return e;
        }
    }
    return ERR_OK;
}

static enum err db_do(struct db *db, const char *sql, const struct db_value *values, int count,
                      struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, sql, values, count, &s, why);
    if (e != ERR_OK)
        return e;
    if (sqlite3_step(s) != SQLITE_DONE)
        e = db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

static enum err db_statement_id(struct db *db, const uint8_t issuer[32], uint64_t n,
                                uint8_t id[32], bool *found, struct why *why)
{
    const struct db_value v[] = { blob(issuer, 32), number(n) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT id FROM statement WHERE issuer=? AND number=?", v, 2, &s,
                            why);
    if (e != ERR_OK)
        return e;
    int got = sqlite3_step(s);
    *found = got == SQLITE_ROW && sqlite3_column_bytes(s, 0) == 32;
    if (*found)
        memcpy(id, sqlite3_column_blob(s, 0), 32);
    else if (got != SQLITE_DONE)
        e = db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

enum err db_statement_add(struct db *db, const uint8_t issuer[32], uint64_t n,
                          const uint8_t id[32], struct bytes envelope, struct why *why)
{
    uint8_t known[32];
    bool found = false;
    enum err e = db_statement_id(db, issuer, n, known, &found, why);
    if (e != ERR_OK)
        return e;
    if (found && memcmp(known, id, 32) != 0)
        return why_set(why, ERR_CHAIN_FORK, "two statements number %llu of one issuer",
                       (unsigned long long)n);
    if (found)
        return ERR_OK;
    const struct db_value v[] = { blob(issuer, 32), number(n), blob(id, 32),
                                  blob(envelope.ptr, envelope.len) };
    return db_do(db, "INSERT INTO statement(issuer, number, id, envelope) VALUES(?,?,?,?)", v, 4,
                 why);
}

enum err db_statement_get(struct db *db, const uint8_t issuer[32], uint64_t n, struct buf *out,
                          struct why *why)
{
    const struct db_value v[] = { blob(issuer, 32), number(n) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT envelope FROM statement WHERE issuer=? AND number=?", v, 2,
                            &s, why);
    if (e != ERR_OK)
        return e;
    int got = sqlite3_step(s);
    if (got == SQLITE_ROW)
        buf_add(out, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
    else
        e = got == SQLITE_DONE ? why_set(why, ERR_NOT_FOUND, "no statement number %llu is kept",
                                         (unsigned long long)n)
                               : db_error(db, why);
    sqlite3_finalize(s);
    return e == ERR_OK && !buf_ok(out) ? why_nomem(why) : e;
}

enum err db_statement_newest(struct db *db, const uint8_t issuer[32], uint64_t *n,
                             struct why *why)
{
    const struct db_value v[] = { blob(issuer, 32) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT coalesce(max(number),0) FROM statement WHERE issuer=?", v,
                            1, &s, why);
    if (e != ERR_OK)
        return e;
    if (sqlite3_step(s) == SQLITE_ROW)
        *n = (uint64_t)sqlite3_column_int64(s, 0);
    else
        e = db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

enum err db_statement_each(struct db *db,
                           enum err (*each)(void *ctx, struct bytes envelope, struct why *why),
                           void *ctx, struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT envelope FROM statement ORDER BY place", NULL, 0, &s, why);
    if (e != ERR_OK)
        return e;
    int got;
    while (e == ERR_OK && (got = sqlite3_step(s)) != SQLITE_DONE) {
        if (got == SQLITE_ROW)
            e = each(ctx, bytes_of(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0)),
                     why);
        else
            e = db_error(db, why);
    }
    sqlite3_finalize(s);
    return e;
}

enum err db_checkpoint_get(struct db *db, unsigned gate, struct db_checkpoint *out,
                           struct why *why)
{
    const struct db_value v[] = { number(gate) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT size, root FROM checkpoint WHERE gate=?", v, 1, &s, why);
    if (e != ERR_OK)
        return e;
    *out = (struct db_checkpoint){ 0 };
    int got = sqlite3_step(s);
    if (got == SQLITE_ROW && sqlite3_column_bytes(s, 1) == 32) {
        out->size = (uint64_t)sqlite3_column_int64(s, 0);
        memcpy(out->root, sqlite3_column_blob(s, 1), 32);
    } else if (got != SQLITE_DONE) {
        e = db_error(db, why);
    }
    sqlite3_finalize(s);
    return e;
}

enum err db_checkpoint_put(struct db *db, unsigned gate, const struct db_checkpoint *c,
                           struct bytes note, struct why *why)
{
    const struct db_value v[] = { number(gate), number(c->size), blob(c->root, 32),
                                  blob(note.ptr, note.len) };
    return db_do(db,
                 "INSERT INTO checkpoint VALUES(?,?,?,?) ON CONFLICT(gate) DO UPDATE SET"
                 " size=excluded.size, root=excluded.root, note=excluded.note"
                 " WHERE excluded.size > checkpoint.size",
                 v, 4, why);
}

enum err db_kept_put(struct db *db, const uint8_t record[32], const uint8_t kept[92],
                     uint8_t gates, struct why *why)
{
    const struct db_value v[] = { blob(record, 32), blob(kept, 92), number(gates) };
    return db_do(db, "INSERT OR REPLACE INTO kept VALUES(?,?,?)", v, 3, why);
}

enum err db_kept_get(struct db *db, const uint8_t record[32], uint8_t kept[92], struct why *why)
{
    const struct db_value v[] = { blob(record, 32) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT kept FROM kept WHERE record=?", v, 1, &s, why);
    if (e != ERR_OK)
        return e;
    int got = sqlite3_step(s);
    if (got == SQLITE_ROW && sqlite3_column_bytes(s, 0) == 92)
        memcpy(kept, sqlite3_column_blob(s, 0), 92);
    else
        e = got == SQLITE_DONE ? why_set(why, ERR_NOT_FOUND, "no DEK of that record is kept")
                               : db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

enum err db_kept_drop(struct db *db, const uint8_t record[32], struct why *why)
{
    const struct db_value v[] = { blob(record, 32) };
    return db_do(db, "DELETE FROM kept WHERE record=?", v, 1, why);
}

enum err db_kept_list(struct db *db, uint8_t (*ids)[32], uint8_t *gates, size_t max, size_t *count,
                      struct why *why)
{
    const struct db_value v[] = { number(max) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db, "SELECT record, gates FROM kept ORDER BY random() LIMIT ?", v,
                          1, &s, why);
    if (e != ERR_OK)
        return e;
    *count = 0;
    int got;
    while ((got = sqlite3_step(s)) == SQLITE_ROW && *count < max) {
        if (sqlite3_column_bytes(s, 0) == 32)
            memcpy(ids[*count], sqlite3_column_blob(s, 0), 32);
        gates[(*count)++] = (uint8_t)sqlite3_column_int(s, 1);
    }
    if (got != SQLITE_DONE && got != SQLITE_ROW)
        e = db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

enum err db_opened_put(struct db *db, const uint8_t project[16], const uint8_t record[32],
                       struct why *why)
{
    const struct db_value v[] = { blob(project, 16), blob(record, 32) };
    return db_do(db, "INSERT OR IGNORE INTO opened VALUES(?,?,0)", v, 2, why);
}

enum err db_opened_list(struct db *db, const uint8_t project[16], uint8_t (*ids)[32], size_t max,
                        size_t *count, struct why *why)
{
    const struct db_value v[] = { blob(project, 16), number(max) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(
        db, "SELECT record FROM opened WHERE project=? AND done=0 LIMIT ?", v, 2, &s, why);
    if (e != ERR_OK)
        return e;
    *count = 0;
    int got;
    while ((got = sqlite3_step(s)) == SQLITE_ROW && *count < max)
        if (sqlite3_column_bytes(s, 0) == 32)
            memcpy(ids[(*count)++], sqlite3_column_blob(s, 0), 32);
    if (got != SQLITE_DONE && got != SQLITE_ROW)
        e = db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

enum err db_opened_done(struct db *db, const uint8_t project[16], uint8_t (*ids)[32], size_t count,
                        struct why *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        const struct db_value v[] = { blob(project, 16), blob(ids[i], 32) };
        e = db_do(db, "UPDATE opened SET done=1 WHERE project=? AND record=?", v, 2, why);
    }
    return e;
}

enum err db_close_put(struct db *db, const uint8_t project[16], const struct request_close *c,
                      struct why *why)
{
    const struct db_value v[] = { blob(project, 16), blob(c->task, 32), number(c->how),
                                  blob(c->record, 32) };
    return db_do(db,
                 "INSERT OR IGNORE INTO closing(project, task, how, record, told)"
                 " VALUES(?,?,?,?,0)",
                 v, 4, why);
}

enum err db_close_list(struct db *db, const uint8_t project[16], uint8_t gates,
                       struct request_close *out, size_t max, size_t *count, uint64_t *last,
                       struct why *why)
{
    const struct db_value v[] = { blob(project, 16), number(gates), number(max) };
    sqlite3_stmt *s = NULL;
    enum err e = db_prepare(db,
                            "SELECT task, how, record, place FROM closing"
                            " WHERE project=?1 AND (told & ?2) <> ?2 ORDER BY place LIMIT ?3",
                            v, 3, &s, why);
    if (e != ERR_OK)
        return e;
    *count = 0;
    *last = 0;
    int got;
    while ((got = sqlite3_step(s)) == SQLITE_ROW && *count < max) {
        if (sqlite3_column_bytes(s, 0) != 32 || sqlite3_column_bytes(s, 2) != 32)
            continue;
        struct request_close *c = &out[(*count)++];
        memcpy(c->task, sqlite3_column_blob(s, 0), 32);
        c->how = (enum request_how)sqlite3_column_int(s, 1);
        memcpy(c->record, sqlite3_column_blob(s, 2), 32);
        *last = (uint64_t)sqlite3_column_int64(s, 3);
    }
    if (got != SQLITE_DONE && got != SQLITE_ROW)
        e = db_error(db, why);
    sqlite3_finalize(s);
    return e;
}

enum err db_close_told(struct db *db, const uint8_t project[16], uint8_t gates, uint64_t last,
                       uint8_t told, uint8_t roster, struct why *why)
{
    const struct db_value mark[] = { blob(project, 16), number(gates), number(last),
                                     number(told) };
    const struct db_value known[] = { number(roster) };
    enum err e = db_do(db,
                       "UPDATE closing SET told = told | ?4"
                       " WHERE project=?1 AND (told & ?2) <> ?2 AND place <= ?3",
                       mark, 4, why);
    return e == ERR_OK ? db_do(db, "DELETE FROM closing WHERE (told & ?1) = ?1", known, 1, why)
                       : e;
}
