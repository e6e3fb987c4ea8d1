/*
 * prometheus.h - the text format of Prometheus, version 0.0.4
 *
 *     # HELP aaos_tasks Tasks that are stored, by type and state.
 *     # TYPE aaos_tasks gauge
 *     aaos_tasks{type="code",state="pending"} 3
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/.  Numbers
 * are integers with a fixed number of decimals, so nothing is rounded.
 * Label values are escaped and cut at PROM_LABEL_MAX bytes; how many values
 * a label has is bounded by struct prom_names.
 */
#ifndef AAOS_REPORT_PROMETHEUS_H
#define AAOS_REPORT_PROMETHEUS_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum { PROM_LABEL_MAX = 128, PROM_NAMES_MAX = 100 };

enum prom_type { PROM_GAUGE, PROM_COUNTER, PROM_HISTOGRAM };

/* How many decimals the integer has. */
enum prom_unit { PROM_ONE = 0, PROM_MICRO = 6, PROM_PICO = 12 };

struct prom_family {
    const char *name, *help;
    enum prom_type type;
    enum prom_unit unit;
};

/* A list of these ends with a name of NULL. */
struct prom_label {
    const char *name, *value;
};

/* HELP and TYPE. */
void prom_family(struct buf *out, const struct prom_family *family);
/* labels may be NULL. */
void prom_sample(struct buf *out, const struct prom_family *family,
                 const struct prom_label *labels, int64_t value);

/* counts[i]: how many are at most bounds[i] but more than the one before,
 * and one more: those that are longer.  bounds and sum in the family's
 * unit. */
struct prom_histogram {
    const int64_t *bounds;
    const int64_t *counts;
    size_t count; /* of the bounds */
    int64_t sum;
};
void prom_histogram(struct buf *out, const struct prom_family *family,
                    const struct prom_label *labels,
                    const struct prom_histogram *histogram);

/*
 * Values that a label has had.  The first PROM_NAMES_MAX keep their name,
 * the others are all "other": nothing from outside can make a server keep
 * series without end.
 */
struct prom_names {
    char *names[PROM_NAMES_MAX];
    size_t count;
};
const char *prom_name(struct prom_names *names, const char *name);
void prom_names_release(struct prom_names *names);

#endif
