#include "cli/progress.h"

#include "client/client.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_EVERY_MS = 100, PROGRESS_AFTER_MS = 300, PROGRESS_BAR_MAX = 30 };

struct cli_progress {
    struct progress hooks;
    struct cli *cli;
    char what[32];               /* the step that is shown */
    int64_t began_ms, drawn_ms;  /* of that step; of the last drawing */
    uint64_t first;              /* what was done already when it began */
    bool drawn;
};

static void amount(char out[32], double v, enum progress_unit unit)
{
    static const char *const steps[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    unsigned i = 0;
    if (unit != PROGRESS_BYTES) {
        (void)snprintf(out, 32, "%.0f", v);
        return;
    }
    for (; v >= 1024 && i < 4; i++)
        v /= 1024;
    (void)snprintf(out, 32, i ? "%.1f %s" : "%.0f %s", v, steps[i]);
}

static void time_left(char out[32], double seconds)
{
    unsigned long s = seconds > 359999 ? 359999 : (unsigned long)seconds;
    if (s >= 3600)
        (void)snprintf(out, 32, "%lu:%02lu:%02lu left", s / 3600, s / 60 % 60, s % 60);
    else
        (void)snprintf(out, 32, "%lu:%02lu left", s / 60, s % 60);
}

/* "sealing tasks  [#####-----]  1024 of 4096  312/s  0:09 left", cut to the terminal. */
static void draw(struct cli_progress *p, uint64_t done, uint64_t total, enum progress_unit unit,
                 int64_t now_ms)
{
    static const char *const units[] = { "", "", " entries" };
    char have[32], all[32], rate[32], left[32] = "", bar[PROGRESS_BAR_MAX + 8] = "", line[256];
    double seconds = (double)(now_ms - p->began_ms) / 1000;
    double speed = seconds > 0 ? (double)(done - p->first) / seconds : 0;
    amount(have, (double)done, unit);
    amount(rate, speed, unit);
    all[0] = '\0';
    if (total) {
        size_t cells = p->cli->io->columns < 80 ? 10 : PROGRESS_BAR_MAX;
        size_t full = (size_t)((double)cells * (double)done / (double)total);
        bar[0] = '[';
        memset(bar + 1, '#', full);
        memset(bar + 1 + full, '-', cells - full);
        memcpy(bar + 1 + cells, "]  ", 4);
        amount(all, (double)total, unit);
        if (speed > 0)
            time_left(left, (double)(total - done) / speed);
    }
    int n = snprintf(line, sizeof line, "%s  %s%s%s%s%s  %s/s  %s", p->what, bar, have,
                     *all ? " of " : "", all, units[unit], rate, left);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
    if (p->cli->io->columns && len >= p->cli->io->columns)
        len = p->cli->io->columns - 1;
    AUTO_BUF struct buf out = buf_init(512);
    buf_add_str(&out, "\r\033[K");
    buf_add(&out, line, len);
    (void)p->cli->io->err(p->cli->io->ctx, buf_bytes(&out));
    p->drawn = true;
    p->drawn_ms = now_ms;
}

static void show(void *ctx, const char *what, uint64_t done, uint64_t total,
                 enum progress_unit unit)
{
    struct cli_progress *p = ctx;
    int64_t now = clock_steady_ms();
    if (strncmp(p->what, what, sizeof p->what - 1) != 0) {
        (void)snprintf(p->what, sizeof p->what, "%s", what);
        p->began_ms = now;
        p->first = done;
    }
    /* What is over at once needs no bar. */
    if (now - p->began_ms < PROGRESS_AFTER_MS || now - p->drawn_ms < PROGRESS_EVERY_MS)
        return;
    draw(p, done > p->first ? done : p->first, total && done > total ? done : total, unit, now);
}

static void clear(struct cli_progress *p)
{
    if (p->drawn)
        (void)p->cli->io->err(p->cli->io->ctx, bytes_str("\r\033[K"));
    p->drawn = false;
}

static void say_call(void *ctx, const char *method, const char *url, unsigned status, size_t bytes)
{
    struct cli_progress *p = ctx;
    AUTO_BUF struct buf line = buf_init(2048);
    clear(p);
    if (status)
        buf_add_fmt(&line, "%s %s: %u, %zu bytes\n", method, url, status, bytes);
    else
        buf_add_fmt(&line, "%s %s: no answer\n", method, url);
    (void)p->cli->io->err(p->cli->io->ctx, buf_bytes(&line));
}

static bool stopped(void *ctx)
{
    const struct cli_progress *p = ctx;
    return p->cli->io->stopped(p->cli->io->ctx);
}

void cli_progress_start(struct cli *cli)
{
    bool quiet = cli_option(cli, "--quiet") != NULL;
    if (cli->progress || !*cli->client)
        return;
    struct cli_progress *p = calloc(1, sizeof *p);
    if (!p)
        return;
    p->cli = cli;
    p->hooks.ctx = p;
    p->hooks.stopped = stopped;
    if (cli->io->err_terminal && !quiet)
        p->hooks.show = show;
    if (cli_option(cli, "--verbose") && !quiet)
        p->hooks.call = say_call;
    cli->progress = p;
    client_watch(*cli->client, &p->hooks);
}

void cli_progress_end(struct cli *cli)
{
    if (!cli->progress)
        return;
    clear(cli->progress);
    if (*cli->client)
        client_watch(*cli->client, NULL);
    free(cli->progress);
    cli->progress = NULL;
}

const struct progress *cli_progress_hooks(const struct cli *cli)
{
    return cli->progress ? &cli->progress->hooks : NULL;
}
