#include "cli/columns.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_UNLIMITED = 4096 };

struct libscols_table *columns_new(unsigned width, const char *const *heads)
{
    struct libscols_table *t = scols_new_table();
    bool named = false, failed = !t;
    for (size_t i = 0; !failed && heads[i]; i++) {
        int flags = heads[i + 1] ? 0 : SCOLS_FL_WRAP;
        struct libscols_column *c = scols_table_new_column(t, heads[i], 0, flags);
        failed = !c;
        named = named || *heads[i];
    }
    if (!failed)
        failed = scols_table_enable_noheadings(t, !named) ||
                 scols_table_set_column_separator(t, "  ") ||
                 scols_table_set_termforce(t, SCOLS_TERMFORCE_ALWAYS) ||
                 scols_table_set_termwidth(t, width ? width : COLUMNS_UNLIMITED);
    if (!failed)
        return t;
    scols_unref_table(t);
    return NULL;
}

void columns_add(struct libscols_table *t, const char *const *cells)
{
    struct libscols_line *line = t ? scols_table_new_line(t, NULL) : NULL;
    for (size_t i = 0; line && i < scols_table_get_ncols(t); i++)
        (void)scols_line_set_data(line, i, cells[i]);
}

/* Without the blanks that padding leaves at the ends of lines. */
static void add_trimmed(struct buf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), kept = len;
        while (kept && text[kept - 1] == ' ')
            kept--;
        buf_add(out, text, kept);
        buf_add_str(out, "\n");
        text += len + (text[len] == '\n');
    }
}

void columns_print(struct libscols_table *t, struct buf *out)
{
    char *text = NULL;
    if (t && scols_table_get_nlines(t) && scols_print_table_to_string(t, &text) == 0)
        add_trimmed(out, text);
    free(text);
    scols_unref_table(t);
}
