/* store/sql.h: the few SQLite calls that the store needs, with our errors. Private to this folder.
 * Statements are prepared once and kept.   Threads  one owner */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/bytes.h"
#include "base/why.h"

#include <sqlite3.h>

enum { SQL_KEPT_MAX = 32 };

struct sql {
    sqlite3 *db;
    struct {
        const char *text; /* a literal: compared by address */
        sqlite3_stmt *statement;
    } kept[SQL_KEPT_MAX];
};

/* One value to bind: a blob, or a number where ptr is NULL. */
struct sql_value {
    const void *ptr;
    size_t len;
    int64_t number;
};
struct sql_value sql_blob(const void *ptr, size_t len);
struct sql_value sql_number(uint64_t v);

MUST_USE enum err sql_open(const char *path, const char *schema, struct sql *out, struct why *why);
void sql_close(struct sql *s);
enum err sql_error(struct sql *s, struct why *why);

/* A statement with its values bound; sql_done gives it back. */
MUST_USE enum err sql_query(struct sql *s, const char *text, const struct sql_value *values,
                            int count, sqlite3_stmt **out, struct why *why);
void sql_done(sqlite3_stmt *statement);
/* Runs a statement that gives no rows. */
MUST_USE enum err sql_do(struct sql *s, const char *text, const struct sql_value *values,
                         int count, struct why *why);

#endif
