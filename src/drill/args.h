/* drill/args.h: the command line of `cofferdam-thief` (and of `cofferdam drill`, which starts it).
 * --state and --passphrase-file may come from COFFERDAM_STATE and COFFERDAM_PASSPHRASE_FILE.
 * Memory  borrows argv   Threads  pure besides the environment */
#ifndef DRILL_ARGS_H
#define DRILL_ARGS_H

#include "base/why.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARGS_GATES_MAX = 8, ARGS_BANKED = 40, ARGS_BANKED_MAX = 100 };

struct args {
    const char *drill; /* "store"; NULL: none named */
    const char *store, *state, *passphrase_file, *project, *list;
    const char *gates[ARGS_GATES_MAX], *controls[ARGS_GATES_MAX];
    size_t gate_count, control_count;
    uint64_t records; /* how many to bank */
    bool json, help;
};

/* What was understood is in `out` even when it fails, so that a failure can be rendered as asked for.
 * ERR_USAGE. */
MUST_USE enum err args_parse(int argc, char **argv, struct args *out, struct why *why);
/* ERR_USAGE names `option` if there is no value. */
MUST_USE enum err args_need(const char *value, const char *option, struct why *why);

extern const char args_usage[];

#endif
