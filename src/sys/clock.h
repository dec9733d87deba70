/* sys/clock.h: what time it is. The only place that asks.   Threads  any */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);        /* milliseconds since 1970, UTC */
uint64_t clock_s(void);        /* seconds since 1970, UTC */
int64_t clock_steady_ms(void); /* monotonic, for timeouts */
void clock_sleep_ms(int64_t ms);

#endif
