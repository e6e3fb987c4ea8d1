/*
 * status-why.c - why a task is not running, in a sentence
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/status.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "store/calls.h"
#include "store/flags.h"

struct why {
    const struct db_rows *task;
    const struct db_rows *ahead;
    const struct db_rows *route; /* of store_last_route() */
    const struct db_rows *attempts;
    const struct flags *flags;
    int64_t now;
    struct buf text;
};

static const char *span_until(const struct why *why, size_t column,
                              char text[CLOCK_SPAN_SIZE])
{
    int64_t left = db_num(why->task, 0, column) - why->now;

    return clock_span(left > 0 ? left : 0, text);
}

/* No task type has a character that JSON would escape. */
static bool type_paused(const struct why *why, const char *type)
{
    const char *list = why->flags->paused_types;
    char *quoted = xasprintf("\"%s\"", type);
    bool paused = list && strstr(list, quoted);

    free(quoted);
    return paused;
}

static void why_pending(struct why *why)
{
    const char *type = db_text(why->task, 0, RT_TASK_TYPE);
    long long ahead = (long long)db_num(why->ahead, 0, RH_AHEAD);
    long long agents = (long long)db_num(why->ahead, 0, RH_AGENTS);
    long long idle = (long long)db_num(why->ahead, 0, RH_FREE_AGENTS);

    if (why->flags->killed)
        buf_str(&why->text, "everything is stopped by the kill switch");
    else if (why->flags->paused_out)
        buf_str(&why->text, "claims are paused");
    else if (type_paused(why, type))
        buf_fmt(&why->text, "claims of type %s are paused", type);
    else if (agents == 0)
        buf_fmt(&why->text, "no agent takes tasks of type %s", type);
    else if (idle == 0)
        buf_fmt(&why->text, "all %lld agents for type %s are busy", agents,
                type);
    else
        buf_fmt(&why->text, "it is about to be claimed by one of %lld agents",
                idle);
    if (ahead > 0)
        buf_fmt(&why->text, "; %lld task%s ahead of it", ahead,
                ahead == 1 ? " is" : "s are");
}

static void why_retry(struct why *why)
{
    char span[CLOCK_SPAN_SIZE];
    const char *reason = db_text(why->task, 0, RT_REASON);

    if (reason && strcmp(reason, TASK_REASON_LEASE_LOST) == 0)
        buf_fmt(&why->text, "its agent vanished (%lld of %lld losses)",
                (long long)db_num(why->task, 0, RT_LOSSES),
                (long long)db_num(why->task, 0, RT_MAX_LOSSES));
    else
        buf_fmt(&why->text, "it failed (%lld of %lld attempts)",
                (long long)db_num(why->task, 0, RT_FAILURES),
                (long long)db_num(why->task, 0, RT_MAX_ATTEMPTS));
    buf_fmt(&why->text, "; the next try is in %s",
            span_until(why, RT_RUN_AT, span));
}

/* What the last attempt was told, if it made a call. */
static void why_said(struct why *why)
{
    size_t last = why->attempts->count;
    const char *error =
        last > 0 ? db_text(why->attempts, last - 1, RA_ERROR) : NULL;

    if (error && *error && !db_null(why->attempts, last - 1, RA_MODEL))
        buf_fmt(&why->text, "; the last attempt says: %s", error);
}

static void why_scheduled(struct why *why)
{
    char span[CLOCK_SPAN_SIZE];
    const char *reason = db_text(why->task, 0, RT_REASON);

    buf_fmt(&why->text, "it starts in %s", span_until(why, RT_RUN_AT, span));
    if (reason)
        buf_fmt(&why->text, " (%s)", reason);
    /* No model was found, or one was and said what to do. */
    if (status_why_model(why->route, reason, &why->text) == 1)
        why_said(why);
}

static void why_running(struct why *why)
{
    char span[CLOCK_SPAN_SIZE];

    buf_fmt(&why->text, "it is running on agent %s since %s",
            db_text(why->task, 0, RT_AGENT_ID),
            clock_span(why->now - db_num(why->task, 0, RT_STARTED_AT), span));
    if (db_num(why->task, 0, RX_LEASE_LEFT) < 0)
        buf_fmt(&why->text,
                ", but its lease is over since %s: the agent hangs or has "
                "vanished, and the next tick or idle agent takes it away",
                clock_span(-db_num(why->task, 0, RX_LEASE_LEFT), span));
    if (!db_null(why->task, 0, RT_CANCEL_REQUESTED_AT))
        buf_str(&why->text, "; its cancellation is requested");
}

static void why_final(struct why *why, enum task_status status)
{
    char when[CLOCK_TEXT_SIZE];
    const char *reason = db_text(why->task, 0, RT_REASON);

    buf_fmt(&why->text, "it ended as %s at %s", task_status_name(status),
            clock_format(db_num(why->task, 0, RT_FINISHED_AT), when));
    if (reason)
        buf_fmt(&why->text, " (%s)", reason);
    if (status == TASK_DEAD)
        status_why_model(why->route, reason, &why->text);
}

static void explain(struct why *why)
{
    enum task_status status = TASK_PENDING;
    char span[CLOCK_SPAN_SIZE];

    task_status_parse(db_text(why->task, 0, RT_STATUS), &status);
    switch (status) {
    case TASK_HELD:
        buf_str(&why->text, "it is held until 'aaos-dispatch release'");
        break;
    case TASK_BLOCKED:
        buf_fmt(&why->text, "it waits for tasks that have not ended: %lld",
                (long long)db_num(why->ahead, 0, RH_OPEN_DEPENDENCIES));
        break;
    case TASK_SCHEDULED:
        why_scheduled(why);
        break;
    case TASK_PENDING:
        why_pending(why);
        break;
    case TASK_RUNNING:
        why_running(why);
        break;
    case TASK_RETRY:
        why_retry(why);
        break;
    case TASK_COMPLETED:
    case TASK_DEAD:
    case TASK_CANCELLED:
        why_final(why, status);
        return;
    }
    if (!db_null(why->task, 0, RT_EXPIRES_AT))
        buf_fmt(&why->text, "; it expires in %s",
                span_until(why, RT_EXPIRES_AT, span));
}

static void print(const struct why *why)
{
    cJSON *object;
    struct buf out = {0};

    if (cmd_shared.output != OUTPUT_JSON && cmd_shared.output != OUTPUT_JSONL) {
        buf_fmt(&out, "%s %s: ", db_text(why->task, 0, RT_TASK_ID),
                db_text(why->task, 0, RT_STATUS));
        buf_put(&out, why->text.data, why->text.len);
        status_line(out.data, out.len);
        buf_release(&out);
        return;
    }
    object = cJSON_CreateObject();
    json_add_text(object, "task_id", db_text(why->task, 0, RT_TASK_ID));
    json_add_text(object, "status", db_text(why->task, 0, RT_STATUS));
    json_add_text(object, "reason", db_text(why->task, 0, RT_REASON));
    json_add_text(object, "why", why->text.data);
    json_add_num(object, "ahead", db_num(why->ahead, 0, RH_AHEAD));
    json_add_num(object, "agents", db_num(why->ahead, 0, RH_AGENTS));
    json_add_num(object, "free_agents", db_num(why->ahead, 0, RH_FREE_AGENTS));
    json_print(object, false, &out);
    buf_byte(&out, '\n');
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    cJSON_Delete(object);
}

static int why_one(struct status *status, int64_t seq, void *ctx,
                   struct err *err)
{
    struct db_rows task = {0};
    struct db_rows ahead = {0};
    struct db_rows route = {0};
    struct db_rows attempts = {0};
    struct flags flags = {0};
    struct why why = {.task = &task,
                      .ahead = &ahead,
                      .route = &route,
                      .attempts = &attempts,
                      .flags = &flags,
                      .now = status->now};
    int ret = -1;

    (void)ctx;
    if (read_task(status->store, seq, &task, err) < 0 ||
        read_ahead(status->store, seq, &ahead, err) < 0 ||
        read_attempts(status->store, seq, &attempts, err) < 0 ||
        store_flags(status->store, &flags, err) < 0)
        goto out;
    if (task.count > 0 &&
        store_last_route(status->store, db_text(&task, 0, RT_TASK_ID), &route,
                         err) < 0)
        goto out;
    if (task.count > 0 && ahead.count > 0) {
        explain(&why);
        print(&why);
    }
    ret = 0;
out:
    buf_release(&why.text);
    flags_release(&flags);
    db_rows_release(&route);
    db_rows_release(&attempts);
    db_rows_release(&ahead);
    db_rows_release(&task);
    return ret;
}

int status_why(struct status *status, struct err *err)
{
    return status_each(status, why_one, NULL, err);
}
