/* cli/columns.h: tables for people, by libsmartcols: aligned, and wrapped where the terminal ends.
 * Without a terminal (`width` 0) nothing is wrapped or cut.
 * Memory  columns_print frees   Threads  one owner */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "base/bytes.h"

struct libscols_table;

/* Headings, NULL at the end; all-empty ones are not printed. The last column wraps. NULL: no
 * memory. */
struct libscols_table *columns_new(unsigned width, const char *const *heads);
/* One row: as many cells as there are headings. */
void columns_add(struct libscols_table *t, const char *const *cells);
/* Appends the table to `out` and frees it; nothing for NULL or no rows. */
void columns_print(struct libscols_table *t, struct buf *out);

#endif
