#include "drill/args.h"

#include <stdlib.h>
#include <string.h>

const char args_usage[] =
    "usage: cofferdam drill store  --store DIR [--control-gate DIR]...\n"
    "       cofferdam drill gate   --store DIR --gate DIR... --control-gate DIR\n"
    "       cofferdam drill banked --state DIR --passphrase-file FILE [--project NAME] [--records N]\n"
    "       cofferdam drill device --state DIR --passphrase-file FILE [--project NAME] [--list FILE]\n"
    "\n"
    "Takes what a thief would hold, tries to read with it, and prints what could be read, beside a\n"
    "control that has one more share. DIR of a store or gate: a copy of its state directory.\n"
    "  --json   one JSON object instead of text\n"
    "Exit 0: nothing could be read that should not, and the control opened all; 10: otherwise.\n";

static enum err args_add(const char **list, size_t *count, const char *name, const char *value,
                         struct why *why)
{
    if (*count == ARGS_GATES_MAX)
        return why_set(why, ERR_USAGE, "%s is given more than %d times", name, ARGS_GATES_MAX);
    list[(*count)++] = value;
    return ERR_OK;
}

static enum err args_records(const char *value, uint64_t *out, struct why *why)
{
    char *end = NULL;
    unsigned long n = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || n == 0 || n > ARGS_BANKED_MAX)
        return why_set(why, ERR_USAGE, "--records '%s' is no number from 1 to %d", value,
                       ARGS_BANKED_MAX);
    *out = n;
    return ERR_OK;
}

static enum err args_option(struct args *a, const char *name, const char *value, struct why *why)
{
    const struct { const char *name, **to; } texts[] = {
        { "--store", &a->store }, { "--state", &a->state }, { "--project", &a->project },
        { "--list", &a->list }, { "--passphrase-file", &a->passphrase_file } };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].to = value;
            return ERR_OK;
        }
    if (strcmp(name, "--gate") == 0)
        return args_add(a->gates, &a->gate_count, name, value, why);
    if (strcmp(name, "--control-gate") == 0)
        return args_add(a->controls, &a->control_count, name, value, why);
    if (strcmp(name, "--records") == 0)
        return args_records(value, &a->records, why);
    return why_hint(why, why_set(why, ERR_USAGE, "'drill' has no option '%s'", name),
                    "cofferdam drill --help");
}

static bool args_flag(struct args *a, const char *word)
{
    if (strcmp(word, "--json") == 0)
        a->json = true;
    else if (strcmp(word, "--help") == 0)
        a->help = true;
    else
        return strcmp(word, "--quiet") == 0;
    return true;
}

enum err args_parse(int argc, char **argv, struct args *out, struct why *why)
{
    struct args a = { .records = ARGS_BANKED, .state = getenv("COFFERDAM_STATE"),
                      .passphrase_file = getenv("COFFERDAM_PASSPHRASE_FILE") };
    enum err e = ERR_OK;
    for (int i = 1; i < argc; i++) { /* flags first: they say how a failure is to be shown */
        (void)args_flag(&a, argv[i]);
    }
    /* `cofferdam drill` hands on its own words. */
    for (int i = argc > 1 && strcmp(argv[1], "drill") == 0 ? 2 : 1; i < argc && e == ERR_OK; i++) {
        if (args_flag(&a, argv[i]))
            continue;
        if (strncmp(argv[i], "--", 2) != 0) {
            if (a.drill)
                e = why_set(why, ERR_USAGE, "'drill %s' takes no argument '%s'", a.drill, argv[i]);
            else
                a.drill = argv[i];
        } else if (i + 1 >= argc) {
            e = why_set(why, ERR_USAGE, "option '%s' needs a value", argv[i]);
        } else {
            e = args_option(&a, argv[i], argv[i + 1], why);
            i++;
        }
    }
    *out = a;
    return e;
}

enum err args_need(const char *value, const char *option, struct why *why)
{
    if (value && *value)
        return ERR_OK;
    return why_hint(why, why_set(why, ERR_USAGE, "this drill needs %s", option),
                    "cofferdam drill --help");
}
