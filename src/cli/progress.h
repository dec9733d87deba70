/* cli/progress.h: a bar on the terminal while a long step runs: share, rate, time left.
 * Nothing is written when stderr is no terminal, or with --quiet. --verbose writes each call.
 * Also hands the command's interrupt to the client.
 * Memory  ended by cli_run   Threads  one owner */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/cli.h"

#include "client/progress.h"

/* Begins to watch the open client. Without memory there is no bar. */
void cli_progress_start(struct cli *cli);
/* Takes the bar away and stops watching. */
void cli_progress_end(struct cli *cli);
/* The same hooks, for steps of a command's own; NULL before cli_progress_start. */
const struct progress *cli_progress_hooks(const struct cli *cli);

#endif
