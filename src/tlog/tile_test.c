#include "base/test.h"

#include "tlog/tile.h"

static void tiles_have_the_paths_of_the_specification(void **state)
{
    (void)state;
    static const struct { struct tile t; const char *path; } rows[] = {
        { { false, 0, 0, 256 }, "tile/0/000" },
        { { false, 1, 5, 256 }, "tile/1/005" },
        { { false, 0, 1234067, 256 }, "tile/0/x001/x234/067" },
        { { false, 0, 273, 112 }, "tile/0/273.p/112" },
        { { false, 2, 0, 1 }, "tile/2/000.p/1" },
        { { true, 0, 999, 256 }, "tile/entries/999" },
        { { true, 0, 0, 199 }, "tile/entries/000.p/199" },
        { { true, 0, 1000, 255 }, "tile/entries/x001/000.p/255" },
        { { false, 7, UINT64_MAX, 1 }, "tile/7/x018/x446/x744/x073/x709/x551/615.p/1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[TILE_PATH_MAX];
        struct tile t;
        struct why why;
        tile_path(path, &rows[i].t);
        assert_string_equal(path, rows[i].path);
        test_ok(tile_path_parse(&t, bytes_str(path), &why), &why);
        assert_true(t.entries == rows[i].t.entries && t.level == rows[i].t.level &&
                    t.index == rows[i].t.index && t.width == rows[i].t.width);
    }
}

static void other_paths_are_refused(void **state)
{
    (void)state;
    static const struct { const char *why, *path; } rows[] = {
        { "empty", "" },
        { "no number", "tile/0/" },
        { "another word", "tiles/0/000" },
        { "level 8", "tile/8/000" },
        { "leading zero in level", "tile/00/000" },
        { "no level", "tile//000" },
        { "two digits", "tile/0/12" },
        { "four digits", "tile/0/1234" },
        { "no x", "tile/0/001/234" },
        { "x in the last group", "tile/0/x001" },
        { "x in the last group, slash", "tile/0/x001/" },
        { "first group 000", "tile/0/x000/001" },
        { "more than 64 bits", "tile/0/x018/x446/x744/x073/x709/x551/616" },
        { "too many groups", "tile/0/x001/x000/x000/x000/x000/x000/x000/000" },
        { "width 0", "tile/0/000.p/0" },
        { "width 256", "tile/0/000.p/256" },
        { "width 07", "tile/0/000.p/07" },
        { "width 2570000000", "tile/0/000.p/2570000000" },
        { "no width", "tile/0/000.p/" },
        { "width 1:", "tile/0/000.p/1:" },
        { "other suffix", "tile/0/000.q/1" },
        { "left over", "tile/0/000.p/1/" },
        { "a slash in front", "/tile/0/000" },
        { "up", "tile/0/../000" },
        { "entries with a level", "tile/entries/0/000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tile t = { .width = 99 };
        if (tile_path_parse(&t, bytes_str(rows[i].path), NULL) != ERR_FORMAT || t.width != 99)
            fail_msg("%s", rows[i].why);
    }
}

static void a_log_has_the_tiles_that_its_size_fills(void **state)
{
    (void)state;
    static const struct { unsigned level; uint64_t index, size; unsigned want; } rows[] = {
        { 0, 0, 0, 0 }, { 0, 0, 1, 1 }, { 0, 0, 255, 255 }, { 0, 0, 256, 256 }, { 0, 1, 256, 0 },
        { 0, 1, 257, 1 }, { 1, 0, 255, 0 }, { 1, 0, 256, 1 }, { 1, 0, 65535, 255 },
        { 1, 0, 65536, 256 }, { 2, 0, 65535, 0 }, { 2, 0, 70000, 1 }, { 0, 273, 70000, 112 },
        { 7, 0, INT64_MAX, 127 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(tile_width(rows[i].level, rows[i].index, rows[i].size), rows[i].want);
}

static void bundles_split_into_what_was_added(void **state)
{
    (void)state;
    struct why why;
    AUTO_BUF struct buf b = buf_init(1 << 20);
    struct bytes got[TILE_WIDTH];
    static uint8_t longest[65535];
    tile_bundle_add(&b, bytes_str("one"));
    tile_bundle_add(&b, bytes_of(NULL, 0));
    tile_bundle_add(&b, bytes_of(longest, sizeof longest));
    assert_memory_equal(b.ptr, "\0\3one\0\0\377\377", 9);
    test_ok(tile_bundle_split(got, buf_bytes(&b), 3, &why), &why);
    assert_true(got[0].len == 3 && got[1].len == 0 && got[2].len == sizeof longest);
    test_err(tile_bundle_split(got, buf_bytes(&b), 2, NULL), ERR_FORMAT);
    test_err(tile_bundle_split(got, buf_bytes(&b), 4, NULL), ERR_FORMAT);
    test_err(tile_bundle_split(got, bytes_of(b.ptr, b.len - 1), 3, NULL), ERR_FORMAT);
    test_err(tile_bundle_split(got, bytes_of(NULL, 0), 0, NULL), ERR_FORMAT);
    test_err(tile_bundle_split(got, bytes_of(NULL, 0), 257, NULL), ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_have_the_paths_of_the_specification),
        cmocka_unit_test(other_paths_are_refused),
        cmocka_unit_test(a_log_has_the_tiles_that_its_size_fills),
        cmocka_unit_test(bundles_split_into_what_was_added),
    };
    return cmocka_run_group_tests_name("tlog/tile", tests, NULL, NULL);
}
