/*
 * samples.h - the queue in numbers, under the names of system_metrics
 */
#ifndef AAOS_STORE_SAMPLES_H
#define AAOS_STORE_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

struct sample {
    const char *name; /* a constant */
    double value;
};

/* At most so many are appended by samples_read(). */
enum { SAMPLES_READ_MAX = 24 };

/* Append what is in the queue, what its agents did, and its actions. */
int samples_read(struct store *store, struct sample *samples, size_t *count,
                 struct err *err);

#endif
