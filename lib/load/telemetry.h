/*
 * telemetry.h - one sample: the queue, its database, Redis and this host
 *
 * A sample is a list of numbers with names.  What cannot be known is left
 * out; database_up and redis_up say why.
 */
#ifndef AAOS_LOAD_TELEMETRY_H
#define AAOS_LOAD_TELEMETRY_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "load/host.h"
#include "queue/queue.h"
#include "store/load.h"

enum { TELEMETRY_MAX = 64 };

struct telemetry {
    struct sample samples[TELEMETRY_MAX];
    size_t count;
};

/* Counts, and waits and running times of what ended within `window`. */
int telemetry_store(struct telemetry *telemetry, struct store *store,
                    int64_t window, struct err *err);
void telemetry_queue(struct telemetry *telemetry, struct queue *queue);
/* Before and after: processors are busy between two readings. */
void telemetry_host(struct telemetry *telemetry, const struct host *before,
                    const struct host *after, const struct host_use *use);
void telemetry_add(struct telemetry *telemetry, const char *name, double value);

/* {"name":value,...}; and back: names are known ones, others are left out,
 * as is what is no number. */
void telemetry_put(const struct telemetry *telemetry, struct buf *out);
void telemetry_parse(const struct json_slice *object,
                     struct telemetry *telemetry);

#endif
