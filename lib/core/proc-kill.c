/*
 * proc-kill.c - ending processes that are known by what they hold
 *
 * A directory below /proc that was opened names its process for ever: once
 * that has died, reading from it fails and signals sent to it go nowhere.
 * So a process whose number is used again is never hit by mistake.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/proc-internal.h"

enum { ENV_LIMIT = 4 << 20, LIST_LIMIT = 1 << 20 };

/* Whom to look for. */
struct hunt {
    const char *const *env; /* all of these in the environment ... */
    size_t count;
    bool by_file; /* ... or this file open */
    dev_t dev;
    ino_t ino;
    pid_t except;
    struct buf scratch;
    /* Those that were killed already; they may take a moment to die. */
    struct victim {
        pid_t pid;
        int64_t start;
    } * victims;
    size_t nvictims;
    size_t cap;
};

static bool env_has(const struct buf *list, const char *text)
{
    const char *at = list->data;
    const char *end = at + list->len;

    while (at < end) {
        size_t len = strnlen(at, (size_t)(end - at));

        if (strlen(text) == len && memcmp(at, text, len) == 0)
            return true;
        at += len + 1;
    }
    return false;
}

/*
 * Conditions that other people's processes could meet by chance (programs
 * that set their title leave empty strings behind) must not reach kill().
 */
static bool safe_env(const char *const *env, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(env[i], '=');

        if (!equals || equals == env[i] || !equals[1])
            return false;
    }
    return count > 0;
}

/* An exited process has an empty environment. */
static bool has_env(int dir, const char *const *env, size_t count,
                    struct buf *scratch)
{
    buf_reset(scratch);
    if (!proc_read(dir, "environ", ENV_LIMIT, scratch) || scratch->len == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!env_has(scratch, env[i]))
            return false;
    return true;
}

static bool is_file(int dir, const char *name, dev_t dev, ino_t ino)
{
    struct statx st;

    /* Not to hang on the files of a network file system that is away. */
    return statx(dir, name, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &st) ==
               0 &&
           S_ISREG(st.stx_mode) && st.stx_ino == ino &&
           makedev(st.stx_dev_major, st.stx_dev_minor) == dev;
}

static bool has_file(int dir, dev_t dev, ino_t ino)
{
    int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *fds = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    bool found = false;

    if (!fds)
        return false;
    while (!found && (entry = readdir(fds)) != NULL)
        if (isdigit((unsigned char)*entry->d_name))
            found = is_file(dirfd(fds), entry->d_name, dev, ino);
    closedir(fds);
    return found;
}

static void kill_process(int dir, pid_t pid)
{
#ifdef SYS_pidfd_send_signal
    if (syscall(SYS_pidfd_send_signal, dir, SIGKILL, NULL, 0) == 0 ||
        errno != ENOSYS)
        return;
#endif
    (void)dir;
    kill(pid, SIGKILL);
}

static void remember(struct hunt *hunt, pid_t pid)
{
    struct victim victim = {pid, proc_start_time(pid)};

    for (size_t i = 0; i < hunt->nvictims; i++)
        if (hunt->victims[i].pid == pid &&
            (hunt->victims[i].start == victim.start || victim.start == 0))
            return;
    hunt->victims = xgrow(hunt->victims, hunt->nvictims, &hunt->cap,
                          sizeof(*hunt->victims));
    hunt->victims[hunt->nvictims++] = victim;
}

/* Kill the process if it is one that we look for. */
static bool strike(struct hunt *hunt, int proc, const char *name)
{
    pid_t pid = (pid_t)strtol(name, NULL, 10);
    bool match;
    int dir;

    if (pid <= 0 || pid == getpid() || pid == hunt->except)
        return false;
    dir = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return false;
    if (hunt->by_file)
        match = has_file(dir, hunt->dev, hunt->ino);
    else
        match = has_env(dir, hunt->env, hunt->count, &hunt->scratch);
    if (match) {
        remember(hunt, pid);
        kill_process(dir, pid);
    }
    close(dir);
    return match;
}

/* How many there are now, or -1. */
static int scan(struct hunt *hunt, struct err *err)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    int found = 0;

    if (!proc)
        return err_errno(err, ERR_OS, "cannot read '/proc'");
    while ((entry = readdir(proc)) != NULL)
        if (isdigit((unsigned char)*entry->d_name))
            found += strike(hunt, dirfd(proc), entry->d_name);
    closedir(proc);
    return found;
}

/* Scan until none is left: a process may have forked while it was killed. */
static int run_hunt(struct hunt *hunt, int64_t usec, struct err *err)
{
    int64_t end = clock_mono() + usec;
    int found = scan(hunt, err);
    int ret;

    while (found > 0 && clock_mono() < end) {
        poll(NULL, 0, 1);
        found = scan(hunt, err);
    }
    ret = found < 0 ? -1 : (int)hunt->nvictims;
    if (found > 0)
        ret = err_set(err, ERR_TEMP, "%d processes are still running", found);
    free(hunt->victims);
    buf_release(&hunt->scratch);
    return ret;
}

int proc_kill_by_env(const char *const *env, size_t count, pid_t except,
                     int64_t usec, struct err *err)
{
    struct hunt hunt = {.env = env, .count = count, .except = except};

    if (!safe_env(env, count))
        return err_set(err, ERR_BUG, "would kill processes of others");
    return run_hunt(&hunt, usec, err);
}

int proc_kill_holders(dev_t dev, ino_t ino, pid_t except, int64_t usec,
                      struct err *err)
{
    struct hunt hunt = {
        .by_file = true, .dev = dev, .ino = ino, .except = except};

    return run_hunt(&hunt, usec, err);
}

/* The numbers of our children.  To open the file costs fifteen times as much
 * as to read it, so it stays open. */
static bool read_children(struct buf *list)
{
    static int fd = -1;
    char path[64];

    if (fd < 0) {
        snprintf(path, sizeof(path), "/proc/self/task/%d/children",
                 (int)getpid());
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    return proc_read_fd(fd, LIST_LIMIT, list);
}

void proc_kill_strays(const char *const *env, size_t count,
                      bool (*known)(void *ctx, pid_t pid), void *ctx)
{
    struct hunt hunt = {.env = env, .count = count};
    struct buf list = {0};
    int proc = -1;
    char *at = NULL;

    if (safe_env(env, count) && read_children(&list))
        at = strtok(list.data, " \n");
    for (; at; at = strtok(NULL, " \n")) {
        if (known(ctx, (pid_t)strtol(at, NULL, 10)))
            continue;
        if (proc < 0)
            proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (proc >= 0)
            strike(&hunt, proc, at);
    }
    if (proc >= 0)
        close(proc);
    free(hunt.victims);
    buf_release(&hunt.scratch);
    buf_release(&list);
}
