#include "cli/columns.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_UNLIMITED = 1 << 16, COLUMNS_GAP = 2, COLUMNS_TEXT_MIN = 20 };

struct libscols_table *columns_new(const char *const *heads)
{
    struct libscols_table *t = scols_new_table();
    bool named = false, failed = !t;
    for (size_t i = 0; !failed && heads[i]; i++) {
        struct libscols_column *c =
            scols_table_new_column(t, heads[i], 0, heads[i + 1] ? 0 : SCOLS_FL_WRAP);
        failed = !c || (!heads[i + 1] &&
                        (scols_column_set_wrapfunc(c, scols_wrapnl_chunksize,
                                                   scols_wrapnl_nextchunk, NULL) != 0 ||
                         scols_column_set_safechars(c, "\n") != 0));
        named = named || *heads[i];
    }
    if (!failed)
        failed = scols_table_enable_noheadings(t, !named) ||
                 scols_table_set_column_separator(t, "  ") ||
                 scols_table_set_termforce(t, SCOLS_TERMFORCE_ALWAYS) ||
                 scols_table_set_termwidth(t, COLUMNS_UNLIMITED);
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

/* Code points, which is near enough for what is printed here. */
static size_t cells_of(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/* How many bytes of a line go on this row: up to the last blank that fits, or the whole word. */
static size_t row_bytes(const char *s, size_t len, size_t room)
{
    size_t fit = 0;
    if (cells_of(s, len) <= room)
        return len;
    for (size_t i = 1; i < len; i++) {
        if (s[i] != ' ')
            continue;
        if (fit && cells_of(s, i) > room)
            break;
        fit = i;
        if (cells_of(s, i) > room)
            break;
    }
    return fit ? fit : len;
}

static void wrap_line(struct buf *out, unsigned width, unsigned hang, const char *s, size_t len)
{
    size_t indent = strspn(s, " ");
    if (indent > len)
        indent = len;
    buf_add(out, s, indent);
    s += indent;
    len -= indent;
    for (size_t used = indent; len; used = indent + hang) {
        size_t n = row_bytes(s, len, width > used + 10 ? width - used : 10);
        buf_add(out, s, n);
        while (n < len && s[n] == ' ')
            n++;
        s += n;
        len -= n;
        if (len)
            buf_add_fmt(out, "\n%*s", (int)(indent + hang), "");
    }
}

void columns_wrap(struct buf *out, unsigned width, unsigned hang, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (width)
            wrap_line(out, width, hang, text, len);
        else
            buf_add(out, text, len);
        if (text[len] == '\n')
            buf_add_str(out, "\n");
        text += len + (text[len] == '\n');
    }
}

/* Without the blanks that padding leaves at the ends of lines. */
static void add_trimmed(struct buf *out, unsigned indent, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), kept = len;
        while (kept && text[kept - 1] == ' ')
            kept--;
        buf_add_fmt(out, "%*s", kept ? (int)indent : 0, "");
        buf_add(out, text, kept);
        buf_add_str(out, "\n");
        text += len + (text[len] == '\n');
    }
}

static const char *cell_text(struct libscols_line *line, size_t i)
{
    const char *text = scols_cell_get_data(scols_line_get_cell(line, i));
    return text ? text : "";
}

/* What the columns before the last one take, gaps counted. */
static size_t columns_before(struct libscols_table *t)
{
    size_t total = 0;
    for (size_t i = 0; i + 1 < scols_table_get_ncols(t); i++) {
        const char *head =
            scols_cell_get_data(scols_column_get_header(scols_table_get_column(t, i)));
        size_t widest = head && !scols_table_is_noheadings(t) ? cells_of(head, strlen(head)) : 0;
        for (size_t k = 0; k < scols_table_get_nlines(t); k++) {
            const char *text = cell_text(scols_table_get_line(t, k), i);
            size_t cells = cells_of(text, strlen(text));
            widest = cells > widest ? cells : widest;
        }
        total += widest + COLUMNS_GAP;
    }
    return total;
}

static void break_last(struct libscols_table *t, size_t room)
{
    size_t last = scols_table_get_ncols(t) - 1;
    for (size_t k = 0; k < scols_table_get_nlines(t); k++) {
        struct libscols_line *line = scols_table_get_line(t, k);
        AUTO_BUF struct buf text = buf_init(1 << 16);
        columns_wrap(&text, (unsigned)room, 0, cell_text(line, last));
        (void)scols_line_set_data(line, last, buf_cstr(&text));
    }
}

void columns_print(struct libscols_table *t, unsigned width, unsigned indent, struct buf *out)
{
    char *text = NULL;
    if (t && scols_table_get_nlines(t)) {
        size_t before = columns_before(t) + indent;
        if (width)
            break_last(t, width > before + COLUMNS_TEXT_MIN ? width - before : COLUMNS_TEXT_MIN);
        if (scols_print_table_to_string(t, &text) == 0)
            add_trimmed(out, indent, text);
    }
    free(text);
    scols_unref_table(t);
}
