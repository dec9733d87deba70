#include "sys/log_sample.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* The kernel's fdatasync, or, when the test says so, the failure of a dying disk. */
static bool sync_fails;
int fdatasync(int fd)
{
    if (sync_fails) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static void a_batch_that_passes_a_limit_changes_nothing(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    static uint8_t zero[LOG_ENTRY_MAX + 1];
    static struct bytes many[LOG_BATCH_COUNT_MAX + 1];
    for (size_t i = 0; i < LOG_BATCH_COUNT_MAX + 1; i++)
        many[i] = bytes_of(zero, 1);
    sample_dir_make(dir);
    AUTO_LOG struct log *log = sample_open(dir, &report);
    const struct bytes empty = bytes_of(zero, 0), longest = bytes_of(zero, LOG_ENTRY_MAX),
                       longer = bytes_of(zero, LOG_ENTRY_MAX + 1);
    const struct bytes two[3] = { longest, longest, longest };
    test_err(log_append(log, NULL, 0, NULL), ERR_LIMIT);
    test_err(log_append(log, &empty, 1, NULL), ERR_LIMIT);
    test_err(log_append(log, &longer, 1, NULL), ERR_LIMIT);
    test_err(log_append(log, two, 2, NULL), ERR_LIMIT); /* more than a segment of 128 KiB */
    test_err(log_append(log, many, LOG_BATCH_COUNT_MAX + 1, NULL), ERR_LIMIT);
    assert_true(log_size(log) == 0 && !log_dead(log));
    for (int i = 0; i < 5; i++)
        test_ok(log_append(log, &longest, 1, &why), &why);
    sample_dir_remove(dir);
}

static void one_process_at_a_time_has_the_log(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct log_report report;
    struct log *second = NULL;
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    test_err(log_open(&second, dir, SAMPLE_SEGMENT, NULL, NULL, &report, NULL), ERR_LOCKED);
    assert_null(second);
    log_close(log);
    log_close(sample_open(dir, &report));
    sample_dir_remove(dir);
}

static void a_failed_write_is_the_end_of_the_log(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    struct rlimit was, tight = { .rlim_cur = 64 << 10 };
    sample_dir_make(dir);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    tight.rlim_max = was.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct log *log = sample_open(dir, &report);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    uint64_t durable = 0;
    enum err err;
    while ((err = sample_append(log, 20, &why)) == ERR_OK)
        durable = log_size(log);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    test_err(err, ERR_LOG_IO);
    assert_true(durable > 0 && log_dead(log) && log_size(log) == durable);
    test_err(sample_append(log, 1, NULL), ERR_LOG_IO); /* although it would work now */
    test_err(log_publish(log, bytes_of(NULL, 0), NULL), ERR_LOG_IO);
    log_close(log);
    log = sample_open(dir, &report);
    assert_true(report.entries == durable && report.cut);
    test_ok(sample_append(log, 20, &why), &why);
    log_close(log);
    log = sample_open(dir, &report);
    assert_true(report.entries == durable + 20 && !report.cut);
    log_close(log);
    sample_dir_remove(dir);
}

static void a_failed_sync_is_the_end_of_the_log(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    sample_dir_make(dir);
    struct log *log = sample_open(dir, &report);
    test_ok(sample_append(log, 7, &why), &why);
    sync_fails = true;
    test_err(sample_append(log, 1, &why), ERR_LOG_IO);
    sync_fails = false;
    assert_true(log_dead(log) && log_size(log) == 7);
    test_err(sample_append(log, 1, NULL), ERR_LOG_IO);
    log_close(log);
    log = sample_open(dir, &report); /* the write may have come through, or not: both are whole */
    assert_true(report.entries == 7 || report.entries == 8);
    log_close(log);
    sample_dir_remove(dir);
}

static enum err each_refuses(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    (void)ctx, (void)entry;
    return index < 5 ? ERR_OK : why_set(why, ERR_VERSION, "entry of another time");
}

static void a_replay_that_fails_opens_no_log(void **state)
{
    (void)state;
    char dir[SAMPLE_PATH_MAX];
    struct why why;
    struct log_report report;
    struct log *log = sample_open((sample_dir_make(dir), dir), &report);
    test_ok(sample_append(log, 10, &why), &why);
    log_close(log);
    log = NULL;
    test_err(log_open(&log, dir, SAMPLE_SEGMENT, each_refuses, NULL, &report, &why), ERR_VERSION);
    assert_null(log);
    test_err(log_open(&log, dir, 1000, NULL, NULL, &report, &why), ERR_CONFIG);
    sample_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_that_passes_a_limit_changes_nothing),
        cmocka_unit_test(one_process_at_a_time_has_the_log),
        cmocka_unit_test(a_failed_write_is_the_end_of_the_log),
        cmocka_unit_test(a_failed_sync_is_the_end_of_the_log),
        cmocka_unit_test(a_replay_that_fails_opens_no_log),
    };
    return cmocka_run_group_tests_name("sys/log_failure", tests, sample_start, NULL);
}
