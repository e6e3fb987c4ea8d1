/*
 * work.c - the loop: one turn does all that is due, then sleeps
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "work/artifact.h"
#include "work/deadman.h"
#include "work/internal.h"
#include "work/joblog.h"

/* --- what the parts ask --------------------------------------------------- */

void work_at(struct work *work, int64_t instant)
{
    if (instant < work->wait_until)
        work->wait_until = instant;
}

void work_watch(struct work *work, int fd, short events, work_ready *ready,
                void *arg)
{
    if (work->watch_count == work->watch_cap) {
        work->watch_cap = work->watch_cap ? 2 * work->watch_cap : 16;
        work->fds = xrealloc(work->fds, work->watch_cap, sizeof(*work->fds));
        work->watches =
            xrealloc(work->watches, work->watch_cap, sizeof(*work->watches));
    }
    work->fds[work->watch_count] = (struct pollfd){.fd = fd, .events = events};
    work->watches[work->watch_count++] = (struct watch){ready, arg};
}

int work_running(const struct work *work)
{
    return work->job_count - work->free_job_count - work->leaving;
}

size_t work_backlog(const struct work *work)
{
    return work->backlog.count - work->backlog_at;
}

/* --- waiting -------------------------------------------------------------- */

static void on_signal(struct work *work, void *arg, short events)
{
    struct signalfd_siginfo info[8];
    ssize_t got = read(work->signal_fd, info, sizeof(info));
    size_t i;

    (void)arg;
    (void)events;
    for (i = 0; got > 0 && i < (size_t)got / sizeof(info[0]); i++) {
        if (info[i].ssi_signo == SIGCHLD)
            work->child_ended = true;
        else
            drain_signal(work);
    }
}

static void plan_jobs(struct work *work)
{
    int i;

    for (i = 0; i < work->job_count; i++) {
        struct job *job = &work->jobs[i];

        if (!job->busy)
            continue;
        work_at(work, job->limit_at);
        work_at(work, job->kill_at);
        work_at(work, job->wake_at);
        if (job->log.count > 0 && !work->degraded)
            work_at(work, job->flush_at);
        if (work->handler->watch)
            work->handler->watch(work, job);
    }
}

/* Everything that may end the sleep. */
static void plan(struct work *work)
{
    work->wait_until = NEVER;
    work->watch_count = 0;
    work_watch(work, work->signal_fd, POLLIN, on_signal, NULL);
    if (work_running(work) > 0)
        plan_jobs(work);
    if (work->handler->step)
        work->handler->step(work);
    work_at(work, work->degraded ? work->retry_at : work->beat_at);
    work_at(work, batch_due(work));
    if (!work->degraded)
        work_at(work, mind_due(&work->mind));
    work_at(work, ahead_stale(work));
    work_at(work, work->hold_until);
    work_at(work, work->drain_at);
    idle_watch(work);
}

static void wait_for(struct work *work)
{
    int64_t left;
    struct timespec time;
    size_t i;

    plan(work);
    left = work->wait_until - clock_mono();
    /* Leases go on while the machine sleeps: never be away for long. */
    if (left > work->options->lease / 6)
        left = work->options->lease / 6;
    if (left < 0)
        left = 0;
    time.tv_sec = left / USEC_PER_SEC;
    time.tv_nsec = left % USEC_PER_SEC * 1000;
    if (ppoll(work->fds, work->watch_count, &time, NULL) <= 0)
        return;
    for (i = 0; i < work->watch_count; i++)
        if (work->fds[i].revents)
            work->watches[i].ready(work, work->watches[i].arg,
                                   work->fds[i].revents);
    /* After their pipes were read, so that little is left to be drained. */
    if (work->child_ended)
        reap_children(work);
}

/* The last task has been started: no more claims. */
static void check_number(struct work *work)
{
    const struct work_options *options = work->options;

    if (work->draining)
        return;
    if ((options->once && work->started > 0) ||
        (options->max_tasks > 0 && work->started >= options->max_tasks))
        drain_begin(work);
}

static void loop(struct work *work)
{
    for (;;) {
        agent_beat(work);
        drain_step(work);
        job_timers(work);
        batch_start(work);
        check_number(work);
        batch_step(work);
        work->now = clock_mono();
        batch_start(work);
        check_number(work);
        idle_after(work);
        mind_tell(work);
        if (drain_finished(work))
            return;
        wait_for(work);
    }
}

/* --- coming and going ----------------------------------------------------- */

static const struct handler *handler_of(const struct work_options *options)
{
    switch (options->handler) {
    case WORK_COMMAND:
        return &command_handler;
    case WORK_COPROCESS:
        return &coprocess_handler;
    case WORK_LLM:
        return &llm_handler;
    case WORK_BUILTIN:
        break;
    }
    if (options->builtin == BUILTIN_SIMULATE)
        return &simulate_handler;
    return options->builtin == BUILTIN_SLEEP ? &sleep_handler
                                             : &builtin_handler;
}

static void make_jobs(struct work *work)
{
    int i, j;

    work->job_count = work->options->jobs + work->handler->spare_jobs;
    work->jobs = xcalloc((size_t)work->job_count, sizeof(*work->jobs));
    work->free_jobs = xcalloc((size_t)work->job_count, sizeof(int));
    for (i = work->job_count - 1; i >= 0; i--) {
        struct job *job = &work->jobs[i];

        job->work = work;
        for (j = 0; j < PIPES; j++)
            job->fds[j] = -1;
        work->free_jobs[work->free_job_count++] = i;
    }
    /* More than jobs: an attempt keeps its slot until it is recorded. */
    work->slot_count = work->handler->instant ? 1 : 2 * work->job_count + 32;
    work->free_slots = xcalloc((size_t)work->slot_count, sizeof(int));
    for (i = work->slot_count - 1; i >= 0; i--)
        work->free_slots[work->free_slot_count++] = i;
}

static int open_all(struct work *work, struct err *err)
{
    const struct work_options *options = work->options;

    /* Whatever our children leave behind comes to us, not to init. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return err_errno(err, ERR_OS, "cannot become a subreaper");
    work->signal_fd = proc_signal_fd(err);
    if (work->signal_fd < 0)
        return -1;
    if (options->joblog) {
        work->joblog = joblog_open(options->joblog, err);
        if (!work->joblog)
            return -1;
    }
    if (artifact_open(work, err) < 0)
        return -1;
    make_jobs(work);
    mind_open(&work->mind, options->jobs, work->now);
    if (deadman_open(work->job_count, err) < 0)
        return -1;
    if (work->handler->open && work->handler->open(work, err) < 0)
        return -1;
    return agent_enter(work, err);
}

static void release(struct work *work)
{
    int i;

    if (work->handler->release)
        work->handler->release(work);
    for (i = 0; i < work->job_count; i++)
        job_release(&work->jobs[i]);
    batch_release(work);
    slots_close(work->slots);
    joblog_close(work->joblog);
    file_close(&work->signal_fd);
    artifact_close(work);
    free(work->jobs);
    free(work->free_jobs);
    free(work->free_slots);
    free(work->fds);
    free(work->watches);
}

int work_run(struct store *store, struct queue *queue,
             const struct work_options *options, struct err *err)
{
    struct work *work = xcalloc(1, sizeof(*work));
    int64_t seed = clock_wall() ^ ((int64_t)getpid() << 20);
    int ret = 0;

    work->store = store;
    work->queue = queue;
    work->options = options;
    queue_listen(queue, options->types, options->type_count);
    work->handler = handler_of(options);
    work->signal_fd = -1;
    work->artifacts = -1;
    uuid_make(work->agent_id);
    memcpy(work->seed, &seed, sizeof(work->seed));
    work->now = clock_mono();
    work->drain_at = NEVER;
    work->hold_until = NEVER;
    work->due_at = NEVER;
    if (open_all(work, &work->err) == 0)
        loop(work);
    reap_rest(work);
    deadman_close();
    agent_leave(work);
    release(work);
    if (work->err.code) {
        *err = work->err;
        ret = -1;
    }
    free(work);
    return ret;
}
