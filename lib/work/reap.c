/*
 * reap.c - the end of processes
 *
 * We are a subreaper: what the processes of a job leave behind becomes our
 * child.  It is told from others by its environment and does not survive
 * the attempt.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/proc.h"
#include "work/internal.h"

/* How long dying processes are waited for at the end. */
#define REST_TIME (2 * USEC_PER_SEC)

static bool knows(void *ctx, pid_t pid)
{
    const struct work *work = ctx;

    return work->handler->knows && work->handler->knows(work, pid);
}

static void kill_family(struct work *work, const struct family *family)
{
    char task[UUID_SIZE + 16];
    char attempt[32];
    const char *const env[] = {task, attempt};

    if (!*family->task_id)
        return;
    snprintf(task, sizeof(task), "AAOS_TASK_ID=%s", family->task_id);
    snprintf(attempt, sizeof(attempt), "AAOS_ATTEMPT=%d", family->attempt);
    proc_kill_strays(env, 2, knows, work);
}

void reap_family(struct work *work, const struct job *job)
{
    struct family *family = &work->families[work->family_at++ % FAMILIES];

    memcpy(family->task_id, job->claim.task_id, sizeof(family->task_id));
    family->attempt = job->claim.attempt;
    kill_family(work, family);
}

/* One that was killed may itself have left children, which are ours now. */
static void kill_families(struct work *work)
{
    size_t i;

    for (i = 0; i < FAMILIES; i++)
        kill_family(work, &work->families[i]);
}

void reap_rest(struct work *work)
{
    char agent[UUID_SIZE + 16];
    const char *const env[] = {agent};
    siginfo_t info = {0};
    struct err err = {0};

    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return; /* no child at all */
    snprintf(agent, sizeof(agent), "AAOS_AGENT_ID=%s", work->agent_id);
    if (proc_kill_by_env(env, 1, 0, REST_TIME, &err) < 0)
        log_warn("processes_left", log_text("agent_id", work->agent_id),
                 log_text("error", err.msg));
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

void reap_children(struct work *work)
{
    bool strangers = false;
    siginfo_t info;

    work->child_ended = false;
    for (;;) {
        info.si_pid = 0;
        /* Left as zombies for now: their numbers cannot be used again. */
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
            info.si_pid == 0)
            break;
        if (work->handler->reap && work->handler->reap(work, info.si_pid))
            continue;
        waitpid(info.si_pid, NULL, WNOHANG);
        strangers = true;
    }
    if (strangers)
        kill_families(work);
}
