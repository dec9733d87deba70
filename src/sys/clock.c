#include "sys/clock.h"

#include <time.h>

static int64_t clock_read(clockid_t id)
{
    struct timespec ts = { 0 };
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
    return clock_read(CLOCK_REALTIME);
}

uint64_t clock_s(void)
{
    return (uint64_t)(clock_ms() / 1000);
}

int64_t clock_steady_ms(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };
    while (nanosleep(&ts, &ts) != 0) {
    }
}
