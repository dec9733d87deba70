/* The agent's socket: what is asked comes back, whole or not at all, to the owner alone. */
#include "base/test.h"

#include "agent/agent.h"
#include "agent/frame.h"
#include "crypto/crypto.h"
#include "sys/files.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static pid_t server;

static struct bytes text(const char *s)
{
    return bytes_str(s);
}

/* What the agent under test can do: one word each. */
static int serve_one(void *ctx, const struct agent_call *call)
{
    const char *word = call->argc ? call->argv[0] : "";
    if (strcmp(word, "echo") == 0) {
        (void)agent_tell_out(call->peer, call->input);
        (void)agent_tell_err(call->peer, text(call->argc > 1 ? call->argv[1] : ""));
        return call->terminals == (AGENT_OUT_TERMINAL | AGENT_ERR_TERMINAL) && call->columns == 97
                   ? 10 : 3;
    }
    if (strcmp(word, "flood") == 0) {
        static uint8_t much[3 << 20];
        for (unsigned i = 0; i < 50; i++) {
            memset(much, (int)i, sizeof much);
            (void)agent_tell_out(call->peer, bytes_of(much, sizeof much));
        }
        return 0;
    }
    if (strcmp(word, "wait") == 0) {
        (void)agent_tell_err(call->peer, text("waiting"));
        for (unsigned i = 0; i < 2000 && !agent_stopped(call->peer); i++)
            (void)usleep(5000);
        return agent_stopped(call->peer) ? 130 : 0;
    }
    if (strcmp(word, "die") == 0)
        _exit(9);
    return 1;
}

static int ready_fd;

static void say_ready(void *ctx)
{
    (void)!write(ready_fd, "r", 1);
}

static int start(void **state)
{
    int fds[2];
    char c;
    (void)snprintf(dir, sizeof dir, "/tmp/cofferdam-agent-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(pipe(fds), 0);
    server = fork();
    if (server == 0) {
        struct why why;
        ready_fd = fds[1];
        _exit(agent_serve(dir, serve_one, NULL, say_ready, &why) == ERR_OK ? 0 : 1);
    }
    (void)close(fds[1]);
    assert_int_equal(read(fds[0], &c, 1), 1);
    (void)close(fds[0]);
    return 0;
}

static int stop(void **state)
{
    int status;
    char path[128];
    (void)kill(server, SIGTERM);
    (void)waitpid(server, &status, 0);
    (void)snprintf(path, sizeof path, "%s/agent.sock", dir);
    (void)unlink(path);
    return rmdir(dir);
}

struct heard {
    struct buf out, err;
    size_t out_total;
    bool sum_only, interrupt;
};

static bool hear_out(void *ctx, struct bytes b)
{
    struct heard *h = ctx;
    h->out_total += b.len;
    if (!h->sum_only)
        buf_add_bytes(&h->out, b);
    return true;
}

static bool hear_err(void *ctx, struct bytes b)
{
    struct heard *h = ctx;
    buf_add_bytes(&h->err, b);
    return true;
}

static bool hear_stopped(void *ctx)
{
    const struct heard *h = ctx;
    return h->interrupt && h->err.len;
}

static enum err ask(char **argv, struct bytes input, struct heard *h, int *code)
{
    struct agent_question q = { .argv = argv, .input = input, .columns = 97,
                                .terminals = AGENT_OUT_TERMINAL | AGENT_ERR_TERMINAL,
                                .out = hear_out, .err = hear_err, .stopped = hear_stopped,
                                .ctx = h };
    struct why why;
    while (argv[q.argc])
        q.argc++;
    h->out = buf_init(AGENT_INPUT_MAX);
    h->err = buf_init(1 << 20);
    return agent_ask(dir, &q, code, &why);
}

static void unhear(struct heard *h)
{
    buf_release(&h->out);
    buf_release(&h->err);
}

static void what_is_asked_comes_back_with_both_streams_and_the_exit_code(void **state)
{
    static const size_t sizes[] = { 0, 1, AGENT_FRAME_MAX - 1, AGENT_FRAME_MAX, AGENT_FRAME_MAX + 1,
                                    5 * AGENT_FRAME_MAX + 7 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *input = malloc(sizes[i] + 1);
        char *argv[] = { (char[]){ "echo" }, (char[]){ "a word, and another" }, NULL };
        struct heard h = { .sum_only = false };
        int code = -1;
        for (size_t k = 0; k < sizes[i]; k++)
            input[k] = (uint8_t)(k * 7 >> 3);
        test_err(ask(argv, bytes_of(input, sizes[i]), &h, &code), ERR_OK);
        assert_int_equal(code, 10);
        assert_true(bytes_equal(buf_bytes(&h.out), bytes_of(input, sizes[i])));
        assert_true(bytes_equal(buf_bytes(&h.err), text("a word, and another")));
        unhear(&h);
        free(input);
    }
}

static void more_than_fits_in_memory_streams_through(void **state)
{
    char *argv[] = { (char[]){ "flood" }, NULL };
    struct heard h = { .sum_only = true };
    int code = -1;
    test_err(ask(argv, text(""), &h, &code), ERR_OK);
    assert_int_equal(code, 0);
    assert_int_equal(h.out_total, 50 * (3 << 20));
    unhear(&h);
}

static void an_interrupt_reaches_the_command_and_its_exit_code_comes_back(void **state)
{
    char *argv[] = { (char[]){ "wait" }, NULL };
    struct heard h = { .interrupt = true };
    int code = -1;
    test_err(ask(argv, text(""), &h, &code), ERR_OK);
    assert_int_equal(code, 130);
    unhear(&h);
}

static void an_agent_that_dies_is_an_error_not_an_empty_answer(void **state)
{
    char *argv[] = { (char[]){ "die" }, NULL };
    struct heard h = { .sum_only = false };
    int code = -1, status;
    test_err(ask(argv, text(""), &h, &code), ERR_NETWORK);
    assert_int_equal(code, -1);
    unhear(&h);
    assert_int_equal(waitpid(server, &status, 0), server);
    test_err(ask(argv, text(""), &h, &code), ERR_NOT_FOUND); /* its socket file still lies there */
    unhear(&h);
    assert_int_equal(stop(state), 0);
    assert_int_equal(start(state), 0);
}

static void a_second_agent_is_refused(void **state)
{
    struct why why;
    test_err(agent_serve(dir, serve_one, NULL, say_ready, &why), ERR_LOCKED);
}

static void what_is_too_long_for_the_agent_is_refused_before_it_is_sent(void **state)
{
    char *argv[AGENT_ARGS_MAX + 2] = { NULL };
    struct heard h = { .sum_only = false };
    int code = -1;
    char *word = malloc(70000);
    memset(word, 'w', 70000);
    word[69999] = '\0';
    argv[0] = word;
    test_err(ask(argv, text(""), &h, &code), ERR_LIMIT);
    unhear(&h);
    for (size_t i = 0; i < AGENT_ARGS_MAX + 1; i++)
        argv[i] = (char[]){ "x" };
    test_err(ask(argv, text(""), &h, &code), ERR_LIMIT);
    unhear(&h);
    free(word);
}

static int raw_connect(void)
{
    struct sockaddr_un a;
    struct why why;
    test_err(frame_address(dir, &a, &why), ERR_OK);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&a, sizeof a) == 0 ? fd : -1;
}

/* True: the agent closed without a word. */
static bool closed_silently(int fd)
{
    uint8_t b;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, 5000) == 1 && read(fd, &b, 1) <= 0;
}

static void a_frame_that_breaks_the_rules_runs_nothing(void **state)
{
    static const struct {
        const char *why;
        uint8_t bytes[32];
        size_t len;
        bool half_close;
    } rows[] = {
        { "longer than a frame may be", { 0x00, 0x10, 0x00, 0x01, 'A' }, 5, false },
        { "of 4 GiB", { 0xff, 0xff, 0xff, 0xff, 'A' }, 5, false },
        { "cut in its head", { 0, 0, 0 }, 3, true },
        { "cut in its content", { 0, 0, 0, 9, 'A', 3, 0 }, 7, true },
        { "not arguments", { 0, 0, 0, 1, 'I', 3, 0, 0, 0, 0, 'E' }, 11, false },
        { "an unknown type", { 0, 0, 0, 5, 'A', 3, 0, 97, 0, 0, 0, 0, 0, 0, 'Q' }, 15, false },
        { "a word without its zero",
          { 0, 0, 0, 9, 'A', 3, 0, 97, 0, 1, 0, 2, 'x', 'y', 0, 0, 0, 0, 'E' }, 19, false },
        { "a word with a zero inside",
          { 0, 0, 0, 10, 'A', 3, 0, 97, 0, 1, 0, 3, 'x', 0, 0, 0, 0, 0, 0, 'E' }, 20, false },
        { "more words than it brings",
          { 0, 0, 0, 5, 'A', 3, 0, 97, 0xff, 0xff, 0, 0, 0, 0, 'E' }, 15, false },
        { "bytes behind the words",
          { 0, 0, 0, 6, 'A', 3, 0, 97, 0, 0, 7, 0, 0, 0, 0, 'E' }, 16, false },
        { "a piece of input longer than a frame may be",
          { 0, 0, 0, 5, 'A', 3, 0, 97, 0, 0, 0, 0x10, 0, 1, 'I' }, 15, false },
        { "no end of the input", { 0, 0, 0, 5, 'A', 3, 0, 97, 0, 0 }, 10, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = raw_connect();
        assert_true(fd >= 0);
        assert_int_equal(send(fd, rows[i].bytes, rows[i].len, MSG_NOSIGNAL), rows[i].len);
        if (rows[i].half_close)
            (void)shutdown(fd, SHUT_WR);
        if (!closed_silently(fd))
            fail_msg("'%s' was answered", rows[i].why);
        (void)close(fd);
    }
    what_is_asked_comes_back_with_both_streams_and_the_exit_code(state); /* and it lives on */
}

/* Asks from another user's process; 0: no connection or closed without a word, 1: answered. */
static int ask_as(uid_t uid)
{
    static const uint8_t asked[] = { 0, 0, 0, 12, 'A', 3, 0, 97, 0, 1, 0, 5, 'e', 'c', 'h', 'o', 0,
                                     0, 0, 0, 0, 'E' };
    pid_t child = fork();
    int status;
    if (child == 0) {
        if (setuid(uid) != 0)
            _exit(2);
        int fd = raw_connect();
        if (fd < 0)
            _exit(0);
        (void)!send(fd, asked, sizeof asked, MSG_NOSIGNAL);
        _exit(closed_silently(fd) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void only_the_owners_processes_are_served(void **state)
{
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/agent.sock", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(ask_as(geteuid()), 1);
    if (geteuid() != 0)
        return; /* nobody else's process can be made; the mode above is what holds them off */
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(chmod(path, 0666), 0); /* as if the mode had failed: the second wall */
    assert_int_equal(ask_as(65534), 0);
    assert_int_equal(chmod(dir, 0700), 0);
}

int main(void)
{
    struct why why;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_comes_back_with_both_streams_and_the_exit_code),
        cmocka_unit_test(more_than_fits_in_memory_streams_through),
        cmocka_unit_test(an_interrupt_reaches_the_command_and_its_exit_code_comes_back),
        cmocka_unit_test(a_second_agent_is_refused),
        cmocka_unit_test(what_is_too_long_for_the_agent_is_refused_before_it_is_sent),
        cmocka_unit_test(a_frame_that_breaks_the_rules_runs_nothing),
        cmocka_unit_test(only_the_owners_processes_are_served),
        cmocka_unit_test(an_agent_that_dies_is_an_error_not_an_empty_answer),
    };
    return crypto_init(&why) == ERR_OK ? cmocka_run_group_tests(tests, start, stop) : 1;
}
