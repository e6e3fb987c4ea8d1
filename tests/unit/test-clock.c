/*
 * Instants and durations, written and read.
 */
#include "config.h"

#include "core/clock.h"

#include <string.h>
#include <time.h>

#include "tap.h"

static int64_t parsed(const char *text)
{
    struct err err = {0};
    int64_t instant = -1;

    if (clock_parse(text, &instant, &err) < 0)
        return INT64_MIN;
    return instant;
}

static int64_t duration(const char *text)
{
    struct err err = {0};
    int64_t usec = -1;

    if (clock_parse_duration(text, &usec, &err) < 0)
        return err.code == ERR_USAGE && usec == -1 ? -1 : -2;
    return usec;
}

static void test_instants_are_written(void)
{
    char text[CLOCK_TEXT_SIZE];

    is(clock_format(0, text), "1970-01-01T00:00:00.000000Z", "the epoch");
    is(clock_format(-1, text), "1969-12-31T23:59:59.999999Z",
       "the microsecond before it");
    is(clock_format(INT64_C(951782400000001), text),
       "2000-02-29T00:00:00.000001Z", "a leap day");
    is(clock_format(INT64_MIN, text), "0000-01-01T00:00:00.224192Z",
       "never before the year 0");
    is(clock_format(INT64_MAX, text), "9999-12-31T23:59:59.775807Z",
       "never after the year 9999");
}

/* Every day from 1890 to 2110, and all the others by 61 days. */
static void test_the_calendar_is_that_of_libc(void)
{
    char text[CLOCK_TEXT_SIZE], want[64];
    int64_t sec, step;
    int bad = 0;

    for (sec = INT64_C(-62167219200); sec < INT64_C(253402300799);
         sec += step * 86400 + 1) {
        time_t t = (time_t)sec;
        struct tm tm;

        step = sec > INT64_C(-2524608000) && sec < INT64_C(4417804800) ? 1 : 61;
        gmtime_r(&t, &tm);
        snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.000000Z",
                 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min, tm.tm_sec);
        clock_format(sec * USEC_PER_SEC, text);
        bad += strcmp(text, want) != 0 || parsed(text) != sec * USEC_PER_SEC;
    }
    ok(bad == 0, "the calendar is that of libc, there and back");
}

static void test_instants_are_read(void)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00Z",
        "2026-1-31T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-04-31T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.1234567890Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+01:60",
        "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00:00Zx",
        "2026-01-31T12:00:00Z ",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };
    int64_t noon = INT64_C(1769860800000000);
    size_t i;

    ok(parsed("2026-01-31T12:00:00Z") == noon, "with Z");
    ok(parsed("2026-01-31t12:00:00z") == noon, "in lower case");
    ok(parsed("2026-01-31T14:00:00+02:00") == noon, "east of Greenwich");
    ok(parsed("2026-01-31T08:30:00-03:30") == noon, "west of it");
    ok(parsed("2026-01-31T12:00:00.5Z") == noon + 500000, "one decimal");
    ok(parsed("2026-01-31T12:00:00.123456789Z") == noon + 123456,
       "nine decimals, the last three dropped");
    ok(parsed("1969-12-31T23:59:59.75Z") == -250000, "before the epoch");
    for (i = 0; i < LENGTH(bad); i++)
        ok(parsed(bad[i]) == INT64_MIN, "'%s' is no time", bad[i]);
}

static void test_durations_are_read(void)
{
    static const char *const bad[] = {
        "",
        "s",
        "-1",
        "+1",
        "1x",
        "1ms",
        "1s ",
        " 1",
        "1.",
        ".5",
        "1.s",
        "1e3",
        "36526d",
        "3155760001",
        "99999999999999999999",
        "36525.1d",
        "0.1234567890",
    };
    size_t i;

    ok(duration("90") == 90 * USEC_PER_SEC, "without a unit: seconds");
    ok(duration("30s") == 30 * USEC_PER_SEC, "seconds");
    ok(duration("1.5h") == 5400 * USEC_PER_SEC, "hours, with decimals");
    ok(duration("2m") == 120 * USEC_PER_SEC, "minutes");
    ok(duration("1d") == 86400 * USEC_PER_SEC, "days");
    ok(duration("0") == 0, "none at all");
    ok(duration("0.000001") == 1, "a microsecond");
    ok(duration("0.1s") == 100000, "a tenth is exact");
    ok(duration("0.000000001d") == 86, "a billionth of a day");
    ok(duration("36525d") == INT64_C(36525) * 86400 * USEC_PER_SEC,
       "a hundred years");
    for (i = 0; i < LENGTH(bad); i++)
        ok(duration(bad[i]) == -1, "'%s' is no duration", bad[i]);
}

static int64_t when(const char *text, int direction)
{
    struct err err = {0};
    int64_t instant = -1;

    if (clock_parse_when(text, 1000 * USEC_PER_SEC, direction, &instant, &err) <
        0)
        return err.code == ERR_USAGE && err.hint[0] ? -1 : -2;
    return instant;
}

static void test_when(void)
{
    ok(when("10s", 1) == 1010 * USEC_PER_SEC, "from now");
    ok(when("10s", -1) == 990 * USEC_PER_SEC, "ago");
    ok(when("@5.25", 1) == 5250000, "seconds since the epoch");
    ok(when("@-5.25", 1) == -5250000, "or before it");
    ok(when("1970-01-01T00:00:07Z", -1) == 7000000, "an instant");
    ok(when("@", 1) == -1 && when("@1x", 1) == -1 && when("soon", 1) == -1 &&
           when("@999999999999", 1) == -1 && when("@--1", 1) == -1 &&
           when("2026-01-31", 1) == -1,
       "anything else is refused, with a hint");
}

static void test_spans_are_for_people(void)
{
    char text[CLOCK_SPAN_SIZE];

    is(clock_span(850000, text), "850ms", "milliseconds");
    is(clock_span(0, text), "0ms", "nothing");
    is(clock_span(1500000, text), "1.5s", "a few seconds with a tenth");
    is(clock_span(2000000, text), "2s", "unless that is zero");
    is(clock_span(12900000, text), "12s", "seconds");
    is(clock_span(185000000, text), "3m05s", "minutes");
    is(clock_span(7800000000, text), "2h10m", "hours");
    is(clock_span(4 * 86400000000 + 3 * 3600000000, text), "4d03h", "days");
    is(clock_span(-12000000, text), "-12s", "backwards");
    is(clock_span(INT64_MIN, text), "-106751991d04h", "the longest of all");
}

int main(void)
{
    test_instants_are_written();
    test_the_calendar_is_that_of_libc();
    test_instants_are_read();
    test_durations_are_read();
    test_when();
    test_spans_are_for_people();
    ok(clock_mono() <= clock_mono() && clock_boot() <= clock_boot() &&
           clock_wall() > 0,
       "the clocks run");
    return tap_done();
}
