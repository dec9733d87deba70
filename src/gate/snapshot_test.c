/* Real gates that write snapshots often, are killed at any moment, and start again: what they then
 * know is what their logs say. The tests of this group share one world and run in this order. */
#include "watch/world_test.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 12, ASKERS = 3 };

static struct world world;
static uint8_t header[96];
static atomic_bool asking;

static struct file_path in_gate(unsigned g, const char *name)
{
    return file_path(world_gate_dir(&world, g).s, "%s", name);
}

/* A snapshot every few entries, so that kills fall around them. */
static void snapshot_often(unsigned g)
{
    AUTO_BUF struct buf conf = buf_init(8192);
    struct why why;
    test_ok(file_read(in_gate(g, "gate.conf").s, &conf, &why), &why);
    buf_add_str(&conf, "\n[gate]\nsnapshot = 3\n");
    test_ok(file_replace(in_gate(g, "gate.conf").s, buf_bytes(&conf), 0600, &why), &why);
}

static int make(void **state)
{
    AUTO_BUF struct buf list = buf_init(1 << 20);
    world_make(&world);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        snapshot_often(g);
        world_start(&world, g);
    }
    world_statements(&world, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_post(&world, g, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, err_code(ERR_STALE));
    buf_reset(&list);
    world_heads(&world, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_post(&world, g, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, "OK");
    world_header(&world, RECORD_SUBMISSION, world.device.key, header);
    return 0;
}

static int clear(void **state)
{
    world_remove(&world);
    return 0;
}

static struct world_sent ask(struct http_client *http, unsigned g, char code[16])
{
    const struct world_ask a = { REQUEST_RELEASE, 3, "annotate", header, 1 };
    AUTO_BUF struct buf reply = buf_init(1 << 20);
    struct world_sent sent;
    world_body(&world, &world.device, &a, &sent);
    world_send(http, &world, g, &world.device, &sent, &reply, code);
    return sent;
}

static void *asker_run(void *ctx)
{
    struct http_client *http = http_client_new();
    while (atomic_load(&asking)) {
        char code[16];
        struct world_sent sent = ask(http, 1, code);
        buf_release(&sent.body);
    }
    http_client_free(http);
    return NULL;
}

static struct gate_verified verified(unsigned g)
{
    struct gate_verified v;
    struct why why;
    test_ok(gate_verify(world_gate_dir(&world, g).s, &v, &why), &why);
    assert_true(v.entries > 0 && v.files_wrong == 0);
    return v;
}

/* Stopped cleanly, a gate writes down what it knows: gate_verify folds the whole log and compares
 * byte for byte. */
static void the_state_is_that_of_the_whole_log(unsigned g)
{
    int status = world_end(&world, g, SIGTERM);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const struct gate_verified v = verified(g);
    assert_true(v.snapshots[0].there && v.snapshots[0].good);
    assert_true(v.snapshots[0].size == v.entries);
    assert_true(!v.snapshots[1].there || v.snapshots[1].good);
}

static void killed_around_snapshots_a_gate_knows_what_its_log_says(void **state)
{
    (void)state;
    unsigned kept = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        pthread_t askers[ASKERS];
        struct world_sent sent[2];
        char code[16];
        uint8_t random[2];
        for (unsigned i = 0; i < 2; i++) {
            sent[i] = ask(world.http, 1, code);
            assert_string_equal(code, "OK");
        }
        atomic_store(&asking, true);
        for (unsigned i = 0; i < ASKERS; i++)
            assert_int_equal(pthread_create(&askers[i], NULL, asker_run, NULL), 0);
        random_bytes(random, sizeof random);
        clock_sleep_ms(20 + random[0] % 120);
        (void)world_end(&world, 1, SIGKILL);
        atomic_store(&asking, false);
        for (unsigned i = 0; i < ASKERS; i++)
            assert_int_equal(pthread_join(askers[i], NULL), 0);
        const struct gate_verified v = verified(1);
        for (unsigned n = 0; n < GATE_SNAPSHOTS; n++) {
            assert_true(!v.snapshots[n].there || v.snapshots[n].good);
            kept += v.snapshots[n].there;
        }
        world_start(&world, 1);
        world_wait(&world, 1, "OK");
        for (unsigned i = 0; i < 2; i++) {
            AUTO_BUF struct buf reply = buf_init(1 << 20);
            world_send(world.http, &world, 1, &world.device, &sent[i], &reply, code);
            assert_string_equal(code, err_code(ERR_REQUEST_REPLAY));
            buf_release(&sent[i].body);
        }
    }
    assert_true(kept > ROUNDS); /* or the rounds show nothing */
    the_state_is_that_of_the_whole_log(1);
}

/* With these files in place of its own, gate 1 starts all the same and knows what it knew. */
static void start_with(struct bytes snapshot, struct bytes before)
{
    struct why why;
    test_ok(file_replace(in_gate(1, "snapshot").s, snapshot, 0600, &why), &why);
    test_ok(file_replace(in_gate(1, "snapshot.1").s, before, 0600, &why), &why);
    struct gate_verified v = verified(1);
    assert_true(v.snapshots[0].there && !v.snapshots[0].good && v.snapshots[0].why.text[0]);
    char code[16];
    world_start(&world, 1);
    world_wait(&world, 1, "OK");
    struct world_sent sent = ask(world.http, 1, code);
    assert_string_equal(code, "OK");
    buf_release(&sent.body);
    the_state_is_that_of_the_whole_log(1);
}

static void a_snapshot_that_does_not_fit_is_refused_and_the_log_replayed(void **state)
{
    (void)state;
    AUTO_BUF struct buf own = buf_init(1 << 24), before = buf_init(1 << 24),
                        other = buf_init(1 << 24);
    struct why why;
    the_state_is_that_of_the_whole_log(2);
    test_ok(file_read(in_gate(1, "snapshot").s, &own, &why), &why);
    test_ok(file_read(in_gate(1, "snapshot.1").s, &before, &why), &why);
    test_ok(file_read(in_gate(2, "snapshot").s, &other, &why), &why);
    start_with(buf_bytes(&other), buf_bytes(&other));              /* another gate's */
    start_with(bytes_str("rubbish"), bytes_str(""));
    start_with(bytes_of(own.ptr, own.len / 2), buf_bytes(&before)); /* torn; the one before fits */
    own.ptr[own.len / 3] ^= 1;
    start_with(buf_bytes(&own), buf_bytes(&other));
}

/* The incarnation is part of what it says. */
static void a_snapshot_of_another_incarnation_is_refused(void **state)
{
    (void)state;
    AUTO_BUF struct buf conf = buf_init(8192), changed = buf_init(8192);
    struct why why;
    test_ok(file_read(in_gate(1, "gate.conf").s, &conf, &why), &why);
    buf_add_bytes(&changed, buf_bytes(&conf));
    buf_add_str(&changed, "\n[gate]\nincarnation = 2\n");
    test_ok(file_replace(in_gate(1, "gate.conf").s, buf_bytes(&changed), 0600, &why), &why);
    struct gate_verified v = verified(1);
    for (unsigned n = 0; n < GATE_SNAPSHOTS; n++) {
        assert_true(v.snapshots[n].there && !v.snapshots[n].good);
        assert_non_null(strstr(v.snapshots[n].why.text, "incarnation 1"));
    }
    test_ok(file_replace(in_gate(1, "gate.conf").s, buf_bytes(&conf), 0600, &why), &why);
    v = verified(1);
    assert_true(v.snapshots[0].good && v.snapshots[1].good);
}

static void without_any_snapshot_nothing_is_lost(void **state)
{
    (void)state;
    char code[16];
    for (unsigned round = 0; round < 2; round++) {
        (void)unlink(in_gate(1, "snapshot.1").s);
        if (round == 1)
            (void)unlink(in_gate(1, "snapshot").s);
        world_start(&world, 1);
        world_wait(&world, 1, "OK");
        struct world_sent sent = ask(world.http, 1, code);
        assert_string_equal(code, "OK");
        buf_release(&sent.body);
        the_state_is_that_of_the_whole_log(1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_around_snapshots_a_gate_knows_what_its_log_says),
        cmocka_unit_test(a_snapshot_that_does_not_fit_is_refused_and_the_log_replayed),
        cmocka_unit_test(a_snapshot_of_another_incarnation_is_refused),
        cmocka_unit_test(without_any_snapshot_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
