/*
 * axis.h - ticks where a person would put them
 *
 * Values: multiples of 1, 2 or 5 times a power of ten, in the unit of the
 * largest; powers of ten on a logarithmic axis, which is used for
 * durations that span more than two decades.  Time: seconds, minutes,
 * hours and days as clocks divide them, in UTC.
 */
#ifndef AAOS_REPORT_AXIS_H
#define AAOS_REPORT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "report/doc.h"

enum { AXIS_TICKS_MAX = 16, AXIS_LABEL_SIZE = 24 };

struct axis {
    double low, high; /* what the ends stand for */
    bool logarithmic;
    struct axis_tick {
        double at;
        char label[AXIS_LABEL_SIZE];
    } ticks[AXIS_TICKS_MAX];
    size_t count;
};
/* least: the smallest value above 0. */
void axis_values(struct axis *axis, double least, double most,
                 enum doc_unit unit);
void axis_time(struct axis *axis, double from, double to);
/* 0 at the low end, 1 at the high one; clamped. */
double axis_place(const struct axis *axis, double value);

#endif
