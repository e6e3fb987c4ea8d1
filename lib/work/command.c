/*
 * command.c - handler "-- COMMAND": a process for each attempt
 *
 * Its standard input is fed while it runs, its output, its errors and its
 * control lines (descriptor 3) are read as they come.  When it has ended,
 * what is in the pipes is read, and then nothing of it may go on: a
 * grandchild that holds a pipe keeps nobody waiting.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/failpoint.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/proc.h"
#include "work/artifact.h"
#include "work/control.h"

enum {
    PIECE = 65536,
    /* An empty pipe surely takes as much without blocking (PIPE_BUF). */
    SMALL = 4096
};

struct command {
    char *path;
    struct environment *environment;
    struct arguments *arguments;
    char *piece;
};

static int command_open(struct work *work, struct err *err)
{
    char *path = proc_lookup(work->options->argv[0], err);

    if (!path)
        return -1;
    work->command = xcalloc(1, sizeof(*work->command));
    work->command->path = path;
    work->command->environment = environment_open(work, false);
    work->command->arguments = arguments_open(work->options);
    work->command->piece = xmalloc(PIECE);
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

/* --- pipes ---------------------------------------------------------------- */

static void close_pipes(int fds[PIPES])
{
    int i;

    for (i = 0; i < PIPES; i++)
        file_close(&fds[i]);
}

/* Ours go to job->fds, the child's to `child`. */
static int open_pipes(struct job *job, int child[PIPES], struct err *err)
{
    int i;

    for (i = 0; i < PIPES; i++) {
        int ends[2];
        int ours = i == PIPE_IN ? 1 : 0;

        if (pipe2(ends, O_CLOEXEC) < 0)
            return err_errno(err, ERR_OS, "cannot make a pipe");
        job->fds[i] = ends[ours];
        child[i] = ends[1 - ours];
    }
    return 0;
}

/* As much as fits; a child that reads no more has all it wanted. */
static void feed(struct job *job)
{
    const char *data = job->input.data + job->input_at;
    size_t len = job->input.len - job->input_at;
    ssize_t put = write(job->fds[PIPE_IN], data, len);

    if (put > 0) {
        job->input_at += (size_t)put;
        job->sent += put;
    }
    if ((put < 0 && errno != EAGAIN && errno != EINTR) ||
        job->input_at == job->input.len) {
        file_close(&job->fds[PIPE_IN]);
        buf_reset(&job->input);
    }
}

static void begin_feed(struct job *job)
{
    job->input_at = 0;
    if (job->input.len == 0) {
        file_close(&job->fds[PIPE_IN]);
        return;
    }
    if (job->input.len > SMALL)
        fcntl(job->fds[PIPE_IN], F_SETFL, O_NONBLOCK);
    feed(job);
}

static void take(struct job *job, int which, const char *data, size_t len)
{
    const struct work_options *options = job->work->options;
    const struct output_limits limits = {options->output_limit,
                                         options->artifact_limit};

    switch (which) {
    case PIPE_OUT:
        output_put(&job->output, &limits, data, len, artifact_folder, job);
        break;
    case PIPE_ERR:
        errlog_put(&job->log, options->stderr_limit, data, len);
        break;
    default:
        memcpy(lines_room(&job->control, len), data, len);
        lines_added(&job->control, len);
        told_control(job, false);
    }
}

/* One read, of at most `most` bytes; how many there were. */
static size_t drink(struct job *job, int which, size_t most)
{
    char *piece = job->work->command->piece;
    ssize_t got =
        read(job->fds[which], piece, most < PIECE ? most : (size_t)PIECE);

    if (got > 0)
        take(job, which, piece, (size_t)got);
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        file_close(&job->fds[which]);
    return got > 0 ? (size_t)got : 0;
}

static void on_in(struct work *work, void *arg, short events)
{
    (void)work;
    (void)events;
    feed(arg);
}

static void on_out(struct work *work, void *arg, short events)
{
    (void)work;
    (void)events;
    drink(arg, PIPE_OUT, PIECE);
}

static void on_err(struct work *work, void *arg, short events)
{
    (void)work;
    (void)events;
    drink(arg, PIPE_ERR, PIECE);
}

static void on_ctl(struct work *work, void *arg, short events)
{
    (void)work;
    (void)events;
    drink(arg, PIPE_CTL, PIECE);
}

static void command_watch(struct work *work, struct job *job)
{
    static work_ready *const ready[PIPES] = {on_in, on_out, on_err, on_ctl};
    int i;

    for (i = 0; i < PIPES; i++)
        if (job->fds[i] >= 0)
            work_watch(work, job->fds[i], i == PIPE_IN ? POLLOUT : POLLIN,
                       ready[i], job);
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
    int i;

    job->pid = 0;
    if (open_pipes(job, child, err) == 0) {
        for (i = 0; i < PIPES; i++)
            spec.fds[i] = child[i];
        begin_feed(job);
        job->pid = proc_spawn(&spec, err);
    }
    close_pipes(child);
    if (job->pid > 0)
        return 0;
    job->pid = 0;
    close_pipes(job->fds);
    return -1;
}

static int command_start(struct work *work, struct job *job, struct err *err)
{
    char *const *argv =
        arguments_get(work->command->arguments, &job->claim, err);

    if (!argv || artifact_folder_make(job, err) < 0)
        return -1;
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

/* What is in the pipes now; somebody may go on writing for ever. */
static void drain_pipes(struct job *job)
{
    int i;

    for (i = PIPE_OUT; i < PIPES; i++) {
        int left = 0;

        if (job->fds[i] < 0 || ioctl(job->fds[i], FIONREAD, &left) < 0)
            continue;
        while (left > 0 && job->fds[i] >= 0) {
            size_t got = drink(job, i, (size_t)left);

            if (got == 0)
                break;
            left -= (int)got;
        }
    }
    told_control(job, true);
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
    drain_pipes(job);
    if (wait4(pid, &status, 0, &usage) == pid)
        ending.usage = &usage;
    close_pipes(job->fds);
    job->pid = 0;
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
    .captures = true,
};
