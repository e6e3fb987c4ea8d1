/*
 * decimal.h - decimal numbers as integers
 */
#ifndef AAOS_CORE_DECIMAL_H
#define AAOS_CORE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * The decimal number text (as in JSON, not negative) times 10^scale, cut
 * to an integer: 1 if nothing was lost, 0 if decimals were cut off, -1 if
 * it is no such number or exceeds max.
 */
int decimal_parse(const char *text, size_t len, int scale, int64_t max,
                  int64_t *out);

#endif
