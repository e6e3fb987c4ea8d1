/*
 * hist.c - how often which duration occurred, within one per cent
 */
#include "config.h"

#include "load/hist.h"

#include <math.h>

/* --- places --------------------------------------------------------------- */

static int top_bit(uint64_t value)
{
    int bit = 0;

    while (value >>= 1)
        bit++;
    return bit;
}

/* The first EXACT places are the values themselves. */
static int place_of(int64_t value)
{
    int shift;

    if (value < HIST_EXACT)
        return (int)value;
    shift = top_bit((uint64_t)value) - (HIST_EXACT_BITS - 1);
    return shift * HIST_PARTS + (int)(value >> shift);
}

/* The middle of what a place stands for. */
static int64_t value_of(int place)
{
    int shift = place / HIST_PARTS - 1;
    int64_t part;

    if (shift <= 0)
        return place;
    part = place - (int64_t)shift * HIST_PARTS;
    return (part << shift) + ((INT64_C(1) << shift) >> 1);
}

/* --- adding --------------------------------------------------------------- */

void hist_add(struct hist *hist, int64_t value, int64_t count)
{
    if (value < 0)
        value = 0;
    if (value > HIST_MAX)
        value = HIST_MAX;
    if (count <= 0)
        return;
    if (hist->count == 0 || value < hist->min)
        hist->min = value;
    if (hist->count == 0 || value > hist->max)
        hist->max = value;
    hist->counts[place_of(value)] += count;
    hist->count += count;
    hist->sum += (double)value * (double)count;
    hist->squares += (double)value * (double)value * (double)count;
}

void hist_merge(struct hist *to, const struct hist *from)
{
    if (from->count == 0)
        return;
    if (to->count == 0 || from->min < to->min)
        to->min = from->min;
    if (to->count == 0 || from->max > to->max)
        to->max = from->max;
    for (int i = 0; i < HIST_PLACES; i++)
        to->counts[i] += from->counts[i];
    to->count += from->count;
    to->sum += from->sum;
    to->squares += from->squares;
}

/* --- reading -------------------------------------------------------------- */

int64_t hist_at(const struct hist *hist, double share)
{
    double wanted = ceil(share * (double)hist->count);
    int64_t rank = wanted < 1 ? 1 : (int64_t)wanted;
    int64_t seen = 0;
    int64_t value = 0;

    if (hist->count == 0)
        return 0;
    if (rank >= hist->count)
        return hist->max;
    for (int i = 0; i < HIST_PLACES && seen < rank; i++) {
        seen += hist->counts[i];
        value = value_of(i);
    }
    if (value < hist->min)
        return hist->min;
    return value > hist->max ? hist->max : value;
}

double hist_mean(const struct hist *hist)
{
    return hist->count > 0 ? hist->sum / (double)hist->count : 0;
}

double hist_deviation(const struct hist *hist)
{
    double mean = hist_mean(hist);
    double variance;

    if (hist->count == 0)
        return 0;
    variance = hist->squares / (double)hist->count - mean * mean;
    return variance > 0 ? sqrt(variance) : 0;
}

/* --- as text -------------------------------------------------------------- */

/* The ends are exact, so that they survive the way through a file. */
static int64_t text_value(const struct hist *hist, int place)
{
    if (place == place_of(hist->min))
        return hist->min;
    return place == place_of(hist->max) ? hist->max : value_of(place);
}

void hist_put(const struct hist *hist, struct buf *out)
{
    const char *comma = "";

    buf_byte(out, '[');
    for (int i = 0; i < HIST_PLACES; i++) {
        if (hist->counts[i] == 0)
            continue;
        buf_fmt(out, "%s[%lld,%lld]", comma, (long long)text_value(hist, i),
                (long long)hist->counts[i]);
        comma = ",";
    }
    buf_byte(out, ']');
}

static bool parse_pair(const struct json_slice *pair, int64_t *value,
                       int64_t *count)
{
    struct json_walk walk = {.within = *pair};
    struct json_slice key, part;

    return pair->type == JSON_ARRAY && json_next(&walk, &key, &part) &&
           part.type == JSON_NUMBER && json_integer(&part, value) &&
           json_next(&walk, &key, &part) && part.type == JSON_NUMBER &&
           json_integer(&part, count) && *value >= 0 && *count > 0 &&
           *count < INT64_C(1) << 40 && !json_next(&walk, &key, &part);
}

int hist_parse(const struct json_slice *array, struct hist *hist,
               struct err *err)
{
    struct json_walk walk = {.within = *array};
    struct json_slice key, pair;
    struct hist out = {0};
    int64_t value, count;

    if (array->type != JSON_ARRAY)
        return err_set(err, ERR_DATA, "a histogram must be a list of pairs");
    while (json_next(&walk, &key, &pair)) {
        if (!parse_pair(&pair, &value, &count))
            return err_set(err, ERR_DATA,
                           "a histogram must hold pairs of value and count");
        hist_add(&out, value, count);
    }
    *hist = out;
    return 0;
}
