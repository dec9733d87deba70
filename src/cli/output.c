#include "cli/cli.h"

#include "cli/columns.h"
#include "cli/progress.h"
#include "cli/settings.h"
#include "client/client.h"
#include "crypto/secret.h"
#include "sys/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cli cli_init(struct client **client, const struct cli_io *io)
{
    return (struct cli){ .client = client, .io = io, .text = buf_init(CLI_OUT_MAX),
                         .note = buf_init(1 << 20), .json = buf_init(CLI_OUT_MAX) };
}

unsigned cli_width(const struct cli *cli)
{
    return cli->io->out_terminal ? cli->io->columns : 0;
}

PRINTF_LIKE(3, 0)
static void say(struct buf *to, unsigned width, const char *fmt, va_list args)
{
    char line[1024];
    (void)vsnprintf(line, sizeof line, fmt, args);
    columns_wrap(to, width, 2, line);
    buf_add_str(to, "\n");
}

void cli_say(struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(&cli->text, cli_width(cli), fmt, args);
    va_end(args);
}

void cli_note(struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(&cli->note, 0, fmt, args);
    va_end(args);
}

enum err cli_state(const struct cli *cli, const char **out, struct why *why)
{
    const char *dir = cli_option(cli, "--state");
    if (!dir || !*dir)
        return why_hint(why, why_set(why, ERR_USAGE, "no state directory is given"),
                        "--state DIR, or set COFFERDAM_STATE, or `state = DIR` in cofferdam.conf");
    *out = dir;
    return ERR_OK;
}

enum err cli_client(struct cli *cli, struct client **out, struct why *why)
{
    if (!*cli->client) {
        const char *dir = NULL;
        AUTO_PLAIN struct plain pass = { 0 };
        enum err e = cli_state(cli, &dir, why);
        if (e == ERR_OK && !file_exists(dir))
            e = why_hint(why, why_set(why, ERR_NOT_FOUND, "no state directory '%.200s'", dir),
                         "cofferdam device init makes one");
        if (e == ERR_OK)
            e = cli_passphrase(cli, dir, false, &pass, why);
        if (e == ERR_OK)
            e = client_open(dir, plain_bytes(&pass), cli->client, why);
        if (e != ERR_OK)
            return e;
    }
    client_pack(*cli->client, !cli_option(cli, "--no-compress"));
    cli_progress_start(cli);
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

/* To stderr, broken between words if it is a terminal. */
static void print_note(struct cli *cli, const char *text, unsigned hang)
{
    AUTO_BUF struct buf out = buf_init(2 << 20);
    columns_wrap(&out, cli->io->err_terminal ? cli->io->columns : 0, hang, text);
    (void)cli->io->err(cli->io->ctx, buf_bytes(&out));
}

/* What others sent may stand in a message: it must not drive the terminal. */
static void print_error(struct cli *cli, const char *before, const char *text, const char *after)
{
    AUTO_BUF struct buf line = buf_init(4096);
    buf_add_str(&line, before);
    for (const char *p = text; *p; p++)
        buf_add_u8(&line, (uint8_t)*p < 0x20 || *p == 0x7f ? '?' : (uint8_t)*p);
    buf_add_str(&line, after);
    print_note(cli, buf_cstr(&line), 2);
}

static void print_out(struct cli *cli, struct bytes b)
{
    if (b.len && !cli->io->out(cli->io->ctx, b))
        cli->out_failed = true;
}

int cli_fail(struct cli *cli, enum err e, const struct why *why)
{
    char code[24];
    (void)snprintf(code, sizeof code, " [%s]\n", err_code(e));
    cli_progress_end(cli);
    if (cli_option(cli, "--json")) {
        AUTO_BUF struct buf out = buf_init(CLI_OUT_MAX);
        render_json(cli, e, why, &out);
        print_out(cli, buf_bytes(&out));
    }
    print_error(cli, "cofferdam: ", why->text, code);
    if (why->hint[0])
        print_error(cli, "hint: ", why->hint, "\n");
    return err_row(e)->exit_code;
}

static void print_result(struct cli *cli, enum err e, const struct why *why)
{
    if (cli_option(cli, "--json")) {
        struct buf out = buf_init((size_t)CLI_OUT_MAX * 2);
        render_json(cli, e, why, &out);
        print_out(cli, buf_bytes(&out));
        if (out.ptr)
            secret_wipe(out.ptr, out.cap);
        buf_release(&out);
    } else {
        print_out(cli, buf_bytes(&cli->text));
    }
    if (e == ERR_FINDINGS) {
        char code[24];
        (void)snprintf(code, sizeof code, " [%s]\n", err_code(e));
        print_error(cli, "cofferdam: ", why->text, code);
    }
}

int cli_run(struct cli *cli)
{
    if (cli_option(cli, "--help")) {
        cli_help(cli->command, cli_width(cli), &cli->text);
        print_out(cli, buf_bytes(&cli->text));
        return cli->out_failed ? EXIT_FAIL : EXIT_OK;
    }
    struct why why = { .code = ERR_OK }, broken;
    cli->data = json_out_to(&cli->json, JSON_PLAIN);
    json_out_object(&cli->data);
    enum err e = cli->command->run(cli, &why);
    cli_progress_end(cli);
    if (!cli_option(cli, "--quiet") && cli->note.len)
        print_note(cli, buf_cstr(&cli->note), 2);
    if (e != ERR_OK && e != ERR_FINDINGS) {
        /* Whatever a stopped step called it: the reason is the interrupt. */
        if (cli->io->stopped(cli->io->ctx) && e != ERR_INTERRUPTED) {
            char was[WHY_TEXT_MAX];
            (void)snprintf(was, sizeof was, "%s", why.text);
            e = why_set(&why, ERR_INTERRUPTED, "interrupted: %.300s", was);
        }
        return cli_fail(cli, e, &why);
    }
    json_out_object_end(&cli->data);
    if (json_out_end(&cli->data, &broken) != ERR_OK || !buf_ok(&cli->text))
        return cli_fail(cli, ERR_LIMIT,
                        &(struct why){ .text = "the output is longer than 64 MiB" });
    print_result(cli, e, &why);
    if (cli->out_failed)
        return cli_fail(cli, ERR_IO, &(struct why){ .text = "cannot write standard output" });
    return err_row(e)->exit_code;
}

void cli_release(struct cli *cli)
{
    struct buf *bufs[] = { &cli->text, &cli->note, &cli->json };
    cli_progress_end(cli);
    for (size_t i = 0; i < 3; i++) {
        if (bufs[i]->ptr)
            secret_wipe(bufs[i]->ptr, bufs[i]->cap);
        buf_release(bufs[i]);
    }
    settings_free(cli->settings);
}
