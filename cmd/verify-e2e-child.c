/*
 * verify-e2e-child.c - the programs, as a user starts them
 *
 * Every child is bounded in time, and dies with us (proc_spawn()).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/verify-e2e.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"

#define CHILD_LIMIT (60 * USEC_PER_SEC)
#define UNTIL_LIMIT (60 * USEC_PER_SEC)
enum { STEP_MS = 10, OUTPUT_LIMIT = 64 << 20, SAID_MAX = 200 };

char *e2e_path(struct e2e *e2e, const char *name)
{
    return xasprintf("%s/%s", e2e->dir, name);
}

/* A file of our own with this text, open at its start. */
static int make_file(struct e2e *e2e, const char *text, char **path,
                     struct err *err)
{
    char name[32];
    int fd;

    snprintf(name, sizeof(name), "%d", ++e2e->files);
    *path = e2e_path(e2e, name);
    fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, ERR_CREATE, "cannot create '%s'", *path);
    if (text && (file_write_all(fd, text, strlen(text), err) < 0 ||
                 lseek(fd, 0, SEEK_SET) < 0))
        file_close(&fd);
    return fd;
}

static void release(struct e2e_child *child)
{
    free(child->out);
    free(child->err);
    *child = (struct e2e_child){0};
}

static int spawn(struct e2e *e2e, struct e2e_child *child, const char *input,
                 const char *const *args, struct err *err)
{
    char *path = xasprintf("%s/%s", e2e->bin, args[0]);
    char *input_path = NULL;
    int fds[4] = {-1, -1, -1, -1};
    struct proc_spec spec = {.path = path, .envp = e2e->env, .keep = -1};

    memcpy(&spec.argv, &args, sizeof(args)); /* exec changes nothing */
    if (input)
        fds[0] = make_file(e2e, input, &input_path, err);
    if (!input || fds[0] >= 0)
        fds[1] = make_file(e2e, NULL, &child->out, err);
    if (fds[1] >= 0)
        fds[2] = make_file(e2e, NULL, &child->err, err);
    memcpy(spec.fds, fds, sizeof(fds));
    if (fds[2] >= 0)
        child->pid = proc_spawn(&spec, err);
    for (int i = 0; i < 3; i++)
        file_close(&fds[i]);
    free(input_path);
    free(path);
    return child->pid > 0 ? 0 : -1;
}

int e2e_start(struct e2e *e2e, struct e2e_child *child, const char *input,
              const char *const *args)
{
    struct err err = {0};

    *child = (struct e2e_child){0};
    snprintf(child->what, sizeof(child->what), "%s", args[0]);
    if (spawn(e2e, child, input, args, &err) == 0)
        return 0;
    verify_offend(e2e->verify, child->what, "%s", err.msg);
    release(child);
    return -1;
}

/* A signal ends everything, clean-up apart. */
static void look_for_signals(struct e2e *e2e, int wait_ms)
{
    struct pollfd fd = {.fd = e2e->signal_fd, .events = POLLIN};
    struct signalfd_siginfo info;

    if (poll(&fd, 1, wait_ms) <= 0)
        return;
    while (read(e2e->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGCHLD)
            e2e->stop = true;
}

/* What it said last, for messages. */
static char *last_words(const char *path)
{
    struct buf text = {0};
    struct err err = {0};
    const char *line;
    char *words;

    if (!path || file_read(path, OUTPUT_LIMIT, &text, &err) < 0 ||
        text.len == 0) {
        buf_release(&text);
        return xstrdup("");
    }
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    line = strrchr(text.data, '\n');
    words = xasprintf(": %.*s", SAID_MAX, line ? line + 1 : text.data);
    buf_release(&text);
    return words;
}

/* -1: it had to be killed; else its status, or 128 and the signal. */
static int wait_for(struct e2e *e2e, const struct e2e_child *child)
{
    int64_t end = clock_mono() + CHILD_LIMIT;
    int status = 0;
    pid_t got;

    while ((got = waitpid(child->pid, &status, WNOHANG)) == 0) {
        if (e2e->stop || clock_mono() > end) {
            kill(-child->pid, SIGKILL);
            waitpid(child->pid, &status, 0);
            return -1;
        }
        look_for_signals(e2e, STEP_MS);
    }
    if (got < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool e2e_end(struct e2e *e2e, struct e2e_child *child, int status,
             struct buf *out)
{
    struct err err = {0};
    int got = wait_for(e2e, child);
    bool good = got == status;
    char *words = good ? NULL : last_words(child->err);

    if (got < 0)
        verify_offend(e2e->verify, child->what,
                      e2e->stop ? "was stopped" : "did not end within %lld s%s",
                      (long long)(CHILD_LIMIT / USEC_PER_SEC), words);
    else if (!good)
        verify_offend(e2e->verify, child->what, "ended with %d, not %d%s", got,
                      status, words);
    if (out && file_read(child->out, OUTPUT_LIMIT, out, &err) < 0) {
        verify_offend(e2e->verify, child->what, "%s", err.msg);
        good = false;
    }
    if (out && !out->data)
        buf_str(out, "");
    free(words);
    release(child);
    return good;
}

void e2e_kill(struct e2e_child *child)
{
    int status;

    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, &status, 0);
    }
    release(child);
}

bool e2e_run(struct e2e *e2e, const char *input, int status, struct buf *out,
             const char *const *args)
{
    struct e2e_child child;

    return e2e_start(e2e, &child, input, args) == 0 &&
           e2e_end(e2e, &child, status, out);
}

bool e2e_until(struct e2e *e2e, bool (*holds)(struct e2e *e2e, void *ctx),
               void *ctx)
{
    int64_t end = clock_mono() + UNTIL_LIMIT;

    while (!holds(e2e, ctx)) {
        if (e2e->stop || clock_mono() > end)
            return false;
        look_for_signals(e2e, STEP_MS);
    }
    return true;
}

/* ------------------------------------------------------- submit and work */

bool e2e_submit(struct e2e *e2e, const char *records, struct buf *ids)
{
    return e2e_run(e2e, records, 0, ids,
                   E2E_ARGS("aaos-submit", "-q", "-t", e2e->name,
                            "--correlation-id", e2e->correlation_id));
}

bool e2e_submit_many(struct e2e *e2e, int count)
{
    struct buf records = {0};
    bool good;

    for (int i = 0; i < count; i++)
        buf_fmt(&records, "aaos-verify e2e, task %d\n", i + 1);
    good = e2e_submit(e2e, records.data, NULL);
    buf_release(&records);
    return good;
}

int e2e_worker(struct e2e *e2e, struct e2e_child *child,
               const char *const *args)
{
    const char *all[6 + E2E_WORKER_ARGS] = {"aaos-worker", "-t", e2e->name,
                                            "--name", e2e->name};
    size_t count = 5;

    while (*args && count < LENGTH(all) - 1)
        all[count++] = *args++;
    all[count] = NULL;
    return e2e_start(e2e, child, NULL, all);
}

bool e2e_drain(struct e2e *e2e, const char *const *args)
{
    struct e2e_child child;

    return e2e_worker(e2e, &child, args) == 0 && e2e_end(e2e, &child, 0, NULL);
}

/* ------------------------------------------------------------------ rows */

int e2e_rows(struct e2e *e2e, struct db_rows *rows)
{
    struct err err = {0};

    if (e2e_tasks(e2e->store, e2e->name, e2e->behind, e2e->correlation_id, rows,
                  &err) == 0)
        return 0;
    verify_unknown(e2e->verify, &err);
    return -1;
}

bool e2e_all_completed(struct e2e *e2e, size_t count, struct db_rows *rows)
{
    bool good;

    if (e2e_rows(e2e, rows) < 0)
        return false;
    good = rows->count == count;
    if (!good)
        verify_offend(e2e->verify, "tasks", "%zu are stored, not %zu",
                      rows->count, count);
    for (size_t i = 0; i < rows->count; i++) {
        const char *status = db_text(rows, i, ET_STATUS);

        if (strcmp(status, "completed") == 0 &&
            db_num(rows, i, ET_ATTEMPT) == 1 &&
            db_num(rows, i, ET_RECORDED) == 1)
            continue;
        verify_offend(e2e->verify, db_text(rows, i, ET_TASK_ID),
                      "is %s after attempt %lld, %lld recorded", status,
                      (long long)db_num(rows, i, ET_ATTEMPT),
                      (long long)db_num(rows, i, ET_RECORDED));
        good = false;
    }
    return good;
}
