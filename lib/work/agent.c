/*
 * agent.c - who we are, and that we live
 *
 * The lease is counted from before the heartbeat was sent: what the
 * database grants is never longer than what we believe.  When no heartbeat
 * came through in time, whatever runs is ended before anybody else can
 * start it again.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/proc.h"
#include "store/agents.h"
#include "work/deadman.h"
#include "work/internal.h"

enum { HOST_SIZE = 256 };

/* --- coming --------------------------------------------------------------- */

static char *capabilities(const struct work_options *options)
{
    struct buf list = {0};
    size_t i;

    buf_byte(&list, '[');
    for (i = 0; options->types && i < options->type_count; i++) {
        if (i > 0)
            buf_byte(&list, ',');
        buf_json_safe(&list, options->types[i], strlen(options->types[i]));
    }
    buf_byte(&list, ']');
    return buf_detach(&list);
}

static const char *handler_name(const struct work_options *options)
{
    static const char *const builtins[] = {
        [BUILTIN_NOOP] = "builtin:noop",
        [BUILTIN_ECHO] = "builtin:echo",
        [BUILTIN_SLEEP] = "builtin:sleep",
        [BUILTIN_FAIL] = "builtin:fail",
        [BUILTIN_SIMULATE] = "builtin:simulate",
    };

    if (options->handler == WORK_BUILTIN)
        return builtins[options->builtin];
    if (options->handler == WORK_LLM)
        return options->proof ? "llm:proof" : "llm";
    return options->handler == WORK_COMMAND ? "command" : "coprocess";
}

static void describe(const struct work *work, struct agent *agent)
{
    const struct work_options *options = work->options;
    char host[HOST_SIZE] = "";

    gethostname(host, sizeof(host) - 1);
    memcpy(agent->agent_id, work->agent_id, sizeof(agent->agent_id));
    agent->name = options->name ? xstrdup(options->name)
                                : xasprintf("%s.%d", host, (int)getpid());
    agent->agent_type = xstrdup_null(options->profile);
    agent->capabilities = capabilities(options);
    agent->handler = xstrdup(handler_name(options));
    agent->jobs = options->jobs;
    agent->hostname = xstrdup(host);
    agent->machine_id = xstrdup(proc_machine_id());
    agent->boot_id = xstrdup(proc_boot_id());
    agent->pid = getpid();
    agent->pid_start = proc_start_time(getpid());
    agent->lock_path = xstrdup(slots_path(work->slots));
    agent->lock_dev = (int64_t)slots_dev(work->slots);
    agent->lock_ino = (int64_t)slots_ino(work->slots);
    agent->version = xstrdup(options->version ? options->version : "");
}

/* Later than the loop would act, and still before the lease is over. */
static void lease_arm(const struct work *work)
{
    deadman_arm(work->lease_end - work->options->lease / 12);
}

/* A database that is away at the start may come within one lease. */
static int enter(struct work *work, const struct agent *agent, struct err *err)
{
    int64_t end = clock_mono() + work->options->lease;

    for (;;) {
        struct pollfd stop = {.fd = work->signal_fd, .events = POLLIN};

        err_clear(err);
        work->lease_end = clock_boot() + work->options->lease;
        if (store_agent_register(work->store, agent, err) == 0) {
            work_fine(work);
            return 0;
        }
        if (err->code != ERR_UNAVAIL || clock_mono() >= end)
            return -1;
        work_trouble(work, err);
        if (poll(&stop, 1, (int)(work->retry_wait / USEC_PER_MSEC)) > 0)
            return -1;
    }
}

int agent_enter(struct work *work, struct err *err)
{
    struct agent agent = {0};
    int ret;

    work->slots = slots_open(work->options->state_dir, work->agent_id,
                             work->slot_count, err);
    if (!work->slots)
        return -1;
    log_agent(work->agent_id);
    describe(work, &agent);
    ret = enter(work, &agent, err);
    if (ret == 0) {
        work->entered = true;
        lease_arm(work);
        work->beat_at = clock_mono() + work->options->lease / 3;
        log_info("agent_registered", log_text("agent_id", work->agent_id),
                 log_text("name", agent.name),
                 log_text("handler", agent.handler),
                 log_num("jobs", agent.jobs));
    }
    agent_release(&agent);
    return ret;
}

void agent_leave(struct work *work)
{
    struct err err = {0};

    if (!work->entered)
        return;
    if (store_agent_gone(work->store, work->agent_id, "drained", &err) < 0)
        log_warn("degraded", log_text("agent_id", work->agent_id),
                 log_text("error", err.msg));
    log_info("agent_gone", log_text("agent_id", work->agent_id),
             log_num("completed", work->completed),
             log_num("failed", work->failed));
}

/* --- living --------------------------------------------------------------- */

static char *progress(const struct work *work)
{
    struct buf list = {0};
    int i;

    for (i = 0; i < work->job_count; i++) {
        const struct job *job = &work->jobs[i];

        if (!job->busy || job->percent < 0)
            continue;
        buf_fmt(&list, "%s{\"task_id\":\"%s\",\"percent\":%d,\"text\":",
                list.len > 0 ? "," : "[", job->claim.task_id, job->percent);
        buf_json_safe(&list, job->progress.data ? job->progress.data : "",
                      job->progress.len);
        buf_byte(&list, '}');
    }
    if (list.len == 0)
        return NULL;
    buf_byte(&list, ']');
    return buf_detach(&list);
}

/* No heartbeat came through: end everything while it is surely ours. */
static void expire(struct work *work)
{
    int i;

    work->expired = true;
    if (work_running(work) == 0 && work_backlog(work) == 0)
        return;
    log_warn("lease_expiring", log_text("agent_id", work->agent_id),
             log_num("running", work_running(work)));
    for (i = 0; i < work->job_count; i++)
        if (work->jobs[i].busy)
            job_stop(work, &work->jobs[i], STOP_EXPIRED);
    batch_return(work);
}

static void beat(struct work *work)
{
    int64_t lease_end = clock_boot() + work->options->lease;
    struct heartbeat beat = {
        .agent_id = work->agent_id,
        .status = work->draining ? "draining" : "active",
        .running = work_running(work),
        .completed = work->completed,
        .failed = work->failed,
        .lease = work->options->lease,
    };
    char *text = progress(work);
    struct err err = {0};
    int ret;

    beat.progress = text;
    FAILPOINT("worker.heartbeat");
    ret = store_heartbeat(work->store, &beat, &err);
    FAILPOINT("worker.beaten");
    if (deadman_struck() && !work->expired)
        expire(work);
    if (ret < 0) {
        work_trouble(work, &err);
    } else {
        work_fine(work);
        work->lease_end = lease_end;
        work->expired = false;
        lease_arm(work);
        work->beat_at = clock_mono() + work->options->lease / 3;
        held_judge(work, &beat);
        work->paused = beat.paused_out;
        if (beat.killed)
            drain_killed(work);
    }
    free(beat.held);
    free(text);
}

void agent_beat(struct work *work)
{
    int64_t margin = work->options->lease / 6;

    work->now = clock_mono();
    if (!work->expired && clock_boot() >= work->lease_end - margin)
        expire(work);
    if (work->now >= work->beat_at && work_connected(work))
        beat(work);
}
