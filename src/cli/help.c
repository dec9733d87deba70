/* cli/help.c: the command table for people. */
#include "cli/cli.h"

#include "cli/columns.h"

#include <stdio.h>
#include <string.h>

static void help_all(unsigned columns, struct buf *out)
{
    struct libscols_table *t = columns_new((const char *[]){ "", "", NULL });
    columns_wrap(out, columns, 2, "cofferdam: the exchange in which a breach spills nothing\n\n"
                     "usage: cofferdam COMMAND [ARGUMENT]... [OPTION]...\n\n");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        char words[48];
        (void)snprintf(words, sizeof words, "%s%s%s", c->noun, *c->verb ? " " : "", c->verb);
        columns_add(t, (const char *[]){ words, c->summary });
    }
    columns_print(t, columns, 2, out);
    columns_wrap(out, columns, 0,
                 "\n`cofferdam help COMMAND` shows one of them, `man cofferdam` all about it.\n");
}

static void help_options(const char *title, const struct cli_option *o, unsigned columns,
                         struct buf *out)
{
    if (!o->name)
        return;
    struct libscols_table *t = columns_new((const char *[]){ "", "", NULL });
    for (; o->name; o++) {
        char words[48];
        (void)snprintf(words, sizeof words, "%s%s%s", o->name, o->value ? " " : "",
                       o->value ? o->value : "");
        columns_add(t, (const char *[]){ words, o->help });
    }
    buf_add_fmt(out, "\n%s\n", title);
    columns_print(t, columns, 2, out);
}

void cli_help(const struct cli_command *command, unsigned columns, struct buf *out)
{
    if (!command) {
        help_all(columns, out);
        return;
    }
    char usage[300];
    (void)snprintf(usage, sizeof usage, "usage: cofferdam %s%s%s%s%s [OPTION]...\n\n%s\n",
                   command->noun, *command->verb ? " " : "", command->verb,
                   *command->args ? " " : "", command->args, command->summary);
    columns_wrap(out, columns, 2, usage);
    help_options("options", command->options, columns, out);
    help_options("options of every command", cli_common, columns, out);
}
