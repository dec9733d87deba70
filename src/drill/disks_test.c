#include "base/test.h"

#include "base/hex.h"
#include "drill/disks.h"
#include "shares/key_file.h"
#include "shares/test_epoch.h"
#include "sys/files.h"

#include <unistd.h>

/* The state directory of one gate: its key file alone. */
static void gate_dir(char dir[64], const struct gate_keys *k)
{
    uint8_t file[KEY_FILE_MAX];
    struct why why;
    (void)snprintf(dir, 64, "%s", "/tmp/cofferdam-disks-XXXXXX");
    assert_non_null(mkdtemp(dir));
    size_t len = key_file_write(k, file);
    test_ok(file_create(file_path(dir, "keys-%s", hex_id(k->epoch_id).s).s, bytes_of(file, len),
                        0600, &why), &why);
}

static void gate_dir_drop(const char dir[64], const struct gate_keys *k)
{
    (void)unlink(file_path(dir, "keys-%s", hex_id(k->epoch_id).s).s);
    (void)rmdir(dir);
}

/* Adds the disks of all gates of `set`. */
static void add_gates(struct disks *d, const struct test_epoch *e, uint8_t set)
{
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        if (!subset_has(set, g))
            continue;
        char dir[64];
        struct why why;
        gate_dir(dir, e->gates[g]);
        test_ok(disks_add(d, dir, &why), &why);
        gate_dir_drop(dir, e->gates[g]);
    }
}

static void any_t_disks_give_the_pad_and_t_minus_1_lack_a_partial(void **state)
{
    static struct disks d;
    struct share_record record = { .kind = 2, .id = { 8 } };
    struct record_header h = { .kind = 2, .project = { 4 } };
    TEST_EACH_EPOCH(epoch)
    {
        struct subset_list quorums = subset_choose(epoch.roster, epoch.t);
        uint8_t want[32], parts[SUBSET_LIST_MAX][32];
        test_pad(&epoch, h.project, &record, want);
        for (unsigned i = 0; i < quorums.count; i++) {
            add_gates(&d, &epoch, quorums.sets[i]);
            assert_true(disks_cover(&d));
            assert_int_equal(d.epoch_count, 1);
            uint8_t pad[32] = { 0 };
            unsigned n = disks_partials(&d.epochs[0], &h, record.id, parts);
            assert_int_equal(n, epoch.sets.count);
            for (unsigned k = 0; k < n; k++)
                for (size_t b = 0; b < 32; b++)
                    pad[b] ^= parts[k][b];
            assert_memory_equal(pad, want, 32);
            disks_release(&d);
        }
        struct subset_list less = subset_choose(epoch.roster, epoch.t - 1);
        for (unsigned i = 0; i < less.count; i++) {
            add_gates(&d, &epoch, less.sets[i]);
            assert_false(disks_cover(&d));
            assert_int_equal(disks_partials(&d.epochs[0], &h, record.id, parts), d.epochs[0].known);
            disks_release(&d);
        }
    }
}

static void a_directory_without_keys_is_refused(void **state)
{
    static struct disks d;
    char dir[] = "/tmp/cofferdam-disks-XXXXXX";
    assert_non_null(mkdtemp(dir));
    test_err(disks_add(&d, dir, NULL), ERR_NOT_FOUND);
    struct why why;
    char name[80];
    (void)snprintf(name, sizeof name, "keys-%064d", 0);
    test_ok(file_create(file_path(dir, "%s", name).s, bytes_str("cfdx"), 0600, &why), &why);
    test_err(disks_add(&d, dir, NULL), ERR_VERSION);
    (void)unlink(file_path(dir, "%s", name).s);
    (void)rmdir(dir);
    test_err(disks_add(&d, dir, NULL), ERR_NOT_FOUND);
    disks_release(&d);
}

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_t_disks_give_the_pad_and_t_minus_1_lack_a_partial),
        cmocka_unit_test(a_directory_without_keys_is_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
