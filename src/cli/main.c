/* cli/main.c: one binary for everything; commands that need a device go to its agent if one runs.
 * */
#include "cli/cli.h"

#include "agent/agent.h"
#include "client/client.h"
#include "crypto/crypto.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print(int fd, struct bytes b)
{
    for (size_t done = 0; done < b.len;) {
        ssize_t n = write(fd, b.ptr + done, b.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

/* Standard input is read only when an argument asks for it. */
static enum err read_input(const struct cli *cli, struct buf *input, struct why *why)
{
    bool wanted = false;
    for (unsigned i = 0; i < cli->word_count; i++)
        wanted = wanted || strcmp(cli->words[i], "-") == 0;
    for (unsigned i = 0; i < cli->option_count; i++)
        wanted = wanted || strcmp(cli->option_values[i], "-") == 0;
    while (wanted) {
        uint8_t piece[65536];
        ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return why_set(why, ERR_IO, "cannot read standard input");
        if (n == 0)
            break;
        buf_add(input, piece, (size_t)n);
        secret_wipe(piece, sizeof piece);
    }
    return buf_ok(input) ? ERR_OK : why_set(why, ERR_LIMIT, "standard input is too long");
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

static bool is_path(const struct cli *cli, const char *name)
{
    const struct cli_option *lists[] = { cli->command->options, cli_common };
    for (size_t k = 0; k < 2; k++)
        for (const struct cli_option *o = lists[k]; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return o->path;
    return false;
}

static bool ask_agent(const struct cli *cli, struct bytes input, struct buf *out, struct buf *err,
                      int *code)
{
    const char *dir = NULL;
    char *argv[CLI_ARGS_MAX + 4] = { NULL };
    int argc = 0;
    struct why why;
    if (cli->command->place != CLI_DEVICE || cli_option(cli, "--help") ||
        cli_state(cli, &dir, &why) != ERR_OK)
        return false;
    argv[argc++] = strdup("cofferdam");
    argv[argc++] = strdup(cli->command->noun);
    if (*cli->command->verb)
        argv[argc++] = strdup(cli->command->verb);
    for (unsigned i = 0; i < cli->word_count; i++)
        argv[argc++] = cli->command->args_are_paths ? absolute(cli->words[i])
                                                    : strdup(cli->words[i]);
    for (unsigned i = 0; i < cli->option_count && argc < CLI_ARGS_MAX; i++) {
        const char *name = cli->option_names[i], *value = cli->option_values[i];
        argv[argc++] = strdup(name);
        if (*value)
            argv[argc++] = is_path(cli, name) ? absolute(value) : strdup(value);
    }
    enum err e = agent_ask(dir, argc, argv, input, out, err, code, &why);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        *code = cli_fail(cli, e, &why, out, err);
    return e != ERR_NOT_FOUND;
}

static int command(struct cli *cli, int argc, char **argv, struct buf *out, struct buf *err)
{
    struct why why;
    int code = EXIT_FAIL;
    AUTO_BUF struct buf input = buf_init(CLI_OUT_MAX);
    enum err e = crypto_init(&why);
    if (e == ERR_OK)
        e = cli_parse(cli, argc, argv, &why);
    if (e == ERR_OK)
        e = read_input(cli, &input, &why);
    if (e != ERR_OK)
        return cli_fail(cli, e, &why, out, err);
    cli->input = buf_bytes(&input);
    if (!ask_agent(cli, cli->input, out, err, &code))
        code = cli_run(cli, out, err);
    if (input.ptr)
        secret_wipe(input.ptr, input.cap);
    return code;
}

int main(int argc, char **argv)
{
    struct client *client = NULL;
    struct cli cli = cli_init(&client);
    AUTO_BUF struct buf out = buf_init(CLI_OUT_MAX), err = buf_init(1 << 20);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    int code = command(&cli, argc, argv, &out, &err);
    print(STDOUT_FILENO, buf_bytes(&out));
    print(STDERR_FILENO, buf_bytes(&err));
    if (out.ptr)
        secret_wipe(out.ptr, out.cap);
    cli_release(&cli);
    client_free(client);
    curl_global_cleanup();
    return code;
}
