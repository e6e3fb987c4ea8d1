/*
 * clock-parse.c - how time is read: RFC 3339, @EPOCH, durations
 *
 * Each get_ function reads one thing at *at, moves *at behind it and says
 * whether it was there.  Fractions are kept as integers; nothing is ever
 * rounded through a double.
 */
#include "config.h"

#include "core/clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define SEC_PER_DAY INT64_C(86400)
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
#define SEC_MIN INT64_C(-62167219200)
#define SEC_MAX INT64_C(253402300799)
#define SPAN_MAX (INT64_C(36525) * SEC_PER_DAY) /* a hundred years */

/*
 * Exactly `width` digits; moves *at behind them.  A NUL is no digit, so
 * this never reads beyond the end.
 */
static bool get_digits(const char **at, int width, int64_t *value)
{
    int64_t sum = 0;
    int i;

    for (i = 0; i < width; i++) {
        if (!isdigit((unsigned char)(*at)[i]))
            return false;
        sum = sum * 10 + (*at)[i] - '0';
    }
    *at += width;
    *value = sum;
    return true;
}

static bool get_char(const char **at, const char *set)
{
    if (!**at || !strchr(set, **at))
        return false;
    ++*at;
    return true;
}

/* ".5" as nanoseconds: one to nine digits; none at all is zero. */
static bool get_fraction(const char **at, int64_t *nsec)
{
    int64_t unit = 100000000;

    *nsec = 0;
    if (!get_char(at, "."))
        return true;
    if (!isdigit((unsigned char)**at))
        return false;
    while (isdigit((unsigned char)**at) && unit > 0) {
        *nsec += (**at - '0') * unit;
        unit /= 10;
        ++*at;
    }
    return !isdigit((unsigned char)**at);
}

/* A whole number of at most `max`, any number of leading zeros. */
static bool get_whole(const char **at, int64_t max, int64_t *value)
{
    int64_t sum = 0;

    if (!isdigit((unsigned char)**at))
        return false;
    while (isdigit((unsigned char)**at)) {
        sum = sum * 10 + (**at - '0');
        if (sum > max)
            return false;
        ++*at;
    }
    *value = sum;
    return true;
}

static bool get_date(const char **at, int64_t *days)
{
    static const int before[] = {0,   31,  59,  90,  120, 151,
                                 181, 212, 243, 273, 304, 334};
    static const int length[] = {31, 28, 31, 30, 31, 30,
                                 31, 31, 30, 31, 30, 31};
    int64_t year, month, day, years;
    bool leap;

    if (!get_digits(at, 4, &year) || !get_char(at, "-") ||
        !get_digits(at, 2, &month) || !get_char(at, "-") ||
        !get_digits(at, 2, &day))
        return false;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 ||
        day > length[month - 1] + (month == 2 && leap))
        return false;
    years = year - 1; /* leap days of the years before this one */
    *days = year * 365 + (year > 0) + years / 4 - years / 100 + years / 400 +
            before[month - 1] + (month > 2 && leap) + day - 1;
    return true;
}

static bool get_zone(const char **at, int64_t *offset)
{
    int64_t sign = **at == '-' ? -1 : 1;
    int64_t hours, minutes;

    *offset = 0;
    if (get_char(at, "Zz"))
        return true;
    if (!get_char(at, "+-") || !get_digits(at, 2, &hours) ||
        !get_char(at, ":") || !get_digits(at, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

int clock_parse(const char *text, int64_t *instant, struct err *err)
{
    const char *at = text;
    int64_t days, hour, min, sec, nsec, offset;

    if (!get_date(&at, &days) || !get_char(&at, "Tt ") ||
        !get_digits(&at, 2, &hour) || !get_char(&at, ":") ||
        !get_digits(&at, 2, &min) || !get_char(&at, ":") ||
        !get_digits(&at, 2, &sec) || !get_fraction(&at, &nsec) ||
        !get_zone(&at, &offset) || *at || hour > 23 || min > 59 || sec > 59) {
        err_set(err, ERR_USAGE, "'%.64s' is no time", text);
        return err_hint(err, "write it as 2026-01-31T12:00:00Z or with a "
                             "zone such as +02:00");
    }
    sec += days * SEC_PER_DAY + hour * 3600 + min * 60 - offset + SEC_MIN;
    if (sec < SEC_MIN || sec > SEC_MAX)
        return err_set(err, ERR_USAGE, "'%.64s' is not in the years 0 to 9999",
                       text);
    *instant = sec * USEC_PER_SEC + nsec / 1000;
    return 0;
}

int clock_parse_duration(const char *text, int64_t *usec, struct err *err)
{
    const char *at = text;
    int64_t whole, nsec, span;
    int64_t unit = 1;

    if (!get_whole(&at, SPAN_MAX, &whole) || !get_fraction(&at, &nsec))
        goto bad;
    if (*at == 'm')
        unit = 60;
    else if (*at == 'h')
        unit = 3600;
    else if (*at == 'd')
        unit = SEC_PER_DAY;
    if (*at && (!get_char(&at, "smhd") || *at))
        goto bad;
    if (whole > SPAN_MAX / unit)
        goto bad;
    span = whole * unit * USEC_PER_SEC + nsec * unit / 1000;
    if (span > SPAN_MAX * USEC_PER_SEC)
        goto bad;
    *usec = span;
    return 0;
bad:
    err_set(err, ERR_USAGE, "'%.64s' is no duration", text);
    return err_hint(err, "a number with s, m, h or d behind it, such as 30s "
                         "or 1.5h; at most 100 years");
}

/* The number behind the '@'. */
static int parse_epoch(const char *text, int64_t *instant, struct err *err)
{
    const char *at = text + 1;
    bool negative = get_char(&at, "-");
    int64_t sec, nsec;

    if (!get_whole(&at, negative ? -SEC_MIN : SEC_MAX, &sec) ||
        !get_fraction(&at, &nsec) || *at ||
        (negative && sec == -SEC_MIN && nsec > 0)) {
        err_set(err, ERR_USAGE, "'%.64s' is no time", text);
        return err_hint(err, "behind @ stand the seconds since 1970, such as "
                             "@1767225600.5");
    }
    sec = sec * USEC_PER_SEC + nsec / 1000;
    *instant = negative ? -sec : sec;
    return 0;
}

int clock_parse_when(const char *text, int64_t now_usec, int direction,
                     int64_t *instant, struct err *err)
{
    int64_t span = 0;

    if (text[0] == '@')
        return parse_epoch(text, instant, err);
    if (strchr(text, '-') || strchr(text, ':'))
        return clock_parse(text, instant, err);
    if (clock_parse_duration(text, &span, err) < 0)
        return err_hint(err, "a time such as 2026-01-31T12:00:00Z, @EPOCH, or "
                             "a duration such as 30s or 1.5h");
    *instant = now_usec + direction * span;
    return 0;
}
