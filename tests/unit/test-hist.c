/*
 * The promises of load/hist.h.
 */
#include "config.h"

#include <stdlib.h>

#include "core/mem.h"
#include "load/draw.h"
#include "load/hist.h"
#include "tap.h"

static struct err err;

static bool near(int64_t got, int64_t wanted)
{
    double most = (double)wanted * HIST_ERROR;

    return (double)llabs(got - wanted) <= most;
}

static void reads_back(void)
{
    struct hist *hist = xcalloc(1, sizeof(*hist));
    bool good = true;
    int64_t value = 0;

    ok(hist_at(hist, 0.99) == 0 && hist_mean(hist) == 0,
       "an empty histogram gives zeroes");
    for (value = 0; value < HIST_MAX && good; value += value / 3 + 1) {
        memset(hist, 0, sizeof(*hist));
        hist_add(hist, value, 1);
        /* Between two others its own ends do not make it exact. */
        hist_add(hist, 0, 1);
        hist_add(hist, HIST_MAX, 1);
        good = near(hist_at(hist, 0.5), value);
    }
    ok(good, "every value reads back within the error (at %lld)",
       (long long)value);
    memset(hist, 0, sizeof(*hist));
    hist_add(hist, -5, 1);
    hist_add(hist, INT64_MAX, 1);
    ok(hist->min == 0 && hist->max == HIST_MAX,
       "what is out of range counts as the nearest end");
    free(hist);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Against the sorted list itself. */
static void percentiles(void)
{
    enum { N = 10007 };
    static const double shares[] = {0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
    struct hist *hist = xcalloc(1, sizeof(*hist));
    int64_t *values = xcalloc(N, sizeof(*values));
    struct draw draw = draw_stream(7, 0);

    for (int i = 0; i < N; i++) {
        values[i] = (int64_t)draw_exponential(&draw, 50000);
        hist_add(hist, values[i], 1);
    }
    qsort(values, N, sizeof(*values), by_value);
    for (size_t i = 0; i < LENGTH(shares); i++) {
        int64_t rank = (int64_t)(shares[i] * N + 0.9999999);

        ok(near(hist_at(hist, shares[i]), values[rank > 0 ? rank - 1 : 0]),
           "the percentile at %g is that of the sorted list", shares[i]);
    }
    free(values);
    free(hist);
}

static bool equal(const struct hist *a, const struct hist *b)
{
    return a->count == b->count && a->min == b->min && a->max == b->max &&
           memcmp(a->counts, b->counts, sizeof(a->counts)) == 0;
}

static void text(void)
{
    struct hist *hist = xcalloc(1, sizeof(*hist));
    struct hist *back = xcalloc(1, sizeof(*back));
    struct buf out = {0};
    struct json_slice array;

    for (int64_t value = 1; value < HIST_MAX; value *= 3)
        hist_add(hist, value, value % 5 + 1);
    hist_put(hist, &out);
    ok(json_check(out.data, out.len, &array, &err) == 0 &&
           hist_parse(&array, back, &err) == 0 && equal(hist, back),
       "a histogram comes back from its text");
    hist_merge(back, hist);
    ok(back->count == 2 * hist->count && back->max == hist->max,
       "two histograms are added");
    free(hist);
    free(back);
    buf_release(&out);
}

static void bad_text(void)
{
    static const char *const texts[] = {
        "{}",          "[1]",
        "[[1]]",       "[[1,2,3]]",
        "[[-1,2]]",    "[[1,0]]",
        "[[1,-2]]",    "[[1.5,2]]",
        "[[\"1\",2]]", "[[1,99999999999999999]]",
    };
    struct hist *hist = xcalloc(1, sizeof(*hist));
    struct json_slice value;

    for (size_t i = 0; i < LENGTH(texts); i++) {
        err_clear(&err);
        json_check(texts[i], strlen(texts[i]), &value, &err);
        ok(hist_parse(&value, hist, &err) < 0 && err.code == ERR_DATA &&
               hist->count == 0,
           "%s is no histogram", texts[i]);
    }
    free(hist);
}

int main(void)
{
    reads_back();
    percentiles();
    text();
    bad_text();
    return tap_done();
}
