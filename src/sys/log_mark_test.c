#include "sys/log.h"

#include "crypto/hash.h"
#include "sys/log_batch.h"
#include "sys/log_sample.h"

#include <stdio.h>

static const char segment0[] = "segment-00000000.log";

struct kept {
    struct log_place place;
    struct buf mark;
};

static struct kept keep(struct log *log)
{
    struct kept k = { .place = { .size = log_size(log) }, .mark = buf_init(1 << 25) };
    struct why why;
    sample_publish(log);
    log_root(log, k.place.root);
    test_ok(log_mark(log, &k.mark, &why), &why);
    test_ok(log_settle(log, 0, log_size(log), &why), &why);
    k.place.mark = buf_bytes(&k.mark);
    return k;
}

struct reading {
    uint64_t next;
};

static enum err each(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    struct reading *r = ctx;
    uint8_t want[600];
    if (index != r->next++ || !bytes_equal(entry, sample_entry(index, want)))
        return why_set(why, ERR_INTERNAL, "entry %lu is not the next one", (unsigned long)index);
    return ERR_OK;
}

static enum err resume(const char *dir, const struct log_place *place, struct log **log,
                       struct log_report *report, struct why *why)
{
    struct reading r = { .next = place->size };
    enum err e = log_resume(log, dir, SAMPLE_SEGMENT, place, each, &r, report, why);
    if (e == ERR_OK)
        assert_true(r.next == report->entries && report->start == place->size &&
                    log_size(*log) == report->entries);
    return e;
}

/* All that a log can be asked is answered as the entries alone would. */
static void whole(struct log *log)
{
    uint8_t root[32], want[32], entry[600];
    struct why why;
    struct tlog_path path;
    const uint64_t size = log_size(log);
    log_root(log, root);
    sample_root(size, want);
    assert_memory_equal(root, want, 32);
    for (unsigned i = 0; i < 40; i++) {
        const uint64_t index = i < 4 ? size - 1 - i : sample_random(size);
        AUTO_BUF struct buf got = buf_init(1 << 16);
        uint8_t leaf[32];
        test_ok(log_entry_read(log, index, &got, &why), &why);
        assert_true(bytes_equal(buf_bytes(&got), sample_entry(index, entry)));
        tlog_leaf_hash(leaf, buf_bytes(&got), NULL);
        test_ok(log_inclusion(log, index, size, &path, &why), &why);
        test_ok(tlog_inclusion_check(index, size, leaf, path.hash[0], path.count, root, &why),
                &why);
    }
}

static void a_log_opened_at_any_place_is_the_log_opened_whole(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 511, 512, 513, 700, 1024, 1500 };
    enum { PLACES = sizeof sizes / sizeof sizes[0] };
    char dir[SAMPLE_PATH_MAX];
    struct kept kept[PLACES];
    struct log_report report;
    struct why why;
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    for (size_t i = 0; i < PLACES; i++) {
        while (log_size(log) < sizes[i]) {
            const uint64_t room = sizes[i] - log_size(log), n = 1 + sample_random(40);
            test_ok(sample_append(log, (size_t)(n < room ? n : room), &why), &why);
        }
        kept[i] = keep(log);
    }
    log_close(log);
    for (size_t i = 0; i < PLACES; i++) {
        test_ok(resume(dir, &kept[i].place, &log, &report, &why), &why);
        assert_true(report.files_rewritten == 0 && !report.cut);
        whole(log);
        test_ok(sample_append(log, 1 + sample_random(300), &why), &why);
        whole(log);
        sample_publish(log);
        log_close(log);
        log = sample_open(dir, &report); /* read from the start, all files are right */
        assert_true(report.files_rewritten == 0 && report.start == 0);
        log_close(log);
        buf_release(&kept[i].mark);
    }
    sample_dir_remove(dir);
}

static void what_no_longer_fits_is_refused(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX], fork[SAMPLE_PATH_MAX];
    struct log_report report;
    struct why why;
    sample_dir_make(dir);
    sample_dir_make(fork);
    struct log *log = sample_open(dir, &report);
    test_ok(sample_append(log, 300, &why), &why);
    struct kept early = keep(log);
    test_ok(sample_append(log, 10, &why), &why);
    struct kept late = keep(log);
    log_close(log);

    /* The same entries in the same batches, but another log: its segments have other nonces. */
    log = sample_open(fork, &report);
    test_ok(sample_append(log, 300, &why), &why);
    sample_publish(log);
    log_close(log);
    test_err(resume(fork, &early.place, &log, &report, &why), ERR_PROOF);
    assert_non_null(strstr(why.text, "has not the batch"));
    /* A place behind the end of what is there. */
    test_err(resume(fork, &late.place, &log, &report, &why), ERR_PROOF);
    assert_non_null(strstr(why.text, "the published checkpoint is older"));

    /* A mark that is cut off or changed anywhere, a root or a size that are not its own. */
    for (size_t len = 0; len < late.mark.len; len += len < 80 ? 1 : 97) {
        struct log_place p = late.place;
        p.mark.len = len;
        test_err(resume(dir, &p, &log, &report, &why), ERR_PROOF);
    }
    for (size_t at = 0; at < late.mark.len; at += at < 80 ? 1 : 97) {
        late.mark.ptr[at] ^= 1;
        test_err(resume(dir, &late.place, &log, &report, &why), ERR_PROOF);
        late.mark.ptr[at] ^= 1;
    }
    struct log_place p = late.place;
    p.root[5] ^= 1;
    test_err(resume(dir, &p, &log, &report, &why), ERR_PROOF);
    p = late.place;
    p.size = early.place.size;
    test_err(resume(dir, &p, &log, &report, &why), ERR_PROOF);
    p.size = UINT64_MAX;
    test_err(resume(dir, &p, &log, &report, &why), ERR_PROOF);

    /* The checkpoint says otherwise, or says nothing. */
    AUTO_BUF struct buf note = buf_init(1000);
    assert_true(sample_read(dir, "tlog/checkpoint", &note));
    uint8_t *root = memchr(note.ptr, '\n', note.len);
    root = memchr(root + 1, '\n', 20);
    root[1] = root[1] == 'A' ? 'B' : 'A';
    sample_write(dir, "tlog/checkpoint", buf_bytes(&note));
    test_err(resume(dir, &early.place, &log, &report, &why), ERR_PROOF);
    assert_non_null(strstr(why.text, "another root"));
    sample_write(dir, "tlog/checkpoint", bytes_str("rubbish\n"));
    test_err(resume(dir, &early.place, &log, &report, &why), ERR_PROOF);
    log = sample_open(dir, &report);
    sample_publish(log);
    log_close(log);
    test_ok(resume(dir, &early.place, &log, &report, &why), &why); /* as a control */
    log_close(log);
    buf_release(&early.mark);
    buf_release(&late.mark);
    sample_dir_remove(dir);
    sample_dir_remove(fork);
}

/* Behind the place a torn batch is cut off and a damaged one refused, with its own place named;
 * before it nothing is read. */
static void damage_is_told_behind_the_place_and_not_before(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct log_report report;
    struct why why;
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    test_ok(sample_append(log, 3, &why), &why);
    test_ok(sample_append(log, 3, &why), &why);
    struct kept k = keep(log);
    AUTO_BUF struct buf head = buf_init(100), at_place = buf_init(1 << 20), all = buf_init(1 << 20);
    assert_true(sample_read(dir, segment0, &at_place) && sample_read(dir, "head", &head));
    test_ok(sample_append(log, 3, &why), &why);
    log_close(log);
    assert_true(sample_read(dir, segment0, &all));
    size_t at = 0;
    while (all.ptr[at] == at_place.ptr[at])
        at++;

    all.ptr[at + 200] ^= 1; /* the head says that it was durable: damage */
    sample_write(dir, segment0, buf_bytes(&all));
    test_err(resume(dir, &k.place, &log, &report, &why), ERR_LOG_DAMAGED);
    char want[80];
    (void)snprintf(want, sizeof want, "segment 00000000 is damaged at offset %zu", at);
    assert_non_null(strstr(why.text, want));
    sample_write(dir, "head", buf_bytes(&head)); /* the head does not: torn */
    test_ok(resume(dir, &k.place, &log, &report, &why), &why);
    assert_true(report.cut && report.cut_offset == at && log_size(log) == 6);
    test_ok(sample_append(log, 2, &why), &why);
    whole(log);
    log_close(log);

    assert_true(sample_read(dir, segment0, &all));
    all.ptr[LOG_SECTOR + 100] ^= 1;
    sample_write(dir, segment0, buf_bytes(&all));
    test_ok(resume(dir, &k.place, &log, &report, &why), &why);
    assert_true(log_size(log) == 8);
    log_close(log);
    test_err(log_open(&log, dir, SAMPLE_SEGMENT, NULL, NULL, &report, &why), ERR_LOG_DAMAGED);
    buf_release(&k.mark);
    sample_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_opened_at_any_place_is_the_log_opened_whole),
        cmocka_unit_test(what_no_longer_fits_is_refused),
        cmocka_unit_test(damage_is_told_behind_the_place_and_not_before),
    };
    return cmocka_run_group_tests(tests, sample_start, NULL);
}
