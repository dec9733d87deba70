/* Three real gates and a real watcher: nobody but it signs heads here. */
#include "watch/world_test.h"

#include "watch/watch.h"

enum { INTERVAL_MS = 500 };

static struct world world;
static struct file_path dir;
static uint8_t watcher_key[32];
static pid_t watcher;

static int make(void **state)
{
    struct why why = { .code = ERR_OK };
    char url[64];
    world_make(&world);
    dir = file_path(world.dir, "watch");
    test_ok(watch_init(dir.s, buf_bytes(&world.root_envelope), &why), &why);
    test_ok(watch_key(dir.s, watcher_key, &why), &why);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        world_url(&world, g, url);
        test_ok(watch_gate(dir.s, g, url, &why), &why);
        world_start(&world, g);
    }
    return 0;
}

static void ready(void *ctx)
{
    assert(write(*(int *)ctx, "r", 1) == 1);
}

static void watcher_start(void)
{
    int pipe_fd[2];
    char byte;
    assert_int_equal(pipe(pipe_fd), 0);
    fflush(NULL);
    watcher = fork();
    assert_true(watcher >= 0);
    if (watcher == 0) {
        struct why why = { .code = ERR_OK };
        close(pipe_fd[0]);
        enum err e = watch_serve(dir.s, INTERVAL_MS, NULL, ready, &pipe_fd[1], &why);
        if (e != ERR_OK)
            (void)fprintf(stderr, "watcher: %s\n", why.text);
        exit(e == ERR_OK ? 0 : 1);
    }
    close(pipe_fd[1]);
    assert_int_equal(read(pipe_fd[0], &byte, 1), 1);
    close(pipe_fd[0]);
}

static int watcher_end(int number)
{
    return world_end_child(&watcher, number);
}

static int clear(void **state)
{
    if (watcher > 0)
        (void)watcher_end(SIGKILL);
    world_remove(&world);
    return 0;
}

static uint64_t own_number(void)
{
    AUTO_BUF struct buf b = buf_init(64);
    if (file_read(file_path(dir.s, "chain").s, &b, NULL) != ERR_OK || b.len != 40)
        return 0;
    return get_u64be(b.ptr);
}

static void wait_number(uint64_t past)
{
    for (int64_t end = clock_steady_ms() + WORLD_WAIT_MS; own_number() <= past;) {
        if (clock_steady_ms() > end)
            fail_msg("the watcher said %llu, no more", (unsigned long long)own_number());
        clock_sleep_ms(50);
    }
}

/* How far gate g has the watcher's chain, asked by bringing it a statement that is not next. */
static uint64_t gate_has(unsigned g)
{
    AUTO_BUF struct buf list = buf_init(1 << 17), envelope = buf_init(1 << 16),
                        reply = buf_init(1 << 16);
    AUTO_JSON json_t *object = NULL;
    const json_t *results = NULL;
    uint64_t have = 0;
    uint64_t n = own_number();
    if (file_read(file_path(dir.s, "said/%llu", (unsigned long long)n).s, &envelope, NULL))
        return 0;
    buf_add_u16(&list, (uint16_t)envelope.len);
    buf_add_bytes(&list, buf_bytes(&envelope));
    assert_int_equal(world_call(world.http, &world, g, "POST", "/v1/statements", buf_bytes(&list),
                                NULL, false, 0, 0, &reply), 200);
    assert_int_equal(json_parse(buf_bytes(&reply), &object, NULL), ERR_OK);
    assert_int_equal(json_get_array(object, "results", 1, &results, NULL), ERR_OK);
    assert_int_equal(json_get_u64(json_array_get(results, 0), "have", JSON_INT_MAX, &have, NULL),
                     ERR_OK);
    return have;
}

static void its_directory_is_made_once(void **state)
{
    struct why why = { .code = ERR_OK };
    uint8_t again[32];
    test_err(watch_init(dir.s, buf_bytes(&world.root_envelope), &why), ERR_EXISTS);
    test_ok(watch_key(dir.s, again, &why), &why);
    assert_memory_equal(again, watcher_key, 32);
    test_err(watch_gate(dir.s, 0, "http://a:1", &why), ERR_USAGE);
    test_err(watch_gate(dir.s, 9, "http://a:1", &why), ERR_USAGE);
    test_err(watch_gate(dir.s, 1, "ftp://a:1", &why), ERR_USAGE);
    test_err(watch_store(dir.s, "http://a:1/path", &why), ERR_USAGE);
    test_err(watch_serve(dir.s, 0, NULL, ready, NULL, &why), ERR_USAGE);
    test_err(watch_serve("/nowhere", INTERVAL_MS, NULL, ready, NULL, &why), ERR_NOT_FOUND);
}

static void its_callers_signals_are_as_they_were(void **state)
{
    struct why why = { .code = ERR_OK };
    sigset_t now;
    test_err(watch_serve("/nowhere", INTERVAL_MS, NULL, ready, NULL, &why), ERR_NOT_FOUND);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &now), 0);
    assert_int_equal(sigismember(&now, SIGTERM), 0);
    assert_int_equal(sigismember(&now, SIGINT), 0);
}

/* It learns the epoch from the logs alone, though it knows no key of them at first. */
static void a_watcher_makes_the_gates_fresh(void **state)
{
    AUTO_BUF struct buf list = buf_init(1 << 20);
    struct statement s = { .kind = STATEMENT_WATCHER };
    watcher_start();
    clock_sleep_ms(2 * INTERVAL_MS);
    assert_int_equal(own_number(), 0); /* nobody named it: it has nothing to say */
    world_statements(&world, &list);
    memcpy(s.u.watcher.key, watcher_key, 32);
    world_sign(&world, &world.admin, &s, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_post(&world, g, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, "OK");
    wait_number(2);
}

/* What one gate alone was told is named by the watcher, and reaches all. */
static void what_one_gate_knows_binds_all(void **state)
{
    AUTO_BUF struct buf list = buf_init(1 << 20);
    uint8_t member[16];
    random_bytes(member, sizeof member);
    world_enrol(&world, member, world.stranger.key, &list);
    world_post(&world, 2, &list);
    wait_number(own_number() + 2);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, "OK");
}

static void a_watcher_that_was_killed_goes_on_with_its_chain(void **state)
{
    uint64_t before = own_number();
    assert_true(WIFSIGNALED(watcher_end(SIGKILL)));
    watcher_start();
    wait_number(before + 2);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, "OK");
}

/* The next number would be a second one of a number that the gates have: they know better. */
static void an_old_copy_of_the_directory_does_not_fork_the_chain(void **state)
{
    AUTO_BUF struct buf chain = buf_init(64);
    uint64_t before = own_number();
    assert_int_equal(file_read(file_path(dir.s, "chain").s, &chain, NULL), ERR_OK);
    wait_number(before + 2);
    assert_true(WIFSIGNALED(watcher_end(SIGKILL)));
    uint64_t reached = own_number();
    assert_int_equal(file_replace(file_path(dir.s, "chain").s, buf_bytes(&chain), 0600, NULL),
                     ERR_OK);
    watcher_start();
    wait_number(reached);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        for (int64_t end = clock_steady_ms() + WORLD_WAIT_MS; gate_has(g) <= reached;) {
            assert_true(clock_steady_ms() < end);
            clock_sleep_ms(50);
        }
    }
}

/* With fewer than t logs it cannot know what was revoked: it says nothing. */
static void with_too_few_gates_it_is_silent(void **state)
{
    (void)world_end(&world, 1, SIGKILL);
    uint64_t two = own_number();
    wait_number(two + 1);
    (void)world_end(&world, 2, SIGKILL);
    clock_sleep_ms(2 * INTERVAL_MS); /* a round that had begun */
    uint64_t one = own_number();
    clock_sleep_ms(4 * INTERVAL_MS);
    assert_int_equal(own_number(), one);
    world_start(&world, 1);
    world_start(&world, 2);
    wait_number(one + 1);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, "OK");
}

static void it_stops_cleanly(void **state)
{
    int status = watcher_end(SIGTERM);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        status = world_end(&world, g, SIGTERM);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_directory_is_made_once),
        cmocka_unit_test(its_callers_signals_are_as_they_were),
        cmocka_unit_test(a_watcher_makes_the_gates_fresh),
        cmocka_unit_test(what_one_gate_knows_binds_all),
        cmocka_unit_test(a_watcher_that_was_killed_goes_on_with_its_chain),
        cmocka_unit_test(an_old_copy_of_the_directory_does_not_fork_the_chain),
        cmocka_unit_test(with_too_few_gates_it_is_silent),
        cmocka_unit_test(it_stops_cleanly),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
