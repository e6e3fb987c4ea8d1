/*
 * ending.c - what is recorded of an attempt
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "core/mem.h"
#include "work/artifact.h"
#include "work/deadman.h"
#include "work/internal.h"
#include "work/joblog.h"

/* What was decided about it outweighs how its process ended. */
static enum task_outcome judge(const struct job *job,
                               const struct ending *ending)
{
    switch (job->stop) {
    case STOP_DRAIN:
        return ending->definite ? ending->outcome : OUTCOME_HANDED_BACK;
    case STOP_TIMEOUT:
        return OUTCOME_TIMED_OUT;
    case STOP_CANCEL:
        if (ending->definite && ending->outcome == OUTCOME_COMPLETED)
            return OUTCOME_COMPLETED;
        return OUTCOME_CANCELLED;
    case STOP_EXPIRED:
    case STOP_LOST:
        return OUTCOME_LOST;
    case STOP_NONE:
        break;
    }
    return ending->outcome;
}

/* --- the record ----------------------------------------------------------- */

static int64_t usec_of(const struct timeval *time)
{
    return (int64_t)time->tv_sec * USEC_PER_SEC + (int64_t)time->tv_usec;
}

static void put_usage(struct finish *finish, const struct rusage *usage)
{
    finish->user_time = usage ? usec_of(&usage->ru_utime) : -1;
    finish->system_time = usage ? usec_of(&usage->ru_stime) : -1;
    finish->max_rss = usage ? (int64_t)usage->ru_maxrss : -1;
}

static void put_joblog(struct job *job, const struct finish *finish)
{
    struct work *work = job->work;
    struct joblog_line line = {
        .number = ++work->number,
        .start = clock_wall() - finish->elapsed,
        .runtime = finish->elapsed,
        .sent = job->sent,
        .received = job->output.size,
        .exit_status = finish->exit_status,
        .term_signal = finish->term_signal,
    };
    struct buf command = {0};
    struct err err = {0};

    if (line.exit_status < 0 && line.term_signal == 0 &&
        finish->outcome != OUTCOME_COMPLETED)
        line.exit_status = 1;
    record_command(job, &command);
    line.command = command.data;
    line.command_len = command.len;
    if (joblog_put(work->joblog, &line, &err) < 0)
        log_warn("joblog_failed", log_text("error", err.msg));
    buf_release(&command);
}

static const char *end_event(enum task_outcome outcome)
{
    switch (outcome) {
    case OUTCOME_COMPLETED:
        return "task_completed";
    case OUTCOME_HANDED_BACK:
        return "task_handed_back";
    case OUTCOME_CANCELLED:
        return "task_cancelled";
    case OUTCOME_FAILED:
    case OUTCOME_TIMED_OUT:
    case OUTCOME_LOST:
        break;
    }
    return "task_failed";
}

void ending_log(const struct claim *claim, const struct finish *finish)
{
    bool good = finish->outcome == OUTCOME_COMPLETED;
    bool quiet =
        good || (finish->outcome == OUTCOME_HANDED_BACK && !finish->started);
    enum log_level level = quiet ? log_task_level() : LOG_LEVEL_INFO;
    const struct log_field fields[] = {
        log_text("task_id", claim->task_id),
        log_num("attempt", claim->attempt),
        log_text("correlation_id", claim->correlation_id),
        log_text("task_type", *claim->task_type ? claim->task_type : NULL),
        log_text("outcome", task_outcome_name(finish->outcome)),
        log_text("status", task_status_name(finish->status)),
        log_num("ms", finish->elapsed / USEC_PER_MSEC),
        {.key = "exit_status",
         .num = finish->exit_status,
         .present = !good && finish->exit_status >= 0},
        {.key = "signal",
         .num = finish->term_signal,
         .present = finish->term_signal > 0},
    };

    if (log_enabled(level))
        log_event(level, end_event(finish->outcome), fields, LENGTH(fields));
}

/* Told to come later counts as a failure where it says that it is too much. */
static enum mind_news news_of(const struct finish *finish)
{
    switch (finish->outcome) {
    case OUTCOME_COMPLETED:
        return MIND_GOOD;
    case OUTCOME_FAILED:
    case OUTCOME_TIMED_OUT:
        return finish->permanent ? MIND_NEUTRAL : MIND_BAD;
    case OUTCOME_HANDED_BACK:
        return finish->reason &&
                       strcmp(finish->reason, TASK_REASON_RATE_LIMITED) == 0
                   ? MIND_BAD
                   : MIND_NEUTRAL;
    case OUTCOME_CANCELLED:
    case OUTCOME_LOST:
        break;
    }
    return MIND_NEUTRAL;
}

static void count(struct work *work, const struct finish *finish)
{
    mind_note(&work->mind, news_of(finish), finish->elapsed,
              work->handler->adapts, clock_mono());
    switch (finish->outcome) {
    case OUTCOME_COMPLETED:
        work->completed++;
        work->once_completed = true;
        ahead_note(work, finish->elapsed);
        break;
    case OUTCOME_FAILED:
    case OUTCOME_TIMED_OUT:
        work->failed++;
        ahead_note(work, finish->elapsed);
        break;
    case OUTCOME_CANCELLED:
    case OUTCOME_LOST:
    case OUTCOME_HANDED_BACK:
        break;
    }
}

/* Somebody else has the task: whatever we know about it is void. */
static void forget(struct job *job)
{
    log_warn("lease_lost", log_text("task_id", job->claim.task_id),
             log_num("attempt", job->claim.attempt),
             log_text("correlation_id", job->claim.correlation_id));
    slot_release(job->work, job->slot);
    job_drop(job);
}

static void put_model(struct job *job, struct finish *finish,
                      struct ended *ended)
{
    if (!job->model)
        return;
    ended->model = job->model;
    job->model = NULL;
    finish->model = ended->model;
    finish->tokens_in = job->tokens_in;
    finish->tokens_out = job->tokens_out;
    finish->cost = job->cost;
    job->work->mind.tokens += job->tokens_in + job->tokens_out;
}

static void fill(struct job *job, const struct ending *ending,
                 struct finish *finish, struct ended *ended)
{
    put_model(job, finish, ended);
    ending_result(job, finish, ended);
    ending_error(job, finish, ended);
    put_usage(finish, ending->usage);
    if (job->work->joblog && finish->outcome != OUTCOME_HANDED_BACK)
        put_joblog(job, finish);
    ended->log = job->log;
    job->log = (struct errlog){0};
    ended->logs = errlog_view(&ended->log);
    finish->logs = ended->logs;
    finish->log_count = ended->log.count;
}

/* A completion that adds what cannot be added is none. */
static void put_added(struct job *job, struct finish *finish,
                      struct ended *ended)
{
    if (!added_good(job)) {
        finish->outcome = OUTCOME_FAILED;
        finish->permanent = true;
        return;
    }
    ended->tasks = job->tasks;
    ended->task_count = job->task_count;
    finish->tasks = ended->tasks;
    finish->task_count = ended->task_count;
    job->tasks = NULL;
    job->task_count = job->task_cap = 0;
    ended->turn = job->turn;
    finish->turn = job->turn;
    job->turn = NULL;
    effects_hand(job, finish, ended);
}

void job_end(struct job *job, const struct ending *ending)
{
    struct work *work = job->work;
    struct finish finish = {
        .seq = job->claim.seq,
        .attempt = job->claim.attempt,
        .agent_id = work->agent_id,
        .permanent = ending->permanent,
        .started = !ending->unstarted,
        .no_webhook = !job->claim.webhook,
        .exit_status = ending->exit_status,
        .term_signal = ending->term_signal,
        .elapsed = clock_mono() - job->started,
        .retry_after = job->retry_after,
        .jitter = erand48(work->seed),
        .failures = job->claim.failures,
        .max_attempts = job->claim.max_attempts,
        .losses = job->claim.losses,
        .max_losses = job->claim.max_losses,
    };
    struct ended ended = {.slot = job->slot};
    size_t at;

    FAILPOINT("worker.exited");
    errlog_end(&job->log, work->options->stderr_limit);
    if (job->announced_count > 0)
        artifact_record(job);
    if (job->stop == STOP_NONE && deadman_struck() &&
        ending->term_signal == SIGKILL)
        job->stop = STOP_EXPIRED;
    if (job->stop == STOP_LOST) {
        forget(job);
        return;
    }
    finish.outcome = judge(job, ending);
    if (finish.outcome == OUTCOME_HANDED_BACK && job->stop == STOP_NONE) {
        finish.not_now = ending->not_now != NULL;
        finish.reason = ending->not_now;
    }
    if (finish.outcome == OUTCOME_COMPLETED)
        put_added(job, &finish, &ended);
    fill(job, ending, &finish, &ended);
    count(work, &finish);
    ended.claim = job->claim;
    job->claim = (struct claim){0};
    artifact_folder_drop(job);
    job_drop(job);
    at = batch_room(work);
    work->finishes[at] = finish;
    work->ended[at] = ended;
    drain_after(work, finish.outcome);
}
