/*
 * status-follow.c - logs of a task, events of everything; -f goes on
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/status.h"
#include "core/clock.h"
#include "core/mem.h"

enum { PAGE = 500 };

/* How often -f looks. */
#define LOOK (200 * USEC_PER_MSEC)

static const struct shown log_columns[] = {
    {{.name = "ts", .kind = CELL_TIME}, RL_TS},
    {{.name = "attempt", .kind = CELL_NUM}, RL_ATTEMPT},
    {{.name = "level", .kind = CELL_TEXT}, RL_LEVEL},
    {{.name = "message", .kind = CELL_TEXT}, RL_MESSAGE},
    {{.name = "artifact_ref", .kind = CELL_TEXT}, RL_ARTIFACT_REF},
    {{.name = "artifact_sha256", .kind = CELL_TEXT}, RL_ARTIFACT_SHA256},
};

static const struct shown event_columns[] = {
    {{.name = "ts", .kind = CELL_TIME}, RE_TS},
    {{.name = "kind", .kind = CELL_TEXT}, RE_KIND},
    {{.name = "task_id", .kind = CELL_TEXT}, RE_TASK_ID},
    {{.name = "agent_id", .kind = CELL_TEXT}, RE_AGENT_ID},
    {{.name = "text", .kind = CELL_TEXT}, RE_TEXT},
};

/* For people a line is better than a cell: time of day, words, text. */
static void put_line(int64_t ts, const char *word, const char *id,
                     const char *text, const char *more)
{
    struct buf line = {0};
    time_t seconds = (time_t)(ts / USEC_PER_SEC);
    struct tm tm;
    char when[16] = "";

    if (localtime_r(&seconds, &tm))
        strftime(when, sizeof(when), "%H:%M:%S", &tm);
    buf_fmt(&line, "%s.%03d %-10s ", when,
            (int)(ts % USEC_PER_SEC / USEC_PER_MSEC), word ? word : "");
    if (id)
        buf_fmt(&line, "%s ", id);
    buf_str(&line, text ? text : "");
    if (more)
        buf_fmt(&line, " (%s)", more);
    status_line(line.data, line.len);
    buf_release(&line);
}

/*
 * One table for all pages; NULL where lines are written.  A terminal that
 * follows cannot wait until columns are measured.
 */
static int open_table(struct status *status, const struct shown *shown,
                      size_t count, struct table **table, struct err *err)
{
    *table = NULL;
    if (cmd_output() == OUTPUT_TABLE && !status->fields)
        return 0;
    if (cmd_output() == OUTPUT_TABLE && status->follow)
        cmd_shared.output = OUTPUT_TSV;
    *table = status_table(status, shown, count, err);
    return *table ? 0 : -1;
}

static int put_logs(struct table *table, const struct db_rows *rows,
                    struct err *err)
{
    size_t i;

    if (table)
        return status_fill(table, log_columns, LENGTH(log_columns), rows, err);
    for (i = 0; i < rows->count; i++)
        put_line(db_num(rows, i, RL_TS), db_text(rows, i, RL_LEVEL), NULL,
                 db_text(rows, i, RL_MESSAGE),
                 db_text(rows, i, RL_ARTIFACT_REF));
    return 0;
}

static int is_final(struct status *status, int64_t seq, bool *final,
                    struct err *err)
{
    struct db_rows rows = {0};
    char list[32];

    snprintf(list, sizeof(list), "[%lld]", (long long)seq);
    if (read_final(status->store, list, &rows, err) < 0)
        return -1;
    *final = rows.count > 0;
    db_rows_release(&rows);
    return 0;
}

/* All pages; the state is asked for first, so that no last line is missed. */
static int logs_of(struct status *status, int64_t seq, void *ctx,
                   struct err *err)
{
    struct db_rows task = {0};
    struct db_rows rows = {0};
    int64_t after = 0;
    bool final = true;
    size_t got;
    int ret;

    ret = read_task(status->store, seq, &task, err);
    while (ret == 0 && task.count > 0) {
        if (status->follow)
            ret = is_final(status, seq, &final, err);
        if (ret == 0)
            ret = read_logs(status->store, db_text(&task, 0, RT_TASK_ID), after,
                            PAGE, &rows, err);
        if (ret < 0)
            break;
        got = rows.count;
        if (got > 0) {
            after = db_num(&rows, got - 1, RL_ID);
            ret = put_logs(ctx, &rows, err);
        }
        db_rows_release(&rows);
        if (ret == 0 && fflush(stdout) != 0)
            ret = err_errno(err, ERR_IO, "cannot write to stdout");
        if (ret < 0 || (got < PAGE && final))
            break;
        if (got < PAGE)
            usleep(LOOK);
    }
    db_rows_release(&task);
    return ret;
}

int status_logs(struct status *status, struct err *err)
{
    struct table *table;
    int ret;

    if (cmd_shared.output == OUTPUT_JSON && status->follow)
        return err_set(err, ERR_USAGE,
                       "-f never ends a JSON list: use -o jsonl");
    if (open_table(status, log_columns, LENGTH(log_columns), &table, err) < 0)
        return -1;
    ret = status_each(status, logs_of, table, err);
    return status_close(table, ret, err);
}

static int put_events(struct table *table, const struct db_rows *rows,
                      struct err *err)
{
    size_t i;

    if (table)
        return status_fill(table, event_columns, LENGTH(event_columns), rows,
                           err);
    for (i = 0; i < rows->count; i++)
        put_line(db_num(rows, i, RE_TS), db_text(rows, i, RE_KIND),
                 db_text(rows, i, RE_TASK_ID), db_text(rows, i, RE_TEXT),
                 db_text(rows, i, RE_AGENT_ID));
    return 0;
}

/* Where a stream of events is. */
struct stream {
    struct table *table;
    int64_t after, left;
    char *key;
};

/* A page, as far as it is whole: how many, or -1. */
static int64_t next_events(struct status *status, struct stream *stream,
                           struct err *err)
{
    int64_t safe = INT64_MAX;
    struct db_rows rows = {0};
    size_t got;
    int ret = 0;

    if (status->follow && read_horizon(status->store, &safe, err) < 0)
        return -1;
    if (read_events(status->store, stream->after, stream->key,
                    stream->left < PAGE ? (size_t)stream->left : PAGE, &rows,
                    err) < 0)
        return -1;
    got = rows.count = read_events_until(&rows, safe);
    stream->left -= (int64_t)got;
    if (got > 0) {
        stream->after = db_num(&rows, got - 1, RE_TS);
        free(stream->key);
        stream->key = xstrdup(db_text(&rows, got - 1, RE_KEY));
        ret = put_events(stream->table, &rows, err);
    }
    db_rows_release(&rows);
    if (ret == 0 && fflush(stdout) != 0)
        ret = err_errno(err, ERR_IO, "cannot write to stdout");
    return ret < 0 ? -1 : (int64_t)got;
}

int status_events(struct status *status, struct err *err)
{
    struct stream stream = {
        .left =
            status->limit > 0 && !status->follow ? status->limit : INT64_MAX,
        .after = status->filter.since,
        .key = xstrdup(""),
    };
    int64_t got = 0;

    if (cmd_shared.output == OUTPUT_JSON)
        got = err_set(err, ERR_USAGE, "events are a stream: use -o jsonl");
    else
        got = open_table(status, event_columns, LENGTH(event_columns),
                         &stream.table, err);
    if (stream.after == 0 && status->follow)
        stream.after = status->now;
    while (got >= 0 && status->store && stream.left > 0) {
        got = next_events(status, &stream, err);
        if (got >= 0 && got < PAGE && !status->follow)
            break;
        if (got >= 0 && got < PAGE)
            usleep(LOOK);
    }
    free(stream.key);
    return status_close(stream.table, got < 0 ? -1 : 0, err);
}
