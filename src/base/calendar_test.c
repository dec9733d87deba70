#include "base/test.h"

#include "base/calendar.h"

#include <time.h>

static void known_times_read_and_write(void **state)
{
    (void)state;
    static const struct { uint64_t seconds; const char *text; } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },          { 951782399, "2000-02-28T23:59:59Z" },
        { 951782400, "2000-02-29T00:00:00Z" },  { 1795518000, "2026-11-24T11:00:00Z" },
        { 4107542400, "2100-03-01T00:00:00Z" }, { CALENDAR_MAX, "9999-12-31T23:59:59Z" },
    };
    struct why why;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t got;
        assert_string_equal(calendar_text(rows[i].seconds).s, rows[i].text);
        test_ok(calendar_parse(bytes_str(rows[i].text), &got, &why), &why);
        assert_int_equal(got, rows[i].seconds);
    }
    assert_string_equal(calendar_text(UINT64_MAX).s, "9999-12-31T23:59:59Z");
}

static void every_day_agrees_with_libc(void **state)
{
    (void)state;
    for (uint64_t s = 0; s <= CALENDAR_MAX; s += 86400 * 13 + 3661) {
        time_t t = (time_t)s;
        struct tm tm;
        char want[32];
        assert_non_null(gmtime_r(&t, &tm));
        strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
        assert_string_equal(calendar_text(s).s, want);
        uint64_t back;
        test_err(calendar_parse(bytes_str(want), &back, NULL), ERR_OK);
        assert_int_equal(back, s);
    }
}

static void other_forms_and_impossible_times_are_refused(void **state)
{
    (void)state;
    static const struct { const char *why, *text; } rows[] = {
        { "empty", "" }, { "a fraction", "2026-11-24T11:00:00.0Z" },
        { "an offset", "2026-11-24T11:00:00+00:00" }, { "a small z", "2026-11-24T11:00:00z" },
        { "a space", "2026-11-24 11:00:00Z" }, { "month 13", "2026-13-24T11:00:00Z" },
        { "month 0", "2026-00-24T11:00:00Z" }, { "day 0", "2026-11-00T11:00:00Z" },
        { "day 31 of November", "2026-11-31T11:00:00Z" },
        { "no leap day", "2025-02-29T11:00:00Z" }, { "2100 has none", "2100-02-29T11:00:00Z" },
        { "hour 24", "2026-11-24T24:00:00Z" }, { "minute 60", "2026-11-24T11:60:00Z" },
        { "a leap second", "2026-12-31T23:59:60Z" }, { "before 1970", "1969-12-31T23:59:59Z" },
        { "no digit", "2026-1a-24T11:00:00Z" }, { "cut", "2026-11-24T11:00:00" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t s = 42;
        if (calendar_parse(bytes_str(rows[i].text), &s, NULL) != ERR_FORMAT || s != 42)
            fail_msg("%s", rows[i].why);
    }
}

static void durations_read_and_write(void **state)
{
    (void)state;
    static const struct { const char *text; uint64_t seconds; } good[] = {
        { "0s", 0 }, { "90s", 90 }, { "15m", 900 }, { "90m", 5400 }, { "8h", 28800 },
        { "30d", 2592000 }, { "36500d", CALENDAR_DURATION_MAX },
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint64_t s;
        test_err(calendar_duration_parse(bytes_str(good[i].text), &s, NULL), ERR_OK);
        assert_int_equal(s, good[i].seconds);
        assert_string_equal(calendar_duration(s).s, good[i].text);
    }
    static const char *const bad[] = { "", "s", "8", "8 h", "08h", "00s", "-8h", "+8h", "8H", "8w",
                                       "1.5h", "8hh", "36501d", "9999999999s", "99999999999d" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t s;
        if (calendar_duration_parse(bytes_str(bad[i]), &s, NULL) != ERR_FORMAT)
            fail_msg("'%s'", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times_read_and_write),
        cmocka_unit_test(every_day_agrees_with_libc),
        cmocka_unit_test(other_forms_and_impossible_times_are_refused),
        cmocka_unit_test(durations_read_and_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
