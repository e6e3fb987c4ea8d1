/*
 * told.c - what a handler says about its attempt while it runs
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/control.h"
#include "work/internal.h"

enum { PROGRESS_CHARS = 200, ERROR_MAX = 4096, ANNOUNCED_MAX = 1000 };

void told_progress(struct job *job, int percent, const char *text, size_t len)
{
    size_t at = 0;

    job->percent = percent;
    buf_reset(&job->progress);
    if (!utf8_valid(text, len))
        return;
    at = utf8_prefix(text, len, PROGRESS_CHARS);
    buf_put(&job->progress, text, at);
}

/* The end of it, if it is long: that is where the reason stands. */
void told_error(struct job *job, const char *text, size_t len)
{
    if (len > ERROR_MAX) {
        text += len - ERROR_MAX;
        len = ERROR_MAX;
    }
    buf_reset(&job->error);
    buf_put(&job->error, text, len);
}

void told_json(struct job *job, const char *raw, size_t len)
{
    buf_reset(&job->value);
    buf_put(&job->value, raw, len);
    job->has_value = true;
    job->value_is_json = true;
}

static void told_artifact(struct job *job, const char *path, size_t len)
{
    if (job->announced_count == ANNOUNCED_MAX) {
        errlog_add(&job->log, "warn",
                   "more than %d artifacts: '%.*s' is not "
                   "recorded",
                   ANNOUNCED_MAX, (int)(len < 200 ? len : 200), path);
        return;
    }
    job->announced = xgrow(job->announced, job->announced_count,
                           &job->announced_cap, sizeof(*job->announced));
    job->announced[job->announced_count++] = xmemdup0(path, len);
}

static void told_line(struct job *job, const char *text, size_t len)
{
    struct control_line line;
    struct err err = {0};

    if (control_parse(text, len, &line, &err) < 0) {
        errlog_add(&job->log, "warn", "%s", err.msg);
        return;
    }
    switch (line.kind) {
    case CONTROL_PROGRESS:
        told_progress(job, line.percent, line.text, line.len);
        break;
    case CONTROL_RETRY_AFTER:
        job->retry_after = line.usec;
        break;
    case CONTROL_ARTIFACT:
        told_artifact(job, line.text, line.len);
        break;
    case CONTROL_RESULT:
        told_json(job, line.text, line.len);
        break;
    case CONTROL_TASK:
        told_task(job, line.text, line.len);
        break;
    case CONTROL_ACTION:
        told_action(job, line.text, line.len);
        break;
    }
}

void told_control(struct job *job, bool last)
{
    enum lines_result got;
    const char *text;
    size_t len;

    while ((got = lines_next(&job->control, &text, &len)) != LINES_NONE) {
        if (got == LINES_ONE)
            told_line(job, text, len);
        else
            errlog_add(&job->log, "warn",
                       "a control line is longer than %d bytes",
                       CONTROL_LINE_MAX);
    }
    if (last && lines_last(&job->control, &text, &len) == LINES_ONE)
        told_line(job, text, len);
}
