/* base/calendar.h: seconds since 1970-01-01 UTC as RFC 3339 text, and durations such as `8h`.
 * Source  RFC 3339 in its narrowest form: "2026-11-24T11:00:00Z", no fraction, no offset, no leap
 * second
 * Limits  years 1970 to 9999; durations up to 36,500 days   Memory  none   Threads  pure */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/bytes.h"
#include "base/why.h"

#define CALENDAR_MAX UINT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define CALENDAR_DURATION_MAX (UINT64_C(36500) * 86400)

/* "2026-11-24T11:00:00Z" and a zero. What lies after CALENDAR_MAX reads as CALENDAR_MAX. */
struct calendar_text { char s[24]; };
struct calendar_text calendar_text(uint64_t seconds);

/* ERR_FORMAT: another form, or no such day or time. */
MUST_USE enum err calendar_parse(struct bytes text, uint64_t *seconds, struct why *why);

/* `90s`, `15m`, `8h`, `30d`: one number without leading zeroes, one unit. ERR_FORMAT. */
MUST_USE enum err calendar_duration_parse(struct bytes text, uint64_t *seconds, struct why *why);

/* In the largest unit that fits exactly: 5400 is "90m". */
struct calendar_duration { char s[24]; };
struct calendar_duration calendar_duration(uint64_t seconds);

#endif
