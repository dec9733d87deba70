#include "sys/log_sample.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "tlog/tile.h"

static void entries_come_back_in_order_after_reopening(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    uint64_t size = 0;
    sample_dir_make(dir);
    for (int round = 0; round < 8; round++) {
        AUTO_LOG struct log *log = sample_open(dir, &report);
        assert_true(report.entries == size && !report.cut && report.files_rewritten == 0);
        for (int i = 0; i < 12; i++) {
            const size_t count = 1 + sample_random(i % 3 ? 5 : 250);
            test_ok(sample_append(log, count, &why), &why);
            size += count;
            assert_true(log_size(log) == size);
        }
        uint8_t want[32], got[32];
        log_root(log, got);
        sample_root(size, want);
        assert_memory_equal(want, got, 32);
    }
    assert_true(sample_exists(dir, "segment-00000002.log"));
    sample_dir_remove(dir);
}

/* Reads the published directory as a stranger would: checkpoint, tiles, bundles. */
static void directory_check(const char *dir, uint64_t size)
{
    struct why why;
    struct checkpoint c;
    struct sample_signer s;
    char path[TILE_PATH_MAX], full[TILE_PATH_MAX + 8];
    AUTO_BUF struct buf file = buf_init(20 << 20);
    AUTO_BUF struct buf below = buf_init(64 << 20);
    sample_signer_make(&s);
    assert_true(sample_read(dir, "tlog/checkpoint", &file));
    test_ok(checkpoint_open(&c, buf_bytes(&file), &s.key, &why), &why);
    assert_true(c.size == size);
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        AUTO_BUF struct buf nodes = buf_init(64 << 20);
        for (uint64_t n = 0;; n++) {
            struct tile t = { .level = level, .index = n, .width = tile_width(level, n, size) };
            if (t.width == 0)
                break;
            tile_path(path, &t);
            (void)snprintf(full, sizeof full, "tlog/%s", path);
            if (!sample_read(dir, full, &file) || file.len != t.width * 32u)
                fail_msg("size %lu: %s", (unsigned long)size, path);
            buf_add_bytes(&nodes, buf_bytes(&file));
        }
        uint8_t want[32];
        if (level == 0) {
            tlog_root_of_leaves(want, nodes.ptr, nodes.len / 32);
            assert_memory_equal(want, c.root, 32);
        }
        for (size_t i = 0; level > 0 && i < nodes.len / 32; i++) {
            tlog_root_of_leaves(want, below.ptr + i * TILE_WIDTH * 32, TILE_WIDTH);
            assert_memory_equal(want, nodes.ptr + i * 32, 32);
        }
        buf_reset(&below);
        buf_add_bytes(&below, buf_bytes(&nodes));
    }
    for (uint64_t n = 0; n * TILE_WIDTH < size; n++) {
        struct tile t = { .entries = true, .index = n, .width = tile_width(0, n, size) };
        struct bytes entries[TILE_WIDTH];
        uint8_t want[600];
        tile_path(path, &t);
        (void)snprintf(full, sizeof full, "tlog/%s", path);
        assert_true(sample_read(dir, full, &file));
        test_ok(tile_bundle_split(entries, buf_bytes(&file), t.width, &why), &why);
        for (unsigned i = 0; i < t.width; i++)
            assert_true(bytes_equal(entries[i], sample_entry(n * TILE_WIDTH + i, want)));
    }
}

static void the_directory_is_a_whole_log_after_every_publishing(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    sample_publish(log);
    directory_check(dir, 0);
    static const size_t steps[] = { 1, 1, 253, 1, 1, 300, 255, 13, 211, 700 };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (size_t left = steps[i]; left > 0;) {
            const size_t count = left < 100 ? left : 100;
            test_ok(sample_append(log, count, &why), &why);
            left -= count;
        }
        const uint64_t published = i ? log_size(log) - steps[i] : 0;
        directory_check(dir, published); /* appending alone disturbs no reader */
        sample_publish(log);
        directory_check(dir, log_size(log));
    }
    const uint64_t size = log_size(log);
    log_close(log);
    log = sample_open(dir, &report);
    assert_int_equal(report.files_rewritten, 0);
    directory_check(dir, size);
    log_close(log);
    sample_dir_remove(dir);
}

static void partial_files_live_for_two_checkpoints(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    sample_dir_make(dir);
    AUTO_LOG struct log *log = sample_open(dir, &report);
    static const struct { size_t add; const char *there[3], *gone[3]; } rows[] = {
        { 5, { "tile/0/000.p/5", "tile/entries/000.p/5" }, { 0 } },
        { 2, { "tile/0/000.p/5", "tile/0/000.p/7", "tile/entries/000.p/5" }, { 0 } },
        { 3, { "tile/0/000.p/7", "tile/0/000.p/10" },
          { "tile/0/000.p/5", "tile/entries/000.p/5" } },
        { 250, { "tile/0/000", "tile/0/001.p/4", "tile/0/000.p/10" }, { "tile/0/000.p/7" } },
        { 1, { "tile/0/001.p/4", "tile/0/001.p/5", "tile/1/000.p/1" },
          { "tile/0/000.p/10", "tile/0/000.p", "tile/entries/000.p" } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[100];
        test_ok(sample_append(log, rows[i].add, &why), &why);
        sample_publish(log);
        for (size_t k = 0; k < 3; k++) {
            (void)snprintf(name, sizeof name, "tlog/%s", rows[i].there[k] ? rows[i].there[k] : "");
            if (!sample_exists(dir, name))
                fail_msg("row %zu: no %s", i, name);
            (void)snprintf(name, sizeof name, "tlog/%s", rows[i].gone[k] ? rows[i].gone[k] : "-");
            if (sample_exists(dir, name))
                fail_msg("row %zu: still %s", i, name);
        }
    }
    sample_dir_remove(dir);
}

static void a_note_for_another_state_is_not_published(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    struct sample_signer s;
    sample_signer_make(&s);
    sample_dir_make(dir);
    AUTO_LOG struct log *log = sample_open(dir, &report);
    test_ok(sample_append(log, 3, &why), &why);
    static const struct { const char *why; int size; uint8_t flip; } rows[] = {
        { "an older size", 2, 0 }, { "a size to come", 4, 0 }, { "another root", 3, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct checkpoint c = { .size = (uint64_t)rows[i].size };
        AUTO_BUF struct buf note = buf_init(1000);
        log_root(log, c.root);
        c.root[0] ^= rows[i].flip;
        test_ok(checkpoint_sign(&note, &c, &s.key, s.secret, &why), &why);
        if (log_publish(log, buf_bytes(&note), NULL) != ERR_INTERNAL)
            fail_msg("%s", rows[i].why);
    }
    test_err(log_publish(log, bytes_of(NULL, 0), NULL), ERR_INTERNAL);
    assert_false(log_dead(log));
    sample_publish(log);
    sample_dir_remove(dir);
}

static void proof_check(struct log *log, uint64_t index, uint64_t size1, uint64_t size2)
{
    struct why why;
    struct tlog_path p;
    uint8_t root1[32], root2[32], leaf[32], want[600];
    AUTO_BUF struct buf entry = buf_init(LOG_ENTRY_MAX);
    test_ok(log_root_at(log, size1, root1, &why), &why);
    test_ok(log_root_at(log, size2, root2, &why), &why);
    test_ok(log_entry_read(log, index, &entry, &why), &why);
    assert_true(bytes_equal(buf_bytes(&entry), sample_entry(index, want)));
    tlog_leaf_hash(leaf, buf_bytes(&entry), NULL);
    test_ok(log_inclusion(log, index, size1, &p, &why), &why);
    test_ok(tlog_inclusion_check(index, size1, leaf, p.hash[0], p.count, root1, &why), &why);
    test_ok(log_consistency(log, size1, size2, &p, &why), &why);
    test_ok(tlog_consistency_check(size1, size2, root1, root2, p.hash[0], p.count, &why), &why);
}

/* More than 1,000 tiles, so that there are paths such as x001/000; level 2 too. */
static void a_great_log_has_every_proof_and_path(void **state)
{
    (void)state;
    enum { BATCH = 4000, SIZE = 257000 };
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    sample_dir_make(dir);
    struct log *log = NULL;
    test_ok(log_open(&log, dir, LOG_SEGMENT_BYTES, NULL, NULL, &report, &why), &why);
    while (log_size(log) < SIZE)
        test_ok(sample_append(log, SIZE - log_size(log) < BATCH ? SIZE - log_size(log) : BATCH,
                              &why), &why);
    sample_publish(log);
    uint8_t want[32], got[32];
    sample_root(SIZE, want);
    log_root(log, got);
    assert_memory_equal(want, got, 32);
    for (int reopened = 0; reopened < 2; reopened++) {
        for (int i = 0; i < 300; i++) {
            const uint64_t size2 = 1 + sample_random(SIZE), size1 = 1 + sample_random(size2);
            proof_check(log, sample_random(size1), size1, size2);
        }
        proof_check(log, SIZE - 1, SIZE, SIZE);
        if (!reopened) {
            log_close(log);
            log = sample_open(dir, &report);
            assert_true(report.entries == SIZE && report.files_rewritten == 0);
        }
    }
    static const char *const there[] = {
        "tlog/tile/0/x001/000", "tlog/tile/0/x001/003.p/232", "tlog/tile/entries/x001/000",
        "tlog/tile/entries/x001/003.p/232", "tlog/tile/1/002", "tlog/tile/1/003.p/235",
        "tlog/tile/2/000.p/3",
    };
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
        if (!sample_exists(dir, there[i]))
            fail_msg("no %s", there[i]);
    log_close(log);
    sample_dir_remove(dir);
}

static void what_is_not_in_the_log_is_refused(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    struct tlog_path p;
    uint8_t root[32];
    AUTO_BUF struct buf small = buf_init(10);
    sample_dir_make(dir);
    AUTO_LOG struct log *log = sample_open(dir, &report);
    test_ok(sample_append(log, 10, &why), &why);
    test_err(log_inclusion(log, 10, 11, &p, NULL), ERR_FORMAT);
    test_err(log_inclusion(log, 5, 5, &p, NULL), ERR_FORMAT);
    test_err(log_consistency(log, 5, 11, &p, NULL), ERR_FORMAT);
    test_err(log_consistency(log, 0, 5, &p, NULL), ERR_FORMAT);
    test_err(log_root_at(log, 11, root, NULL), ERR_FORMAT);
    test_err(log_entry_read(log, 10, &small, NULL), ERR_NOT_FOUND);
    test_err(log_entry_read(log, 9, &small, NULL), ERR_LIMIT);
    sample_dir_remove(dir);
}

static void lost_and_changed_tiles_are_written_anew(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX], path[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    for (int i = 0; i < 10; i++)
        test_ok(sample_append(log, 90, &why), &why);
    sample_publish(log);
    log_close(log);
    sample_path(path, dir, "tlog/tile/0/001");
    assert_int_equal(unlink(path), 0);
    sample_path(path, dir, "tlog/tile/entries/000");
    assert_int_equal(truncate(path, 100), 0);
    sample_write(dir, "tlog/tile/0/003.p/132", bytes_str("not a tile"));
    log = sample_open(dir, &report);
    assert_int_equal(report.files_rewritten, 3);
    directory_check(dir, 900);
    log_close(log);
    char tlog[SAMPLE_PATH_MAX];
    sample_path(tlog, dir, "tlog");
    sample_dir_remove(tlog);
    log = sample_open(dir, &report);
    assert_int_equal(report.files_rewritten, 6);
    sample_publish(log);
    directory_check(dir, 900);
    log_close(log);
    sample_write(dir, "tlog/checkpoint", bytes_str("\0\0\0"));
    log_close(sample_open(dir, &report));
    assert_false(sample_exists(dir, "tlog/checkpoint")); /* none is better than a false one */
    sample_dir_remove(dir);
}

static void a_changed_bundle_is_not_given_out(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    AUTO_BUF struct buf file = buf_init(20 << 20);
    AUTO_BUF struct buf entry = buf_init(LOG_ENTRY_MAX);
    sample_dir_make(dir);
    AUTO_LOG struct log *log = sample_open(dir, &report);
    for (int i = 0; i < 4; i++)
        test_ok(sample_append(log, 90, &why), &why);
    assert_true(sample_read(dir, "tlog/tile/entries/000", &file));
    file.ptr[10] ^= 1;
    sample_write(dir, "tlog/tile/entries/000", buf_bytes(&file));
    test_err(log_entry_read(log, 0, &entry, NULL), ERR_LOG_DAMAGED);
    test_ok(log_entry_read(log, 1, &entry, &why), &why);
    sample_dir_remove(dir);
}

static void objects_are_found_by_their_hash(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX], name[100];
    struct why why;
    struct log_report report;
    uint8_t hash[32];
    static uint8_t text[70000];
    AUTO_BUF struct buf got = buf_init(1 << 20);
    sample_dir_make(dir);
    AUTO_LOG struct log *log = sample_open(dir, &report);
    text[69999] = 9;
    const struct bytes whole = bytes_of(text, sizeof text);
    sha256(hash, whole);
    test_err(log_object_get(log, hash, &got, NULL), ERR_NOT_FOUND);
    for (size_t i = 0; i < 2; i++)
        test_ok(log_object_put(log, whole, hash, &why), &why);
    test_ok(log_object_get(log, hash, &got, &why), &why);
    assert_true(bytes_equal(buf_bytes(&got), whole));
    const struct hex_id id = hex_id(hash);
    (void)snprintf(name, sizeof name, "object/%.2s/%s", id.s, id.s);
    sample_write(dir, name, bytes_str("something else"));
    buf_reset(&got);
    test_err(log_object_get(log, hash, &got, NULL), ERR_LOG_DAMAGED);
    assert_int_equal(got.len, 0);
    hash[0] ^= 1;
    test_err(log_object_get(log, hash, &got, NULL), ERR_NOT_FOUND);
    test_err(log_object_put(log, bytes_of(text, LOG_OBJECT_MAX + 1), hash, NULL), ERR_LIMIT);
    sample_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back_in_order_after_reopening),
        cmocka_unit_test(the_directory_is_a_whole_log_after_every_publishing),
        cmocka_unit_test(partial_files_live_for_two_checkpoints),
        cmocka_unit_test(a_note_for_another_state_is_not_published),
        cmocka_unit_test(a_great_log_has_every_proof_and_path),
        cmocka_unit_test(what_is_not_in_the_log_is_refused),
        cmocka_unit_test(lost_and_changed_tiles_are_written_anew),
        cmocka_unit_test(a_changed_bundle_is_not_given_out),
        cmocka_unit_test(objects_are_found_by_their_hash),
    };
    return cmocka_run_group_tests_name("sys/log", tests, sample_start, NULL);
}
