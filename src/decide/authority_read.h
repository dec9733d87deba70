/* decide/authority_read.h: how tables of the state are read from bytes. Private to this folder. */
#ifndef DECIDE_AUTHORITY_READ_H
#define DECIDE_AUTHORITY_READ_H

#include "base/cur.h"
#include "base/why.h"
#include "decide/hash.h"

static inline enum err authority_no_state(struct why *why, const char *what)
{
    return why_set(why, ERR_FORMAT, "cannot read the state: %s", what);
}

/* Enters a row that was read under its key. The row stays the caller's if that fails: the bytes
 * were too few or wrong, the key is there already, or there is no memory. */
#define AUTHORITY_ROW_ENTER(table, member, size, row, cursor, why)                                 \
    __extension__({                                                                                \
        __typeof__(row) known_ = NULL;                                                             \
        enum err e_ = ERR_OK;                                                                      \
        HASH_FIND(hh, table, &(row)->member, size, known_);                                        \
        if ((cursor)->failed || known_)                                                            \
            e_ = authority_no_state(why, known_ ? "a name stands twice" : "a row is none");        \
        else if (!HASH_ROW_ADD(table, member, size, row))                                          \
            e_ = why_nomem(why);                                                                   \
        e_;                                                                                        \
    })

/* A count of rows of at least `each` bytes: no more than can be there. */
static inline size_t authority_read_count(struct cur *c, size_t each)
{
    const size_t count = cur_u32be(c);
    c->failed = c->failed || count > cur_left(c) / each;
    return c->failed ? 0 : count;
}

static inline bool authority_read_bool(struct cur *c)
{
    const uint8_t v = cur_u8(c);
    c->failed = c->failed || v > 1;
    return v == 1;
}

#endif
