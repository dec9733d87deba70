/* drill/main.c: cofferdam-thief, a separate program: what could somebody read who had this? */
#include "crypto/crypto.h"
#include "drill/drill.h"

#include <stdio.h>
#include <string.h>

struct drill_row {
    const char *name;
    enum err (*run)(const struct args *args, struct result *out, struct why *why);
    struct result result; /* what it starts from */
};

static const struct drill_row drills[] = {
    { "store", drill_store, { .has_keys = true } },
    { "gate", drill_gate, { .has_keys = true } },
    { "banked", drill_banked, { .has_keys = true } },
    { "device", drill_device, { .has_device = true, .expected = true } },
};

static enum err run(const struct args *args, struct result *result, struct why *why)
{
    if (!args->drill)
        return why_hint(why, why_set(why, ERR_USAGE, "no drill is named"), "cofferdam drill --help");
    for (size_t i = 0; i < sizeof drills / sizeof drills[0]; i++) {
        if (strcmp(args->drill, drills[i].name) != 0)
            continue;
        *result = drills[i].result;
        result->drill = drills[i].name;
        enum err e = crypto_init(why);
        if (e == ERR_OK)
            e = drills[i].run(args, result, why);
        return e == ERR_OK ? result_judge(result, why) : e;
    }
    return why_hint(why, why_set(why, ERR_USAGE, "no drill '%.40s'", args->drill),
                    "one of store, gate, banked, device");
}

int main(int argc, char **argv)
{
    struct args args;
    struct result result = { 0 };
    struct why why = { .code = ERR_OK };
    enum err e = args_parse(argc, argv, &args, &why);
    if (e == ERR_OK && args.help) {
        (void)fputs(args_usage, stdout);
        return EXIT_OK;
    }
    if (e == ERR_OK)
        e = run(&args, &result, &why);
    AUTO_BUF struct buf out = buf_init(1 << 16);
    if (args.json)
        result_json(&result, e, &why, &out);
    else if (e == ERR_OK || e == ERR_FINDINGS)
        result_table(&result, &out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    if (e != ERR_OK)
        (void)fprintf(stderr, "cofferdam-thief: %s [%s]\n", why.text, err_code(e));
    if (e != ERR_OK && why.hint[0])
        (void)fprintf(stderr, "hint: %s\n", why.hint);
    bool written = buf_ok(&out) && fflush(stdout) == 0;
    return e == ERR_OK && !written ? EXIT_FAIL : err_row(e)->exit_code;
}
