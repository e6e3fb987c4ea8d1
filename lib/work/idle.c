/*
 * idle.c - when nothing is found: repair, plan the next look, or end
 *
 * We look again after a wake-up, when a scheduled task becomes due, and
 * once a second whatever happens.
 */
#include "config.h"

#include "core/clock.h"
#include "core/log.h"
#include "work/internal.h"

#define POLL USEC_PER_SEC
/* A due task that nobody promotes must not keep us busy. */
#define DUE_MIN (20 * USEC_PER_MSEC)
/* --until-empty asks at first so often, later every second. */
#define DRAINED_MIN (50 * USEC_PER_MSEC)
#define DRAINED_MAX USEC_PER_SEC
/* What becomes due within this time is waited for. */
#define HORIZON USEC_PER_SEC

void idle_found(struct work *work, size_t asked, size_t got)
{
    work->hungry = got < asked;
    work->unplanned = work->hungry;
    if (work->hungry)
        work->look_at = clock_mono() + POLL;
    if (got > 0) {
        work->drained_at = 0;
        work->drained_wait = DRAINED_MIN;
        work->repaired = false;
    }
}

static void look_now(struct work *work)
{
    work->look_at = work->now;
}

/* Nothing to start although something could be. */
static bool idle(const struct work *work)
{
    return work->hungry && !work->draining && work_connected(work) &&
           work_backlog(work) == 0 && mind_room(work) > 0;
}

static void reconcile(struct work *work)
{
    const struct work_options *options = work->options;
    struct err err = {0};

    work->repaired = true;
    work->due_at = NEVER;
    if (options->reconcile &&
        options->reconcile(options->reconcile_ctx, work->agent_id, &err) < 0)
        log_warn("reconcile_failed", log_text("agent_id", work->agent_id),
                 log_text("error", err.msg));
    work->now = clock_mono();
    work->reconcile_at = work->now + POLL;
    look_now(work);
}

/* Once after each look that found nothing. */
static void plan_look(struct work *work)
{
    const struct work_options *options = work->options;
    struct err err = {0};
    int64_t in = 0;
    int due = store_next_due(work->store, options->types, options->type_count,
                             &in, &err);

    work->unplanned = false;
    if (due < 0) {
        work_trouble(work, &err);
        return;
    }
    work->due_at = NEVER;
    if (due > 0 && options->reconcile)
        work->due_at = clock_mono() + (in > DUE_MIN ? in : DUE_MIN);
    queue_wait_begin(work->queue);
}

static void check_drained(struct work *work)
{
    const struct work_options *options = work->options;
    struct err err = {0};
    int drained =
        store_drained(work->store, options->types, options->type_count, HORIZON,
                      options->until == WORK_UNTIL_EMPTY_ALL, &err);

    if (drained < 0) {
        work_trouble(work, &err);
    } else if (drained > 0 && work->repaired) {
        drain_begin(work);
    } else if (drained > 0) {
        reconcile(work);
    } else {
        if (work->drained_wait < DRAINED_MIN)
            work->drained_wait = DRAINED_MIN;
        work->drained_at = work->now + work->drained_wait;
        work->drained_wait *= 2;
        if (work->drained_wait > DRAINED_MAX)
            work->drained_wait = DRAINED_MAX;
    }
}

static bool all_done(const struct work *work)
{
    return work_running(work) == 0 && work->ended_count == 0;
}

static void end_once(struct work *work)
{
    struct err err = {0};

    if (!work->repaired && work->options->reconcile) {
        reconcile(work);
        return;
    }
    err_set(&err, ERR_TEMP, "no task is waiting");
    drain_fatal(work, &err);
}

void idle_after(struct work *work)
{
    if (!idle(work) || work->look_at <= work->now)
        return;
    if (work->options->once && work->started == 0) {
        end_once(work);
    } else if (work->now >= work->reconcile_at || work->now >= work->due_at) {
        reconcile(work);
    } else if (work->options->until != WORK_FOREVER && all_done(work) &&
               work->now >= work->drained_at) {
        check_drained(work);
    } else if (work->unplanned) {
        plan_look(work);
    }
}

static void on_wake(struct work *work, void *arg, short events)
{
    (void)arg;
    (void)events;
    if (queue_wait_end(work->queue))
        look_now(work);
    else
        queue_wait_begin(work->queue);
}

void idle_watch(struct work *work)
{
    int fd;

    if (!idle(work))
        return;
    work_at(work, work->look_at);
    if (work->unplanned) {
        work_at(work, work->now);
        return;
    }
    work_at(work, work->reconcile_at);
    work_at(work, work->due_at);
    if (work->options->until != WORK_FOREVER && all_done(work))
        work_at(work, work->drained_at);
    fd = queue_wait_fd(work->queue);
    if (fd >= 0)
        work_watch(work, fd, POLLIN, on_wake, NULL);
}
