/*
 * drain.c - the end: asked for, reached, or forced
 *
 * Nothing is claimed any more and what was not started is given back at
 * once.  After a signal what runs may go on for the grace time, is then
 * told to end, and is given back without counting as a failure.
 */
#include "config.h"

#include "core/clock.h"
#include "core/log.h"
#include "work/internal.h"

void drain_begin(struct work *work)
{
    work->draining = true;
    batch_return(work);
}

static void stop_all(struct work *work, bool kill)
{
    int i;

    for (i = 0; i < work->job_count; i++) {
        struct job *job = &work->jobs[i];

        if (job->busy)
            job_stop(work, job, STOP_DRAIN);
        if (job->busy && kill)
            job_kill(work, job);
    }
}

void drain_signal(struct work *work)
{
    work->signals++;
    log_info("draining", log_text("agent_id", work->agent_id),
             log_num("running", work_running(work)),
             log_num("signals", work->signals));
    drain_begin(work);
    work->beat_at = work->now; /* to say so */
    if (work->signals == 1) {
        work->drain_at = work->now + work->options->grace;
        return;
    }
    stop_all(work, true);
    /* Who asks twice does not want to wait for a database. */
    if (work->degraded)
        work->given_up = true;
}

void drain_fatal(struct work *work, const struct err *err)
{
    if (!work->err.code)
        work->err = *err;
    drain_begin(work);
    if (work->drain_at == NEVER)
        work->drain_at = work->now + work->options->grace;
    if (work->given_up)
        stop_all(work, true);
}

/* The kill switch: no grace but that of a handler that is told to end. */
void drain_killed(struct work *work)
{
    if (work->err.code == ERR_PERM)
        return;
    log_warn("killed", log_text("agent_id", work->agent_id),
             log_num("running", work_running(work)));
    err_set(&work->err, ERR_PERM, "everything is stopped by the kill switch");
    err_hint(&work->err, "'aaos-dispatch revive' ends it");
    drain_begin(work);
    stop_all(work, false);
}

/* --halt */
void drain_after(struct work *work, enum task_outcome outcome)
{
    const struct work_options *options = work->options;
    bool failed = outcome == OUTCOME_FAILED || outcome == OUTCOME_TIMED_OUT;

    if (!failed || options->halt_fail == 0 ||
        work->failed < options->halt_fail || work->err.code)
        return;
    err_set(&work->err, ERR_NO, "halted after %lld failure%s",
            (long long)work->failed, work->failed == 1 ? "" : "s");
    drain_begin(work);
    if (options->halt_now)
        stop_all(work, true);
}

void drain_step(struct work *work)
{
    if (!work->draining)
        return;
    if (work->now >= work->drain_at) {
        work->drain_at = NEVER;
        stop_all(work, false);
    }
    /* The lease is over and the database still away: others will do it. */
    if (work->signals > 0 && work->degraded && work_running(work) == 0 &&
        clock_boot() >= work->lease_end)
        work->given_up = true;
}

bool drain_finished(struct work *work)
{
    if (!work->draining || work_running(work) > 0 || work_backlog(work) > 0)
        return false;
    if (work->ended_count > 0 && !work->given_up)
        return false;
    if (work->handler->close && !work->handler->close(work))
        return false;
    if (work->given_up && work->ended_count > 0)
        log_warn("outcomes_dropped", log_text("agent_id", work->agent_id),
                 log_num("count", (int64_t)work->ended_count));
    if (work->options->once && !work->once_completed && !work->err.code)
        err_set(&work->err, ERR_NO, "the task did not complete");
    return true;
}
