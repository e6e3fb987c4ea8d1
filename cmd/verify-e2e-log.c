/*
 * verify-e2e-log.c - what is written down: logs, times
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/verify-e2e.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "verify/logs.h"

enum { LOG_LIMIT = 16 << 20 };

/* --------------------------------------------------------------- logging */

/* The log as `aaos-verify logs` sees it; what offends there offends here. */
static void judge_log(struct e2e *e2e, char *file)
{
    struct verify logs = {0};

    verify_logs(&logs, e2e->store, &file, 1);
    for (size_t i = 0; i < logs.count; i++) {
        const struct check *check = &logs.checks[i];

        for (size_t k = 0; k < check->count; k++)
            verify_offend(e2e->verify, check->offenders[k].id, "%s",
                          check->offenders[k].what);
        if (check->verdict == VERDICT_UNKNOWN)
            verify_unknown(e2e->verify, &check->err);
    }
    verify_release(&logs);
}

static void want_line(struct e2e *e2e, const char *file, const char *task_id)
{
    char *want = xasprintf("\"correlation_id\":\"%s\"", e2e->correlation_id);
    struct buf text = {0};
    struct err err = {0};

    if (file_read(file, LOG_LIMIT, &text, &err) < 0)
        verify_offend(e2e->verify, "log", "%s", err.msg);
    else if (!text.data || !strstr(text.data, want) ||
             !strstr(text.data, task_id))
        verify_offend(e2e->verify, task_id,
                      "the worker's log does not tell of it, with its "
                      "correlation id");
    buf_release(&text);
    free(want);
}

static void want_everywhere(struct e2e *e2e, const char *log)
{
    struct db_rows rows = {0};
    struct err err = {0};
    const char *task_id;
    const char *result;

    if (e2e_all_completed(e2e, 1, &rows)) {
        task_id = db_text(&rows, 0, ET_TASK_ID);
        result = db_cell(&rows, 0, ET_RESULT)->data;
        if (!result || strncmp(result, e2e->correlation_id,
                               strlen(e2e->correlation_id)) != 0)
            verify_offend(e2e->verify, task_id,
                          "the handler was given '%.60s' as correlation id",
                          result ? result : "");
        if (e2e_logged(e2e->store, task_id, e2e->correlation_id, &err) < 1)
            verify_offend(e2e->verify, task_id,
                          "what its handler said is not logged under its "
                          "correlation id");
        want_line(e2e, log, task_id);
    }
    db_rows_release(&rows);
}

void e2e_logging(struct e2e *e2e)
{
    struct e2e_child child;
    char *log;

    if (!e2e_submit(e2e, "say your correlation id\n", NULL) ||
        e2e_worker(
            e2e, &child,
            E2E_ARGS("--log-format", "json", "-v", "--until-empty", "--", "sh",
                     "-c", "echo said >&2; echo \"$AAOS_CORRELATION_ID\"")) < 0)
        return;
    log = xstrdup(child.err);
    if (e2e_end(e2e, &child, 0, NULL)) {
        judge_log(e2e, log);
        want_everywhere(e2e, log);
    }
    free(log);
}

/* ----------------------------------------------------------- performance */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Figures of a run; there is no budget here, only sense. */
static void summarise(struct e2e *e2e, const struct db_rows *rows)
{
    size_t count = rows->count;
    int64_t *waits = xcalloc(count + 1, sizeof(*waits));
    int64_t first = INT64_MAX;
    int64_t last = 0;
    char text[3][CLOCK_SPAN_SIZE];

    for (size_t i = 0; i < count; i++) {
        int64_t created = db_num(rows, i, ET_CREATED_AT);
        int64_t started = db_num(rows, i, ET_STARTED_AT);
        int64_t finished = db_num(rows, i, ET_FINISHED_AT);

        waits[i] = started - created;
        if (waits[i] < 0 || finished < started)
            verify_offend(e2e->verify, db_text(rows, i, ET_TASK_ID),
                          "waited %lld us and ran %lld us", (long long)waits[i],
                          (long long)(finished - started));
        first = created < first ? created : first;
        last = finished > last ? finished : last;
    }
    qsort(waits, count, sizeof(*waits), by_size);
    if (count > 0 && last > first)
        verify_note(e2e->verify, "%zu tasks in %s, wait p50 %s, p95 %s", count,
                    clock_span(last - first, text[0]),
                    clock_span(waits[count / 2], text[1]),
                    clock_span(waits[count * 95 / 100], text[2]));
    free(waits);
}

void e2e_performance(struct e2e *e2e)
{
    enum { COUNT = 100 };
    struct db_rows rows = {0};

    if (!e2e_submit_many(e2e, COUNT) ||
        !e2e_drain(e2e, E2E_ARGS("-q", "--until-empty", "-j", "2", "--builtin",
                                 "noop")))
        return;
    if (e2e_all_completed(e2e, COUNT, &rows))
        summarise(e2e, &rows);
    db_rows_release(&rows);
}
