/*
 * loadgen-report-baseline.c - a baseline as tables and plots
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen-report.h"
#include "core/clock.h"
#include "core/mem.h"

/* One measured thing over the whole time. */
struct course {
    const char *name; /* of telemetry.c: a constant */
    int64_t count;
    double least, most, sum, first, last;
};

struct courses {
    struct course all[TELEMETRY_MAX];
    size_t count;
    int64_t taken, missed, recorded;
    int64_t database_down, redis_down;
};

static struct course *course_of(struct courses *courses, const char *name)
{
    for (size_t i = 0; i < courses->count; i++)
        if (strcmp(courses->all[i].name, name) == 0)
            return &courses->all[i];
    if (courses->count == TELEMETRY_MAX)
        return NULL;
    courses->all[courses->count] = (struct course){.name = name};
    return &courses->all[courses->count++];
}

static double metric(const struct baseline_sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->telemetry.count; i++)
        if (strcmp(sample->telemetry.samples[i].name, name) == 0)
            return sample->telemetry.samples[i].value;
    return (double)NAN;
}

static void add_value(struct course *course, double value)
{
    if (course->count == 0) {
        course->first = course->least = course->most = value;
    }
    course->least = fmin(course->least, value);
    course->most = fmax(course->most, value);
    course->sum += value;
    course->last = value;
    course->count++;
}

static int see_sample(void *ctx, const struct baseline_sample *sample,
                      struct err *err)
{
    struct courses *courses = ctx;

    (void)err;
    courses->recorded++;
    if (sample->missed) {
        courses->missed++;
        return 0;
    }
    courses->taken++;
    courses->database_down += metric(sample, "database_up") == 0;
    courses->redis_down += metric(sample, "redis_up") == 0;
    for (size_t i = 0; i < sample->telemetry.count; i++) {
        const struct sample *one = &sample->telemetry.samples[i];
        struct course *course = course_of(courses, one->name);

        if (course)
            add_value(course, one->value);
    }
    return 0;
}

/* --- tables --------------------------------------------------------------- */

static enum doc_unit unit_of(const char *name)
{
    if (strstr(name, "_seconds"))
        return UNIT_SECONDS;
    if (strstr(name, "_bytes"))
        return UNIT_BYTES;
    return strcmp(name, "host_busy") == 0 ? UNIT_SHARE : UNIT_NUMBER;
}

static const struct doc_column fact_columns[] = {{"", false}, {"", false}};

static void put_facts(const struct baseline *baseline,
                      const struct courses *courses, struct doc *doc)
{
    struct doc_table *table =
        doc_table(doc, "The baseline", fact_columns, LENGTH(fact_columns));
    char text[CLOCK_TEXT_SIZE];

    doc_cell(table, "Id");
    doc_cell(table, baseline->id);
    doc_cell(table, "Started");
    doc_cell(table, clock_format(baseline->start, text));
    doc_cell(table, "A sample every");
    doc_cell_value(table, LOADGEN_SECONDS(baseline->every), UNIT_SECONDS);
    doc_cell(table, "Samples");
    doc_cell_fmt(table, "%lld of %lld", (long long)courses->recorded,
                 (long long)baseline->slots);
    doc_cell(table, "Missed");
    doc_cell_fmt(table, "%lld", (long long)courses->missed);
    doc_cell(table, "Database away");
    doc_cell_fmt(table, "%lld", (long long)courses->database_down);
    doc_cell(table, "Redis away");
    doc_cell_fmt(table, "%lld", (long long)courses->redis_down);
}

static const struct doc_column course_columns[] = {
    {"", false},   {"samples", true}, {"first", true}, {"last", true},
    {"min", true}, {"mean", true},    {"max", true},
};

static void put_courses(const struct courses *courses, struct doc *doc)
{
    struct doc_table *table = doc_table(doc, "What was measured",
                                        course_columns, LENGTH(course_columns));

    for (size_t i = 0; i < courses->count; i++) {
        const struct course *course = &courses->all[i];
        enum doc_unit unit = unit_of(course->name);

        doc_cell(table, course->name);
        doc_cell_fmt(table, "%lld", (long long)course->count);
        doc_cell_value(table, course->first, unit);
        doc_cell_value(table, course->last, unit);
        doc_cell_value(table, course->least, unit);
        doc_cell_value(table, course->sum / (double)course->count, unit);
        doc_cell_value(table, course->most, unit);
    }
}

static void put_warnings(const struct baseline *baseline,
                         const struct courses *courses, struct doc *doc)
{
    char text[160];

    if (courses->recorded < baseline->slots) {
        snprintf(text, sizeof(text),
                 "This baseline is not complete: %lld of %lld samples are "
                 "there.",
                 (long long)courses->recorded, (long long)baseline->slots);
        doc_warning(doc, text);
    }
    if (courses->missed > 0) {
        snprintf(text, sizeof(text),
                 "%lld samples were missed while nobody was there to take "
                 "them.",
                 (long long)courses->missed);
        doc_warning(doc, text);
    }
}

/* --- plots ---------------------------------------------------------------- */

/* A line of a plot: a metric, or the difference of two, over a divisor. */
struct line {
    const char *metric, *less, *name;
    double over;
};
struct picture {
    const char *title;
    enum doc_unit unit;
    struct line lines[DOC_SERIES_MAX];
};

static const struct picture pictures[] = {
    {"Throughput, over a minute",
     UNIT_RATE,
     {{"attempts_completed_1m", NULL, "completed", 60},
      {"attempts_failed_1m", NULL, "failed", 60},
      {"attempts_lost_1m", NULL, "lost", 60}}},
    {"Latency: waiting for an agent",
     UNIT_SECONDS,
     {{"wait_seconds_p50", NULL, "p50", 1},
      {"wait_seconds_p95", NULL, "p95", 1},
      {"wait_seconds_p99", NULL, "p99", 1}}},
    {"Latency: running",
     UNIT_SECONDS,
     {{"run_seconds_p50", NULL, "p50", 1},
      {"run_seconds_p95", NULL, "p95", 1},
      {"run_seconds_p99", NULL, "p99", 1}}},
    {"Tasks in the queue",
     UNIT_NUMBER,
     {{"tasks_pending", NULL, "pending", 1},
      {"tasks_running", NULL, "running", 1},
      {"tasks_retry", NULL, "retry", 1},
      {"tasks_blocked", NULL, "blocked", 1},
      {"tasks_scheduled", NULL, "scheduled", 1}}},
    {"Age of the oldest pending task",
     UNIT_SECONDS,
     {{"oldest_pending_seconds", NULL, "age", 1}}},
    {"Agents", UNIT_NUMBER, {{"agents", NULL, "agents", 1}}},
    {"Memory",
     UNIT_BYTES,
     {{"memory_total_bytes", "memory_available_bytes", "used on the host", 1},
      {"processes_rss_bytes", NULL, "processes of aaos", 1}}},
    {"Processors of the host", UNIT_SHARE, {{"host_busy", NULL, "busy", 1}}},
    {"Size of the database",
     UNIT_BYTES,
     {{"database_bytes", NULL, "database", 1}}},
    {"Room on the disk", UNIT_BYTES, {{"disk_free_bytes", NULL, "free", 1}}},
};

struct gallery {
    struct doc_plot *plots[LENGTH(pictures)];
};

static void add_pictures(struct doc *doc, struct gallery *gallery)
{
    for (size_t i = 0; i < LENGTH(pictures); i++) {
        gallery->plots[i] = doc_plot(doc, pictures[i].title, pictures[i].unit);
        for (size_t j = 0; j < DOC_SERIES_MAX && pictures[i].lines[j].metric;
             j++)
            doc_series(gallery->plots[i], pictures[i].lines[j].name);
    }
}

static double line_value(const struct line *line,
                         const struct baseline_sample *sample)
{
    double value = metric(sample, line->metric);

    if (line->less)
        value -= metric(sample, line->less);
    return value / line->over;
}

/* What was missed is a gap. */
static int draw_sample(void *ctx, const struct baseline_sample *sample,
                       struct err *err)
{
    struct gallery *gallery = ctx;
    double x = LOADGEN_SECONDS(sample->at);

    (void)err;
    for (size_t i = 0; i < LENGTH(pictures); i++)
        for (size_t j = 0; j < gallery->plots[i]->count; j++)
            doc_point(gallery->plots[i], j, x,
                      line_value(&pictures[i].lines[j], sample));
    return 0;
}

/* --- the whole ------------------------------------------------------------ */

static void put_json(const struct baseline *baseline,
                     const struct courses *courses, struct buf *json)
{
    char when[CLOCK_TEXT_SIZE];

    buf_fmt(json,
            "{\"kind\":\"baseline\",\"id\":\"%s\",\"started_at\":\"%s\","
            "\"every\":%.6f,\"slots\":%lld,\"taken\":%lld,\"missed\":%lld,"
            "\"database_down\":%lld,\"redis_down\":%lld,\"metrics\":{",
            baseline->id, clock_format(baseline->start, when),
            LOADGEN_SECONDS(baseline->every), (long long)baseline->slots,
            (long long)courses->taken, (long long)courses->missed,
            (long long)courses->database_down, (long long)courses->redis_down);
    for (size_t i = 0; i < courses->count; i++) {
        const struct course *course = &courses->all[i];

        buf_fmt(json,
                "%s\"%s\":{\"count\":%lld,\"first\":%.15g,\"last\":%.15g,"
                "\"min\":%.15g,\"mean\":%.15g,\"max\":%.15g}",
                i ? "," : "", course->name, (long long)course->count,
                course->first, course->last, course->least,
                course->sum / (double)course->count, course->most);
    }
    buf_str(json, "}}");
}

int report_baseline(const char *dir, struct doc *doc, struct buf *json,
                    struct err *err)
{
    struct courses *courses = xcalloc(1, sizeof(*courses));
    struct gallery gallery = {0};
    struct baseline baseline;
    char *heading = xasprintf("Baseline: %s", dir);
    int64_t count;
    int ret = baseline_read(dir, &baseline, err);

    if (ret == 0)
        ret = err_set(err, ERR_NOINPUT, "there is no baseline in '%s'", dir);
    else if (ret > 0)
        ret = baseline_scan(dir, see_sample, courses, &count, err);
    if (ret == 0) {
        doc_heading(doc, heading);
        put_warnings(&baseline, courses, doc);
        put_facts(&baseline, courses, doc);
        add_pictures(doc, &gallery);
        ret = baseline_scan(dir, draw_sample, &gallery, &count, err);
        put_courses(courses, doc);
        put_json(&baseline, courses, json);
    }
    free(heading);
    free(courses);
    return ret;
}
