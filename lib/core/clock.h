/*
 * clock.h - what time it is, and how time is written
 *
 * An instant is an int64_t of microseconds since 1970-01-01T00:00:00Z; a
 * duration is an int64_t of microseconds.  Below cmd/ and the loops of
 * work/ nobody reads a clock: time is an argument.
 */
#ifndef AAOS_CORE_CLOCK_H
#define AAOS_CORE_CLOCK_H

#include <stdint.h>

#include "core/err.h"

#define USEC_PER_SEC INT64_C(1000000)
#define USEC_PER_MSEC INT64_C(1000)

int64_t clock_wall(void); /* CLOCK_REALTIME */
int64_t clock_mono(void); /* CLOCK_MONOTONIC: for waiting */
int64_t clock_boot(void); /* CLOCK_BOOTTIME: for leases on one host */

enum { CLOCK_TEXT_SIZE = 28 };
/* "2026-01-31T12:00:00.000000Z"; returns text.  Years 0000 to 9999. */
char *clock_format(int64_t instant, char text[CLOCK_TEXT_SIZE]);

/* What cannot be read is ERR_USAGE; who reads a record makes it ERR_DATA. */

/* RFC 3339 with zone ("...Z" or "+02:00"), 0 to 9 decimals; no leap second. */
int clock_parse(const char *text, int64_t *instant, struct err *err);

/*
 * A number (decimals allowed) with s, m, h or d behind it, or none for
 * seconds: "90", "1.5h", "30s".  Not negative, at most 100 years.
 */
int clock_parse_duration(const char *text, int64_t *usec, struct err *err);

/*
 * RFC 3339, "@EPOCH" (seconds, decimals allowed) or a duration: now +
 * direction * duration (direction 1: from now, -1: ago).
 */
int clock_parse_when(const char *text, int64_t now, int direction,
                     int64_t *instant, struct err *err);

/* "850ms", "1.5s", "12s", "3m05s", "2h10m", "4d03h": for people. */
enum { CLOCK_SPAN_SIZE = 24 };
char *clock_span(int64_t usec, char text[CLOCK_SPAN_SIZE]);

#endif
