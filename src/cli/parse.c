#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

const struct cli_option cli_common[] = {
    { "--state", "DIR", "state directory", true },
    { "--passphrase-file", "FILE", "passphrase of the device key; without it, a prompt", true },
    { "--config", "FILE", "read this file instead of the user's cofferdam.conf", true },
    { "--profile", "NAME", "the section [profile NAME] of the configuration", false },
    { "--json", NULL, "one JSON object instead of text", false },
    { "--quiet", NULL, "no commentary, no progress", false },
    { "--verbose", NULL, "say each call to gates and store", false },
    { "--no-input", NULL, "never ask; fail where a question would be needed", false },
    { "--help", NULL, "this help", false },
    { NULL, NULL, NULL, false },
};

/* Reserved by the design, refused by name. */
static const struct {
    const char *name, *why;
} reserved[] = {
    { "--yes", "no command asks for a confirmation yet" },
    { "--dry-run", "this command has none: it would check nothing" },
};

static const struct cli_option *option_in(const struct cli_option *list, const char *name)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

const struct cli_option *cli_option_find(const struct cli_command *command, const char *name)
{
    const struct cli_option *o = option_in(cli_common, name);
    return o ? o : option_in(command->options, name);
}

bool cli_option_add(struct cli *cli, const char *name, const char *value)
{
    if (cli->option_count == CLI_ARGS_MAX)
        return false;
    cli->option_names[cli->option_count] = name;
    cli->option_values[cli->option_count++] = value;
    return true;
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

static bool noun_known(const char *noun)
{
    for (const struct cli_command *c = cli_commands; c->noun; c++)
        if (strcmp(c->noun, noun) == 0)
            return true;
    return false;
}

/* "its verbs are import, next" */
static enum err hint_verbs(const char *noun, enum err e, struct why *why)
{
    char verbs[WHY_HINT_MAX] = "";
    size_t len = 0;
    for (const struct cli_command *c = cli_commands; c->noun; c++)
        if (strcmp(c->noun, noun) == 0 && *c->verb && len < sizeof verbs)
            len += (size_t)snprintf(verbs + len, sizeof verbs - len, "%s%s", len ? ", " : "",
                                    c->verb);
    return why_hint(why, e, "cofferdam %s VERB: %.140s", noun, verbs);
}

static enum err unknown_command(const char *noun, const char *verb, struct why *why)
{
    const struct cli_command *best = NULL;
    unsigned least = 4;
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        unsigned d = distance(noun, c->noun) + (*verb && *c->verb ? distance(verb, c->verb) : 0);
        if (d < least && d < strlen(noun)) {
            least = d;
            best = c;
        }
    }
    enum err e = noun_known(noun)
                     ? why_set(why, ERR_USAGE, *verb ? "no command '%.40s %.40s'"
                                                     : "'%.40s' needs a verb", noun, verb)
                     : why_set(why, ERR_USAGE, "no command '%.40s'", noun);
    if (best && *best->verb && !*verb)
        return hint_verbs(best->noun, e, why);
    if (best && least)
        return why_hint(why, e, "did you mean `cofferdam %s%s%s`?", best->noun,
                        *best->verb ? " " : "", best->verb);
    return noun_known(noun) ? hint_verbs(noun, e, why) : why_hint(why, e, "cofferdam help");
}

/* "task next", and "--option" of it. */
static enum err hint_help(const struct cli *cli, enum err e, struct why *why)
{
    const struct cli_command *c = cli->command;
    return why_hint(why, e, "cofferdam help %s%s%s", c->noun, *c->verb ? " " : "", c->verb);
}

static enum err unknown_option(const struct cli *cli, const char *name, struct why *why)
{
    const struct cli_command *c = cli->command;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(reserved[i].name, name) == 0)
            return hint_help(cli,
                             why_set(why, ERR_UNSUPPORTED, "'%s' is not built for '%s%s%s': %s",
                                     name, c->noun, *c->verb ? " " : "", c->verb, reserved[i].why),
                             why);
    const struct cli_option *best = NULL, *lists[] = { c->options, cli_common };
    unsigned least = 3;
    for (size_t k = 0; k < 2; k++)
        for (const struct cli_option *o = lists[k]; o->name; o++)
            if (distance(name, o->name) < least) {
                least = distance(name, o->name);
                best = o;
            }
    enum err e = why_set(why, ERR_USAGE, "'%s%s%s' has no option '%s'", c->noun,
                         *c->verb ? " " : "", c->verb, name);
    return best ? why_hint(why, e, "did you mean %s?", best->name) : hint_help(cli, e, why);
}

/* "-" stands for standard input or output where a command reads or writes it so. Elsewhere it is
 * refused: a file of that name is never meant. */
static enum err check_dash(const struct cli *cli, const struct cli_option *o, const char *value,
                           struct why *why)
{
    static const char *const input[] = { "--passphrase-file", "--reason", "--owner", "--take" };
    bool known = strcmp(o->name, "--out") == 0 && strcmp(cli->command->noun, "record") == 0;
    for (size_t i = 0; i < sizeof input / sizeof input[0]; i++)
        known = known || strcmp(o->name, input[i]) == 0;
    if (!o->path || strcmp(value, "-") != 0 || known)
        return ERR_OK;
    return why_hint(why, why_set(why, ERR_UNSUPPORTED, "'%s -' is not built", o->name),
                    "%s FILE; ./- for a file of that name", o->name);
}

/* "--name value", "--name=value" (which cuts the argument in two) or "--flag". */
static enum err take_option(struct cli *cli, int argc, char **argv, int *i, struct why *why)
{
    char *name = argv[*i], *value = strchr(name, '=');
    if (value)
        *value++ = '\0';
    const struct cli_option *o = cli_option_find(cli->command, name);
    if (!o)
        return unknown_option(cli, name, why);
    if (!o->value && value)
        return why_set(why, ERR_USAGE, "option '%s' takes no value", name);
    if (o->value && !value && *i + 1 >= argc)
        return why_set(why, ERR_USAGE, "option '%s' needs a value: %s", name, o->value);
    if (o->value && !value)
        value = argv[++*i];
    (void)cli_option_add(cli, o->name, o->value ? value : "");
    return check_dash(cli, o, o->value ? value : "", why);
}

static enum err take_words(struct cli *cli, int first, int argc, char **argv, struct why *why)
{
    bool only_words = false;
    for (int i = first; i < argc; i++) {
        enum err e = ERR_OK;
        if (only_words || strncmp(argv[i], "-", 1) != 0 || strcmp(argv[i], "-") == 0)
            cli->words[cli->word_count++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (strcmp(argv[i], "-h") == 0)
            (void)cli_option_add(cli, "--help", "");
        else
            e = take_option(cli, argc, argv, &i, why);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

enum err cli_parse(struct cli *cli, int argc, char **argv, struct why *why)
{
    const char *noun = argc > 1 ? argv[1] : "help";
    const char *verb = argc > 2 && argv[2][0] != '-' ? argv[2] : "";
    if (strcmp(noun, "--help") == 0 || strcmp(noun, "-h") == 0)
        noun = "help";
    if (strcmp(noun, "--version") == 0)
        noun = "version";
    cli->command = *verb ? cli_find(noun, verb) : NULL;
    int first = cli->command ? 3 : 2;
    if (!cli->command)
        cli->command = cli_find(noun, "");
    if (!cli->command)
        return unknown_command(noun, verb, why);
    if (argc >= CLI_ARGS_MAX)
        return why_set(why, ERR_USAGE, "more than %d arguments", CLI_ARGS_MAX);
    enum err e = take_words(cli, first, argc, argv, why);
    if (e != ERR_OK || cli_option(cli, "--help"))
        return e;
    const struct cli_command *c = cli->command;
    if (cli->word_count < c->args_min || cli->word_count > c->args_max)
        return hint_help(cli,
                         why_set(why, ERR_USAGE, "'%s%s%s' takes %s", c->noun,
                                 *c->verb ? " " : "", c->verb, *c->args ? c->args : "no argument"),
                         why);
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
        const struct cli_command *c = cli->command;
        return hint_help(cli,
                         why_set(why, ERR_USAGE, "'%s%s%s' needs %s", c->noun,
                                 *c->verb ? " " : "", c->verb, name),
                         why);
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
