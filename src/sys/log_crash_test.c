#include "sys/log_sample.h"

#include "sys/log_batch.h"

#include <signal.h>
#include <sys/wait.h>

/* A log before and after its last batch: what a crash between them may leave is made from both. */
struct image {
    char dir[SAMPLE_PATH_MAX];
    uint64_t durable, last; /* entries */
    struct buf before, after, head_before, head_after;
};

static const char segment0[] = "segment-00000000.log", segment1[] = "segment-00000001.log";

static void image_make(struct image *im)
{
    struct why why;
    struct log_report report;
    sample_dir_make(im->dir);
    im->before = im->after = buf_init(LOG_SEGMENT_BYTES_MAX);
    im->head_before = im->head_after = buf_init(100);
    struct log *log = sample_open(im->dir, &report);
    for (int i = 0; i < 10; i++)
        test_ok(sample_append(log, 3, &why), &why);
    im->durable = log_size(log);
    assert_true(sample_read(im->dir, segment0, &im->before));
    assert_true(sample_read(im->dir, "head", &im->head_before));
    test_ok(sample_append(log, 20, &why), &why);
    im->last = log_size(log);
    assert_true(sample_read(im->dir, segment0, &im->after));
    assert_true(sample_read(im->dir, "head", &im->head_after));
    log_close(log);
}

static void image_release(struct image *im)
{
    sample_dir_remove(im->dir);
    buf_release(&im->before);
    buf_release(&im->after);
    buf_release(&im->head_before);
    buf_release(&im->head_after);
}

/* Every subset of the sectors of an unsynced batch may be on the disk. */
static void a_torn_last_batch_is_cut_off_and_nothing_else(void **state)
{
    (void)state;
    struct image im;
    struct why why;
    image_make(&im);
    uint8_t *torn = malloc(im.before.len);
    assert_non_null(torn);
    for (int round = 0; round < 150; round++) {
        bool all = true, none = true;
        const uint64_t bias = 1 + sample_random(16);
        memcpy(torn, im.before.ptr, im.before.len);
        for (size_t at = 0; at < im.before.len; at += LOG_SECTOR) {
            if (memcmp(im.before.ptr + at, im.after.ptr + at, LOG_SECTOR) == 0)
                continue;
            const bool here = round == 0 || (round != 1 && sample_random(17) < bias);
            all = all && here;
            none = none && !here;
            if (here)
                memcpy(torn + at, im.after.ptr + at, LOG_SECTOR);
        }
        sample_write(im.dir, segment0, bytes_of(torn, im.before.len));
        sample_write(im.dir, "head", buf_bytes(&im.head_before));
        struct log_report report;
        struct log *log = sample_open(im.dir, &report);
        assert_true(report.entries == (all ? im.last : im.durable));
        assert_true(report.cut == (!all && !none));
        if (report.cut)
            assert_true(report.cut_segment == 0 && report.cut_offset % LOG_SECTOR == 0 &&
                        report.cut_bytes > 0);
        test_ok(sample_append(log, 4, &why), &why);
        const uint64_t size = log_size(log);
        log_close(log);
        log = sample_open(im.dir, &report);
        assert_true(report.entries == size && !report.cut);
        log_close(log);
    }
    free(torn);
    image_release(&im);
}

/* Nobody can tell a torn batch from a damaged one but by what else is known. */
static void damage_to_the_last_batch_is_told_by_the_head(void **state)
{
    (void)state;
    struct image im;
    image_make(&im);
    size_t at = 0;
    while (im.before.ptr[at] == im.after.ptr[at])
        at++;
    im.after.ptr[at + 200] ^= 1;
    struct why why;
    struct log_report report;
    struct log *log = NULL;
    sample_write(im.dir, segment0, buf_bytes(&im.after));
    sample_write(im.dir, "head", buf_bytes(&im.head_after));
    test_err(log_open(&log, im.dir, SAMPLE_SEGMENT, NULL, NULL, &report, &why), ERR_LOG_DAMAGED);
    char want[60];
    (void)snprintf(want, sizeof want, "segment 00000000 is damaged at offset %zu", at);
    assert_non_null(strstr(why.text, want));
    AUTO_BUF struct buf now = buf_init(LOG_SEGMENT_BYTES_MAX);
    assert_true(sample_read(im.dir, segment0, &now) &&
                bytes_equal(buf_bytes(&now), buf_bytes(&im.after)));
    /* A head that is torn itself says nothing. */
    im.head_after.ptr[12] ^= 1;
    sample_write(im.dir, "head", buf_bytes(&im.head_after));
    log = sample_open(im.dir, &report);
    assert_true(report.cut && report.cut_offset == at && report.entries == im.durable);
    log_close(log);
    image_release(&im);
}

static void a_flipped_byte_in_an_early_batch_is_damage_with_its_place(void **state)
{
    (void)state;
    struct image im;
    image_make(&im);
    /* The last batch may be torn; those before it may not, whatever the head says. */
    size_t last = im.before.len - LOG_SECTOR;
    while (memcmp(im.before.ptr + last, "cfdb", 4) != 0)
        last -= LOG_SECTOR;
    for (int round = 0; round < 60; round++) {
        struct why why;
        struct log_report report;
        struct log *log = NULL;
        /* Anywhere in a batch but in the zeroes behind its frames, which nothing depends on. */
        size_t at = LOG_SECTOR + sample_random(last - LOG_SECTOR);
        while (im.before.ptr[at] == 0)
            at--;
        memcpy(im.after.ptr, im.before.ptr, im.before.len);
        im.after.ptr[at] ^= (uint8_t)(1u << sample_random(8));
        sample_write(im.dir, segment0, buf_bytes(&im.after));
        sample_write(im.dir, "head", bytes_of(im.head_before.ptr, round % 2 ? 10 : 80));
        test_err(log_open(&log, im.dir, SAMPLE_SEGMENT, NULL, NULL, &report, &why),
                 ERR_LOG_DAMAGED);
        const char *text = strstr(why.text, "segment 00000000 is damaged at offset ");
        assert_non_null(text);
        const size_t place = strtoul(text + 38, NULL, 10);
        assert_true(place <= at && at < place + 4096 && place % LOG_SECTOR == 0);
    }
    image_release(&im);
}

/* Cutting a torn batch writes zeroes: a crash in the midst of that is survived too. */
static void a_cut_that_was_interrupted_is_finished(void **state)
{
    (void)state;
    struct image im;
    image_make(&im);
    uint8_t *torn = malloc(im.before.len);
    assert_non_null(torn);
    for (int round = 0; round < 40; round++) {
        struct log_report report;
        memcpy(torn, im.after.ptr, im.after.len);
        for (size_t at = 0; at < im.before.len; at += LOG_SECTOR)
            if (memcmp(im.before.ptr + at, im.after.ptr + at, LOG_SECTOR) != 0 &&
                (sample_random(2) || round == 0))
                memset(torn + at, 0, LOG_SECTOR);
        sample_write(im.dir, segment0, bytes_of(torn, im.before.len));
        sample_write(im.dir, "head", buf_bytes(&im.head_before));
        struct log *log = sample_open(im.dir, &report);
        assert_true(report.entries == im.durable || report.entries == im.last);
        log_close(log);
    }
    free(torn);
    image_release(&im);
}

static void segment_remove(const char *dir, const char *name)
{
    char path[SAMPLE_PATH_MAX];
    sample_path(path, dir, name);
    assert_int_equal(unlink(path), 0);
}

static void segment_flip(const char *dir, const char *name, size_t at)
{
    AUTO_BUF struct buf file = buf_init(LOG_SEGMENT_BYTES_MAX);
    assert_true(sample_read(dir, name, &file));
    file.ptr[at] ^= 1;
    sample_write(dir, name, buf_bytes(&file));
}

static void segment_cut(const char *dir, const char *name, size_t len)
{
    char path[SAMPLE_PATH_MAX];
    sample_path(path, dir, name);
    assert_int_equal(truncate(path, (off_t)len), 0);
}

static void segment_swap(const char *dir)
{
    AUTO_BUF struct buf a = buf_init(LOG_SEGMENT_BYTES_MAX);
    AUTO_BUF struct buf b = buf_init(LOG_SEGMENT_BYTES_MAX);
    assert_true(sample_read(dir, segment0, &a) && sample_read(dir, segment1, &b));
    sample_write(dir, segment0, buf_bytes(&b));
    sample_write(dir, segment1, buf_bytes(&a));
}

/* As if a batch had never been written, but all behind it had. */
static void batch_leave_out(const char *dir, const char *name)
{
    AUTO_BUF struct buf file = buf_init(LOG_SEGMENT_BYTES_MAX);
    assert_true(sample_read(dir, name, &file));
    size_t second = 2 * LOG_SECTOR;
    while (memcmp(file.ptr + second, "cfdb", 4) != 0)
        second += LOG_SECTOR;
    memmove(file.ptr + LOG_SECTOR, file.ptr + second, file.len - second);
    sample_write(dir, name, buf_bytes(&file));
}

static void a_segment_that_is_lost_or_changed_is_damage(void **state)
{
    (void)state;
    static const char *const names[] = {
        "the first is gone", "the second is gone", "the newest is gone", "all are gone",
        "a header flipped", "the first is cut short", "the newest is cut short",
        "two are swapped", "the tail of a full one is not zero", "a batch is left out",
        "another root in the head",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char dir[SAMPLE_PATH_MAX];
        struct why why;
        struct log_report report;
        sample_dir_make(dir);
        struct log *log = sample_open(dir, &report);
        for (int k = 0; k < 26; k++)
            test_ok(sample_append(log, 40, &why), &why);
        log_close(log);
        assert_true(sample_exists(dir, "segment-00000002.log") &&
                    !sample_exists(dir, "segment-00000003.log"));
        switch (i) {
        case 0: segment_remove(dir, segment0); break;
        case 1: segment_remove(dir, segment1); break;
        case 2: segment_remove(dir, "segment-00000002.log"); break;
        case 3:
            segment_remove(dir, segment0);
            segment_remove(dir, segment1);
            segment_remove(dir, "segment-00000002.log");
            break;
        case 4: segment_flip(dir, segment1, 30); break;
        case 5: segment_cut(dir, segment0, SAMPLE_SEGMENT / 2); break;
        case 6: segment_cut(dir, "segment-00000002.log", SAMPLE_SEGMENT / 2); break;
        case 7: segment_swap(dir); break;
        case 8: segment_flip(dir, segment0, SAMPLE_SEGMENT - 1); break;
        case 9:
            batch_leave_out(dir, "segment-00000002.log");
            segment_remove(dir, "head"); /* which would tell it too */
            break;
        default: {
            AUTO_BUF struct buf head = buf_init(100);
            char other[SAMPLE_PATH_MAX];
            sample_dir_make(other);
            struct log *small = sample_open(other, &report);
            const uint8_t entry[30] = { 1 };
            const struct bytes one = bytes_of(entry, sizeof entry);
            test_ok(log_append(small, &one, 1, &why), &why);
            log_close(small);
            assert_true(sample_read(other, "head", &head));
            sample_write(dir, "head", buf_bytes(&head));
            sample_dir_remove(other);
        }
        }
        log = NULL;
        if (log_open(&log, dir, SAMPLE_SEGMENT, NULL, NULL, &report, &why) != ERR_LOG_DAMAGED)
            fail_msg("%s", names[i]);
        sample_dir_remove(dir);
    }
}

static void a_published_checkpoint_convicts_a_shortened_log(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    AUTO_BUF struct buf early = buf_init(LOG_SEGMENT_BYTES_MAX);
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    test_ok(sample_append(log, 3, &why), &why);
    assert_true(sample_read(dir, segment0, &early));
    test_ok(sample_append(log, 3, &why), &why);
    sample_publish(log);
    log_close(log);
    sample_write(dir, segment0, buf_bytes(&early));
    segment_remove(dir, "head");
    test_err(log_open(&log, dir, SAMPLE_SEGMENT, NULL, NULL, &report, &why), ERR_LOG_DAMAGED);
    sample_dir_remove(dir);
}

/* A child appends and says how much is durable; then it is killed. */
static void what_was_acknowledged_survives_a_killed_process(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct log_report report;
    sample_dir_make(dir);
    for (int round = 0; round < 6; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            struct log *log = sample_open(dir, &report);
            for (;;) {
                struct why why;
                if (sample_append(log, 1 + sample_random(30), &why) != ERR_OK)
                    _exit(1);
                const uint64_t size = log_size(log);
                if (write(ends[1], &size, sizeof size) != sizeof size)
                    _exit(1);
                if (size % 3 == 0)
                    sample_publish(log);
            }
        }
        (void)close(ends[1]);
        uint64_t acknowledged = 0;
        const int until = 5 + round * 10;
        for (int i = 0; i < until; i++)
            assert_int_equal(read(ends[0], &acknowledged, sizeof acknowledged),
                             sizeof acknowledged);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        for (uint64_t more; read(ends[0], &more, sizeof more) == sizeof more;)
            acknowledged = more;
        (void)close(ends[0]);
        struct log *log = sample_open(dir, &report);
        assert_true(report.entries >= acknowledged);
        log_close(log);
    }
    sample_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_last_batch_is_cut_off_and_nothing_else),
        cmocka_unit_test(damage_to_the_last_batch_is_told_by_the_head),
        cmocka_unit_test(a_flipped_byte_in_an_early_batch_is_damage_with_its_place),
        cmocka_unit_test(a_cut_that_was_interrupted_is_finished),
        cmocka_unit_test(a_segment_that_is_lost_or_changed_is_damage),
        cmocka_unit_test(a_published_checkpoint_convicts_a_shortened_log),
        cmocka_unit_test(what_was_acknowledged_survives_a_killed_process),
    };
    return cmocka_run_group_tests_name("sys/log_crash", tests, sample_start, NULL);
}
