#include "make.h"

#include "record/manifest.h"

#include <stdio.h>

static json_t *row(struct make *m, int kind, unsigned parents, json_int_t length)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < parents; i++)
        json_array_append_new(list, MAKE_RANDOM(m, 32));
    return json_pack("{s:o, s:i, s:o, s:I, s:o}", "id", MAKE_RANDOM(m, 32), "kind", kind, "parents",
                     list, "length", length, "body_hash", MAKE_RANDOM(m, 32));
}

static const json_t *rows_case(struct make *m, const char *name, const char *why, unsigned count)
{
    json_t *rows = json_array();
    for (unsigned i = 0; i < count; i++)
        json_array_append_new(rows, row(m, (int)(i % 8 + 1), i % 4, 256 + (json_int_t)i * 1000));
    const json_t *out = make_case(m, "make", "ok", name, why, json_pack("{s:o}", "rows", rows));
    make_case(m, "parse", "ok", name, "what was made is read again", json_incref((json_t *)out));
    return out;
}

/* The edited rows, with their own root: they are wrong in nothing else. */
static void bad_rows(struct make *m, const json_t *made, const struct make_edit *edit)
{
    json_t *rows = make_splice(json_object_get(made, "manifest"), edit->at, edit->removed,
                               edit->hex);
    uint8_t root[HASH_BYTES];
    enum err e = manifest_root(make_bytes(rows), root, NULL);
    assert(e == ERR_OK);
    (void)e;
    make_case(m, "parse", edit->outcome, edit->name, edit->why,
              json_pack("{s:o, s:o}", "manifest", rows, "root", op_hex(root, sizeof root)));
}

void make_manifest(struct make *m)
{
    rows_case(m, "1 row", "one record", 1);
    rows_case(m, "2 rows", "two records", 2);
    rows_case(m, "3 rows", "the tree is not full", 3);
    rows_case(m, "9 rows", "all kinds, all numbers of parents", 9);
    rows_case(m, "33 rows", "a taller tree", 33);
    json_t *large = json_pack("[o]", row(m, 8, 0, ((json_int_t)1 << 36)));
    make_case(m, "make", "ok", "64 GiB", "the longest body",
              json_pack("{s:o}", "rows", large));
    /* Row 1 of these has one parent, row 3 three. */
    const json_t *four = rows_case(m, "4 rows", "a full tree", 4);
    const struct bytes raw = make_bytes(json_object_get(four, "manifest"));
    json_t *first_id = op_hex(raw.ptr, 32);
    const struct make_edit rows[] = {
        { "manifest", 32, 1, "00", "kind 0", "there is no kind 0" },
        { "manifest", 169 + 32, 1, "09", "kind 9", "session is reserved" },
        { "manifest", 3 * 169 + 32, 1, "ff", "kind 255, last row", "there is no kind 255" },
        { "manifest", 169, 32, json_string_value(first_id), "an id twice, neighbours",
          "a record is listed once" },
        { "manifest", 3 * 169, 32, json_string_value(first_id), "an id twice, ends",
          "a record is listed once" },
        { "manifest", 3 * 169 + 33, 32,
          "0000000000000000000000000000000000000000000000000000000000000000",
          "first parent absent", "an absent parent before a present one" },
        { "manifest", 3 * 169 + 65, 32,
          "0000000000000000000000000000000000000000000000000000000000000000",
          "second parent absent", "an absent parent before a present one" },
        { "ok", 3 * 169 + 97, 32,
          "0000000000000000000000000000000000000000000000000000000000000000",
          "third parent absent", "two parents are fine" },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++)
        bad_rows(m, four, &rows[i]);
    static const struct make_edit roots[] = {
        { "manifest", 0, 0, "^01", "another root", "the statement names other rows" },
        { "manifest", 31, 0, "^80", "another root, last bit", "the statement names other rows" },
    };
    make_edits(m, "parse", four, "root", roots, MAKE_COUNT(roots));
    static const struct make_edit sizes[] = {
        { "format", 0, 4 * 169, "", "empty", "at least one row" },
        { "format", 168, 3 * 169 + 1, "", "168 bytes", "a row has 169" },
        { "format", 170, 3 * 169 - 1, "", "170 bytes", "a row has 169" },
        { "manifest", 3 * 169, 169, "", "last row dropped", "the root is that of four rows" },
        { "manifest", 2 * 169 + 129, 0, "^01", "another length", "the root is over the row" },
    };
    make_edits(m, "parse", four, "manifest", sizes, MAKE_COUNT(sizes));
}

void make_pack(struct make *m)
{
    static const size_t lengths[] = { 272, 17, 1040 };
    const json_t *out = NULL;
    json_t *project = MAKE_RANDOM(m, 16), *author = MAKE_RANDOM(m, 32), *records = json_array();
    json_t *first = NULL;
    for (size_t i = 0; i < MAKE_COUNT(lengths); i++) {
        static const char *const names[] = { "1 record", "2 records", "3 records" };
        json_t *header = make_record((unsigned)i + 2, project, author, MAKE_RANDOM(m, 32));
        if (!first)
            first = header;
        json_array_append_new(records, json_pack("{s:O, s:o}", "header", header, "body",
                                                 MAKE_RANDOM(m, lengths[i])));
        out = make_case(m, "make", "ok", names[i], "bodies are not opened",
                        json_pack("{s:o}", "records", json_deep_copy(records)));
        make_case(m, "parse", "ok", names[i], "what was made is read again",
                  json_pack("{s:o}", "pack", make_member(out, "pack")));
    }
    json_t *in = json_pack("{s:o}", "pack", make_member(out, "pack"));
    enum { FIRST = 12, ROW = 104, LENGTH = FIRST + 96 };
    /* 272 + 17 + 1040 bytes of bodies behind 12 + 3 * 104 */
    const struct make_edit rows[] = {
        { "format", 3, 1, "71", "magic cfdq", "the last byte of the magic is wrong" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "format", 5, 1, "01", "first zero", "a reserved byte is not zero" },
        { "format", 7, 1, "01", "last zero", "a reserved byte is not zero" },
        { "format", 8, 4, "00000000", "count 0", "at least one record" },
        { "format", 8, 4, "00000004", "count one too many", "there are three records" },
        { "format", 8, 4, "00000002", "count one too few", "there are three records" },
        { "format", 8, 4, "00010001", "count 65,537", "more than a pack may hold" },
        { "format", 8, 4, "ffffffff", "count 2^32-1", "more than a pack may hold" },
        { "format", LENGTH, 8, "0000000000000000", "sealed length 0", "no body is empty" },
        { "format", LENGTH, 8, "0000000000000010", "sealed length 16", "a tag alone is no body" },
        { "format", LENGTH, 8, "0000000000010020", "sealed length 65,552 + 16",
          "the second chunk would be a tag alone" },
        { "format", LENGTH, 8, "8000000000000110", "sealed length of 2^63 and more",
          "longer than 2^20 chunks" },
        { "format", LENGTH, 8, "000000000000010f", "sealed length one too small",
          "the bodies are longer than the rows say" },
        { "format", LENGTH, 8, "0000000000000111", "sealed length one too great",
          "the bodies are shorter than the rows say" },
        { "format", FIRST + ROW, 96, json_string_value(first), "a record twice",
          "the same header in two rows" },
        { "format", MAKE_END, 0, "00", "a byte left over", "nothing else may stand behind" },
        { "format", -1, 1, "", "a byte short", "the last body is cut" },
        { "format", 0, 12 + 3 * ROW + 1329, "", "empty", "no bytes at all" },
        { "format", 11, 3 * ROW + 1330, "", "cut in the front", "11 bytes" },
        { "format", FIRST + ROW + 6, 1, "00", "a header of kind 0", "each header is read" },
        { "format", FIRST + 2 * ROW, 1, "00", "a header with another magic",
          "each header is read" },
        { "version", FIRST + 2 * ROW + 4, 1, "02", "a header of version 2", "each header is read" },
        { "version", FIRST + 5, 1, "02", "a header of suite 2", "each header is read" },
    };
    make_edits(m, "parse", in, "pack", rows, MAKE_COUNT(rows));
}
