/*
 * value.c - numbers with their units, as people read them
 */
#include "config.h"

#include "report/value.h"

#include <math.h>

struct scale {
    double from, one;
    const char *suffix;
};

/* The largest first; the last one takes the rest. */
static const struct scale numbers[] = {
    {1e9, 1e9, " G"}, {1e6, 1e6, " M"}, {1e4, 1e3, " k"}, {0, 1, ""}};
static const struct scale rates[] = {
    {1e9, 1e9, " G/s"}, {1e6, 1e6, " M/s"}, {1e4, 1e3, " k/s"}, {0, 1, "/s"}};
static const struct scale durations[] = {{7200, 3600, " h"},
                                         {120, 60, " min"},
                                         {1, 1, " s"},
                                         {1e-3, 1e-3, " ms"},
                                         {0, 1e-6, " \xc2\xb5s"}};
static const struct scale sizes[] = {{1099511627776, 1099511627776, " TiB"},
                                     {1073741824, 1073741824, " GiB"},
                                     {1048576, 1048576, " MiB"},
                                     {1024, 1024, " KiB"},
                                     {0, 1, " B"}};
static const struct scale parts[] = {{0, 0.01, " %"}};

double value_scale(double value, enum doc_unit unit, const char **suffix)
{
    static const struct scale *const all[] = {
        [UNIT_NUMBER] = numbers,    [UNIT_RATE] = rates,
        [UNIT_SECONDS] = durations, [UNIT_BYTES] = sizes,
        [UNIT_SHARE] = parts,
    };
    const struct scale *scale = all[unit];

    while (scale->from > 0) {
        /* What rounds up to the next step belongs to it. */
        double from = scale->from * (scale->from > scale->one ? 1 : 0.9995);

        if (fabs(value) >= from)
            break;
        scale++;
    }
    *suffix = scale->suffix;
    return scale->one;
}

void value_put(double value, enum doc_unit unit, struct buf *out)
{
    const char *suffix;
    double scaled = value / value_scale(value, unit, &suffix);
    double size = fabs(scaled);

    if (value == 0 && unit != UNIT_SHARE && unit != UNIT_RATE)
        suffix = "";
    if (size >= 100 || scaled == rint(scaled))
        buf_fmt(out, "%.0f%s", scaled, suffix);
    else
        buf_fmt(out, "%.*f%s", size >= 10 ? 1 : 2, scaled, suffix);
}
