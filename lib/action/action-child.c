/*
 * action-child.c - one process with a time limit
 *
 * What it leaves behind in its process group dies with it: an action that
 * has an outcome does nothing any more.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/action-internal.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"

enum { PIECE = 4096, PIECES = 16 /* as much as a pipe holds */ };
/* How often a kernel without pidfd_open(2) is asked. */
#define ASK_EVERY (20 * USEC_PER_MSEC)

struct child {
    pid_t pid;
    int in, out[2]; /* its stdin; the pipe of its stdout and stderr */
    int pidfd;      /* readable when it has ended; -1: cannot be had */
    int watch;      /* epoll on the two */
};

/* What is inherited; anything else could be a secret. */
static const char *const inherited[] = {
    "PATH", "HOME",   "USER",     "LOGNAME", "SHELL",
    "LANG", "LC_ALL", "LC_CTYPE", "TZ",      "TMPDIR",
};

static void put_env(char **envp, const char *name, const char *value)
{
    size_t i = 0;

    while (envp[i])
        i++;
    if (value && *value)
        envp[i] = xasprintf("%s=%s", name, value);
}

/*
 * AAOS_TASK_ID comes without AAOS_ATTEMPT: with both it would look like a
 * leftover of that attempt, and be killed as one.
 */
static char **make_env(const struct action *action)
{
    char **envp = xcalloc(LENGTH(inherited) + 6, sizeof(char *));
    char trace[TRACE_SIZE];
    size_t i;

    for (i = 0; i < LENGTH(inherited); i++)
        put_env(envp, inherited[i], getenv(inherited[i]));
    put_env(envp, "AAOS_ACTION_ID", action->action_id);
    put_env(envp, "AAOS_IDEMPOTENCY_KEY", action->idempotency_key);
    put_env(envp, "AAOS_TASK_ID", action->task_id);
    put_env(envp, "AAOS_CORRELATION_ID", action->correlation_id);
    if (action_trace(action, trace))
        put_env(envp, "TRACEPARENT", trace);
    return envp;
}

static void free_env(char **envp)
{
    size_t i;

    for (i = 0; envp[i]; i++)
        free(envp[i]);
    free(envp);
}

/* A file in memory, so that nobody has to feed a pipe. */
static int open_input(const struct buf *input, struct err *err)
{
    int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd < 0)
        return err_errno(err, ERR_OS, "cannot make an input");
    if (file_write_all(fd, input->data, input->len, err) < 0)
        file_close(&fd);
    else
        lseek(fd, 0, SEEK_SET);
    return fd;
}

static int watch(struct child *child, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(child->watch, EPOLL_CTL_ADD, fd, &event);
}

static int child_open(struct child *child, const struct buf *input,
                      struct err *err)
{
    child->in = open_input(input, err);
    if (child->in < 0)
        return -1;
    child->watch = epoll_create1(EPOLL_CLOEXEC);
    if (child->watch < 0 || pipe2(child->out, O_CLOEXEC) < 0 ||
        fcntl(child->out[0], F_SETFL, O_NONBLOCK) < 0 ||
        watch(child, child->out[0]) < 0)
        return err_errno(err, ERR_OS, "cannot make a pipe");
    return 0;
}

static int child_start(struct child *child, const struct effect *effect,
                       const struct child_job *job, struct err *err)
{
    char **envp = make_env(effect->action);
    const struct proc_spec spec = {
        .path = job->path,
        .argv = job->argv,
        .envp = envp,
        .fds = {child->in, child->out[1], child->out[1], -1},
        .keep = -1,
    };

    child->pid = proc_spawn(&spec, err);
    free_env(envp);
    file_close(&child->out[1]);
    if (child->pid < 0)
        return -1;
#ifdef SYS_pidfd_open
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pidfd >= 0 && watch(child, child->pidfd) < 0)
        file_close(&child->pidfd);
#endif
    return 0;
}

/* Read what is there; the first 4 KiB are kept. */
static void drain(struct child *child, struct buf *output)
{
    char piece[PIECE];
    int i;

    for (i = 0; i < PIECES && child->out[0] >= 0; i++) {
        size_t room = output->len < PIECE ? PIECE - output->len : 0;
        ssize_t got = read(child->out[0], piece, sizeof(piece));

        if (got == 0)
            file_close(&child->out[0]);
        if (got <= 0)
            return;
        buf_put(output, piece, (size_t)got < room ? (size_t)got : room);
    }
}

static bool has_ended(const struct child *child)
{
    siginfo_t info = {0};
    int ret =
        waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);

    return (ret < 0 && errno != EINTR) || info.si_pid == child->pid;
}

/* True: it ended by itself. */
static bool child_wait(struct child *child, struct run *run, int64_t until,
                       struct buf *output)
{
    for (;;) {
        int64_t left = until - clock_mono();

        drain(child, output);
        if (has_ended(child))
            return true;
        if (left <= 0)
            return false;
        if (child->pidfd < 0 && left > ASK_EVERY)
            left = ASK_EVERY;
        run_pump(run, left, child->watch);
    }
}

int child_run(struct effect *effect, struct child_job *job, struct err *err)
{
    const struct action_config *config = effect->run->config;
    struct child child = {.in = -1, .out = {-1, -1}, .pidfd = -1, .watch = -1};
    int64_t until = effect->began + command_limit(config);
    int ret = -1;

    if (child_open(&child, &job->input, err) < 0 ||
        child_start(&child, effect, job, err) < 0)
        goto out;
    job->timed_out = !child_wait(&child, effect->run, until, &job->output);
    /* Not yet reaped, it keeps the number of its group from others. */
    kill(-child.pid, SIGKILL);
    do
        ret = waitpid(child.pid, &job->status, 0) < 0 ? -1 : 0;
    while (ret < 0 && errno == EINTR);
    if (ret < 0)
        err_errno(err, ERR_OS, "cannot learn how the command ended");
    drain(&child, &job->output);
out:
    file_close(&child.in);
    file_close(&child.out[0]);
    file_close(&child.out[1]);
    file_close(&child.pidfd);
    file_close(&child.watch);
    return ret;
}
