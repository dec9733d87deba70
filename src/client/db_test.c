#include "base/test.h"

#include "client/db.h"
#include "crypto/crypto.h"

#include <unistd.h>

static const uint8_t a[32] = { 1 }, b[32] = { 2 };

struct world {
    char dir[64], path[96];
    struct db *db;
};

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why;
    assert_non_null(w);
    test_ok(crypto_init(&why), &why);
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/cofferdam-db-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof w->path, "%s/client.db", w->dir);
    test_ok(db_open(w->path, &w->db, &why), &why);
    *state = w;
    return 0;
}

static int world_end(void **state)
{
    struct world *w = *state;
    db_close(w->db);
    (void)unlink(w->path);
    assert_int_equal(rmdir(w->dir), 0); /* nothing else is left behind */
    free(w);
    return 0;
}

static void reopen(struct world *w)
{
    struct why why;
    db_close(w->db);
    test_ok(db_open(w->path, &w->db, &why), &why);
}

static enum err count_one(void *ctx, struct bytes envelope, struct why *why)
{
    unsigned *n = ctx;
    assert_int_equal(envelope.ptr[0], '0' + (*n)++);
    return ERR_OK;
}

static void a_statement_is_kept_once_and_another_of_its_number_is_a_fork(void **state)
{
    struct world *w = *state;
    struct why why;
    uint64_t newest = 9;
    unsigned n = 0;
    AUTO_BUF struct buf got = buf_init(64);
    test_ok(db_statement_newest(w->db, a, &newest, &why), &why);
    assert_true(newest == 0);
    test_ok(db_statement_add(w->db, a, 1, a, bytes_str("0"), &why), &why);
    test_ok(db_statement_add(w->db, a, 2, b, bytes_str("1"), &why), &why);
    test_ok(db_statement_add(w->db, a, 2, b, bytes_str("1"), &why), &why);
    test_err(db_statement_add(w->db, a, 2, a, bytes_str("2"), &why), ERR_CHAIN_FORK);
    reopen(w);
    test_ok(db_statement_newest(w->db, a, &newest, &why), &why);
    assert_true(newest == 2);
    test_ok(db_statement_get(w->db, a, 2, &got, &why), &why);
    assert_true(bytes_equal(buf_bytes(&got), bytes_str("1")));
    test_err(db_statement_get(w->db, b, 2, &got, &why), ERR_NOT_FOUND);
    test_ok(db_statement_each(w->db, count_one, &n, &why), &why);
    assert_int_equal(n, 2);
}

static void checkpoints_are_kept_by_gate(void **state)
{
    struct world *w = *state;
    struct why why;
    struct db_checkpoint c = { .size = 5, .root = { 5 } }, got;
    test_ok(db_checkpoint_get(w->db, 2, &got, &why), &why);
    assert_true(got.size == 0);
    test_ok(db_checkpoint_put(w->db, 2, &c, bytes_str("note"), &why), &why);
    c.size = 7;
    test_ok(db_checkpoint_put(w->db, 2, &c, bytes_str("note 2"), &why), &why);
    reopen(w);
    test_ok(db_checkpoint_get(w->db, 2, &got, &why), &why);
    assert_true(got.size == 7 && got.root[0] == 5);
    test_ok(db_checkpoint_get(w->db, 1, &got, &why), &why);
    assert_true(got.size == 0);
}

static void a_kept_key_stays_until_it_is_dropped(void **state)
{
    struct world *w = *state;
    struct why why;
    uint8_t kept[92] = { 3 }, got[92], ids[4][32], gates[4];
    size_t count = 0;
    test_ok(db_kept_put(w->db, a, kept, 3, &why), &why);
    reopen(w);
    test_ok(db_kept_list(w->db, ids, gates, 4, &count, &why), &why);
    assert_true(count == 1 && memcmp(ids[0], a, 32) == 0 && gates[0] == 3);
    test_ok(db_kept_get(w->db, a, got, &why), &why);
    assert_memory_equal(got, kept, sizeof kept);
    test_ok(db_kept_drop(w->db, a, &why), &why);
    test_err(db_kept_get(w->db, a, got, &why), ERR_NOT_FOUND);
}

static void what_was_opened_is_named_in_one_receipt(void **state)
{
    struct world *w = *state;
    struct why why;
    const uint8_t project[16] = { 1 }, another[16] = { 2 };
    uint8_t ids[4][32];
    size_t count = 0;
    test_ok(db_opened_put(w->db, project, a, &why), &why);
    test_ok(db_opened_put(w->db, project, a, &why), &why);
    test_ok(db_opened_put(w->db, another, b, &why), &why);
    reopen(w);
    test_ok(db_opened_list(w->db, project, ids, 4, &count, &why), &why);
    assert_true(count == 1 && memcmp(ids[0], a, 32) == 0);
    test_ok(db_opened_done(w->db, project, ids, count, &why), &why);
    test_ok(db_opened_list(w->db, project, ids, 4, &count, &why), &why);
    assert_true(count == 0);
    test_ok(db_opened_list(w->db, another, ids, 4, &count, &why), &why);
    assert_true(count == 1);
}

static void a_close_is_named_until_every_gate_was_told(void **state)
{
    struct world *w = *state;
    struct why why;
    const uint8_t project[16] = { 1 }, another[16] = { 2 };
    const struct request_close one = { .task = { 1 }, .how = REQUEST_SUBMISSION, .record = { 9 } },
                               two = { .task = { 2 }, .how = REQUEST_SKIP };
    struct request_close got[4];
    size_t count = 9;
    uint64_t last = 9, before;
    test_ok(db_close_list(w->db, project, 7, got, 4, &count, &last, &why), &why);
    assert_true(count == 0 && last == 0);
    test_ok(db_close_put(w->db, project, &one, &why), &why);
    test_ok(db_close_put(w->db, project, &one, &why), &why);
    test_ok(db_close_put(w->db, another, &two, &why), &why);
    test_ok(db_close_list(w->db, project, 3, got, 4, &count, &before, &why), &why);
    assert_int_equal(count, 1);
    assert_memory_equal(&got[0], &one, sizeof one);
    /* What came while the gates were asked was not told them. */
    test_ok(db_close_put(w->db, project, &two, &why), &why);
    test_ok(db_close_told(w->db, project, 3, before, 1, 7, &why), &why);
    reopen(w);
    test_ok(db_close_list(w->db, project, 1, got, 4, &count, &last, &why), &why);
    assert_true(count == 1 && got[0].task[0] == 2 && got[0].how == REQUEST_SKIP);
    test_ok(db_close_list(w->db, project, 3, got, 4, &count, &last, &why), &why);
    assert_true(count == 2 && got[0].task[0] == 1 && got[0].record[0] == 9);
    test_ok(db_close_list(w->db, project, 3, got, 1, &count, &last, &why), &why);
    assert_true(count == 1 && got[0].task[0] == 1 && last == before);
    test_ok(db_close_told(w->db, project, 6, before, 6, 7, &why), &why);
    test_ok(db_close_list(w->db, project, 7, got, 4, &count, &last, &why), &why);
    assert_true(count == 1 && got[0].task[0] == 2);
    test_ok(db_close_list(w->db, another, 7, got, 4, &count, &last, &why), &why);
    assert_int_equal(count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_make, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_statement_is_kept_once_and_another_of_its_number_is_a_fork),
        CASE(checkpoints_are_kept_by_gate),
        CASE(a_kept_key_stays_until_it_is_dropped),
        CASE(what_was_opened_is_named_in_one_receipt),
        CASE(a_close_is_named_until_every_gate_was_told),
    };
    return cmocka_run_group_tests_name("client/db", tests, NULL, NULL);
}
