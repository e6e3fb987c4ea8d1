/*
 * status-metrics.h - what `aaos-status metrics` prints
 *
 *   status-metrics.c      the verb: reads, prints or writes the file
 *   status-exposition.c   which metrics there are, from what was read
 *   status-exposition-types.c   those that have a task type as a label
 *   status-exposition-llm.c     calls to models, and money
 */
#ifndef AAOS_CMD_STATUS_METRICS_H
#define AAOS_CMD_STATUS_METRICS_H

#include "core/buf.h"
#include "queue/queue.h"
#include "report/prometheus.h"
#include "store/metrics.h"

/* metrics NULL: the database could not be read, `up` says so; or there is
 * none yet, which is well. */
struct exposition {
    bool up;
    const char *engine; /* "sqlite", "postgresql" */
    const struct metrics *metrics;
    const struct conf *conf;
    struct queue_info redis;
};
void exposition_print(const struct exposition *exposition, struct buf *out);

/* Private to the three. */
struct page {
    struct buf *out;
    const struct metrics *metrics;
    const struct conf *conf;
    int64_t now;
    struct prom_names types; /* of tasks */
    struct prom_names actions;
    struct prom_names endpoints, models;
};
/* The sum over those of one kind, NULL: of any name, outcome. */
int64_t exposition_sum(struct page *page, enum total_kind kind,
                       const char *name, const char *outcome);
/* type NULL: without the label, over all. */
void exposition_histogram(struct page *page, const struct prom_family *family,
                          enum total_kind kind, const char *type);
void exposition_types(struct page *page);
void exposition_llm(struct page *page);

#endif
