/*
 * loadgen-sample.c - one sample of everything, now
 *
 * Opened for each sample and closed again: a database that was away, moved
 * or replaced in between is no special case, and to be away is itself
 * something that a sample says.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/loadgen-baseline.h"
#include "cmd/setup.h"
#include "core/clock.h"
#include "core/table.h"
#include "load/jsonl.h"

#define WINDOW (60 * USEC_PER_SEC)
/* How long processors are watched when nobody did before. */
#define GLANCE (100 * USEC_PER_MSEC)

/* --- taking --------------------------------------------------------------- */

static void take_store(struct conf *conf, struct sampler *sampler,
                       struct telemetry *telemetry, struct err *err)
{
    struct store *store = setup_store(conf, STORE_WRITE, "aaos-loadgen", err);
    struct queue *queue = NULL;
    struct err ignored = {0};

    if (store)
        queue = setup_queue(conf, store, false, &ignored);
    if (store && telemetry_store(telemetry, store, sampler->window, err) == 0)
        telemetry_add(telemetry, "database_up", 1);
    else {
        *telemetry = (struct telemetry){0};
        telemetry_add(telemetry, "database_up", 0);
    }
    if (queue)
        telemetry_queue(telemetry, queue);
    queue_close(queue);
    sampler->store = store;
}

void sample_take(struct conf *conf, struct sampler *sampler,
                 struct telemetry *telemetry, struct err *err)
{
    const char *path = conf_state_dir(conf, true, &(struct err){0});
    struct host_use use;
    struct host now;

    *telemetry = (struct telemetry){0};
    if (!sampler->watching) {
        host_read(path, &sampler->host);
        usleep((useconds_t)GLANCE);
    }
    sampler->watching = true;
    take_store(conf, sampler, telemetry, err);
    host_read(path, &now);
    host_find("aaos-", &use);
    telemetry_host(telemetry, &sampler->host, &now, &use);
    sampler->host = now;
}

void sample_done(struct sampler *sampler)
{
    store_close(sampler->store);
    sampler->store = NULL;
}

/* --- the verb ------------------------------------------------------------- */

static const struct column columns[] = {
    {.name = "name", .kind = CELL_TEXT},
    {.name = "value", .kind = CELL_RAW},
};

static int print_rows(const struct telemetry *telemetry, enum output form,
                      struct err *err)
{
    struct table *table =
        table_open(stdout, form, cmd_shared.color_out, columns, LENGTH(columns),
                   NULL, clock_wall(), err);
    int ret = 0;

    if (!table)
        return -1;
    for (size_t i = 0; ret == 0 && i < telemetry->count; i++) {
        char value[32];

        snprintf(value, sizeof(value), "%.15g", telemetry->samples[i].value);
        table_text(table, telemetry->samples[i].name);
        table_text(table, value);
        ret = table_row(table, err);
    }
    return table_close(table, err) < 0 ? -1 : ret;
}

static int print(const struct telemetry *telemetry, const struct buf *line,
                 struct err *err)
{
    enum output form = cmd_output();

    if (form == OUTPUT_TABLE || form == OUTPUT_TSV)
        return print_rows(telemetry, form, err);
    if (fwrite(line->data, 1, line->len, stdout) != line->len)
        return err_errno(err, ERR_IO, "cannot write to stdout");
    return 0;
}

static int keep(const char *path, const struct buf *line, struct err *err)
{
    struct jsonl file = {.fd = -1};
    int ret = jsonl_open(path, &file, err);

    if (ret == 0)
        ret = jsonl_append(&file, line, err);
    jsonl_close(&file);
    return ret;
}

static int store_rows(struct sampler *sampler, int64_t now,
                      const struct telemetry *telemetry, struct err *err)
{
    char id[UUID_SIZE];
    struct buf labels = {0};
    struct load_sample sample = {
        .ts = now,
        .not_before = now,
        .samples = telemetry->samples,
        .count = telemetry->count,
    };
    int ret;

    buf_fmt(&labels, "{\"sample\":\"%s\"}", uuid_make(id));
    sample.labels = labels.data;
    ret = load_sample_put(sampler->store, &sample, err);
    buf_release(&labels);
    return ret < 0 ? -1 : 0;
}

/* What could not be had fails at the end: the rest is worth having. */
int loadgen_sample(struct conf *conf, struct err *err)
{
    struct sampler sampler = {.window = WINDOW};
    struct telemetry telemetry;
    struct buf line = {0};
    char when[CLOCK_TEXT_SIZE];
    int64_t now = clock_wall();
    struct err later = {0};

    sample_take(conf, &sampler, &telemetry, err);
    buf_fmt(&line, "{\"kind\":\"sample\",\"at\":\"%s\",\"metrics\":",
            clock_format(now, when));
    telemetry_put(&telemetry, &line);
    buf_str(&line, "}\n");
    if (!err->code)
        store_rows(&sampler, now, &telemetry, err);
    if (loadgen_given.file && keep(loadgen_given.file, &line, &later) < 0 &&
        !err->code)
        *err = later;
    if (print(&telemetry, &line, &later) < 0 && !err->code)
        *err = later;
    sample_done(&sampler);
    buf_release(&line);
    return err->code ? -1 : 0;
}
