#include "store/sql.h"

#include <assert.h>
#include <string.h>

struct sql_value sql_blob(const void *ptr, size_t len)
{
    return (struct sql_value){ .ptr = ptr, .len = len };
}

struct sql_value sql_number(uint64_t v)
{
    return (struct sql_value){ .number = (int64_t)v };
}

enum err sql_error(struct sql *s, struct why *why)
{
    int code = sqlite3_errcode(s->db);
    if (code == SQLITE_NOMEM)
        return why_nomem(why);
    return why_set(why, code == SQLITE_FULL ? ERR_DISK_FULL : ERR_IO,
                   "cannot use the store's index: %s", sqlite3_errmsg(s->db));
}

enum err sql_open(const char *path, const char *schema, struct sql *out, struct why *why)
{
    memset(out, 0, sizeof *out);
    /* SQLite seeds itself when it first needs to, which in a database that was there before is
     * inside the sandbox: getpid is not allowed there, and the process would be killed. */
    uint32_t unused;
    sqlite3_randomness(sizeof unused, &unused);
    if (sqlite3_open(path, &out->db) == SQLITE_OK &&
        sqlite3_exec(out->db, schema, NULL, NULL, NULL) == SQLITE_OK)
        return ERR_OK;
    enum err e = out->db ? sql_error(out, why) : why_nomem(why);
    sql_close(out);
    return e;
}

void sql_close(struct sql *s)
{
    for (size_t i = 0; i < SQL_KEPT_MAX; i++)
        sqlite3_finalize(s->kept[i].statement);
    sqlite3_close(s->db);
    memset(s, 0, sizeof *s);
}

static enum err sql_prepared(struct sql *s, const char *text, sqlite3_stmt **out, struct why *why)
{
    size_t i = 0;
    while (i < SQL_KEPT_MAX && s->kept[i].text && s->kept[i].text != text)
        i++;
    assert(i < SQL_KEPT_MAX);
    if (!s->kept[i].text) {
        if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &s->kept[i].statement,
                               NULL) != SQLITE_OK)
            return sql_error(s, why);
        s->kept[i].text = text;
    }
    *out = s->kept[i].statement;
    return ERR_OK;
}

enum err sql_query(struct sql *s, const char *text, const struct sql_value *values, int count,
                   sqlite3_stmt **out, struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum err e = sql_prepared(s, text, &statement, why);
    if (e != ERR_OK)
        return e;
    for (int i = 0; i < count; i++) {
        int bad = values[i].ptr ? sqlite3_bind_blob64(statement, i + 1, values[i].ptr,
                                                      values[i].len, SQLITE_TRANSIENT)
                                : sqlite3_bind_int64(statement, i + 1, values[i].number);
        if (bad) {
            sql_done(statement);
            return sql_error(s, why);
        }
    }
    *out = statement;
    return ERR_OK;
}

void sql_done(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

enum err sql_do(struct sql *s, const char *text, const struct sql_value *values, int count,
                struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum err e = sql_query(s, text, values, count, &statement, why);
    if (e != ERR_OK)
        return e;
    if (sqlite3_step(statement) != SQLITE_DONE)
        e = sql_error(s, why);
    sql_done(statement);
    return e;
}
