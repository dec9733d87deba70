#include "cli/cli.h"

#include "client/client.h"
#include "crypto/crypto.h"
#include "sys/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct cli cli_init(struct client **client)
{
    return (struct cli){ .client = client, .text = buf_init(CLI_OUT_MAX), .note = buf_init(1 << 20),
                         .json = buf_init(CLI_OUT_MAX) };
}

PRINTF_LIKE(2, 0)
static void say(struct buf *to, const char *fmt, va_list args)
{
    char line[1024];
    (void)vsnprintf(line, sizeof line, fmt, args);
    buf_add_str(to, line);
    buf_add_str(to, "\n");
}

void cli_say(struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(&cli->text, fmt, args);
    va_end(args);
}

void cli_note(struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(&cli->note, fmt, args);
    va_end(args);
}

enum err cli_state(const struct cli *cli, const char **out, struct why *why)
{
    const char *dir = cli_option(cli, "--state");
    if (!dir)
        dir = getenv("COFFERDAM_STATE");
    if (!dir || !*dir)
        return why_hint(why, why_set(why, ERR_USAGE, "no state directory is given"),
                        "--state DIR, or set COFFERDAM_STATE");
    *out = dir;
    return ERR_OK;
}

/* One line from the terminal, without echo. */
static enum err prompt(const char *key, const char *again, struct plain *out, struct why *why)
{
    struct termios was, quiet;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &was) != 0)
        return why_hint(why, why_set(why, ERR_USAGE, "no passphrase for '%s' is given", key),
                        "--passphrase-file FILE, or run on a terminal");
    quiet = was;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    (void)fprintf(stderr, "passphrase for '%s'%s: ", key, again);
    enum err e = plain_new(out, 1024, why);
    size_t len = 0;
    for (int c; e == ERR_OK && len < 1024 && (c = getchar()) != EOF && c != '\n';)
        out->ptr[len++] = (uint8_t)c;
    out->len = len;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
    (void)fputc('\n', stderr);
    return e;
}

enum err cli_passphrase(const struct cli *cli, const char *key, bool twice, struct plain *out,
                        struct why *why)
{
    const char *path = cli_option(cli, "--passphrase-file");
    if (!path)
        path = getenv("COFFERDAM_PASSPHRASE_FILE");
    if (path && *path) {
        struct buf b = buf_init(1024);
        enum err e = file_read(path, &b, why);
        if (e == ERR_OK)
            e = plain_new(out, b.len ? b.len : 1, why);
        if (e == ERR_OK && b.len) {
            memcpy(out->ptr, b.ptr, b.len);
            out->len = b.ptr[b.len - 1] == '\n' ? b.len - 1 : b.len;
        }
        if (b.ptr)
            secret_wipe(b.ptr, b.cap);
        buf_release(&b);
        return e;
    }
    enum err e = prompt(key, "", out, why);
    if (e != ERR_OK || !twice)
        return e;
    AUTO_PLAIN struct plain again = { 0 };
    e = prompt(key, " again", &again, why);
    if (e == ERR_OK && !bytes_equal(plain_bytes(out), plain_bytes(&again)))
        e = why_set(why, ERR_USAGE, "the two passphrases for '%s' differ", key);
    return e;
}

enum err cli_client(struct cli *cli, struct client **out, struct why *why)
{
    if (!*cli->client) {
        const char *dir = NULL;
        AUTO_PLAIN struct plain pass = { 0 };
        enum err e = cli_state(cli, &dir, why);
        if (e == ERR_OK)
            e = cli_passphrase(cli, dir, false, &pass, why);
        if (e == ERR_OK)
            e = client_open(dir, plain_bytes(&pass), cli->client, why);
        if (e != ERR_OK)
            return e;
    }
    *out = *cli->client;
    return ERR_OK;
}

/* "cofferdam.task-next/1": the command table's words joined by '-'. */
static void schema_name(const struct cli *cli, char out[64])
{
    const struct cli_command *c = cli->command;
    (void)snprintf(out, 64, "cofferdam.%s%s%s/1", c ? c->noun : "error", c && *c->verb ? "-" : "",
                   c ? c->verb : "");
}

static void render_json(const struct cli *cli, enum err e, const struct why *why, struct buf *out)
{
    char schema[64];
    schema_name(cli, schema);
    buf_add_fmt(out, "{\"schema\":\"%s\",\"ok\":%s,\"data\":", schema,
                e == ERR_OK ? "true" : "false");
    if ((e == ERR_OK || e == ERR_FINDINGS) && cli->json.len)
        buf_add_bytes(out, buf_bytes(&cli->json));
    else
        buf_add_str(out, "null");
    buf_add_str(out, ",\"error\":");
    struct json_out o = json_out_to(out, JSON_PLAIN);
    if (e == ERR_OK) {
        json_out_null(&o);
    } else {
        json_out_object(&o);
        json_out_member_str(&o, "code", err_code(e));
        json_out_member_str(&o, "message", why->text);
        json_out_member_str(&o, "hint", why->hint);
        json_out_object_end(&o);
    }
    buf_add_str(out, "}\n");
}

int cli_fail(const struct cli *cli, enum err e, const struct why *why, struct buf *out,
             struct buf *err)
{
    if (cli_option(cli, "--json"))
        render_json(cli, e, why, out);
    buf_add_fmt(err, "cofferdam: %s [%s]\n", why->text, err_code(e));
    if (why->hint[0])
        buf_add_fmt(err, "hint: %s\n", why->hint);
    return err_row(e)->exit_code;
}

int cli_run(struct cli *cli, struct buf *out, struct buf *err)
{
    if (cli_option(cli, "--help")) {
        cli_help(cli->command, out);
        return EXIT_OK;
    }
    struct why why = { .code = ERR_OK };
    cli->data = json_out_to(&cli->json, JSON_PLAIN);
    json_out_object(&cli->data);
    enum err e = cli->command->run(cli, &why);
    bool json = cli_option(cli, "--json") != NULL;
    if (!cli_option(cli, "--quiet"))
        buf_add_bytes(err, buf_bytes(&cli->note));
    if (e != ERR_OK && e != ERR_FINDINGS)
        return cli_fail(cli, e, &why, out, err);
    json_out_object_end(&cli->data);
    struct why broken;
    if (json_out_end(&cli->data, &broken) != ERR_OK)
        return cli_fail(cli, ERR_INTERNAL, &broken, out, err);
    if (json)
        render_json(cli, e, &why, out);
    else if (cli->content.ptr)
        buf_add(out, cli->content.ptr, cli->content.len);
    else
        buf_add_bytes(out, buf_bytes(&cli->text));
    if (e == ERR_FINDINGS)
        buf_add_fmt(err, "cofferdam: %s [%s]\n", why.text, err_code(e));
    return err_row(e)->exit_code;
}

void cli_release(struct cli *cli)
{
    struct buf *bufs[] = { &cli->text, &cli->note, &cli->json };
    for (size_t i = 0; i < 3; i++) {
        if (bufs[i]->ptr)
            secret_wipe(bufs[i]->ptr, bufs[i]->cap);
        buf_release(bufs[i]);
    }
    plain_release(&cli->content);
}
