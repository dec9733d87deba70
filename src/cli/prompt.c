/* cli/prompt.c: passphrases: from a file, or asked for on the terminal without echo. */
#include "cli/cli.h"

#include "crypto/secret.h"
#include "sys/files.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PROMPT_BYTES_MAX = 1024 };

/* Waits for a byte, and only then lets in the signals that `open` lets in: one that came between
 * the prompt and the wait is not missed. False: interrupted. */
static bool wait_byte(const struct cli *cli, const sigset_t *open)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    while (!cli->io->stopped(cli->io->ctx))
        if (ppoll(&in, 1, NULL, open) >= 0 || errno != EINTR)
            return true; /* what is wrong says the read */
    return false;
}

/* One line, straight from the descriptor: stdio would keep a copy. */
static enum err read_line(const struct cli *cli, const sigset_t *open, struct plain *out,
                          struct why *why)
{
    size_t len = 0;
    for (;;) {
        uint8_t c;
        if (!wait_byte(cli, open))
            return why_set(why, ERR_INTERRUPTED, "interrupted at the prompt");
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return why_set(why, ERR_IO, "cannot read the terminal");
        if (n == 0 || c == '\n')
            break;
        if (len == PROMPT_BYTES_MAX)
            return why_set(why, ERR_LIMIT, "a passphrase has at most %d bytes", PROMPT_BYTES_MAX);
        out->ptr[len++] = c;
    }
    out->len = len;
    return ERR_OK;
}

static void say(const struct cli *cli, const char *text)
{
    (void)cli->io->err(cli->io->ctx, bytes_str(text));
}

static enum err prompt(const struct cli *cli, const char *key, const char *again,
                       struct plain *out, struct why *why)
{
    struct termios was, quiet;
    sigset_t stops, open;
    if (cli_option(cli, "--no-input") || !isatty(STDIN_FILENO) ||
        tcgetattr(STDIN_FILENO, &was) != 0)
        return why_hint(why, why_set(why, ERR_USAGE, "no passphrase for '%s' is given", key),
                        "--passphrase-file FILE, or run on a terminal without --no-input");
    enum err e = plain_new(out, PROMPT_BYTES_MAX, why);
    if (e != ERR_OK)
        return e;
    quiet = was;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &stops, &open);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    say(cli, "passphrase for '");
    say(cli, key);
    say(cli, *again ? "' again: " : "': ");
    e = read_line(cli, &open, out, why);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
    (void)pthread_sigmask(SIG_SETMASK, &open, NULL);
    say(cli, "\n");
    return e;
}

static enum err from_file(const struct cli *cli, const char *path, struct plain *out,
                          struct why *why)
{
    struct buf b = buf_init(PROMPT_BYTES_MAX);
    enum err e = ERR_OK;
    if (strcmp(path, "-") == 0)
        buf_add_bytes(&b, cli->input);
    else
        e = file_read(path, &b, why);
    if (e == ERR_OK && !buf_ok(&b))
        e = why_set(why, ERR_LIMIT, "a passphrase has at most %d bytes", PROMPT_BYTES_MAX);
    if (e == ERR_OK)
        e = plain_new(out, b.len ? b.len : 1, why);
    if (e == ERR_OK)
        out->len = 0;
    if (e == ERR_OK && b.len) {
        memcpy(out->ptr, b.ptr, b.len);
        out->len = b.ptr[b.len - 1] == '\n' ? b.len - 1 : b.len;
    }
    if (b.ptr)
        secret_wipe(b.ptr, b.cap);
    buf_release(&b);
    return e;
}

enum err cli_passphrase(const struct cli *cli, const char *key, bool twice, struct plain *out,
                        struct why *why)
{
    const char *path = cli_option(cli, "--passphrase-file");
    if (path)
        return from_file(cli, path, out, why);
    enum err e = prompt(cli, key, "", out, why);
    if (e != ERR_OK || !twice)
        return e;
    AUTO_PLAIN struct plain again = { 0 };
    e = prompt(cli, key, "again", &again, why);
    if (e == ERR_OK && !bytes_equal(plain_bytes(out), plain_bytes(&again)))
        e = why_set(why, ERR_USAGE, "the two passphrases for '%s' differ", key);
    return e;
}
