#include "cli/commands.h"

#include "base/hex.h"
#include "cli/columns.h"
#include "client/client.h"
#include "client/transport.h"
#include "crypto/crypto.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err cmd_help(struct cli *cli, struct why *why)
{
    const struct cli_command *c = NULL;
    if (cli->word_count) {
        c = cli_find(cli->words[0], cli->word_count > 1 ? cli->words[1] : "");
        if (!c)
            return why_set(why, ERR_USAGE, "no command '%s%s%s'", cli->words[0],
                           cli->word_count > 1 ? " " : "",
                           cli->word_count > 1 ? cli->words[1] : "");
    }
    cli_help(c, cli_width(cli), &cli->text);
    json_out_member_str(&cli->data, "text", buf_cstr(&cli->text));
    return ERR_OK;
}

enum err cmd_version(struct cli *cli, struct why *why)
{
    cli_say(cli, "cofferdam %s", CLI_VERSION);
    json_out_member_str(&cli->data, "version", CLI_VERSION);
    return ERR_OK;
}

static void explain_all(struct cli *cli)
{
    struct libscols_table *t =
        columns_new((const char *[]){ "code", "exit", "meaning", NULL });
    json_out_key(&cli->data, "codes");
    json_out_array(&cli->data);
    for (unsigned e = 0; e < ERR_COUNT; e++) {
        const struct err_row *row = err_row((enum err)e);
        char exit_code[12];
        (void)snprintf(exit_code, sizeof exit_code, "%d", row->exit_code);
        columns_add(t, (const char *[]){ row->code, exit_code, row->title });
        json_out_object(&cli->data);
        json_out_member_str(&cli->data, "code", row->code);
        json_out_member_str(&cli->data, "title", row->title);
        json_out_member_str(&cli->data, "explain", row->explain);
        json_out_member_u64(&cli->data, "exit_code", (uint64_t)row->exit_code);
        json_out_object_end(&cli->data);
    }
    json_out_array_end(&cli->data);
    columns_print(t, cli_width(cli), 0, &cli->text);
}

enum err cmd_explain(struct cli *cli, struct why *why)
{
    if (cli->word_count == 0) {
        explain_all(cli);
        return ERR_OK;
    }
    const struct err_row *row = err_find(cli->words[0]);
    if (!row)
        return why_hint(why, why_set(why, ERR_NOT_FOUND, "no code '%.40s'", cli->words[0]),
                        "cofferdam explain lists them all");
    cli_say(cli, "%s: %s (exit code %d)", row->code, row->title, row->exit_code);
    columns_wrap(&cli->text, cli_width(cli), 0, row->explain);
    buf_add_str(&cli->text, "\n");
    json_out_member_str(&cli->data, "code", row->code);
    json_out_member_str(&cli->data, "title", row->title);
    json_out_member_str(&cli->data, "explain", row->explain);
    json_out_member_u64(&cli->data, "exit_code", (uint64_t)row->exit_code);
    return ERR_OK;
}

static void json_options(struct cli *cli, const char *key, const struct cli_option *o)
{
    json_out_key(&cli->data, key);
    json_out_array(&cli->data);
    for (; o->name; o++) {
        json_out_object(&cli->data);
        json_out_member_str(&cli->data, "name", o->name);
        json_out_member_str(&cli->data, "value", o->value ? o->value : "");
        json_out_member_str(&cli->data, "help", o->help);
        json_out_object_end(&cli->data);
    }
    json_out_array_end(&cli->data);
}

enum err cmd_commands(struct cli *cli, struct why *why)
{
    json_out_key(&cli->data, "commands");
    json_out_array(&cli->data);
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        cli_say(cli, "%s%s%s", c->noun, *c->verb ? " " : "", c->verb);
        json_out_object(&cli->data);
        json_out_member_str(&cli->data, "noun", c->noun);
        json_out_member_str(&cli->data, "verb", c->verb);
        json_out_member_str(&cli->data, "args", c->args);
        json_out_member_str(&cli->data, "summary", c->summary);
        json_options(cli, "options", c->options);
        json_out_object_end(&cli->data);
    }
    json_out_array_end(&cli->data);
    json_options(cli, "common_options", cli_common);
    return ERR_OK;
}

/* --- drill: a separate program, so that a thief never runs inside what it robs --- */

enum err cmd_drill(struct cli *cli, struct why *why)
{
    const char *own = "/proc/self/exe";
    char path[512];
    ssize_t n = readlink(own, path, sizeof path - 32);
    if (n <= 0)
        return why_set(why, ERR_IO, "cannot find the program's own folder");
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    (void)snprintf(slash + 1, 32, "cofferdam-thief");
    if (access(path, X_OK) != 0) { /* in a build tree it lies with its source's folder */
        *slash = '\0';
        slash = strrchr(path, '/');
        (void)snprintf(slash + 1, 32, "drill/cofferdam-thief");
    }
    const char *argv[CLI_ARGS_MAX + 4] = { path };
    unsigned k = 1;
    for (unsigned i = 0; i < cli->word_count; i++)
        argv[k++] = cli->words[i];
    for (unsigned i = 0; i < cli->option_count; i++) {
        static const char *const ours[] = { "--config", "--profile", "--verbose", "--no-input" };
        bool skip = false;
        for (size_t o = 0; o < sizeof ours / sizeof ours[0]; o++)
            skip = skip || strcmp(cli->option_names[i], ours[o]) == 0;
        if (skip)
            continue;
        argv[k++] = cli->option_names[i];
        if (*cli->option_values[i])
            argv[k++] = cli->option_values[i];
    }
    argv[k] = NULL;
    (void)execv(path, (char *const *)(uintptr_t)argv);
    return why_hint(why, why_set(why, ERR_NOT_FOUND, "cannot run '%s'", path),
                    "it is installed beside cofferdam");
}

/* --- status --- */

static void status_of(struct cli *cli, struct libscols_table *rows, struct transport *t,
                      const char *name, const char *base)
{
    const struct transport_call call = { .method = "GET", .base = base, .path = "/v1/status",
                                         .bare = true };
    AUTO_BUF struct buf reply = buf_init(1 << 16);
    AUTO_JSON json_t *o = NULL;
    struct why why;
    enum err e = transport_do(t, &call, &reply, &why);
    if (e == ERR_OK)
        e = json_parse(buf_bytes(&reply), &o, &why);
    json_out_object(&cli->data);
    json_out_member_str(&cli->data, "name", name);
    json_out_member_str(&cli->data, "url", base);
    json_out_member_bool(&cli->data, "reached", e == ERR_OK);
    const char *code = NULL, *text = NULL;
    bool gate = e == ERR_OK && json_get_text(o, "why", 16, &code, NULL) == ERR_OK &&
                json_get_text(o, "text", WHY_TEXT_MAX, &text, NULL) == ERR_OK;
    json_out_member_str(&cli->data, "why", e != ERR_OK ? err_code(e) : gate ? code : "OK");
    json_out_object_end(&cli->data);
    AUTO_BUF struct buf said = buf_init(1024);
    const char *reason = e == ERR_NETWORK ? strstr(why.text, "': ") : NULL; /* behind the URL */
    if (e != ERR_OK)
        buf_add_fmt(&said, "not reached: %s", reason ? reason + 3 : why.text);
    else
        buf_add_str(&said, !gate || strcmp(code, "OK") == 0 ? "serves" : text);
    columns_add(rows, (const char *[]){ name, base, buf_cstr(&said) });
}

enum err cmd_status(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    struct transport *t = NULL;
    static const uint8_t none[64];
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = transport_new(none, &t, why); /* calls nothing that is signed */
    if (e != ERR_OK)
        return e;
    const struct config *config = client_config(c);
    struct libscols_table *rows =
        columns_new((const char *[]){ "", "", "", NULL });
    cli_say(cli, "owner   %s", hex_id(config->owner).s);
    cli_say(cli, "device  %s", hex_id(client_key(c)).s);
    json_out_member_hex(&cli->data, "owner", config->owner, 32);
    json_out_member_hex(&cli->data, "device", client_key(c), 32);
    json_out_key(&cli->data, "servers");
    json_out_array(&cli->data);
    for (unsigned g = 1; g <= CONFIG_GATE_MAX; g++) {
        char name[16];
        (void)snprintf(name, sizeof name, "gate %u", g);
        if (*config->gates[g])
            status_of(cli, rows, t, name, config->gates[g]);
    }
    if (*config->store)
        status_of(cli, rows, t, "store", config->store);
    json_out_array_end(&cli->data);
    columns_print(rows, cli_width(cli), 0, &cli->text);
    transport_free(t);
    return ERR_OK;
}
