/*
 * loadgen-report-run.c - the file of a run as tables and plots
 *
 * The file is read twice: first for what was planned and what came out,
 * then for its intervals.  A run that was killed has no last line; then the
 * intervals tell what is known.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen-report.h"
#include "core/mem.h"
#include "report/value.h"

#define SHIFT_MAX 0.005 /* seconds */

struct run_file {
    struct buf first, last; /* the lines "run" and "summary" */
    struct json_slice plan, result;
    int64_t intervals;
    int64_t bad;
    double submitted, ended, seconds; /* by the intervals */
};

/* --- reading -------------------------------------------------------------- */

static void keep(struct buf *line, const struct json_slice *object)
{
    buf_reset(line);
    buf_put(line, object->data, object->len);
}

static int see(void *ctx, const struct json_slice *object, struct err *err)
{
    struct run_file *file = ctx;

    (void)err;
    if (recorded_is(object, "run"))
        keep(&file->first, object);
    else if (recorded_is(object, "summary"))
        keep(&file->last, object);
    if (!recorded_is(object, "interval"))
        return 0;
    file->intervals++;
    file->submitted += fmax(0, recorded_number(object, "submitted"));
    file->ended += fmax(0, recorded_number(object, "completed")) +
                   fmax(0, recorded_number(object, "dead")) +
                   fmax(0, recorded_number(object, "cancelled"));
    file->seconds = fmax(file->seconds, recorded_number(object, "t"));
    return 0;
}

static int read_file(const char *path, struct run_file *file, struct err *err)
{
    struct err ignored = {0};

    if (recorded_scan(path, see, file, &file->bad, err) < 0)
        return -1;
    if (file->first.len == 0 && file->last.len == 0)
        return err_set(err, ERR_DATA, "'%s' is no record of a run", path);
    if (file->last.len > 0)
        json_check(file->last.data, file->last.len, &file->result, &ignored);
    if (file->first.len > 0)
        json_check(file->first.data, file->first.len, &file->plan, &ignored);
    else
        file->plan = file->result;
    return 0;
}

static bool ended(const struct run_file *file)
{
    return file->last.len > 0;
}

/* --- what was planned ----------------------------------------------------- */

static const struct doc_column fact_columns[] = {{"", false}, {"", false}};

static void fact_text(struct doc_table *table, const char *name,
                      const struct json_slice *from, const char *path)
{
    char *text = recorded_text(from, path);

    if (text) {
        doc_cell(table, name);
        doc_cell(table, text);
    }
    free(text);
}

static void fact_value(struct doc_table *table, const char *name, double value,
                       enum doc_unit unit)
{
    if (isnan(value))
        return;
    doc_cell(table, name);
    doc_cell_value(table, value, unit);
}

static void fact_number(struct doc_table *table, const char *name,
                        const struct json_slice *from, const char *path)
{
    double value = recorded_number(from, path);

    if (isnan(value))
        return;
    doc_cell(table, name);
    doc_cell_fmt(table, "%.15g", value);
}

static void put_plan(const struct run_file *file, struct doc *doc)
{
    const struct json_slice *plan = &file->plan;
    struct doc_table *table =
        doc_table(doc, "The run", fact_columns, LENGTH(fact_columns));

    fact_text(table, "Run", plan, "run");
    fact_text(table, "Started", plan, "started_at");
    fact_value(table, "Took",
               ended(file) ? recorded_number(&file->result, "seconds")
                           : file->seconds,
               UNIT_SECONDS);
    fact_text(table, "Loop", plan, "mode");
    fact_value(table, "Planned rate", recorded_number(plan, "rate"), UNIT_RATE);
    fact_text(table, "Arrivals", plan, "arrivals");
    fact_number(table, "Clients", plan, "clients");
    fact_number(table, "Simulated agents", plan, "workers");
    fact_number(table, "Jobs of each", plan, "jobs");
    fact_number(table, "Seed", plan, "seed");
    fact_text(table, "Mix", plan, "mix");
    fact_text(table, "Database", plan, "database");
    fact_text(table, "Engine", plan, "engine");
    fact_text(table, "Version", plan, "version");
}

/* --- what came out -------------------------------------------------------- */

static void put_outcome(const struct run_file *file, struct doc *doc)
{
    const struct json_slice *result = &file->result;
    struct doc_table *table =
        doc_table(doc, "Tasks", fact_columns, LENGTH(fact_columns));
    double all = recorded_number(result, "submitted");
    double wrong = recorded_number(result, "unplanned") +
                   recorded_number(result, "unfinished");

    fact_number(table, "Submitted", result, "submitted");
    fact_number(table, "Completed", result, "completed");
    fact_number(table, "Dead", result, "dead");
    fact_number(table, "Cancelled", result, "cancelled");
    fact_number(table, "Ended otherwise than planned", result, "unplanned");
    fact_number(table, "Not ended", result, "unfinished");
    fact_number(table, "Not stored", result, "not_stored");
    fact_number(table, "Attempts", result, "attempts");
    if (all > 0)
        fact_value(table, "Errors", wrong / all, UNIT_SHARE);
    fact_value(table, "Throughput", recorded_number(result, "throughput"),
               UNIT_RATE);
    fact_value(table, "Stored late by at most",
               recorded_number(result, "late_max"), UNIT_SECONDS);
    fact_value(table, "Memory of generator and agents",
               recorded_number(result, "rss"), UNIT_BYTES);
    fact_value(table, "Processor time of both", recorded_number(result, "cpu"),
               UNIT_SECONDS);
    fact_value(table, "Host busy", recorded_number(result, "busy"), UNIT_SHARE);
}

static const struct doc_column latency_columns[] = {
    {"", false},     {"count", true}, {"min", true}, {"mean", true},
    {"p50", true},   {"p90", true},   {"p95", true}, {"p99", true},
    {"p99.9", true}, {"max", true},
};

static void put_latency_row(const struct json_slice *from, const char *prefix,
                            const char *name, struct doc_table *table)
{
    static const char *const members[] = {"min", "mean", "p50",  "p90",
                                          "p95", "p99",  "p999", "max"};
    char path[64];

    doc_cell(table, name);
    snprintf(path, sizeof(path), "%s.count", prefix);
    doc_cell_fmt(table, "%.0f", fmax(0, recorded_number(from, path)));
    for (size_t i = 0; i < LENGTH(members); i++) {
        snprintf(path, sizeof(path), "%s.%s", prefix, members[i]);
        doc_cell_value(table, recorded_number(from, path), UNIT_SECONDS);
    }
}

static void put_latency(const struct run_file *file, struct doc *doc)
{
    static const struct {
        const char *path, *name;
    } rows[] = {
        {"latency.submit", "due to stored"},
        {"latency.wait", "due to started"},
        {"latency.run", "started to ended"},
        {"latency.total", "due to recorded"},
    };
    struct doc_table *table =
        doc_table(doc, "Latency, from the instant a task was due",
                  latency_columns, LENGTH(latency_columns));

    for (size_t i = 0; i < LENGTH(rows); i++)
        put_latency_row(&file->result, rows[i].path, rows[i].name, table);
}

static const struct doc_column class_columns[] = {
    {"type", false},     {"submitted", true}, {"completed", true},
    {"dead", true},      {"cancelled", true}, {"unplanned", true},
    {"wait p50", true},  {"wait p99", true},  {"total p50", true},
    {"total p99", true}, {"total max", true},
};

static void put_class(const struct json_slice *class, struct doc_table *table)
{
    static const char *const counts[] = {"submitted", "completed", "dead",
                                         "cancelled", "unplanned"};
    static const char *const times[] = {
        "latency.wait.p50", "latency.wait.p99", "latency.total.p50",
        "latency.total.p99", "latency.total.max"};
    char *type = recorded_text(class, "type");

    doc_cell(table, type);
    free(type);
    for (size_t i = 0; i < LENGTH(counts); i++)
        doc_cell_fmt(table, "%.0f", fmax(0, recorded_number(class, counts[i])));
    for (size_t i = 0; i < LENGTH(times); i++)
        doc_cell_value(table, recorded_number(class, times[i]), UNIT_SECONDS);
}

static void put_classes(const struct run_file *file, struct doc *doc)
{
    struct doc_table *table = NULL;
    struct json_slice list, key, class;
    struct json_walk walk;

    if (json_member(&file->result, "classes", &list) == 0 ||
        list.type != JSON_ARRAY)
        return;
    walk = (struct json_walk){.within = list};
    while (json_next(&walk, &key, &class)) {
        if (class.type != JSON_OBJECT)
            continue;
        if (!table)
            table =
                doc_table(doc, "By type", class_columns, LENGTH(class_columns));
        put_class(&class, table);
    }
}

static void put_warnings(const struct run_file *file, struct doc *doc)
{
    char text[160];

    if (!ended(file)) {
        snprintf(
            text, sizeof(text),
            "This run was killed: the file ends after %lld intervals, %.0f "
            "tasks submitted and %.0f ended.",
            (long long)file->intervals, file->submitted, file->ended);
        doc_warning(doc, text);
    }
    if (file->bad > 0) {
        snprintf(text, sizeof(text),
                 "%lld lines of the file cannot be read and are left out.",
                 (long long)file->bad);
        doc_warning(doc, text);
    }
    if (fabs(recorded_number(&file->result, "clock_shift")) > SHIFT_MAX)
        doc_warning(doc, "The clock of the host was set during this run: its "
                         "latencies are off by as much.");
    if (recorded_number(&file->result, "unfinished") > 0)
        doc_warning(doc, "Some tasks had not ended when the run did: the "
                         "latencies are those of the others, and too good.");
    if (recorded_number(&file->result, "agents_died") > 0)
        doc_warning(doc, "Simulated agents died during this run.");
    if (recorded_number(&file->result, "submit_errors") > 0)
        doc_warning(doc, "The database did not take tasks at times; they "
                         "were stored later, and count from when they were "
                         "due.");
}

/* --- the whole ------------------------------------------------------------ */

/* All of the last line but the histograms; without one, the first. */
static void put_json(const struct run_file *file, struct buf *json)
{
    struct json_walk walk = {.within = ended(file) ? file->result : file->plan};
    struct json_slice key, value;
    const char *comma = "";

    buf_byte(json, '{');
    while (json_next(&walk, &key, &value)) {
        if (json_equals(&key, "histograms"))
            continue;
        buf_str(json, comma);
        buf_put(json, key.data, key.len);
        buf_byte(json, ':');
        buf_put(json, value.data, value.len);
        comma = ",";
    }
    buf_byte(json, '}');
}

int report_run(const char *path, struct doc *doc, struct buf *json,
               struct err *err)
{
    struct run_file file = {0};
    int ret = read_file(path, &file, err);
    char *heading;

    if (ret == 0) {
        heading = xasprintf("Load: %s", path);
        doc_heading(doc, heading);
        free(heading);
        put_warnings(&file, doc);
        put_plan(&file, doc);
        if (ended(&file)) {
            put_outcome(&file, doc);
            put_latency(&file, doc);
            put_classes(&file, doc);
        }
        ret = report_run_plots(
            path, fmax(0, recorded_number(&file.plan, "interval") / 2), doc,
            err);
        put_json(&file, json);
    }
    buf_release(&file.first);
    buf_release(&file.last);
    return ret;
}
