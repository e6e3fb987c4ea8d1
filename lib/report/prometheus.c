/*
 * prometheus.c - the text format of Prometheus
 */
#include "config.h"

#include "report/prometheus.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static const char *const types[] = {
    [PROM_GAUGE] = "gauge",
    [PROM_COUNTER] = "counter",
    [PROM_HISTOGRAM] = "histogram",
};

void prom_family(struct buf *out, const struct prom_family *family)
{
    buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
            family->name, types[family->type]);
}

/* What is no UTF-8 would make the whole page unreadable. */
static void put_value(struct buf *out, const char *value)
{
    size_t len = strlen(value);
    size_t at = 0;

    while (at < len && at < PROM_LABEL_MAX) {
        uint32_t code;
        size_t size = utf8_decode(value + at, len - at, &code);

        if (size == 0)
            buf_str(out, "\xef\xbf\xbd");
        else if (value[at] == '\n')
            buf_str(out, "\\n");
        else if (value[at] == '"' || value[at] == '\\')
            buf_fmt(out, "\\%c", value[at]);
        else
            buf_put(out, value + at, size);
        at += size ? size : 1;
    }
}

/* `bound` is that of a bucket, or NULL. */
static void put_labels(struct buf *out, const struct prom_label *labels,
                       const char *bound)
{
    const char *between = "{";

    for (; labels && labels->name; labels++) {
        buf_fmt(out, "%s%s=\"", between, labels->name);
        put_value(out, labels->value);
        buf_byte(out, '"');
        between = ",";
    }
    if (bound) {
        buf_fmt(out, "%sle=\"%s\"", between, bound);
        between = ",";
    }
    buf_str(out, *between == '{' ? " " : "} ");
}

/* 1500000 micro is 1.5. */
static void put_fixed(struct buf *out, int64_t value, enum prom_unit unit)
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[32];
    int decimals = (int)unit;
    int at = (int)sizeof(digits);

    while (decimals > 0 && size % 10 == 0) {
        size /= 10;
        decimals--;
    }
    do {
        digits[--at] = (char)('0' + size % 10);
        size /= 10;
        if (--decimals == 0)
            digits[--at] = '.';
    } while (size > 0 || decimals >= 0);
    if (value < 0)
        digits[--at] = '-';
    buf_put(out, digits + at, sizeof(digits) - (size_t)at);
}

void prom_sample(struct buf *out, const struct prom_family *family,
                 const struct prom_label *labels, int64_t value)
{
    buf_str(out, family->name);
    put_labels(out, labels, NULL);
    put_fixed(out, value, family->unit);
    buf_byte(out, '\n');
}

static void put_bucket(struct buf *out, const struct prom_family *family,
                       const struct prom_label *labels, const char *bound,
                       int64_t total)
{
    buf_fmt(out, "%s_bucket", family->name);
    put_labels(out, labels, bound);
    buf_num(out, total);
    buf_byte(out, '\n');
}

void prom_histogram(struct buf *out, const struct prom_family *family,
                    const struct prom_label *labels,
                    const struct prom_histogram *histogram)
{
    struct buf bound = {0};
    int64_t total = 0;

    for (size_t i = 0; i < histogram->count; i++) {
        total += histogram->counts[i];
        buf_reset(&bound);
        put_fixed(&bound, histogram->bounds[i], family->unit);
        put_bucket(out, family, labels, bound.data, total);
    }
    total += histogram->counts[histogram->count];
    put_bucket(out, family, labels, "+Inf", total);
    buf_fmt(out, "%s_sum", family->name);
    put_labels(out, labels, NULL);
    put_fixed(out, histogram->sum, family->unit);
    buf_fmt(out, "\n%s_count", family->name);
    put_labels(out, labels, NULL);
    buf_num(out, total);
    buf_byte(out, '\n');
    buf_release(&bound);
}

const char *prom_name(struct prom_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return names->names[i];
    if (names->count == PROM_NAMES_MAX)
        return "other";
    names->names[names->count] = xstrdup(name);
    return names->names[names->count++];
}

void prom_names_release(struct prom_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    *names = (struct prom_names){0};
}
