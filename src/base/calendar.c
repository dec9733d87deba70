#include "base/calendar.h"

#include <stdio.h>
#include <string.h>

enum { DAY_SECONDS = 86400 };

struct civil { uint32_t year, month, day; };

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

/* Days from 1970-01-01 to the first of January of `year`, 1970 to 10000. */
static uint64_t year_start(uint32_t year)
{
    uint64_t y = year - 1;
    uint64_t leaps = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return (uint64_t)(year - 1970) * 365 + leaps;
}

static struct civil civil_of(uint64_t days)
{
    uint32_t year = 1970 + (uint32_t)(days / 366); /* never too late, some years too early */
    while (year_start(year + 1) <= days)
        year++;
    uint32_t left = (uint32_t)(days - year_start(year)), month = 1;
    while (left >= month_days(year, month))
        left -= month_days(year, month++);
    return (struct civil){ year, month, left + 1 };
}

struct calendar_text calendar_text(uint64_t seconds)
{
    if (seconds > CALENDAR_MAX)
        seconds = CALENDAR_MAX;
    struct civil c = civil_of(seconds / DAY_SECONDS);
    uint32_t of_day = (uint32_t)(seconds % DAY_SECONDS);
    struct calendar_text out;
    (void)snprintf(out.s, sizeof out.s, "%04u-%02u-%02uT%02u:%02u:%02uZ", c.year % 10000, c.month,
                   c.day, of_day / 3600, of_day / 60 % 60, of_day % 60);
    return out;
}

/* Two or four digits; false leaves `out`. */
static bool digits(const uint8_t *p, size_t len, uint32_t *out)
{
    uint32_t v = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        v = v * 10 + (uint32_t)(p[i] - '0');
    }
    *out = v;
    return true;
}

static bool has_marks(const uint8_t *p)
{
    return p[4] == '-' && p[7] == '-' && p[10] == 'T' && p[13] == ':' && p[16] == ':' &&
           p[19] == 'Z';
}

enum err calendar_parse(struct bytes text, uint64_t *seconds, struct why *why)
{
    struct civil c;
    uint32_t h, m, s;
    const uint8_t *p = text.ptr;
    if (text.len != 20 || !has_marks(p) || !digits(p, 4, &c.year) || !digits(p + 5, 2, &c.month) ||
        !digits(p + 8, 2, &c.day) || !digits(p + 11, 2, &h) || !digits(p + 14, 2, &m) ||
        !digits(p + 17, 2, &s))
        return why_set(why, ERR_FORMAT, "a time is written 2026-11-24T11:00:00Z");
    if (c.year < 1970 || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > month_days(c.year, c.month) || h > 23 || m > 59 || s > 59)
        return why_set(why, ERR_FORMAT, "there is no time '%.20s'", (const char *)p);
    uint64_t days = year_start(c.year) + c.day - 1;
    for (uint32_t i = 1; i < c.month; i++)
        days += month_days(c.year, i);
    *seconds = days * DAY_SECONDS + h * 3600U + m * 60U + s;
    return ERR_OK;
}

static const struct { char mark; uint64_t seconds; } units[] = {
    { 'd', DAY_SECONDS }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};
enum { UNIT_COUNT = sizeof units / sizeof units[0] };

enum err calendar_duration_parse(struct bytes text, uint64_t *seconds, struct why *why)
{
    static const char form[] = "a duration is written 90s, 15m, 8h or 30d";
    uint32_t n;
    /* Nine digits keep n below 2^32 and n times a day below 2^64. */
    if (text.len < 2 || text.len > 10 || !digits(text.ptr, text.len - 1, &n) ||
        (text.ptr[0] == '0' && text.len > 2))
        return why_set(why, ERR_FORMAT, form);
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (text.ptr[text.len - 1] != (uint8_t)units[i].mark)
            continue;
        if (n * units[i].seconds > CALENDAR_DURATION_MAX)
            return why_set(why, ERR_FORMAT, "a duration is at most 36500d");
        *seconds = n * units[i].seconds;
        return ERR_OK;
    }
    return why_set(why, ERR_FORMAT, form);
}

struct calendar_duration calendar_duration(uint64_t seconds)
{
    size_t i = 0;
    while (i < UNIT_COUNT - 1 && (seconds == 0 || seconds % units[i].seconds != 0))
        i++;
    struct calendar_duration out;
    (void)snprintf(out.s, sizeof out.s, "%llu%c",
                   (unsigned long long)(seconds / units[i].seconds), units[i].mark);
    return out;
}
