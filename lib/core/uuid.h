/*
 * uuid.h - UUID version 7 (RFC 9562), as text
 *
 * Monotonic within a process (method 1 of section 6.2: the 12 bits after
 * the time and the top of the random part count up within a millisecond
 * and never go back when the clock does).
 */
#ifndef AAOS_CORE_UUID_H
#define AAOS_CORE_UUID_H

#include <stdbool.h>
#include <stddef.h>

enum { UUID_SIZE = 37 }; /* 36 characters and the NUL */

/* A new one, lower case.  Random bytes come from getrandom(2). */
char *uuid_make(char text[UUID_SIZE]);
/* Is text of exactly the 8-4-4-4-12 form (any version)? */
bool uuid_valid(const char *text, size_t len);

#endif
