/*
 * proc.c - starting a process
 *
 * Between vfork and exec the child runs in our memory while we wait: it
 * may touch nothing that we rely on but struct start, and calls nothing
 * but system calls.
 */
#include "config.h"

#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

enum { FDS = 4, NO_EXEC = 127 };

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* What parent and child of a vfork share. */
struct start {
    const struct proc_spec *spec;
    pid_t parent;
    const sigset_t *changed; /* signals that are not at their default */
    /* Written by the child; the compiler sees no path from there to us. */
    const char *volatile failed; /* what it was doing when it failed */
    volatile int error;          /* its errno then */
};

/*
 * Put the descriptors where the spec wants them.  First all are lifted out
 * of the way of 0 to 3, so that none is overwritten before it was copied.
 */
static int place_fds(const struct proc_spec *spec)
{
    int fds[FDS];
    int keep = spec->keep;

    for (int i = 0; i < FDS; i++) {
        fds[i] = spec->fds[i];
        if (i < 3 && fds[i] < 0)
            fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fds[i] >= 0 && fds[i] < FDS)
            fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FDS);
        if ((i < 3 || spec->fds[i] >= 0) && fds[i] < 0)
            return -1;
    }
    if (keep >= 0 && keep < FDS)
        keep = fcntl(keep, F_DUPFD_CLOEXEC, FDS);
    if (spec->keep >= 0 && keep < 0)
        return -1;
    for (int i = 0; i < FDS; i++)
        if (fds[i] >= 0 && dup2(fds[i], i) < 0)
            return -1;
    if (fds[3] < 0)
        close(3);
        /* Sockets of libraries that know no close-on-exec must not leak. */
#ifdef SYS_close_range
    syscall(SYS_close_range, FDS, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
    return keep < 0 ? 0 : fcntl(keep, F_SETFD, 0);
}

/* The parent's handlers must be gone before the mask lets signals in. */
static int reset_signals(const struct start *start)
{
    const struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        if (sigismember(start->changed, sig) == 1 &&
            sigaction(sig, &normal, NULL) < 0)
            return -1;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static const char *prepare_child(const struct start *start)
{
    const struct proc_spec *spec = start->spec;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return "prctl";
    /* A parent that died before the prctl would never be noticed. */
    if (getppid() != start->parent)
        _exit(NO_EXEC);
    if (setpgid(0, 0) < 0)
        return "setpgid";
    if (place_fds(spec) < 0)
        return "place descriptors";
    if (spec->dir && chdir(spec->dir) < 0)
        return "enter its directory";
    return reset_signals(start) < 0 ? "reset signals" : NULL;
}

static void run_child(struct start *start) ATTR_NORETURN;

static void run_child(struct start *start)
{
    start->failed = prepare_child(start);
    if (!start->failed)
        execve(start->spec->path, start->spec->argv, start->spec->envp);
    start->error = errno;
    _exit(NO_EXEC);
}

static pid_t start_child(struct start *start)
{
    /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
    pid_t pid = vfork();

    if (pid == 0)
        run_child(start); /* NOLINT(clang-analyzer-unix.Vfork) */
    return pid;
}

/* Asked once: a program sets its handlers before it starts anything. */
static const sigset_t *changed_signals(void)
{
    static sigset_t changed;
    static bool known;
    struct sigaction old;

    if (known)
        return &changed;
    sigemptyset(&changed);
    for (int sig = 1; sig < NSIG; sig++)
        if (sigaction(sig, NULL, &old) == 0 && old.sa_handler != SIG_DFL)
            sigaddset(&changed, sig);
    known = true;
    return &changed;
}

static int explain(const struct start *start, struct err *err)
{
    const char *path = start->spec->path;
    enum err_code code = ERR_CONFIG;

    errno = start->error;
    if (start->failed)
        return err_errno(err, ERR_OS, "cannot start '%s': cannot %s", path,
                         start->failed);
    if (errno == E2BIG)
        code = ERR_DATA;
    else if (errno == EAGAIN || errno == ENOMEM || errno == EMFILE ||
             errno == ENFILE)
        code = ERR_OS;
    return err_errno(err, code, "cannot start '%s'", path);
}

pid_t proc_spawn(const struct proc_spec *spec, struct err *err)
{
    struct start start = {
        .spec = spec, .parent = getpid(), .changed = changed_signals()};
    sigset_t all;
    sigset_t mask;
    int saved;
    pid_t pid;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &mask);
    pid = start_child(&start);
    saved = errno;
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (pid < 0) {
        errno = saved;
        return err_errno(err, ERR_OS, "cannot start '%s': cannot fork",
                         spec->path);
    }
    if (start.error == 0)
        return pid;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return explain(&start, err);
}

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

/* The child may start in another directory. */
static char *absolute(char *path)
{
    char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
    char *full;

    if (!cwd)
        return path;
    full = xasprintf("%s/%s", cwd, path);
    free(cwd);
    free(path);
    return full;
}

char *proc_lookup(const char *command, struct err *err)
{
    const char *dirs = getenv("PATH");
    bool slash = strchr(command, '/') != NULL;

    if (!dirs || slash)
        dirs = slash ? "" : "/usr/local/bin:/usr/bin:/bin";
    while (*command) {
        size_t len = strcspn(dirs, ":");
        char *path;

        if (len > 0)
            path = xasprintf("%.*s/%s", (int)len, dirs, command);
        else
            path = xstrdup(command);
        if (is_program(path))
            return absolute(path);
        free(path);
        dirs += len;
        if (!*dirs++)
            break;
    }
    if (slash && access(command, X_OK) < 0)
        err_errno(err, ERR_CONFIG, "cannot run '%s'", command);
    else if (slash)
        err_set(err, ERR_CONFIG, "cannot run '%s': not a program", command);
    else
        err_set(err, ERR_CONFIG, "command '%s' is not found in PATH", command);
    return NULL;
}
