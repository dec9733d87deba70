/* decide/hash.h: uthash with allocation failures reported instead of ending the process. After
 * HASH_ADD, `hh.tbl` of the added element is NULL when there was no memory; HASH_ROW_ADD says it
 * with a bool. Memory  the tables' rows are the caller's   Threads  one owner */
#ifndef DECIDE_HASH_H
#define DECIDE_HASH_H

#define HASH_NONFATAL_OOM 1
#define HASH_BKT_CAPACITY_THRESH 6U /* shorter chains: each step is a miss of the cache */
#include <uthash.h>

#define HASH_ROW_ADD(table, member, size, row)                                                     \
    __extension__({                                                                                \
        HASH_ADD(hh, table, member, size, row);                                                    \
        (row)->hh.tbl != NULL;                                                                     \
    })

/* Frees a whole table; `release` is what a `row` holds. */
#define HASH_ROWS_FREE(table, type, release)                                                       \
    do {                                                                                           \
        type *row, *row_next;                                                                      \
        HASH_ITER(hh, table, row, row_next)                                                        \
        {                                                                                          \
            HASH_DEL(table, row);                                                                  \
            release;                                                                               \
            free(row);                                                                             \
        }                                                                                          \
    } while (0)

#endif
