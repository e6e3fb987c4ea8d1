/*
 * job.c - one attempt, from its claim to its end
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "core/mem.h"
#include "store/sessions.h"
#include "work/internal.h"

/* What a drained attempt gets between SIGTERM and SIGKILL. */
#define DRAIN_GRACE (5 * USEC_PER_SEC)
/* How long nothing is started when the system has no process to give. */
#define HOLD USEC_PER_SEC
#define FLUSH USEC_PER_SEC

enum { FLUSH_LINES = 1000 };

/* --- slots ---------------------------------------------------------------- */

static int slot_take(struct work *work, struct job *job, struct err *err)
{
    job->slot = -1;
    if (work->handler->instant)
        return 0;
    job->slot = work->free_slots[--work->free_slot_count];
    if (slots_set(work->slots, job->slot, job->claim.seq, job->claim.attempt,
                  err) == 0)
        return 0;
    slot_release(work, job->slot);
    err->code = ERR_OS;
    return -1;
}

void slot_release(struct work *work, int slot)
{
    struct err err = {0};

    if (slot < 0)
        return;
    if (slots_clear(work->slots, slot, &err) < 0)
        log_warn("slot_not_cleared", log_text("error", err.msg));
    work->free_slots[work->free_slot_count++] = slot;
}

/* --- starting ------------------------------------------------------------- */

/* The memory of buffers is kept for the next attempt. */
static void prepare(struct work *work, struct job *job)
{
    const struct claim *claim = &job->claim;

    job->busy = true;
    job->stop = STOP_NONE;
    job->started = clock_mono();
    job->limit = claim->timeout ? claim->timeout : work->options->timeout;
    job->limit_at = job->limit ? job->started + job->limit : NEVER;
    job->deadline = job->limit ? clock_wall() + job->limit : 0;
    job->kill_at = NEVER;
    job->wake_at = NEVER;
    job->flush_at = job->started + FLUSH;
    job->has_value = false;
    job->value_is_json = false;
    job->retry_after = 0;
    job->tokens_in = job->tokens_out = job->cost = 0;
    job->percent = -1;
    job->sent = 0;
    snprintf(job->dir, sizeof(job->dir), "%s.%d", claim->task_id,
             claim->attempt);
}

void job_drop(struct job *job)
{
    struct work *work = job->work;
    size_t i;

    claim_release(&job->claim);
    job->claim = (struct claim){0};
    buf_reset(&job->value);
    buf_reset(&job->error);
    buf_reset(&job->progress);
    buf_reset(&job->added_error);
    buf_reset(&job->parents);
    free(job->model);
    job->model = NULL;
    session_turn_free(job->turn);
    job->turn = NULL;
    added_release(job->tasks, job->task_count);
    job->tasks = NULL;
    job->task_count = job->task_cap = job->task_bytes = 0;
    effects_release(&job->effects);
    errlog_release(&job->log);
    output_release(&job->output);
    parents_drop(job);
    for (i = 0; i < job->announced_count; i++)
        free(job->announced[i]);
    job->announced_count = 0;
    job->busy = false;
    job->has_dir = false;
    work->free_jobs[work->free_job_count++] = (int)(job - work->jobs);
}

void job_release(struct job *job)
{
    if (job->busy)
        job_drop(job);
    buf_release(&job->value);
    buf_release(&job->error);
    buf_release(&job->progress);
    buf_release(&job->added_error);
    buf_release(&job->parents);
    buf_release(&job->input);
    lines_release(&job->control);
    free(job->announced);
    free(job->handed);
}

void job_log(const struct claim *claim, enum log_level level, const char *event)
{
    if (log_enabled(level))
        log_event(level, event,
                  LOG_FIELDS(log_text("task_id", claim->task_id),
                             log_num("attempt", claim->attempt),
                             log_text("correlation_id", claim->correlation_id),
                             log_text("task_type", claim->task_type)));
}

/* The claim goes back to where it was; later, perhaps. */
static bool hold(struct job *job, struct claim *claim, const struct err *err)
{
    struct work *work = job->work;

    log_warn("cannot_start", log_text("task_id", job->claim.task_id),
             log_num("attempt", job->claim.attempt),
             log_text("correlation_id", job->claim.correlation_id),
             log_text("error", err->msg));
    work->hold_until = work->now + HOLD;
    work->started--;
    *claim = job->claim;
    job->claim = (struct claim){0};
    job_drop(job);
    return false;
}

static bool refuse(struct job *job, struct claim *claim, const struct err *err)
{
    struct work *work = job->work;
    struct ending ending = {.unstarted = true, .exit_status = -1};
    int slot = job->slot;

    if (err->code == ERR_OS) {
        slot_release(work, slot);
        return hold(job, claim, err);
    }
    if (err->code == ERR_DATA) {
        ending.outcome = OUTCOME_FAILED;
        ending.permanent = true;
        ending.exit_status = ERR_DATA;
        told_error(job, err->msg, strlen(err->msg));
        job_end(job, &ending);
        return true;
    }
    ending.outcome = OUTCOME_HANDED_BACK;
    job_end(job, &ending);
    drain_fatal(work, err);
    return true;
}

bool job_start(struct work *work, struct claim *claim)
{
    struct job *job = &work->jobs[work->free_jobs[--work->free_job_count]];
    struct err err = {0};

    job->claim = *claim;
    work->started++;
    prepare(work, job);
    if (slot_take(work, job, &err) < 0)
        return hold(job, claim, &err);
    FAILPOINT("worker.slot_set");
    job_log(&job->claim, log_task_level(), "task_started");
    *claim = (struct claim){0};
    if (work->handler->start(work, job, &err) < 0)
        return refuse(job, claim, &err);
    FAILPOINT("worker.started");
    return true;
}

/* --- ending it ------------------------------------------------------------ */

int64_t job_grace(const struct work *work, enum stop why)
{
    int64_t grace = work->options->grace;
    int64_t short_time = work->options->lease / 8;

    if (why == STOP_DRAIN)
        return DRAIN_GRACE;
    /* Somebody else may be about to start it. */
    if (why >= STOP_EXPIRED && grace > short_time)
        return short_time;
    return grace;
}

void job_stop(struct work *work, struct job *job, enum stop why)
{
    int64_t kill_at = work->now + job_grace(work, why);
    enum stop was = job->stop;

    if (why <= was)
        return;
    job->stop = why;
    job->limit_at = NEVER;
    if (was == STOP_NONE || kill_at < job->kill_at)
        job->kill_at = kill_at;
    if (why >= STOP_CANCEL || why == STOP_TIMEOUT)
        log_info("task_stopping", log_text("task_id", job->claim.task_id),
                 log_num("attempt", job->claim.attempt),
                 log_text("correlation_id", job->claim.correlation_id),
                 log_text("why", why == STOP_TIMEOUT  ? "time limit"
                                 : why == STOP_CANCEL ? "cancelled"
                                                      : "lease"));
    if (was == STOP_NONE)
        work->handler->term(work, job);
}

void job_kill(struct work *work, struct job *job)
{
    /* Again, should it take long: a kill of a co-process may have to wait. */
    job->kill_at = work->now + USEC_PER_SEC;
    work->handler->kill(work, job);
}

static void flush(struct work *work, struct job *job)
{
    size_t count = job->log.count < FLUSH_LINES ? job->log.count : FLUSH_LINES;
    struct finish_log *logs = errlog_view(&job->log);
    struct err err = {0};
    int stored = store_log(work->store, job->claim.seq, job->claim.attempt,
                           work->agent_id, logs, count, &err);

    free(logs);
    work->now = clock_mono();
    job->flush_at = work->now + FLUSH;
    if (stored < 0) {
        work_trouble(work, &err);
        return;
    }
    errlog_stored(&job->log, count);
    if (stored == 0)
        job_stop(work, job, STOP_LOST);
}

static void job_timer(struct work *work, struct job *job)
{
    if (job->wake_at <= work->now)
        work->handler->wake(work, job);
    if (job->busy && job->limit_at <= work->now)
        job_stop(work, job, STOP_TIMEOUT);
    if (job->busy && job->kill_at <= work->now)
        job_kill(work, job);
    if (job->busy && job->log.count > 0 && work_connected(work) &&
        (job->flush_at <= work->now || job->log.count >= FLUSH_LINES))
        flush(work, job);
}

void job_timers(struct work *work)
{
    int i;

    if (work_running(work) == 0)
        return;
    for (i = 0; i < work->job_count; i++)
        if (work->jobs[i].busy)
            job_timer(work, &work->jobs[i]);
}
