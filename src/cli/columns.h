/* cli/columns.h: tables for people, by libsmartcols: aligned, and wrapped where the terminal ends.
 * Without a terminal (`width` 0) nothing is wrapped or cut.
 * Memory  columns_print frees   Threads  one owner */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "base/bytes.h"

struct libscols_table;

/* Headings, NULL at the end; all-empty ones are not printed. NULL: no memory. */
struct libscols_table *columns_new(const char *const *heads);
/* One row: as many cells as there are headings. */
void columns_add(struct libscols_table *t, const char *const *cells);
/* Appends the table to `out`, `indent` blanks before each line, and frees it; nothing for NULL or
 * no rows. In the last column lines are broken between words. */
void columns_print(struct libscols_table *t, unsigned width, unsigned indent, struct buf *out);

/* Appends `text`, its lines broken between words where the terminal ends; what is broken off stands
 * under the text behind the line's own indent and `hang` more blanks. */
void columns_wrap(struct buf *out, unsigned width, unsigned hang, const char *text);

#endif
