#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

const struct cli_option cli_common[] = {
    { "--state", "DIR", "state directory (or COFFERDAM_STATE)", true },
    { "--passphrase-file", "FILE", "passphrase of the device key (or COFFERDAM_PASSPHRASE_FILE)",
      true },
    { "--json", NULL, "one JSON object instead of text", false },
    { "--quiet", NULL, "no commentary", false },
    { "--help", NULL, "this help", false },
    { NULL, NULL, NULL, false },
};

static const struct cli_option *option_find(const struct cli_option *list, const char *name)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

const struct cli_command *cli_find(const char *noun, const char *verb)
{
    for (const struct cli_command *c = cli_commands; c->noun; c++)
        if (strcmp(c->noun, noun) == 0 && strcmp(c->verb, verb) == 0)
            return c;
    return NULL;
}

/* Levenshtein distance of short words. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 31 };
    unsigned row[LONGEST + 1];
    size_t n = strlen(b);
    if (n > LONGEST)
        return LONGEST;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; *a; a++, i++) {
        unsigned corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            unsigned change = corner + (*a != b[j - 1]);
            corner = row[j];
            unsigned best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = change < best ? change : best;
        }
    }
    return row[n];
}

static enum err unknown_command(const char *noun, const char *verb, struct why *why)
{
    const struct cli_command *best = NULL;
    unsigned least = 4;
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        unsigned d = distance(noun, c->noun) + (*c->verb ? distance(verb, c->verb) : 0);
        if (d < least) {
            least = d;
            best = c;
        }
    }
    bool known_noun = false;
    for (const struct cli_command *c = cli_commands; c->noun; c++)
        known_noun = known_noun || strcmp(c->noun, noun) == 0;
    enum err e =
        known_noun && *verb
            ? why_set(why, ERR_USAGE, "no command '%s %s'", noun, verb)
            : why_set(why, ERR_USAGE, known_noun ? "'%s' needs a verb" : "no command '%s'", noun);
    if (best)
        return why_hint(why, e, "did you mean `cofferdam %s%s%s`?", best->noun,
                        *best->verb ? " " : "", best->verb);
    return why_hint(why, e, "cofferdam help");
}

static enum err take_option(struct cli *cli, int argc, char **argv, int *i, struct why *why)
{
    char *name = argv[*i];
    const struct cli_option *o = option_find(cli_common, name);
    if (!o)
        o = option_find(cli->command->options, name);
    if (!o) {
        enum err e = why_set(why, ERR_USAGE, "'%s %s' has no option '%s'", cli->command->noun,
                             cli->command->verb, name);
        return why_hint(why, e, "cofferdam help %s %s", cli->command->noun, cli->command->verb);
    }
    if (o->value && *i + 1 >= argc)
        return why_set(why, ERR_USAGE, "option '%s' needs a value: %s", name, o->value);
    cli->option_names[cli->option_count] = o->name;
    cli->option_values[cli->option_count++] = o->value ? argv[++*i] : "";
    return ERR_OK;
}

enum err cli_parse(struct cli *cli, int argc, char **argv, struct why *why)
{
    const char *noun = argc > 1 ? argv[1] : "help";
    const char *verb = argc > 2 && argv[2][0] != '-' ? argv[2] : "";
    int first = 2;
    if (strcmp(noun, "--help") == 0 || strcmp(noun, "-h") == 0)
        noun = "help";
    cli->command = *verb ? cli_find(noun, verb) : NULL;
    if (cli->command)
        first = 3;
    else
        cli->command = cli_find(noun, "");
    if (!cli->command)
        return unknown_command(noun, verb, why);
    if (argc >= CLI_ARGS_MAX)
        return why_set(why, ERR_USAGE, "more than %d arguments", CLI_ARGS_MAX);
    for (int i = first; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2]) {
            enum err e = take_option(cli, argc, argv, &i, why);
            if (e != ERR_OK)
                return e;
        } else {
            cli->words[cli->word_count++] = argv[i];
        }
    }
    if (cli_option(cli, "--help"))
        return ERR_OK;
    if (cli->word_count < cli->command->args_min || cli->word_count > cli->command->args_max) {
        enum err e = why_set(why, ERR_USAGE, "'%s %s' takes %s", cli->command->noun,
                             cli->command->verb,
                             *cli->command->args ? cli->command->args : "no argument");
        return why_hint(why, e, "cofferdam help %s %s", cli->command->noun, cli->command->verb);
    }
    return ERR_OK;
}

const char *cli_option_at(const struct cli *cli, const char *name, unsigned i)
{
    for (unsigned k = 0; k < cli->option_count; k++)
        if (strcmp(cli->option_names[k], name) == 0 && i-- == 0)
            return cli->option_values[k];
    return NULL;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    const char *last = NULL;
    for (unsigned k = 0; k < cli->option_count; k++)
        if (strcmp(cli->option_names[k], name) == 0)
            last = cli->option_values[k];
    return last;
}

enum err cli_need(const struct cli *cli, const char *name, const char **out, struct why *why)
{
    const char *value = cli_option(cli, name);
    if (!value) {
        enum err e = why_set(why, ERR_USAGE, "'%s %s' needs %s", cli->command->noun,
                             cli->command->verb, name);
        return why_hint(why, e, "cofferdam help %s %s", cli->command->noun, cli->command->verb);
    }
    *out = value;
    return ERR_OK;
}

enum err cli_number(const struct cli *cli, const char *name, uint64_t otherwise, uint64_t max,
                    uint64_t *out, struct why *why)
{
    const char *value = cli_option(cli, name);
    if (!value) {
        *out = otherwise;
        return ERR_OK;
    }
    uint64_t v = 0;
    bool ok = *value != '\0';
    for (const char *p = value; ok && *p; p++) {
        ok = *p >= '0' && *p <= '9' && v <= max / 10;
        v = v * 10 + (uint64_t)(*p - '0');
    }
    if (!ok || v > max)
        return why_set(why, ERR_USAGE, "%s '%s' is no number from 0 to %llu", name, value,
                       (unsigned long long)max);
    *out = v;
    return ERR_OK;
}

void cli_help(const struct cli_command *command, struct buf *out)
{
    if (!command) {
        buf_add_str(out, "cofferdam: the exchange in which a breach spills nothing\n\n");
        for (const struct cli_command *c = cli_commands; c->noun; c++) {
            char words[48];
            (void)snprintf(words, sizeof words, "%s%s%s", c->noun, *c->verb ? " " : "", c->verb);
            buf_add_fmt(out, "  %-18s %s\n", words, c->summary);
        }
        buf_add_str(out, "\ncofferdam help COMMAND shows one of them.\n");
        return;
    }
    buf_add_fmt(out, "usage: cofferdam %s%s%s%s%s [options]\n\n%s\n\n", command->noun,
                *command->verb ? " " : "", command->verb, *command->args ? " " : "", command->args,
                command->summary);
    const struct cli_option *lists[] = { command->options, cli_common };
    for (size_t k = 0; k < 2; k++)
        for (const struct cli_option *o = lists[k]; o->name; o++) {
            char words[48];
            (void)snprintf(words, sizeof words, "%s%s%s", o->name, o->value ? " " : "",
                           o->value ? o->value : "");
            buf_add_fmt(out, "  %-26s %s\n", words, o->help);
        }
}
