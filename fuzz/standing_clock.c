/* fuzz/standing_clock.c: the clock of the small world, which stands (by the linker's --wrap). */
#include "decide/live_test.h"

int64_t __wrap_clock_ms(void);
uint64_t __wrap_clock_s(void);

int64_t __wrap_clock_ms(void)
{
    return (int64_t)WORLD_NOW * 1000;
}

uint64_t __wrap_clock_s(void)
{
    return WORLD_NOW;
}
