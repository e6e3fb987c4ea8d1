/*
 * telemetry.c - one sample: the queue, its database, Redis and this host
 */
#include "config.h"

#include "load/telemetry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "load/hist.h"

/* Attempts that are looked at for one sample. */
enum { WINDOW_MAX = 100000 };

void telemetry_add(struct telemetry *telemetry, const char *name, double value)
{
    if (telemetry->count < TELEMETRY_MAX && isfinite(value))
        telemetry->samples[telemetry->count++] =
            (struct sample){.name = name, .value = value};
}

static void add_known(struct telemetry *telemetry, const char *name,
                      double value)
{
    if (value >= 0)
        telemetry_add(telemetry, name, value);
}

/* --- the database --------------------------------------------------------- */

struct percentile {
    const char *name;
    double share;
};

static void add_percentiles(struct telemetry *telemetry,
                            const struct hist *hist,
                            const struct percentile names[4])
{
    for (int i = 0; i < 4; i++)
        if (hist->count > 0)
            telemetry_add(telemetry, names[i].name,
                          (double)hist_at(hist, names[i].share) / 1e6);
}

static int add_window(struct telemetry *telemetry, struct store *store,
                      int64_t window, struct err *err)
{
    static const struct percentile waits[4] = {
        {"wait_seconds_p50", 0.5},
        {"wait_seconds_p95", 0.95},
        {"wait_seconds_p99", 0.99},
        {"wait_seconds_max", 1},
    };
    static const struct percentile runs[4] = {
        {"run_seconds_p50", 0.5},
        {"run_seconds_p95", 0.95},
        {"run_seconds_p99", 0.99},
        {"run_seconds_max", 1},
    };
    struct hist *hists = xcalloc(2, sizeof(*hists));
    struct db_rows rows = {0};
    int ret = load_window(store, window, WINDOW_MAX, &rows, err);

    for (size_t i = 0; ret == 0 && i < rows.count; i++) {
        hist_add(&hists[0], db_num(&rows, i, LW_WAIT), 1);
        hist_add(&hists[1], db_num(&rows, i, LW_RUN), 1);
    }
    db_rows_release(&rows);
    add_percentiles(telemetry, &hists[0], waits);
    add_percentiles(telemetry, &hists[1], runs);
    free(hists);
    return ret;
}

int telemetry_store(struct telemetry *telemetry, struct store *store,
                    int64_t window, struct err *err)
{
    int64_t bytes = 0;

    if (samples_read(store, telemetry->samples, &telemetry->count, err) < 0 ||
        add_window(telemetry, store, window, err) < 0 ||
        load_bytes(store, &bytes, err) < 0)
        return -1;
    telemetry_add(telemetry, "database_bytes", (double)bytes);
    return 0;
}

/* --- Redis and the host --------------------------------------------------- */

void telemetry_queue(struct telemetry *telemetry, struct queue *queue)
{
    struct queue_info info = {0};

    if (!queue_has_redis(queue))
        return;
    queue_info(queue, &info);
    telemetry_add(telemetry, "redis_up", info.reachable);
    if (info.reachable)
        telemetry_add(telemetry, "redis_ready", (double)info.ready);
}

void telemetry_host(struct telemetry *telemetry, const struct host *before,
                    const struct host *after, const struct host_use *use)
{
    add_known(telemetry, "host_busy", host_busy(before, after));
    add_known(telemetry, "host_processors", (double)after->processors);
    add_known(telemetry, "host_load1", after->load1);
    add_known(telemetry, "host_load5", after->load5);
    add_known(telemetry, "host_load15", after->load15);
    add_known(telemetry, "memory_total_bytes", (double)after->mem_total);
    add_known(telemetry, "memory_available_bytes",
              (double)after->mem_available);
    add_known(telemetry, "swap_used_bytes", (double)after->swap_used);
    add_known(telemetry, "disk_total_bytes", (double)after->disk_total);
    add_known(telemetry, "disk_free_bytes", (double)after->disk_free);
    add_known(telemetry, "processes", (double)use->processes);
    add_known(telemetry, "processes_rss_bytes", (double)use->rss);
    add_known(telemetry, "processes_cpu_seconds", (double)use->cpu / 1e6);
}

/* --- as text -------------------------------------------------------------- */

void telemetry_put(const struct telemetry *telemetry, struct buf *out)
{
    buf_byte(out, '{');
    for (size_t i = 0; i < telemetry->count; i++)
        buf_fmt(out, "%s\"%s\":%.15g", i ? "," : "", telemetry->samples[i].name,
                telemetry->samples[i].value);
    buf_byte(out, '}');
}

static const char *const names[] = {
    "tasks_pending",
    "tasks_running",
    "tasks_scheduled",
    "tasks_retry",
    "tasks_blocked",
    "tasks_held",
    "tasks_completed",
    "tasks_dead",
    "tasks_cancelled",
    "tasks_overdue",
    "attempts_completed_1m",
    "attempts_failed_1m",
    "attempts_lost_1m",
    "leases_over",
    "agents",
    "oldest_pending_seconds",
    "actions_pending",
    "actions_retry",
    "actions_dead",
    "wait_seconds_p50",
    "wait_seconds_p95",
    "wait_seconds_p99",
    "wait_seconds_max",
    "run_seconds_p50",
    "run_seconds_p95",
    "run_seconds_p99",
    "run_seconds_max",
    "database_up",
    "database_bytes",
    "redis_up",
    "redis_ready",
    "host_busy",
    "host_processors",
    "host_load1",
    "host_load5",
    "host_load15",
    "memory_total_bytes",
    "memory_available_bytes",
    "swap_used_bytes",
    "disk_total_bytes",
    "disk_free_bytes",
    "processes",
    "processes_rss_bytes",
    "processes_cpu_seconds",
    "baseline_missed",
};

void telemetry_parse(const struct json_slice *object,
                     struct telemetry *telemetry)
{
    struct json_slice value;

    *telemetry = (struct telemetry){0};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (json_member(object, names[i], &value) != 0 &&
            value.type == JSON_NUMBER)
            telemetry_add(telemetry, names[i], json_double(&value));
}
