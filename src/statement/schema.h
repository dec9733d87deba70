/* statement/schema.h: the members of every payload, in their order, as data.
 * Source  docs/format.md 4.2
 * One table a kind; fields.c reads, checks, writes and frees by it, so that writer and reader
 * cannot differ. Rules between members are statement.c's. Private to this folder.
 * Memory  static tables   Threads  pure */
#ifndef STATEMENT_SCHEMA_H
#define STATEMENT_SCHEMA_H

#include "statement/statement.h"

enum field_type {
    FIELD_HEX,  /* uint8_t[size] */
    FIELD_KEY,  /* uint8_t[32], an Ed25519 point of the prime-order group */
    FIELD_INT,  /* uint64_t */
    FIELD_WORD, /* an enum, one of `words` */
    FIELD_TEXT, /* char *, malloc'ed; min to max are bytes */
    FIELD_NAME, /* the same, a key name as tlog/note.h has it: visible ASCII without '+' */
    FIELD_LIST, /* pointer to malloc'ed rows and a size_t; min to max are rows */
};

/* By a row's first field, which lies at its beginning. */
enum field_order { ORDER_FREE, ORDER_DISTINCT, ORDER_ASCENDING };

struct field {
    const char *name; /* NULL: a row that is no object, but the value itself */
    enum field_type type;
    size_t offset; /* in struct statement, or in the row */
    size_t size;   /* FIELD_HEX: bytes; FIELD_LIST: bytes of a row */
    uint64_t min, max;
    const struct words *words;
    size_t count_offset;
    enum field_order order;
    const struct field *row;
    size_t row_fields;
};

struct schema {
    const struct field *fields;
    size_t count;
};

/* All members, the common ones first. Asserts that there is such a kind. */
struct schema schema_of(enum statement_kind kind);

#endif
