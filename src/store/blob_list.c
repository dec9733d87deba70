#include "store/blob.h"

#include "store/private_blob.h"

enum err blob_statement_put(struct blob *b, const uint8_t issuer[32], uint64_t number,
                            const uint8_t *topic, struct bytes envelope, struct why *why)
{
    const struct sql_value v[] = { sql_blob(issuer, 32), sql_number(number),
                                   sql_blob(envelope.ptr, envelope.len), sql_blob(topic, 32) };
    if (topic)
        return sql_do(&b->sql,
                      "INSERT INTO statement(issuer, number, envelope, topic) VALUES(?,?,?,?)", v,
                      4, why);
    return sql_do(&b->sql, "INSERT INTO statement(issuer, number, envelope) VALUES(?,?,?)", v, 3,
                  why);
}

enum err blob_statement_each(struct blob *b, blob_each *each, void *ctx, struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e =
        sql_query(&b->sql, "SELECT envelope, topic IS NOT NULL FROM statement ORDER BY place", NULL,
                  0, &s, why);
    if (e != ERR_OK)
        return e;
    int got;
    while (e == ERR_OK && (got = sqlite3_step(s)) != SQLITE_DONE) {
        if (got == SQLITE_ROW)
            e = each(ctx, bytes_of(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0)),
                     sqlite3_column_int(s, 1) != 0, why);
        else
            e = sql_error(&b->sql, why);
    }
    sql_done(s);
    return e;
}

/* Appends u16-length envelopes of a query, as long as they fit. */
static enum err blob_envelopes(struct blob *b, const char *text, const struct sql_value *v,
                               int count, size_t max, struct buf *out, struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql, text, v, count, &s, why);
    if (e != ERR_OK)
        return e;
    size_t start = out->len;
    int got;
    while ((got = sqlite3_step(s)) == SQLITE_ROW) {
        size_t len = (size_t)sqlite3_column_bytes(s, 0);
        if (out->len - start + len + 2 > max)
            break;
        buf_add_u16(out, (uint16_t)len);
        buf_add(out, sqlite3_column_blob(s, 0), len);
    }
    if (got != SQLITE_DONE && got != SQLITE_ROW)
        e = sql_error(&b->sql, why);
    sql_done(s);
    return e == ERR_OK && !buf_ok(out) ? why_nomem(why) : e;
}

enum err blob_chain(struct blob *b, const uint8_t issuer[32], uint64_t from, size_t max,
                    struct buf *out, struct why *why)
{
    const struct sql_value v[] = { sql_blob(issuer, 32), sql_number(from) };
    return blob_envelopes(
        b, "SELECT envelope FROM statement WHERE issuer=? AND number>=? ORDER BY number", v, 2, max,
        out, why);
}

enum err blob_topic(struct blob *b, const uint8_t topic[32], size_t max, struct buf *out,
                    struct why *why)
{
    const struct sql_value v[] = { sql_blob(topic, 32) };
    return blob_envelopes(b, "SELECT envelope FROM statement WHERE topic=? ORDER BY place", v, 1,
                          max, out, why);
}

enum err blob_issuers(struct blob *b, struct buf *out, struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql,
                           "SELECT issuer FROM statement GROUP BY issuer ORDER BY min(place)", NULL,
                           0, &s, why);
    if (e != ERR_OK)
        return e;
    int got;
    while ((got = sqlite3_step(s)) == SQLITE_ROW)
        buf_add(out, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
    if (got != SQLITE_DONE)
        e = sql_error(&b->sql, why);
    sql_done(s);
    return e == ERR_OK && !buf_ok(out) ? why_nomem(why) : e;
}

enum err blob_task_put(struct blob *b, const uint8_t project[16], const uint8_t task[32],
                       struct why *why)
{
    const struct sql_value v[] = { sql_blob(project, 16), sql_blob(task, 32) };
    return sql_do(&b->sql, "INSERT OR IGNORE INTO task(project, task) VALUES(?,?)", v, 2, why);
}

enum err blob_task_each(struct blob *b,
                        enum err (*each)(void *ctx, const uint8_t project[16],
                                         const uint8_t task[32], struct why *why),
                        void *ctx, struct why *why)
{
    sqlite3_stmt *s = NULL;
    enum err e = sql_query(&b->sql, "SELECT project, task FROM task ORDER BY place", NULL, 0, &s,
                           why);
    if (e != ERR_OK)
        return e;
    int got;
    while (e == ERR_OK && (got = sqlite3_step(s)) != SQLITE_DONE) {
        if (got == SQLITE_ROW && sqlite3_column_bytes(s, 0) == 16 &&
            sqlite3_column_bytes(s, 1) == 32)
            e = each(ctx, sqlite3_column_blob(s, 0), sqlite3_column_blob(s, 1), why);
        else
            e = sql_error(&b->sql, why);
    }
    sql_done(s);
    return e;
}
