/* cli/completion.c: the command table as a shell's completion. Nothing is asked while completing:
 * the script holds the table. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

static bool first_of_noun(const struct cli_command *c)
{
    return c == cli_commands || strcmp(c->noun, (c - 1)->noun) != 0;
}

/* Names of options; `which` 0 all, 1 those with a value, 2 those whose value is a file. */
static void add_options(struct buf *out, const struct cli_option *o, unsigned which)
{
    for (; o->name; o++)
        if (which == 0 || (which == 1 && o->value) || (which == 2 && o->path))
            buf_add_fmt(out, "%s ", o->name);
}

/* --- bash; zsh by its own emulation of it --- */

static void bash_verbs(struct buf *out)
{
    buf_add_str(out, "    case $noun in\n");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (!*c->verb || !first_of_noun(c))
            continue;
        buf_add_fmt(out, "        %s) verbs='", c->noun);
        for (const struct cli_command *v = c; v->noun && strcmp(v->noun, c->noun) == 0; v++)
            buf_add_fmt(out, "%s ", v->verb);
        buf_add_str(out, "' ;;\n");
    }
    buf_add_str(out, "    esac\n");
}

static void bash_commands(struct buf *out)
{
    buf_add_str(out, "    case $noun${verbs:+ $verb} in\n");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        buf_add_fmt(out, "        '%s%s%s') options='", c->noun, *c->verb ? " " : "", c->verb);
        add_options(out, c->options, 0);
        buf_add_str(out, "' values='");
        add_options(out, c->options, 1);
        buf_add_str(out, "' paths='");
        add_options(out, c->options, 2);
        bool file = c->args_are_paths || strstr(c->args, "FILE");
        buf_add_fmt(out, "' files=%s ;;\n", file ? "yes" : "");
    }
    buf_add_str(out, "    esac\n");
}

static void bash_common(struct buf *out)
{
    static const char *const names[] = { "options", "values", "paths" };
    for (unsigned i = 0; i < 3; i++) {
        buf_add_fmt(out, "    %s+='", names[i]);
        add_options(out, cli_common, i);
        buf_add_str(out, "'\n");
    }
}

static void bash(struct buf *out)
{
    buf_add_str(out, "# cofferdam completion bash\n_cofferdam() {\n"
                     "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                     "    local noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]} at=2\n"
                     "    local verbs= options= values= paths= files= words=\n");
    bash_verbs(out);
    buf_add_str(out, "    [ -z \"$verbs\" ] || at=3\n");
    bash_commands(out);
    bash_common(out);
    buf_add_str(out, "    COMPREPLY=()\n    if [ \"$COMP_CWORD\" = 1 ]; then\n        words='");
    for (const struct cli_command *c = cli_commands; c->noun; c++)
        if (first_of_noun(c))
            buf_add_fmt(out, "%s ", c->noun);
    buf_add_str(out,
                "'\n"
                "    elif [ \"$COMP_CWORD\" -lt \"$at\" ]; then\n"
                "        words=$verbs\n"
                "    elif [[ \" $values\" == *\" $prev \"* ]]; then\n"
                "        if [[ \" $paths\" == *\" $prev \"* ]]; then files=yes; else return; fi\n"
                "    elif [[ \"$cur\" == -* ]]; then\n"
                "        words=$options files=\n"
                "    fi\n"
                "    if [ -n \"$words\" ]; then\n"
                "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                "    elif [ -n \"$files\" ]; then\n"
                "        local IFS=$'\\n'\n"
                "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                "        compopt -o filenames 2>/dev/null\n"
                "    fi\n"
                "}\n"
                "complete -F _cofferdam cofferdam\n");
}

/* --- fish --- */

/* In single quotes, where fish knows \\ and \'. */
static void fish_quoted(struct buf *out, const char *s)
{
    buf_add_str(out, "'");
    for (; *s; s++) {
        if (*s == '\'' || *s == '\\')
            buf_add_u8(out, '\\');
        buf_add_u8(out, (uint8_t)*s);
    }
    buf_add_str(out, "'");
}

static void fish_options(struct buf *out, const char *when, const struct cli_option *o)
{
    for (; o->name; o++) {
        buf_add_fmt(out, "complete -c cofferdam%s -l %s %s-d ", when, o->name + 2,
                    !o->value ? "" : o->path ? "-r -F " : "-x ");
        fish_quoted(out, o->help);
        buf_add_str(out, "\n");
    }
}

static void fish(struct buf *out)
{
    buf_add_str(out, "# cofferdam completion fish\ncomplete -c cofferdam -f\n");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        char when[160];
        if (*c->verb && first_of_noun(c))
            buf_add_fmt(out, "complete -c cofferdam -n __fish_use_subcommand -a %s\n", c->noun);
        if (*c->verb)
            buf_add_fmt(out,
                        "complete -c cofferdam -n 'test (count (commandline -opc)) = 2; and "
                        "__fish_seen_subcommand_from %s' -a %s -d ", c->noun, c->verb);
        else
            buf_add_fmt(out, "complete -c cofferdam -n __fish_use_subcommand -a %s -d ", c->noun);
        fish_quoted(out, c->summary);
        (void)snprintf(when, sizeof when, " -n '__fish_seen_subcommand_from %s%s%s'", c->noun,
                       *c->verb ? "; and __fish_seen_subcommand_from " : "", c->verb);
        buf_add_str(out, "\n");
        fish_options(out, when, c->options);
        if (c->args_are_paths || strstr(c->args, "FILE"))
            buf_add_fmt(out, "complete -c cofferdam%s -F\n", when);
    }
    fish_options(out, "", cli_common);
}

enum err cmd_completion(struct cli *cli, struct why *why)
{
    const char *shell = cli->words[0];
    if (strcmp(shell, "zsh") == 0)
        buf_add_str(&cli->text,
                    "#compdef cofferdam\nautoload -U +X bashcompinit && bashcompinit\n");
    if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0)
        bash(&cli->text);
    else if (strcmp(shell, "fish") == 0)
        fish(&cli->text);
    else
        return why_set(why, ERR_UNSUPPORTED, "no completion for '%.40s': bash, zsh or fish", shell);
    json_out_member_str(&cli->data, "text", buf_cstr(&cli->text));
    return ERR_OK;
}
