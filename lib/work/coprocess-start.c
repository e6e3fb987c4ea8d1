/*
 * coprocess-start.c - a co-process comes, and comes again
 */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "core/proc.h"
#include "work/coprocess.h"
#include "work/deadman.h"

#define BACKOFF_MIN (500 * USEC_PER_MSEC)
#define BACKOFF_MAX (30 * USEC_PER_SEC)
/* Who lived so long is not in a crash loop. */
#define LIVED (30 * USEC_PER_SEC)

enum { PIPE_SIZE = 1 << 20 };

/* fds[0..2] are the child's ends; ours are in *co. */
static int open_pipes(struct coprocess *co, int fds[3], struct err *err)
{
    int *const ours[] = {&co->in, &co->out, &co->err};
    int i;

    for (i = 0; i < 3; i++) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
            return err_errno(err, ERR_OS, "cannot make a pipe");
        *ours[i] = ends[i == 0];
        fds[i] = ends[i != 0];
        /* Fewer turns for the same bytes; the default does as well. */
        fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
    }
    if (fcntl(co->in, F_SETFL, O_NONBLOCK) < 0)
        return err_errno(err, ERR_OS, "cannot set up a pipe");
    return 0;
}

void coprocess_close(struct coprocess *co)
{
    file_close(&co->in);
    file_close(&co->out);
    file_close(&co->err);
    lines_reset(&co->lines);
    lines_reset(&co->remarks);
    buf_reset(&co->queue);
    co->sent = 0;
    co->registered = false;
    co->doomed = false;
    co->register_by = NEVER;
    co->mute_at = NEVER;
}

static int spawn(struct work *work, struct err *err)
{
    struct coprocess *co = work->coprocess;
    struct proc_spec spec = {
        .path = co->path,
        .argv = work->options->argv,
        .envp = environment_get(co->environment, NULL),
        .fds = {-1, -1, -1, -1},
        .keep = slots_fd(work->slots),
    };
    pid_t pid = -1;
    int i;

    if (open_pipes(co, spec.fds, err) == 0)
        pid = proc_spawn(&spec, err);
    for (i = 0; i < 3; i++)
        file_close(&spec.fds[i]);
    if (pid < 0) {
        coprocess_close(co);
        return -1;
    }
    co->pid = pid;
    deadman_set(0, pid);
    co->started = work->now;
    co->register_by = work->now + COPROCESS_REGISTER;
    log_info("coprocess_started", log_text("agent_id", work->agent_id),
             log_num("pid", pid));
    return 0;
}

void coprocess_plan(struct work *work)
{
    struct coprocess *co = work->coprocess;

    if (work->now - co->started >= LIVED || co->backoff == 0)
        co->backoff = BACKOFF_MIN;
    else
        co->backoff =
            2 * co->backoff < BACKOFF_MAX ? 2 * co->backoff : BACKOFF_MAX;
    co->restart_at = work->now + co->backoff;
}

void coprocess_begin(struct work *work)
{
    struct err err = {0};

    if (spawn(work, &err) == 0)
        return;
    if (err.code == ERR_OS) {
        log_warn("cannot_start", log_text("error", err.msg));
        coprocess_plan(work);
    } else {
        drain_fatal(work, &err);
    }
}
