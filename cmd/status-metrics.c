/*
 * status-metrics.c - the text that Prometheus reads
 *
 * Either on stdout or in a file that the textfile collector of
 * node_exporter reads; a reader of the file sees the old text or the new
 * one, never a part.  A database that cannot be read is a metric, too.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd/setup.h"
#include "cmd/status-metrics.h"
#include "cmd/status.h"
#include "core/file.h"

static void read_redis(struct status *status, struct queue_info *info)
{
    struct err err = {0};
    struct queue *queue = setup_queue(status->conf, status->store, false, &err);

    info->configured = true;
    if (queue)
        queue_info(queue, info);
    queue_close(queue);
}

static const char *engine_of(struct status *status)
{
    struct err ignored = {0};
    enum db_engine engine = DB_SQLITE;
    const char *url = setup_url(status->conf, false, &ignored);

    if (url)
        db_engine_of(url, &engine, &ignored);
    return engine == DB_SQLITE ? "sqlite" : "postgresql";
}

/* What went wrong before is told when the page is out. */
static int print(struct status *status, struct exposition *exposition,
                 struct err *err)
{
    struct err later = {0};
    struct buf out = {0};
    int ret = 0;

    exposition_print(exposition, &out);
    if (status->textfile)
        ret = file_replace(status->textfile, out.data, out.len, 0644,
                           err->code ? &later : err);
    else
        fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    return err->code ? -1 : ret;
}

int status_metrics(struct status *status, struct err *err)
{
    struct metrics metrics = {0};
    struct exposition exposition = {
        .up = err->code == ERR_NONE,
        .engine = engine_of(status),
        .conf = status->conf,
    };
    int ret;

    if (cmd_shared.output != OUTPUT_AUTO)
        return err_set(err, ERR_USAGE,
                       "metrics have a form of their own: no --output");
    if (status->store && exposition.up) {
        exposition.up = store_metrics(status->store, &metrics, err) == 0;
        if (exposition.up) {
            exposition.metrics = &metrics;
            read_redis(status, &exposition.redis);
        }
    }
    ret = print(status, &exposition, err);
    metrics_release(&metrics);
    return ret;
}
