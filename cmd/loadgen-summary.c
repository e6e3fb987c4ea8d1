/*
 * loadgen-summary.c - a run in words: lines of its file, and what is printed
 *
 * Durations are seconds, instants RFC 3339, as everywhere.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/loadgen.h"
#include "core/clock.h"

static const struct {
    const char *name;
    double share;
} shares[] = {
    {"p50", 0.50}, {"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999},
};

/* --- pieces --------------------------------------------------------------- */

static void put_seconds(struct buf *out, const char *name, int64_t usec)
{
    buf_fmt(out, ",\"%s\":%lld.%06lld", name, (long long)(usec / USEC_PER_SEC),
            (long long)(usec % USEC_PER_SEC));
}

static void put_instant(struct buf *out, const char *name, int64_t instant)
{
    char text[CLOCK_TEXT_SIZE];

    buf_fmt(out, ",\"%s\":\"%s\"", name, clock_format(instant, text));
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    buf_fmt(out, ",\"%s\":", name);
    buf_json_safe(out, text, strlen(text));
}

void summary_times(const struct hist *hist, struct buf *out)
{
    buf_fmt(out, "{\"count\":%lld", (long long)hist->count);
    if (hist->count > 0) {
        put_seconds(out, "min", hist->min);
        put_seconds(out, "mean", (int64_t)hist_mean(hist));
        put_seconds(out, "stddev", (int64_t)hist_deviation(hist));
        for (size_t i = 0; i < LENGTH(shares); i++)
            put_seconds(out, shares[i].name, hist_at(hist, shares[i].share));
        put_seconds(out, "max", hist->max);
    }
    buf_byte(out, '}');
}

static void put_counts(const struct tally *tally, struct buf *out)
{
    buf_fmt(out,
            "\"submitted\":%lld,\"completed\":%lld,\"dead\":%lld,"
            "\"cancelled\":%lld,\"unplanned\":%lld,\"attempts\":%lld,"
            "\"chained\":%lld",
            (long long)tally->submitted, (long long)tally->completed,
            (long long)tally->dead, (long long)tally->cancelled,
            (long long)tally->unplanned, (long long)tally->attempts,
            (long long)tally->chained);
}

static void put_latency(const struct tally *tally, struct buf *out)
{
    buf_str(out, ",\"latency\":{");
    for (int i = 0; i < TALLY_TIMES; i++) {
        buf_fmt(out, "%s\"%s\":", i ? "," : "", tally_time_names[i]);
        summary_times(&tally->times[i], out);
    }
    buf_byte(out, '}');
}

/* --- the plan ------------------------------------------------------------- */

static void put_plan(const struct loadgen *load, struct buf *out)
{
    const struct loadgen_plan *plan = load->plan;

    buf_fmt(out, ",\"run\":\"%s\",\"mode\":\"%s\"", load->run_id,
            plan->rate > 0 ? "open" : "closed");
    put_instant(out, "started_at", load->start);
    if (plan->rate > 0)
        buf_fmt(out, ",\"rate\":%.10g,\"arrivals\":\"%s\"", plan->rate,
                plan->constant ? "constant" : "poisson");
    else {
        buf_fmt(out, ",\"clients\":%lld", (long long)plan->clients);
        put_seconds(out, "think", plan->think);
    }
    if (plan->count)
        buf_fmt(out, ",\"count\":%lld", (long long)plan->count);
    put_seconds(out, "duration_limit", plan->duration);
    buf_fmt(out, ",\"seed\":%llu,\"workers\":%lld,\"jobs\":%lld",
            (unsigned long long)plan->seed, (long long)plan->workers,
            (long long)plan->jobs);
    put_text(out, "mix", plan->mix_text);
    put_text(out, "database", db_name(store_db(load->store)));
    buf_fmt(out, ",\"engine\":\"%s\",\"redis\":%s,\"version\":\"%s\"",
            db_engine(store_db(load->store)) == DB_SQLITE ? "sqlite"
                                                          : "postgresql",
            queue_has_redis(load->queue) ? "true" : "false", PACKAGE_VERSION);
}

void summary_run(const struct loadgen *load, struct buf *out)
{
    buf_str(out, "{\"kind\":\"run\"");
    put_plan(load, out);
    put_seconds(out, "interval", load->plan->interval);
    buf_str(out, "}\n");
}

/* --- intervals ------------------------------------------------------------ */

static void put_use(const struct host_use *use, struct buf *out)
{
    buf_fmt(out, ",\"processes\":%lld,\"rss\":%lld", (long long)use->processes,
            (long long)use->rss);
    put_seconds(out, "cpu", use->cpu);
}

static void put_host(const struct host *from, const struct host *to,
                     struct buf *out)
{
    buf_fmt(out,
            ",\"busy\":%.3f,\"load1\":%.2f,\"mem_available\":%lld,"
            "\"disk_free\":%lld",
            host_busy(from, to), to->load1, (long long)to->mem_available,
            (long long)to->disk_free);
}

/* The generator and its agents together. */
static struct host_use use_of_all(const struct loadgen *load)
{
    struct host_use use = load->agents.use;

    host_add_process(getpid(), &use);
    return use;
}

void summary_interval(struct loadgen *load, struct buf *out)
{
    const struct tally *recent = load->recent;
    int64_t now = clock_mono();
    struct host_use use = use_of_all(load);
    struct host host;

    host_read(db_path(store_db(load->store)), &host);
    buf_str(out, "{\"kind\":\"interval\"");
    put_instant(out, "at", load->start + (now - load->start_mono));
    put_seconds(out, "t", now - load->start_mono);
    put_seconds(out, "seconds", now - load->recent_mono);
    buf_byte(out, ',');
    put_counts(recent, out);
    buf_fmt(out, ",\"outstanding\":%zu", load->flight_count);
    put_latency(recent, out);
    put_use(&use, out);
    put_host(&load->host_last, &host, out);
    buf_str(out, "}\n");
    load->host_last = host;
}

/* --- the end -------------------------------------------------------------- */

static void put_classes(const struct loadgen *load, struct buf *out)
{
    buf_str(out, ",\"classes\":[");
    for (size_t i = 0; i < load->plan->mix.count; i++) {
        buf_fmt(out, "%s{\"type\":\"%s\",", i ? "," : "",
                load->plan->mix.classes[i].type);
        put_counts(&load->classes[i], out);
        put_latency(&load->classes[i], out);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void put_histograms(const struct loadgen *load, struct buf *out)
{
    buf_str(out, ",\"histograms\":{");
    for (int i = 0; i < TALLY_TIMES; i++) {
        buf_fmt(out, "%s\"%s\":", i ? "," : "", tally_time_names[i]);
        hist_put(&load->all.times[i], out);
    }
    buf_byte(out, '}');
}

static void put_troubles(const struct loadgen *load, struct buf *out)
{
    buf_fmt(out,
            ",\"unfinished\":%zu,\"not_stored\":%zu,\"submit_errors\":%lld,"
            "\"agents_died\":%zu,\"interrupted\":%s",
            load->flight_count, load->item_count,
            (long long)load->submit_errors, load->agents.died,
            load->stopped ? "true" : "false");
    put_seconds(out, "late_max", load->late_max > 0 ? load->late_max : 0);
    buf_fmt(out,
            ",\"clock_offset\":%.6f,\"clock_error\":%.6f,"
            "\"clock_shift\":%.6f",
            LOADGEN_SECONDS(load->offset), LOADGEN_SECONDS(load->offset_error),
            LOADGEN_SECONDS(load->shift));
}

void summary_end(const struct loadgen *load, bool histograms, struct buf *out)
{
    int64_t took = load->ended_mono - load->start_mono;
    struct host_use use = use_of_all(load);

    buf_str(out, "{\"kind\":\"summary\"");
    put_plan(load, out);
    put_instant(out, "ended_at", load->start + took);
    put_seconds(out, "seconds", took);
    buf_byte(out, ',');
    put_counts(&load->all, out);
    put_troubles(load, out);
    buf_fmt(out, ",\"throughput\":%.3f",
            took > 0 ? (double)tally_ended(&load->all) / LOADGEN_SECONDS(took)
                     : 0);
    put_latency(&load->all, out);
    put_classes(load, out);
    put_use(&use, out);
    put_host(&load->host_first, &load->host_last, out);
    buf_fmt(out, ",\"error\":%.4f", HIST_ERROR);
    if (histograms)
        put_histograms(load, out);
    buf_str(out, "}\n");
}
