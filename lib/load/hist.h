/*
 * hist.h - how often which duration occurred, within one per cent
 *
 * Log-linear, as HdrHistogram has it: values below 128 are counted exactly,
 * each further power of two is divided into 64 equal parts, so a value that
 * is read back is at most 1/128 (0.8 %) away from the one that was put in.
 * From 0 to 2^42 microseconds (50 days); what is longer counts as that.
 * Two histograms can be added; the text form is a list of pairs,
 * [[value, count], ...], of those that occurred.
 */
#ifndef AAOS_LOAD_HIST_H
#define AAOS_LOAD_HIST_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"

enum {
    HIST_EXACT_BITS = 7, /* below 2^7 every value has its own place */
    HIST_EXACT = 1 << HIST_EXACT_BITS,
    HIST_PARTS = HIST_EXACT / 2,
    HIST_TOP_BITS = 42,
    HIST_PLACES = (HIST_TOP_BITS - HIST_EXACT_BITS + 2) * HIST_PARTS
};
#define HIST_MAX ((INT64_C(1) << HIST_TOP_BITS) - 1)
/* The greatest relative error of a value that is read back. */
#define HIST_ERROR (1.0 / (2 * HIST_PARTS))

/* Zero is valid: an empty one. */
struct hist {
    int64_t counts[HIST_PLACES];
    int64_t count;
    int64_t min, max; /* exact; only when count > 0 */
    double sum, squares;
};

/* Negative values (clocks that disagree) count as 0. */
void hist_add(struct hist *hist, int64_t value, int64_t count);
void hist_merge(struct hist *to, const struct hist *from);
/*
 * The smallest value that at least `share` (0 to 1) of all do not exceed;
 * 0 when there are none.  Never outside of min and max.
 */
int64_t hist_at(const struct hist *hist, double share);
double hist_mean(const struct hist *hist);
double hist_deviation(const struct hist *hist);

/* [[value,count],...]; and from a checked JSON array: ERR_DATA. */
void hist_put(const struct hist *hist, struct buf *out);
int hist_parse(const struct json_slice *array, struct hist *hist,
               struct err *err);

#endif
