/* What a loss of power may leave of a log, made by hand: between two syncs any subset of the
 * sectors that were written may be on the disk, and one of them in part. COFFERDAM_IMAGES says how
 * many are tried (10,000). */
#include "sys/log_sample.h"

#include "sys/log_batch.h"

#include <fcntl.h>

enum { INTERVALS = 24, IMAGES = 10000, BATCH_MAX = 12 };

/* The images are made by hand, so nothing here waits for a disk. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

/* A log after each of its syncs. */
struct history {
    char dir[SAMPLE_PATH_MAX];
    uint64_t entries[INTERVALS + 1];
    struct buf segment[INTERVALS + 1], head[INTERVALS + 1];
};

/* In place: a file that is cut to nothing first is written out by some file systems. */
static void image_write(const char *dir, const char *name, struct bytes in)
{
    char path[SAMPLE_PATH_MAX];
    sample_path(path, dir, name);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && pwrite(fd, in.ptr, in.len, 0) == (ssize_t)in.len);
    assert_int_equal(ftruncate(fd, (off_t)in.len), 0);
    assert_int_equal(close(fd), 0);
}

static const char segment0[] = "segment-00000000.log";

static void history_make(struct history *h)
{
    struct why why;
    struct log_report report;
    sample_dir_make(h->dir);
    struct log *log = sample_open(h->dir, &report);
    for (size_t i = 0; i <= INTERVALS; i++) {
        h->segment[i] = buf_init(SAMPLE_SEGMENT);
        h->head[i] = buf_init(100);
        if (i > 0)
            test_ok(sample_append(log, 1 + sample_random(BATCH_MAX), &why), &why);
        h->entries[i] = log_size(log);
        assert_true(sample_read(h->dir, segment0, &h->segment[i]));
        assert_true(sample_read(h->dir, "head", &h->head[i]));
    }
    log_close(log);
    assert_false(sample_exists(h->dir, "segment-00000001.log"));
}

static void history_release(struct history *h)
{
    sample_dir_remove(h->dir);
    for (size_t i = 0; i <= INTERVALS; i++) {
        buf_release(&h->segment[i]);
        buf_release(&h->head[i]);
    }
}

/* What is there of sync `i`+1 when the power goes before it returns: true if all of it. */
static bool image_draw(const struct history *h, size_t i, uint8_t *out)
{
    const uint8_t *was = h->segment[i].ptr, *is = h->segment[i + 1].ptr;
    const uint64_t bias = sample_random(18);
    bool whole = true;
    memcpy(out, was, SAMPLE_SEGMENT);
    for (size_t at = 0; at < SAMPLE_SEGMENT; at += LOG_SECTOR) {
        size_t len = LOG_SECTOR, from = 0;
        if (memcmp(was + at, is + at, LOG_SECTOR) == 0)
            continue;
        if (sample_random(17) >= bias)
            len = 0;
        else if (sample_random(20) == 0) { /* torn within the sector, at either end */
            len = sample_random(LOG_SECTOR);
            from = sample_random(2) ? LOG_SECTOR - len : 0;
        }
        memcpy(out + at + from, is + at + from, len);
        whole = whole && memcmp(out + at, is + at, LOG_SECTOR) == 0;
    }
    return whole;
}

/* `head` is never synced: it may be of any sync until then, torn, or gone. */
static void head_draw(const struct history *h, size_t i)
{
    char path[SAMPLE_PATH_MAX];
    const struct buf *head = &h->head[sample_random(2) ? i : sample_random(i + 1)];
    sample_path(path, h->dir, "head");
    switch (sample_random(4)) {
    case 0: (void)unlink(path); break;
    case 1: image_write(h->dir, "head", bytes_of(head->ptr, sample_random(head->len + 1))); break;
    default: image_write(h->dir, "head", buf_bytes(head)); break;
    }
}

static size_t images_wanted(void)
{
    const char *text = getenv("COFFERDAM_IMAGES");
    const size_t n = text ? strtoul(text, NULL, 10) : 0;
    return n ? n : IMAGES;
}

static void whatever_a_loss_of_power_leaves_what_was_synced_is_there(void **state)
{
    (void)state;
    struct history h;
    struct why why;
    size_t whole_count = 0, cut_count = 0, tried = 0;
    uint8_t *image = malloc(SAMPLE_SEGMENT);
    assert_non_null(image);
    history_make(&h);
    for (const size_t wanted = images_wanted(); tried < wanted; tried++) {
        const size_t i = tried % INTERVALS;
        const bool whole = image_draw(&h, i, image);
        struct log_report report;
        image_write(h.dir, segment0, bytes_of(image, SAMPLE_SEGMENT));
        head_draw(&h, i);
        struct log *log = sample_open(h.dir, &report);
        assert_true(report.entries == h.entries[whole ? i + 1 : i]);
        assert_true(report.cut ==
                    (!whole && memcmp(image, h.segment[i].ptr, SAMPLE_SEGMENT) != 0));
        whole_count += whole;
        cut_count += report.cut;
        if (tried % 16 == 0) { /* and it goes on from there */
            test_ok(sample_append(log, 3, &why), &why);
            log_close(log);
            log = sample_open(h.dir, &report);
            assert_true(report.entries == h.entries[whole ? i + 1 : i] + 3 && !report.cut);
        }
        log_close(log);
    }
    (void)printf("%zu images: %zu whole, %zu cut\n", tried, whole_count, cut_count);
    assert_true(whole_count > 0 && cut_count > tried / 2);
    history_release(&h);
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_loss_of_power_leaves_what_was_synced_is_there),
    };
    return cmocka_run_group_tests_name("sys/log_images", tests, sample_start, NULL);
}
