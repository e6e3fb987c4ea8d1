/*
 * clock.c - what time it is, and how time is written
 *
 * The calendar is computed here and not by gmtime(3)/strftime(3): log
 * lines and rows are full of instants, and the year is bounded anyway.
 */
#include "config.h"

#include "core/clock.h"

#include <stdio.h>
#include <time.h>

#define SEC_PER_DAY INT64_C(86400)
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
#define SEC_MIN INT64_C(-62167219200)
#define SEC_MAX INT64_C(253402300799)

static int64_t now(clockid_t id)
{
    struct timespec ts = {0};

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

int64_t clock_wall(void)
{
    return now(CLOCK_REALTIME);
}

int64_t clock_mono(void)
{
    return now(CLOCK_MONOTONIC);
}

int64_t clock_boot(void)
{
    return now(CLOCK_BOOTTIME);
}

/* The last `width` decimal digits of value. */
static char *put_digits(char *to, int64_t value, int width)
{
    int i;

    for (i = width - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + width;
}

/*
 * Years are counted from March, so that the leap day is the last one, and
 * in eras of 400 years, which all have 146097 days.
 */
static char *put_date(char *to, int64_t days)
{
    int64_t from_era0 = days + 719468; /* since 0000-03-01 */
    int64_t era = (from_era0 >= 0 ? from_era0 : from_era0 - 146096) / 146097;
    int64_t doe = from_era0 - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t shifted = (5 * doy + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;

    to = put_digits(to, yoe + era * 400 + (month <= 2), 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    return put_digits(to, doy - (153 * shifted + 2) / 5 + 1, 2);
}

char *clock_format(int64_t instant, char text[CLOCK_TEXT_SIZE])
{
    int64_t usec = instant % USEC_PER_SEC;
    int64_t sec = instant / USEC_PER_SEC;
    int64_t days;
    char *to;

    if (usec < 0) {
        usec += USEC_PER_SEC;
        sec--;
    }
    if (sec < SEC_MIN)
        sec = SEC_MIN;
    if (sec > SEC_MAX)
        sec = SEC_MAX;
    days = (sec - SEC_MIN) / SEC_PER_DAY;
    sec = (sec - SEC_MIN) % SEC_PER_DAY;
    to = put_date(text, days + SEC_MIN / SEC_PER_DAY);
    *to++ = 'T';
    to = put_digits(to, sec / 3600, 2);
    *to++ = ':';
    to = put_digits(to, sec / 60 % 60, 2);
    *to++ = ':';
    to = put_digits(to, sec % 60, 2);
    *to++ = '.';
    to = put_digits(to, usec, 6);
    *to++ = 'Z';
    *to = '\0';
    return text;
}

char *clock_span(int64_t usec, char text[CLOCK_SPAN_SIZE])
{
    const char *sign = usec < 0 ? "-" : "";
    uint64_t span = usec < 0 ? 0 - (uint64_t)usec : (uint64_t)usec;
    unsigned long ms = (unsigned long)(span / 1000);
    unsigned long sec = ms / 1000;
    unsigned long tenth = ms / 100 % 10;

    if (sec == 0)
        snprintf(text, CLOCK_SPAN_SIZE, "%s%lums", sign, ms);
    else if (sec < 10 && tenth > 0)
        snprintf(text, CLOCK_SPAN_SIZE, "%s%lu.%lus", sign, sec, tenth);
    else if (sec < 60)
        snprintf(text, CLOCK_SPAN_SIZE, "%s%lus", sign, sec);
    else if (sec < 3600)
        snprintf(text, CLOCK_SPAN_SIZE, "%s%lum%02lus", sign, sec / 60,
                 sec % 60);
    else if (sec < 86400)
        snprintf(text, CLOCK_SPAN_SIZE, "%s%luh%02lum", sign, sec / 3600,
                 sec / 60 % 60);
    else
        snprintf(text, CLOCK_SPAN_SIZE, "%s%lud%02luh", sign, sec / 86400,
                 sec / 3600 % 24);
    return text;
}
