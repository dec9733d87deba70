/* cli/main.c: one binary for everything; commands that need a device go to its agent if one runs.
 * */
#include "cli/cli.h"

#include "agent/agent.h"
#include "cli/settings.h"
#include "client/client.h"
#include "crypto/crypto.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    interrupted = 1;
}

static bool is_stopped(void *ctx)
{
    return interrupted != 0;
}

static bool print(int fd, struct bytes b)
{
    for (size_t done = 0; done < b.len;) {
        ssize_t n = write(fd, b.ptr + done, b.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool print_out(void *ctx, struct bytes b)
{
    bool *failed = ctx;
    *failed = *failed || !print(STDOUT_FILENO, b);
    return !*failed;
}

static bool print_err(void *ctx, struct bytes b)
{
    return print(STDERR_FILENO, b);
}

/* Standard input is read only when an argument asks for it. */
static enum err read_input(const struct cli *cli, struct buf *input, struct why *why)
{
    bool wanted = false;
    for (unsigned i = 0; i < cli->word_count; i++)
        wanted = wanted || strcmp(cli->words[i], "-") == 0;
    for (unsigned i = 0; i < cli->option_count; i++)
        wanted = wanted || (strcmp(cli->option_values[i], "-") == 0 &&
                            strcmp(cli->option_names[i], "--out") != 0);
    while (wanted) {
        uint8_t piece[65536];
        ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
        if (n < 0 && errno == EINTR && !interrupted)
            continue;
        if (n < 0)
            return errno == EINTR ? why_set(why, ERR_INTERRUPTED, "interrupted")
                                  : why_set(why, ERR_IO, "cannot read standard input");
        if (n == 0)
            break;
        buf_add(input, piece, (size_t)n);
        secret_wipe(piece, sizeof piece);
    }
    return buf_ok(input) ? ERR_OK : why_set(why, ERR_LIMIT, "standard input is too long");
}

/* What the command line does not say. */
static enum err read_settings(struct cli *cli, struct why *why)
{
    enum err e = settings_read(cli_option(cli, "--config"), cli_option(cli, "--profile"),
                               &cli->settings, why);
    for (size_t i = 0; e == ERR_OK && i < settings_count(); i++) {
        const struct settings_row *row = settings_at(cli->settings, i);
        const struct cli_option *o = cli_option_find(cli->command, row->option);
        if (!row->value || !o || cli_option(cli, row->option) ||
            (!o->value && strcmp(row->value, "no") == 0))
            continue;
        if (!cli_option_add(cli, row->option, o->value ? row->value : ""))
            e = why_set(why, ERR_USAGE, "more than %d options", CLI_ARGS_MAX);
    }
    return e;
}

/* The agent may stand in another directory: names of files are made absolute. */
static char *absolute(const char *path)
{
    char *full = NULL;
    char here[4096];
    if (path[0] == '/' || strcmp(path, "-") == 0 || !getcwd(here, sizeof here) ||
        asprintf(&full, "%s/%s", here, path) < 0)
        return strdup(path);
    return full;
}

/* The whole command line again, for the agent; what only chose the agent is left out. */
static int agent_words(const struct cli *cli, char **argv)
{
    int argc = 0;
    argv[argc++] = strdup("cofferdam");
    argv[argc++] = strdup(cli->command->noun);
    if (*cli->command->verb)
        argv[argc++] = strdup(cli->command->verb);
    for (unsigned i = 0; i < cli->option_count && argc < CLI_ARGS_MAX; i++) {
        const char *name = cli->option_names[i], *value = cli->option_values[i];
        const struct cli_option *o = cli_option_find(cli->command, name);
        if (strcmp(name, "--config") == 0 || strcmp(name, "--profile") == 0)
            continue;
        argv[argc++] = strdup(name);
        if (o->value)
            argv[argc++] = o->path ? absolute(value) : strdup(value);
    }
    argv[argc++] = strdup("--");
    for (unsigned i = 0; i < cli->word_count && argc < CLI_ARGS_MAX; i++)
        argv[argc++] = cli->command->args_are_paths ? absolute(cli->words[i])
                                                    : strdup(cli->words[i]);
    return argc;
}

static bool ask_agent(struct cli *cli, int *code)
{
    const char *dir = NULL;
    char *argv[2 * CLI_ARGS_MAX + 8] = { NULL };
    struct why why;
    if (cli->command->place != CLI_DEVICE || cli_option(cli, "--help") ||
        cli_state(cli, &dir, &why) != ERR_OK)
        return false;
    const struct cli_io *io = cli->io;
    struct agent_question q = {
        .argc = agent_words(cli, argv), .argv = argv, .input = cli->input, .out = io->out,
        .err = io->err, .stopped = io->stopped, .ctx = io->ctx, .columns = (uint16_t)io->columns,
        .terminals = (uint8_t)((io->out_terminal ? AGENT_OUT_TERMINAL : 0) |
                               (io->err_terminal ? AGENT_ERR_TERMINAL : 0)) };
    bool *failed = io->ctx;
    enum err e = agent_ask(dir, &q, code, &why);
    for (int i = 0; i < q.argc; i++)
        free(argv[i]);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        *code = cli_fail(cli, e, &why);
    else if (e == ERR_OK && *failed)
        *code = cli_fail(cli, ERR_IO, &(struct why){ .text = "cannot write standard output" });
    return e != ERR_NOT_FOUND;
}

/* The first Ctrl-C asks the command to stop, the second one kills. No SA_RESTART: reads end. */
static void mind_signals(const struct cli *cli)
{
    const struct sigaction stop = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
    if (cli->command->place == CLI_SERVER)
        return;
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
}

static int command(struct cli *cli, int argc, char **argv)
{
    struct why why;
    int code = EXIT_FAIL;
    AUTO_BUF struct buf input = buf_init(CLI_INPUT_MAX);
    enum err e = crypto_init(&why);
    if (e == ERR_OK)
        e = cli_parse(cli, argc, argv, &why);
    if (e == ERR_OK && !cli_option(cli, "--help"))
        e = read_settings(cli, &why);
    if (e == ERR_OK) {
        mind_signals(cli);
        e = read_input(cli, &input, &why);
    }
    if (e != ERR_OK)
        return cli_fail(cli, e, &why);
    cli->input = buf_bytes(&input);
    if (!ask_agent(cli, &code))
        code = cli_run(cli);
    if (input.ptr)
        secret_wipe(input.ptr, input.cap);
    return code;
}

/* 0: no terminal, so nothing is wrapped. */
static unsigned terminal_columns(void)
{
    struct winsize size;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
            return size.ws_col;
    return 0;
}

int main(int argc, char **argv)
{
    struct client *client = NULL;
    bool failed = false;
    const struct cli_io io = { .out = print_out, .err = print_err, .stopped = is_stopped,
                               .ctx = &failed, .out_terminal = isatty(STDOUT_FILENO) == 1,
                               .err_terminal = isatty(STDERR_FILENO) == 1,
                               .columns = terminal_columns() };
    struct cli cli = cli_init(&client, &io);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    int code = command(&cli, argc, argv);
    cli_release(&cli);
    client_free(client);
    curl_global_cleanup();
    return code;
}
