/*
 * tap.h - the Test Anything Protocol in forty lines
 *
 * ok(condition, "a sentence") counts one test; tap_done() prints the plan
 * and gives main() its status.
 */
#ifndef AAOS_TESTS_TAP_H
#define AAOS_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/attr.h"

static int tap_count;
static int tap_failed;

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
#define is(got, want, ...) \
    tap_is((got), (want), __FILE__, __LINE__, __VA_ARGS__)

ATTR_PRINTF(4, 5)
ATTR_UNUSED
static bool tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
    va_list args;

    tap_count++;
    tap_failed += !good;
    printf("%sok %d - ", good ? "" : "not ", tap_count);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
    if (!good)
        printf("# failed at %s:%d\n", file, line);
    fflush(stdout);
    return good;
}

/* Two strings are the same (NULL only equals NULL). */
ATTR_UNUSED
static bool tap_is(const char *got, const char *want, const char *file,
                   int line, const char *name)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;

    tap_ok(same, file, line, "%s", name);
    if (!same)
        printf("# got:  %s\n# want: %s\n", got ? got : "(null)",
               want ? want : "(null)");
    return same;
}

ATTR_UNUSED
static int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed > 0;
}

#endif
