/* bench/bench.h: what the programs here share: the clock, and one line of JSON a figure.
 * A figure and its floor are rates of one unit; the ratio is wanted to be `wanted` or more. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bench_line {
    const char *bench;
    unsigned long long size;
    const char *what;     /* what the size counts */
    double figure, floor;
    const char *unit, *floor_is;
    double wanted;        /* of the ratio; 0: nothing is */
    int rounds;           /* how often it was measured; 0: not told */
};

static inline double bench_now(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What this process used of a core, the kernel's part included: other load disturbs it less. */
static inline double bench_core_now(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline void bench_print(const struct bench_line *l)
{
    (void)printf("{\"bench\":\"%s\",\"size\":%llu,\"what\":\"%s\",\"figure\":%.1f,\"unit\":\"%s\","
                 "\"floor\":%.1f,\"floor_is\":\"%s\",\"ratio\":%.3f",
                 l->bench, l->size, l->what, l->figure, l->unit, l->floor, l->floor_is,
                 l->figure / l->floor);
    if (l->wanted > 0)
        (void)printf(",\"wanted\":%.2f", l->wanted);
    if (l->rounds > 0)
        (void)printf(",\"rounds\":%d", l->rounds);
    (void)printf("}\n");
    (void)fflush(stdout);
}

static inline _Noreturn void bench_fail(const char *bench, const struct why *why)
{
    (void)fprintf(stderr, "bench %s: %s\n", bench, why->text);
    exit(1);
}

#endif
