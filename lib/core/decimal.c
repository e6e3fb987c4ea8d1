/*
 * decimal.c - decimal numbers as integers
 *
 * No double comes near: 0.1 USD is 100000000000 units of 10^-12.
 */
#include "config.h"

#include "core/decimal.h"

#include <limits.h>
#include <stdbool.h>

/* Digits, decimals and exponent of a number, as offsets into its text. */
struct digits {
    size_t whole;     /* digits before the point */
    size_t end;       /* of the digits */
    int64_t exponent; /* clamped: far enough is far enough */
};

static size_t skip_digits(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

static bool scan_exponent(const char *text, size_t len, size_t at,
                          struct digits *out)
{
    bool minus = at < len && text[at] == '-';
    size_t first;

    if (at < len && (text[at] == '-' || text[at] == '+'))
        at++;
    first = at;
    for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
        if (out->exponent < INT_MAX)
            out->exponent = out->exponent * 10 + (text[at] - '0');
    if (minus)
        out->exponent = -out->exponent;
    return at > first && at == len;
}

static bool scan_number(const char *text, size_t len, struct digits *out)
{
    *out = (struct digits){.whole = skip_digits(text, len, 0)};
    out->end = out->whole;
    if (out->whole == 0)
        return false;
    if (out->end < len && text[out->end] == '.') {
        out->end = skip_digits(text, len, out->end + 1);
        if (out->end == out->whole + 1)
            return false;
    }
    if (out->end < len && (text[out->end] == 'e' || text[out->end] == 'E'))
        return scan_exponent(text, len, out->end + 1, out);
    return out->end == len;
}

/* Each digit stands for itself times a power of ten: no rounding anywhere. */
int decimal_parse(const char *text, size_t len, int scale, int64_t max,
                  int64_t *out)
{
    struct digits digits;
    int64_t sum = 0;
    int64_t power;
    int exact = 1;

    if (!scan_number(text, len, &digits))
        return -1;
    power = (int64_t)digits.whole - 1 + digits.exponent + scale;
    for (size_t i = 0; i < digits.end; i++) {
        int64_t part = text[i] - '0';

        if (text[i] == '.')
            continue;
        if (part > 0 && power > 18)
            return -1;
        for (int64_t p = 0; part > 0 && p < power; p++)
            part *= 10;
        if (part > 0 && power < 0)
            exact = 0;
        else if (part > max - sum)
            return -1;
        else
            sum += part;
        power--;
    }
    *out = sum;
    return exact;
}
