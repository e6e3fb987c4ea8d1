/*
 * tick.c - the steps of a tick, in their order, under the lease
 */
#include "config.h"

#include "sched/tick.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "sched/tick-private.h"
#include "store/flags.h"

/* A lease of a task must be over by so much before it is taken away. */
#define TASK_GRACE (2 * USEC_PER_SEC)

/* --- what the steps use --------------------------------------------------- */

void tick_note(struct tick *tick, const char *name, int64_t number)
{
    if (number != 0)
        buf_fmt(&tick->notes, "%s%s=%lld", tick->notes.len ? " " : "", name,
                (long long)number);
}

bool tick_goes_on(const struct tick *tick)
{
    const struct tick_options *options = tick->options;

    return clock_mono() < tick->deadline &&
           !(options->stopping && options->stopping(options->ctx));
}

int tick_renew(struct tick *tick, struct err *err)
{
    int ours = lease_renew(tick->store, LEASE_DISPATCHER, &tick->lease,
                           tick->options->lease, err);

    if (ours != 0)
        return ours < 0 ? -1 : 0;
    return err_set(err, ERR_LOST,
                   "the lease of term %lld was lost in the middle of a tick",
                   (long long)tick->lease.term);
}

/* --- steps that others do ------------------------------------------------- */

static int reconcile(struct tick *tick, struct err *err)
{
    const struct sched_options how = {.lease_grace = TASK_GRACE};
    struct sched_report *repair = &tick->report->repair;
    int ret = sched_reconcile(tick->store, tick->queue, &how, repair, err);

    FAILPOINT("dispatch.reconciled");
    tick_note(tick, "agents_gone", repair->agents_gone);
    tick_note(tick, "lost", repair->lost);
    tick_note(tick, "handed_back", repair->handed_back);
    tick_note(tick, "killed", repair->killed);
    tick_note(tick, "promoted", repair->promoted);
    return ret;
}

static int refill(struct tick *tick, struct err *err)
{
    int64_t *pushed = &tick->report->repair.refilled;
    int ret = queue_refill(tick->queue, tick->store, false, pushed, err);

    tick_note(tick, "refilled", *pushed);
    return ret;
}

static const struct {
    const char *name;
    int (*run)(struct tick *tick, struct err *err);
} steps[] = {
    {"reconcile", reconcile},  {"refill", refill},
    {"deliver", tick_deliver}, {"telemetry", tick_telemetry},
    {"prune", tick_prune},
};

/* -1 only when the lease is lost: then nothing may follow. */
static int run_step(struct tick *tick, size_t i, struct err *err)
{
    struct err why = {0};
    int ret;

    FAILPOINT("dispatch.step");
    ret = tick_renew(tick, &why);
    if (ret == 0)
        ret = steps[i].run(tick, &why);
    if (ret == 0) {
        tick->done++;
        return 0;
    }
    if (why.code == ERR_LOST) {
        *err = why;
        return -1;
    }
    tick->failed++;
    buf_fmt(&tick->notes, "%s%s failed: %s", tick->notes.len ? "; " : "",
            steps[i].name, why.msg);
    return 0;
}

/* --- the tick ------------------------------------------------------------- */

static enum tick_status judge(const struct tick *tick)
{
    const struct tick_report *report = tick->report;

    if (tick->failed == 0 && report->succeeded == report->attempted)
        return TICK_SUCCESS;
    if (tick->done == 0 || (report->attempted > 0 && report->succeeded == 0))
        return TICK_FAIL;
    return TICK_PARTIAL;
}

static int finish(struct tick *tick, enum tick_status status, struct err *err)
{
    struct tick_report *report = tick->report;

    report->status = status;
    snprintf(report->notes, sizeof(report->notes), "%s",
             tick->notes.data ? tick->notes.data : "");
    FAILPOINT("dispatch.closing");
    return tick_close(tick->store, &tick->lease, report->id, status,
                      report->attempted, report->succeeded,
                      *report->notes ? report->notes : NULL, err);
}

static int check_flags(struct tick *tick, bool *paused, struct err *err)
{
    struct flags flags = {0};
    int ret = store_flags(tick->store, &flags, err);

    *paused = flags.paused_out;
    if (ret == 0 && flags.killed) {
        err_set(err, ERR_PERM, "the queue is killed%s%s%s%s",
                flags.updated_by ? " by " : "",
                flags.updated_by ? flags.updated_by : "",
                flags.reason ? ": " : "", flags.reason ? flags.reason : "");
        ret = err_hint(err, "aaos-dispatch revive ends it");
    }
    flags_release(&flags);
    return ret;
}

static int run(struct tick *tick, struct err *err)
{
    bool paused;

    if (check_flags(tick, &paused, err) < 0 ||
        tick_open(tick->store, &tick->lease, &tick->report->id, err) < 0)
        return -1;
    FAILPOINT("dispatch.opened");
    if (paused)
        return finish(tick, TICK_PAUSED, err);
    for (size_t i = 0; i < LENGTH(steps); i++)
        if (run_step(tick, i, err) < 0)
            return -1;
    return finish(tick, judge(tick), err);
}

/* --- one at a time -------------------------------------------------------- */

static int take_lease(struct tick *tick, struct tick_lock *lock,
                      struct err *err)
{
    const struct tick_options *options = tick->options;
    int ours = lease_take(tick->store, LEASE_DISPATCHER, options->owner,
                          options->lease, false, &tick->lease, err);

    if (ours == 0 && tick_lock_proves(lock, tick->lease.owner)) {
        log_warn("dispatcher_dead", log_text("owner", tick->lease.owner),
                 log_num("term", tick->lease.term));
        ours = lease_take(tick->store, LEASE_DISPATCHER, options->owner,
                          options->lease, true, &tick->lease, err);
    }
    tick->report->lease = tick->lease;
    return ours;
}

int sched_tick(struct store *store, struct queue *queue,
               const struct tick_options *options, struct tick_report *report,
               struct err *err)
{
    struct tick tick = {
        .store = store,
        .queue = queue,
        .options = options,
        .report = report,
        .deadline = clock_mono() + options->max_time,
    };
    const char *uuid = store_uuid(store, err);
    struct tick_lock lock;
    struct err ignored = {0};
    int ret;

    *report = (struct tick_report){0};
    if (!uuid)
        return -1;
    tick_lock_take(&lock, options->state_dir, uuid, options->owner);
    ret = take_lease(&tick, &lock, err);
    if (ret <= 0) {
        tick_lock_drop(&lock, false);
        return ret;
    }
    tick_lock_own(&lock, options->owner);
    FAILPOINT("dispatch.leased");
    ret = run(&tick, err) < 0 ? -1 : 1;
    FAILPOINT("dispatch.closed");
    if (ret < 0 && err->code == ERR_LOST)
        log_error("lease_lost", log_num("term", tick.lease.term));
    /* Of a lease that is another's by now this takes nothing. */
    lease_release(store, LEASE_DISPATCHER, &tick.lease, &ignored);
    FAILPOINT("dispatch.released");
    tick_lock_drop(&lock, true);
    buf_release(&tick.notes);
    return ret;
}
