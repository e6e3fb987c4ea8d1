/*
 * status-top-task.c - one task on the live screen
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd/status-top.h"
#include "core/clock.h"
#include "store/control.h"

enum { PAGE = 500, PAGES = 20, LOG_LINES = 500 };

static void put_text(struct top_detail *detail, const char *name,
                     const char *text)
{
    if (text && *text)
        top_detail_add(detail, SCREEN_PLAIN, "%-16s %s", name, text);
}

static void put_time(struct top_detail *detail, const char *name,
                     const struct db_rows *rows, size_t column, int64_t now)
{
    char when[CLOCK_TEXT_SIZE], span[CLOCK_SPAN_SIZE];
    int64_t instant = db_num(rows, 0, column);

    if (db_null(rows, 0, column))
        return;
    clock_format(instant, when);
    if (instant > now)
        top_detail_add(detail, SCREEN_PLAIN, "%-16s %s  in %s", name, when,
                       clock_span(instant - now, span));
    else
        top_detail_add(detail, SCREEN_PLAIN, "%-16s %s  %s ago", name, when,
                       clock_span(now - instant, span));
}

static int color_of(const char *status)
{
    if (strcmp(status, "completed") == 0)
        return SCREEN_GOOD;
    if (strcmp(status, "dead") == 0)
        return SCREEN_BAD;
    return strcmp(status, "running") == 0 ? SCREEN_INFO : SCREEN_WARN;
}

static void put_task(struct top_detail *detail, const struct db_rows *rows,
                     int64_t now)
{
    const char *status = db_text(rows, 0, RT_STATUS);
    const char *reason = db_text(rows, 0, RT_REASON);

    top_detail_add(detail, color_of(status), "%-16s %s%s%s", "status", status,
                   reason ? ", " : "", reason ? reason : "");
    put_text(detail, "task_id", db_text(rows, 0, RT_TASK_ID));
    put_text(detail, "type", db_text(rows, 0, RT_TASK_TYPE));
    top_detail_add(detail, SCREEN_PLAIN, "%-16s %lld", "priority",
                   (long long)db_num(rows, 0, RT_PRIORITY));
    top_detail_add(detail, SCREEN_PLAIN,
                   "%-16s %lld; %lld of %lld failures, %lld of %lld losses",
                   "attempt", (long long)db_num(rows, 0, RT_ATTEMPT),
                   (long long)db_num(rows, 0, RT_FAILURES),
                   (long long)db_num(rows, 0, RT_MAX_ATTEMPTS),
                   (long long)db_num(rows, 0, RT_LOSSES),
                   (long long)db_num(rows, 0, RT_MAX_LOSSES));
    put_text(detail, "agent_id", db_text(rows, 0, RT_AGENT_ID));
    put_text(detail, "workflow", db_text(rows, 0, RX_WORKFLOW_NAME));
    put_text(detail, "ref", db_text(rows, 0, RX_REF));
    put_text(detail, "session_id", db_text(rows, 0, RX_SESSION_ID));
    put_text(detail, "correlation_id", db_text(rows, 0, RT_CORRELATION_ID));
    put_time(detail, "created_at", rows, RT_CREATED_AT, now);
    put_time(detail, "run_at", rows, RT_RUN_AT, now);
    put_time(detail, "started_at", rows, RT_STARTED_AT, now);
    put_time(detail, "finished_at", rows, RT_FINISHED_AT, now);
    put_text(detail, "description", db_text(rows, 0, RT_DESCRIPTION));
    put_text(detail, "metadata", db_text(rows, 0, RX_METADATA));
}

static void put_progress(struct top_reader *reader, struct top_detail *detail,
                         const struct db_rows *rows)
{
    const char *agent = db_text(rows, 0, RT_AGENT_ID);
    struct err ignored = {0};
    char text[200] = "";
    int percent = -1;

    if (agent && read_progress(reader->status->store, agent,
                               db_text(rows, 0, RT_TASK_ID), &percent, text,
                               &ignored) > 0)
        top_detail_add(detail, SCREEN_INFO, "%-16s %d%% %s", "progress",
                       percent, text);
}

static int put_attempts(struct top_reader *reader, struct top_detail *detail,
                        int64_t seq, struct err *err)
{
    struct db_rows rows = {0};
    char span[CLOCK_SPAN_SIZE];

    if (read_attempts(reader->status->store, seq, &rows, err) < 0)
        return -1;
    if (rows.count > 0)
        top_detail_add(detail, SCREEN_HEAD, "ATTEMPTS");
    for (size_t i = 0; i < rows.count; i++) {
        const char *outcome = db_text(&rows, i, RA_OUTCOME);
        const char *error = db_text(&rows, i, RA_ERROR);
        int64_t from = db_null(&rows, i, RA_STARTED_AT)
                           ? db_num(&rows, i, RA_FINISHED_AT)
                           : db_num(&rows, i, RA_STARTED_AT);

        top_detail_add(
            detail,
            strcmp(outcome, "completed") == 0 ? SCREEN_GOOD : SCREEN_BAD,
            "%3lld %-11s %8s  %s", (long long)db_num(&rows, i, RA_ATTEMPT),
            outcome, clock_span(db_num(&rows, i, RA_FINISHED_AT) - from, span),
            db_text(&rows, i, RA_AGENT_ID));
        if (error)
            top_detail_add(detail, SCREEN_PLAIN, "    %s", error);
    }
    db_rows_release(&rows);
    return 0;
}

/* What came since the last look; a long log is caught up with bit by bit. */
static int take_log(struct top_reader *reader, const char *task_id,
                    struct err *err)
{
    struct db_rows rows = {0};
    size_t count = PAGE;

    if (strcmp(reader->logged, task_id) != 0) {
        top_detail_release(&reader->log);
        snprintf(reader->logged, sizeof(reader->logged), "%s", task_id);
        reader->log_after = 0;
    }
    for (int page = 0; page < PAGES && count == PAGE; page++) {
        if (read_logs(reader->status->store, task_id, reader->log_after, PAGE,
                      &rows, err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; i < count; i++)
            top_detail_add(&reader->log,
                           strcmp(db_text(&rows, i, RL_LEVEL), "error") == 0
                               ? SCREEN_BAD
                               : SCREEN_PLAIN,
                           "%s", db_text(&rows, i, RL_MESSAGE));
        if (count > 0)
            reader->log_after = db_num(&rows, count - 1, RL_ID);
        db_rows_release(&rows);
        top_detail_keep(&reader->log, LOG_LINES);
    }
    return 0;
}

static int fill(struct top_reader *reader, const char *task_id,
                struct top_detail *detail, struct err *err)
{
    struct store *store = reader->status->store;
    struct db_rows rows = {0};
    int64_t seq = 0;
    int ret = -1;
    int found = store ? store_resolve(store, task_id, &seq, err) : 0;

    if (found > 0 && read_task(store, seq, &rows, err) < 0)
        return -1;
    if (found < 0)
        return -1;
    if (rows.count == 0) {
        top_detail_add(detail, SCREEN_WARN, "this task is not there any more");
        return 0;
    }
    put_task(detail, &rows, reader->model->now);
    put_progress(reader, detail, &rows);
    if (put_attempts(reader, detail, seq, err) == 0)
        ret = take_log(reader, task_id, err);
    if (reader->log.count > 0)
        top_detail_add(detail, SCREEN_HEAD, "LOG");
    for (size_t i = 0; i < reader->log.count; i++)
        top_detail_add(detail, reader->log.lines[i].attr, "%s",
                       reader->log.lines[i].text);
    db_rows_release(&rows);
    return ret;
}

void reader_task(struct top_reader *reader, const char *task_id,
                 struct top_detail *detail)
{
    struct err err = {0};

    top_detail_release(detail);
    snprintf(detail->task_id, sizeof(detail->task_id), "%s", task_id);
    term_waiting(true);
    if (fill(reader, task_id, detail, &err) < 0)
        top_detail_add(detail, SCREEN_BAD, "%s", err.msg);
    term_waiting(false);
}
