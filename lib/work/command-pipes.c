/*
 * command-pipes.c - the four pipes of a command
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/file.h"
#include "work/artifact.h"
#include "work/command.h"

/* An empty pipe surely takes as much without blocking (PIPE_BUF). */
enum { SMALL = 4096 };

void command_pipes_close(int fds[PIPES])
{
    int i;

    for (i = 0; i < PIPES; i++)
        file_close(&fds[i]);
}

/* Ours go to job->fds, the child's to `child`. */
int command_pipes_open(struct job *job, int child[PIPES], struct err *err)
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

void command_feed(struct job *job)
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
    ssize_t got = read(job->fds[which], piece,
                       most < COMMAND_PIECE ? most : (size_t)COMMAND_PIECE);

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
    drink(arg, PIPE_OUT, COMMAND_PIECE);
}

static void on_err(struct work *work, void *arg, short events)
{
    (void)work;
    (void)events;
    drink(arg, PIPE_ERR, COMMAND_PIECE);
}

static void on_ctl(struct work *work, void *arg, short events)
{
    (void)work;
    (void)events;
    drink(arg, PIPE_CTL, COMMAND_PIECE);
}

void command_watch(struct work *work, struct job *job)
{
    static work_ready *const ready[PIPES] = {on_in, on_out, on_err, on_ctl};
    int i;

    for (i = 0; i < PIPES; i++)
        if (job->fds[i] >= 0)
            work_watch(work, job->fds[i], i == PIPE_IN ? POLLOUT : POLLIN,
                       ready[i], job);
}

void command_drain(struct job *job)
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
