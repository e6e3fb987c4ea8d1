/*
 * command.c - handler "-- COMMAND": a process for each attempt
 *
 * Its standard input is fed while it runs, its output, its errors and its
 * control lines (descriptor 3) are read as they come.  When it has ended,
 * what is in the pipes is read, and then nothing of it may go on: a
 * grandchild that holds a pipe keeps nobody waiting.
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "core/mem.h"
#include "core/proc.h"
#include "work/artifact.h"
#include "work/command.h"
#include "work/control.h"
#include "work/deadman.h"

static int command_open(struct work *work, struct err *err)
{
    char *path = proc_lookup(work->options->argv[0], err);

    if (!path)
        return -1;
    work->command = xcalloc(1, sizeof(*work->command));
    work->command->path = path;
    work->command->environment = environment_open(work, false);
    work->command->arguments = arguments_open(work->options);
    work->command->piece = xmalloc(COMMAND_PIECE);
    return 0;
}

static void command_release(struct work *work)
{
    struct command *command = work->command;

    if (!command)
        return;
    free(command->path);
    environment_close(command->environment);
    arguments_close(command->arguments);
    free(command->piece);
    free(command);
}

/* --- start ---------------------------------------------------------------- */

static int spawn(struct work *work, struct job *job, char *const *argv,
                 struct err *err)
{
    struct command *command = work->command;
    int child[PIPES] = {-1, -1, -1, -1};
    struct proc_spec spec = {
        .path = command->path,
        .argv = argv,
        .envp = environment_get(command->environment, job),
        .keep = slots_fd(work->slots),
    };

    job->pid = 0;
    if (command_pipes_open(job, child, err) == 0) {
        for (int i = 0; i < PIPES; i++)
            spec.fds[i] = child[i];
        command_feed(job);
        job->pid = proc_spawn(&spec, err);
    }
    command_pipes_close(child);
    if (job->pid > 0) {
        deadman_set((int)(job - work->jobs), job->pid);
        return 0;
    }
    job->pid = 0;
    command_pipes_close(job->fds);
    return -1;
}

static int command_start(struct work *work, struct job *job, struct err *err)
{
    char *const *argv =
        arguments_get(work->command->arguments, &job->claim, err);

    if (!argv || artifact_folder_make(job, err) < 0)
        return -1;
    if (parents_hand(job, work->options->stdin_json, true, err) < 0) {
        artifact_folder_drop(job);
        return -1;
    }
    lines_reset(&job->control);
    job->control.limit = CONTROL_LINE_MAX;
    buf_reset(&job->input);
    if (work->options->stdin_json) {
        record_line(job, &job->input);
        buf_byte(&job->input, '\n');
    } else {
        record_input(&job->claim, true, &job->input);
    }
    if (spawn(work, job, argv, err) == 0)
        return 0;
    artifact_folder_drop(job);
    return -1;
}

/* --- end ------------------------------------------------------------------ */

static void command_term(struct work *work, struct job *job)
{
    (void)work;
    if (job->pid > 0) {
        kill(-job->pid, SIGTERM);
        kill(-job->pid, SIGCONT);
    }
}

static void command_kill(struct work *work, struct job *job)
{
    (void)work;
    if (job->pid > 0)
        kill(-job->pid, SIGKILL);
}

static struct job *find(const struct work *work, pid_t pid)
{
    int i;

    for (i = 0; i < work->job_count; i++)
        if (work->jobs[i].busy && work->jobs[i].pid == pid)
            return &work->jobs[i];
    return NULL;
}

static bool command_knows(const struct work *work, pid_t pid)
{
    return find(work, pid) != NULL;
}

/* The next one runs while this one is put away, unless the outcome of this
 * one may be that nothing more is started. */
static void start_next(struct work *work)
{
    if (work->options->halt_fail > 0)
        return;
    work->leaving = 1;
    batch_start(work);
    work->leaving = 0;
}

static bool command_reap(struct work *work, pid_t pid)
{
    struct job *job = find(work, pid);
    struct ending ending = {.outcome = OUTCOME_FAILED, .exit_status = -1};
    struct rusage usage;
    int status = 0;

    if (!job)
        return false;
    /* While its zombie is there, the number of its group is its own. */
    kill(-pid, SIGKILL);
    command_drain(job);
    deadman_set((int)(job - work->jobs), 0);
    if (wait4(pid, &status, 0, &usage) == pid)
        ending.usage = &usage;
    command_pipes_close(job->fds);
    job->pid = 0;
    start_next(work);
    reap_family(work, job);
    if (WIFSIGNALED(status))
        ending.term_signal = WTERMSIG(status);
    else
        ending.exit_status = WEXITSTATUS(status);
    if (ending.exit_status == 0)
        ending.outcome = OUTCOME_COMPLETED;
    else if (ending.exit_status > 0)
        ending.permanent = work->options->permanent[ending.exit_status];
    job_end(job, &ending);
    return true;
}

const struct handler command_handler = {
    .open = command_open,
    .start = command_start,
    .term = command_term,
    .kill = command_kill,
    .watch = command_watch,
    .reap = command_reap,
    .knows = command_knows,
    .release = command_release,
    .spare_jobs = 1,
    .captures = true,
};
