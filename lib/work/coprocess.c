/*
 * coprocess.c - handler "--coprocess": one process for many attempts
 *
 * It is started, must register, gets tasks while it lives, and is started
 * again when it ends: what it had begun is lost then.
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/proc.h"
#include "work/coprocess.h"
#include "work/deadman.h"

#define KILL_AFTER (5 * USEC_PER_SEC)

static int open_coprocess(struct work *work, struct err *err)
{
    char *path = proc_lookup(work->options->argv[0], err);
    struct coprocess *co;

    if (!path)
        return -1;
    co = xcalloc(1, sizeof(*co));
    co->path = path;
    co->environment = environment_open(work, true);
    co->in = co->out = co->err = -1;
    co->lines.limit = COPROCESS_LINE_MAX;
    co->remarks.limit = ERRLOG_LINE;
    co->register_by = co->mute_at = co->term_at = co->kill_at = NEVER;
    work->coprocess = co;
    return 0;
}

static void release(struct work *work)
{
    struct coprocess *co = work->coprocess;

    if (!co)
        return;
    free(co->path);
    environment_close(co->environment);
    file_close(&co->in);
    file_close(&co->out);
    file_close(&co->err);
    lines_release(&co->lines);
    lines_release(&co->remarks);
    buf_release(&co->queue);
    free(co);
}

/* --- its life ------------------------------------------------------------- */

void coprocess_kill(struct work *work, const char *why)
{
    struct coprocess *co = work->coprocess;

    if (co->pid <= 0)
        return;
    if (!co->doomed)
        log_warn("coprocess_killed", log_num("pid", co->pid),
                 log_text("why", why));
    co->doomed = true;
    kill(-co->pid, SIGKILL);
}

/* It ended without having said a word: it is not what it should be. */
static void never_registered(struct work *work)
{
    struct err err = {0};

    err_set(&err, ERR_CONFIG, "the co-process '%s' did not register",
            work->coprocess->path);
    err_hint(&err,
             "it must write {\"type\":\"register\"} within %d s of its "
             "start",
             (int)(COPROCESS_REGISTER / USEC_PER_SEC));
    drain_fatal(work, &err);
}

static bool knows(const struct work *work, pid_t pid)
{
    return work->coprocess->pid == pid;
}

static bool knows_it(void *ctx, pid_t pid)
{
    return knows(ctx, pid);
}

static void kill_strays(struct work *work)
{
    char *agent = xasprintf("AAOS_AGENT_ID=%s", work->agent_id);
    const char *const env[] = {agent, "AAOS_COPROCESS=1"};

    proc_kill_strays(env, 2, knows_it, work);
    free(agent);
}

/* What it had begun is lost, unless it was to end anyway. */
static void end_jobs(struct work *work)
{
    const struct ending ending = {.outcome = OUTCOME_LOST, .exit_status = -1};
    int i;

    for (i = 0; i < work->job_count; i++)
        if (work->jobs[i].busy)
            job_end(&work->jobs[i], &ending);
}

static bool reap(struct work *work, pid_t pid)
{
    struct coprocess *co = work->coprocess;
    int status = 0;

    if (pid != co->pid)
        return false;
    kill(-pid, SIGKILL);
    coprocess_drain(work);
    deadman_set(0, 0);
    waitpid(pid, &status, 0);
    co->pid = 0;
    log_info(
        "coprocess_ended", log_num("pid", pid),
        log_num("exit_status", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
        log_num("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0));
    kill_strays(work);
    end_jobs(work);
    coprocess_close(co);
    if (!co->proved && !work->draining)
        never_registered(work);
    coprocess_plan(work);
    return true;
}

/* --- as a handler --------------------------------------------------------- */

static bool able(const struct work *work)
{
    const struct coprocess *co = work->coprocess;

    return co->registered && !co->doomed && !co->shut && co->in >= 0 &&
           co->out >= 0;
}

static int start(struct work *work, struct job *job, struct err *err)
{
    if (parents_hand(job, true, false, err) < 0)
        return -1;
    coprocess_say_assign(work, job);
    return 0;
}

static void term(struct work *work, struct job *job)
{
    struct coprocess *co = work->coprocess;

    if (job->stop != STOP_DRAIN) {
        coprocess_say_cancel(work, job);
    } else if (!co->shut && co->pid > 0) {
        /* The grace time is over: this is for all that it has begun. */
        coprocess_say_shutdown(work);
        co->shut = true;
        kill(-co->pid, SIGTERM);
    }
}

static void kill_job(struct work *work, struct job *job)
{
    (void)job;
    coprocess_kill(work, "it did not end a task that it was to end");
}

static void step(struct work *work)
{
    struct coprocess *co = work->coprocess;

    if (co->pid == 0 && !work->draining && work->now >= co->restart_at)
        coprocess_begin(work);
    if (co->pid > 0 && !co->registered && work->now >= co->register_by) {
        co->register_by = NEVER;
        coprocess_kill(work, "it did not register");
    }
    if (co->pid > 0 && work->now >= co->mute_at) {
        co->mute_at = NEVER;
        coprocess_kill(work, "its standard output is closed");
    }
    coprocess_flush(work);
    if (co->shut && co->queue.len == co->sent)
        file_close(&co->in);
    if (co->pid == 0 && !work->draining)
        work_at(work, co->restart_at);
    else if (!co->registered)
        work_at(work, co->register_by);
    work_at(work, co->mute_at);
    work_at(work, co->term_at);
    work_at(work, co->kill_at);
    coprocess_watch(work);
}

static bool close_it(struct work *work)
{
    struct coprocess *co = work->coprocess;

    if (co->pid == 0)
        return true;
    if (co->term_at == NEVER && co->kill_at == NEVER) {
        if (!co->shut && co->registered)
            coprocess_say_shutdown(work);
        co->shut = true;
        co->term_at = work->now + work->options->grace;
    }
    if (work->now >= co->term_at || !co->proved || work->signals > 1) {
        kill(-co->pid, SIGTERM);
        co->term_at = NEVER;
        co->kill_at = work->now + KILL_AFTER;
    }
    if (work->now >= co->kill_at) {
        coprocess_kill(work, "it did not end");
        co->kill_at = work->now + KILL_AFTER;
    }
    return false;
}

const struct handler coprocess_handler = {
    .open = open_coprocess,
    .able = able,
    .start = start,
    .term = term,
    .kill = kill_job,
    .step = step,
    .reap = reap,
    .knows = knows,
    .close = close_it,
    .release = release,
};
