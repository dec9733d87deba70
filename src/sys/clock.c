#include "sys/clock.h"

#include <errno.h>
#include <semaphore.h>
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

/* A semaphore that nobody raises: waiting for it takes the call that locks need anyway, so that a
 * confined daemon has one call less (sys/sandbox.h). */
void clock_sleep_ms(int64_t ms)
{
    sem_t never;
    struct timespec until = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    (void)sem_init(&never, 0, 0);
    while (sem_clockwait(&never, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) {
    }
    (void)sem_destroy(&never);
}
