/*
 * loadgen-report-plots.c - the intervals of a run as plots
 */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "cmd/loadgen-report.h"

struct plots {
    double shortest; /* a shorter interval says too little */
    struct doc_plot *rate, *total, *wait, *depth, *memory, *busy;
};

static void add_plots(struct doc *doc, struct plots *plots)
{
    static const char *const shares[] = {"p50", "p95", "p99"};

    plots->rate = doc_plot(doc, "Throughput", UNIT_RATE);
    doc_series(plots->rate, "submitted");
    doc_series(plots->rate, "ended");
    plots->total = doc_plot(doc, "Latency: due to recorded", UNIT_SECONDS);
    plots->wait = doc_plot(doc, "Latency: due to started", UNIT_SECONDS);
    for (size_t i = 0; i < LENGTH(shares); i++) {
        doc_series(plots->total, shares[i]);
        doc_series(plots->wait, shares[i]);
    }
    plots->depth = doc_plot(doc, "Tasks in the queue", UNIT_NUMBER);
    doc_series(plots->depth, "stored and not ended");
    plots->memory = doc_plot(doc, "Memory", UNIT_BYTES);
    doc_series(plots->memory, "generator and agents");
    plots->busy = doc_plot(doc, "Processors of the host", UNIT_SHARE);
    doc_series(plots->busy, "busy");
}

static void add_shares(struct doc_plot *plot, double x,
                       const struct json_slice *object, const char *name)
{
    static const char *const shares[] = {"p50", "p95", "p99"};
    char path[64];

    for (size_t i = 0; i < LENGTH(shares); i++) {
        snprintf(path, sizeof(path), "latency.%s.%s", name, shares[i]);
        doc_point(plot, i, x, recorded_number(object, path));
    }
}

static int see_interval(void *ctx, const struct json_slice *object,
                        struct err *err)
{
    struct plots *plots = ctx;
    double x = recorded_instant(object, "at");
    double seconds = recorded_number(object, "seconds");

    (void)err;
    if (!recorded_is(object, "interval") || isnan(x) ||
        !(seconds > plots->shortest))
        return 0;
    doc_point(plots->rate, 0, x,
              recorded_number(object, "submitted") / seconds);
    doc_point(plots->rate, 1, x,
              (recorded_number(object, "completed") +
               recorded_number(object, "dead") +
               recorded_number(object, "cancelled")) /
                  seconds);
    add_shares(plots->total, x, object, "total");
    add_shares(plots->wait, x, object, "wait");
    doc_point(plots->depth, 0, x, recorded_number(object, "outstanding"));
    doc_point(plots->memory, 0, x, recorded_number(object, "rss"));
    doc_point(plots->busy, 0, x, recorded_number(object, "busy"));
    return 0;
}

int report_run_plots(const char *path, double shortest, struct doc *doc,
                     struct err *err)
{
    struct plots plots = {.shortest = shortest};
    int64_t bad = 0;

    add_plots(doc, &plots);
    return recorded_scan(path, see_interval, &plots, &bad, err);
}
