/*
 * builtin.c - handlers that need no process: noop, echo, fail, sleep
 *
 * For tests and measurements: what they cost is what the queue costs.
 */
#include "config.h"

#include <string.h>

#include "core/clock.h"
#include "work/internal.h"

static void end(struct job *job, enum task_outcome outcome)
{
    const struct ending ending = {
        .outcome = outcome,
        .permanent = outcome == OUTCOME_FAILED &&
                     strcmp(job->claim.description, "permanent") == 0,
        .exit_status = -1,
    };

    job_end(job, &ending);
}

/* --- noop, echo, fail ----------------------------------------------------- */

static int start(struct work *work, struct job *job, struct err *err)
{
    static const char failed[] = "failed, as asked";

    (void)err;
    switch (work->options->builtin) {
    case BUILTIN_FAIL:
        told_error(job, failed, sizeof(failed) - 1);
        end(job, OUTCOME_FAILED);
        return 0;
    case BUILTIN_ECHO:
        record_input(&job->claim, false, &job->value);
        job->has_value = true;
        break;
    case BUILTIN_NOOP:
    case BUILTIN_SLEEP:
    case BUILTIN_SIMULATE:
        break;
    }
    end(job, OUTCOME_COMPLETED);
    return 0;
}

/* --- sleep ---------------------------------------------------------------- */

/* As long as the task says, else a second. */
static int start_sleep(struct work *work, struct job *job, struct err *err)
{
    struct buf text = {0};
    int64_t usec;

    (void)work;
    record_input(&job->claim, false, &text);
    if (clock_parse_duration(text.data ? text.data : "", &usec, err) < 0)
        usec = USEC_PER_SEC;
    buf_release(&text);
    job->wake_at = job->started + usec;
    return 0;
}

static void wake(struct work *work, struct job *job)
{
    (void)work;
    job->wake_at = NEVER;
    end(job, OUTCOME_COMPLETED);
}

/* Why it stops is known; how does not matter. */
static void stop(struct work *work, struct job *job)
{
    (void)work;
    end(job, OUTCOME_FAILED);
}

const struct handler builtin_handler = {
    .start = start, .term = stop, .kill = stop, .instant = true};

const struct handler sleep_handler = {
    .start = start_sleep, .term = stop, .kill = stop, .wake = wake};
