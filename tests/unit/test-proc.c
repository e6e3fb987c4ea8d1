/*
 * The promises of proc.h, with real processes.  This program starts itself
 * with a word that says what the process shall do; nothing waits by the
 * clock: a process that died closes its end of a pipe.
 */
#include "config.h"

#include "core/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tap.h"

enum { PATIENCE_MS = 20000 };
#define PATIENCE (INT64_C(20) * 1000000)

static char self[4096];
static char tag[64]; /* in the environment of what this run started */

static int say(int fd, const char *text)
{
    return write(fd, text, strlen(text)) < 0;
}

/* Says "ready" on stdout and stays until it is killed. */
static void stay(void) ATTR_NORETURN;

static void stay(void)
{
    say(STDOUT_FILENO, "ready");
    for (;;)
        pause();
}

/* As a handler that wants to be forgotten: two forks, a new session. */
static int hide(void)
{
    pid_t middle;

    if (fork() != 0)
        return 0;
    setsid();
    middle = getpid();
    if (fork() != 0)
        return 0;
    /* Be the only one left before saying so. */
    while (getppid() == middle)
        poll(NULL, 0, 1);
    stay();
}

/* Says what it finds itself to be. */
static int report(void)
{
    struct sigaction old;
    sigset_t mask;
    DIR *fds = opendir("/proc/self/fd");
    char line[256];
    int count = 0;
    bool plain;

    while (readdir(fds))
        count++;
    closedir(fds);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigaction(SIGPIPE, NULL, &old);
    plain = sigismember(&mask, SIGTERM) == 0 &&
            sigismember(&mask, SIGUSR1) == 0 && old.sa_handler == SIG_DFL;
    /* ".", ".." and the directory itself are no open files */
    snprintf(line, sizeof(line), "%s %s fds=%d",
             getpgid(0) == getpid() ? "leader" : "member",
             plain ? "plain" : "changed", count - 3);
    say(STDOUT_FILENO, line);
    return say(STDERR_FILENO, "two") || say(3, "three");
}

/* A parent that starts a child and waits for nothing else. */
static void parent(void) ATTR_NORETURN;

static void parent(void)
{
    char *argv[] = {self, (char[]){"stay"}, NULL};
    char *envp[] = {NULL};
    struct proc_spec spec = {self, argv, envp, NULL, {-1, 1, -1, -1}, -1};
    struct err err = {0};

    if (proc_spawn(&spec, &err) < 0)
        say(STDOUT_FILENO, err.msg);
    for (;;)
        pause();
}

static int act(const char *what)
{
    if (strcmp(what, "stay") == 0)
        stay();
    if (strcmp(what, "hide") == 0)
        return hide();
    if (strcmp(what, "parent") == 0)
        parent();
    return report();
}

/* Start this program with one word and one or two strings to be found by. */
static pid_t start(const char *what, const char *attempt, int out, int keep)
{
    char *word = xstrdup(what);
    char *value = xstrdup(attempt);
    char *argv[] = {self, word, NULL};
    char *envp[] = {tag, value, NULL};
    struct proc_spec spec = {self, argv, envp, NULL, {-1, out, 2, -1}, keep};
    struct err err = {0};
    pid_t pid = proc_spawn(&spec, &err);

    if (pid < 0)
        printf("# %s\n", err.msg);
    free(word);
    free(value);
    return pid;
}

/* Reads until text came ("" for the end); false when it does not come. */
static bool comes(int fd, const char *text)
{
    char got[256] = "";
    size_t len = 0;

    while (len + 1 < sizeof(got)) {
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        ssize_t more;

        if (poll(&poller, 1, PATIENCE_MS) <= 0)
            return false;
        more = read(fd, got + len, sizeof(got) - 1 - len);
        if (more <= 0)
            return !*text;
        len += (size_t)more;
        got[len] = '\0';
        if (*text && strcmp(got, text) == 0)
            return true;
    }
    return false;
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        exit(1);
}

static bool killed(pid_t pid)
{
    int status = 0;

    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGKILL;
}

static bool running(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == 0;
}

static void test_a_child_starts_clean(void)
{
    char *argv[] = {self, (char[]){"report"}, NULL};
    char *envp[] = {NULL};
    struct err err = {0};
    int one[2];
    int two[2];
    int three[2];
    int leak = dup(STDERR_FILENO);
    sigset_t blocked;
    pid_t pid;

    make_pipe(one);
    make_pipe(two);
    make_pipe(three);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    /* Every wanted descriptor is in the way of another one. */
    dup2(one[1], 60);
    dup3(two[1], 3, O_CLOEXEC);
    pid = proc_spawn(
        &(struct proc_spec){self, argv, envp, "/", {-1, 60, 3, three[1]}, -1},
        &err);
    is(err.msg, "", "a process is started");
    ok(comes(one[0], "leader plain fds=4"),
       "it leads a group, its signals are plain, nothing leaked");
    ok(comes(two[0], "two"), "stderr arrives, though it was 3 before");
    ok(comes(three[0], "three"), "descriptor 3 arrives");
    ok(waitpid(pid, NULL, 0) == pid, "it ends");
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_DFL);
    close(60);
    close(leak);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(two[i]);
        close(three[i]);
    }
}

static void test_a_child_dies_with_its_parent(void)
{
    int ends[2];
    pid_t pid;

    make_pipe(ends);
    pid = start("parent", "A=0", ends[1], -1);
    close(ends[1]);
    ok(comes(ends[0], "ready"), "a child of a child runs");
    kill(pid, SIGKILL);
    ok(killed(pid), "its parent is killed");
    ok(comes(ends[0], ""), "it dies, too");
    close(ends[0]);
}

static void test_failures(void)
{
    char *argv[] = {self, NULL, NULL};
    char *envp[] = {NULL};
    struct proc_spec spec = {"/nonexistent/x", argv, envp, NULL,
                             {-1, 1, 2, -1},   -1};
    char *huge = xmalloc(1 << 20);
    struct err err = {0};

    ok(proc_spawn(&spec, &err) < 0 && err.code == ERR_CONFIG,
       "a missing program is a matter of configuration");
    is(err.msg, "cannot start '/nonexistent/x': no such file or directory",
       "... and named");
    spec.path = self;
    spec.dir = "/nonexistent";
    ok(proc_spawn(&spec, &err) < 0 && err.code == ERR_OS,
       "a missing directory is not");
    spec.dir = NULL;
    memset(huge, 'x', 1 << 20);
    huge[(1 << 20) - 1] = '\0';
    argv[1] = huge;
    ok(proc_spawn(&spec, &err) < 0 && err.code == ERR_DATA,
       "an argument that is too long is bad data");
    ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie is left");
    free(huge);
}

static void test_lookup(void)
{
    char dir[] = "/tmp/test-proc.XXXXXX";
    char *old = xstrdup(getenv("PATH"));
    struct err err = {0};
    char *file;
    char *path;
    char *found;

    if (!mkdtemp(dir))
        return;
    file = xasprintf("%s/tool", dir);
    path = xasprintf("/nonexistent:%s", dir);
    setenv("PATH", path, 1);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    ok(!proc_lookup("tool", &err) && err.code == ERR_CONFIG,
       "a file that is no program is not found");
    is(err.msg, "command 'tool' is not found in PATH", "... which is told");
    chmod(file, 0700);
    found = proc_lookup("tool", &err);
    is(found, file, "a program is found in PATH");
    free(found);
    ok(chdir(dir) == 0, "in its directory");
    found = proc_lookup("./tool", &err);
    ok(found && *found == '/' && access(found, X_OK) == 0,
       "a relative path becomes absolute");
    free(found);
    ok(!proc_lookup(dir, &err), "a directory is no program");
    is(proc_lookup("", &err), NULL, "nothing is no program");
    ok(chdir("/") == 0, "and back");
    setenv("PATH", old, 1);
    unlink(file);
    rmdir(dir);
    free(old);
    free(file);
    free(path);
}

static void test_kill_by_environment(void)
{
    const char *const env[] = {tag, "ATTEMPT=1"};
    struct err err = {0};
    int hidden[2];
    int other[2];
    pid_t pid;
    pid_t spared;

    make_pipe(hidden);
    make_pipe(other);
    pid = start("hide", "ATTEMPT=1", hidden[1], -1);
    spared = start("stay", "ATTEMPT=11", other[1], -1);
    close(hidden[1]);
    close(other[1]);
    ok(comes(hidden[0], "ready") && comes(other[0], "ready"),
       "one process hid in a session of its own, one stays");
    waitpid(pid, NULL, 0);
    ok(proc_kill_by_env(env, 2, 0, PATIENCE, &err) == 1,
       "the hidden one is found and killed");
    ok(comes(hidden[0], ""), "it is dead");
    ok(running(spared), "another attempt's is not touched");
    ok(proc_kill_by_env(env, 1, spared, PATIENCE, &err) == 0 && running(spared),
       "nor is the one that is excepted");
    ok(proc_kill_by_env(env, 0, 0, 0, &err) < 0 && running(spared),
       "no condition at all is refused");
    ok(proc_kill_by_env(env, 1, 0, PATIENCE, &err) == 1 && killed(spared),
       "with one condition less it goes");
    ok(proc_kill_by_env(env, 1, 0, PATIENCE, &err) == 0, "none is left");
    close(hidden[0]);
    close(other[0]);
}

static void test_kill_holders(void)
{
    char path[] = "/tmp/test-proc.XXXXXX";
    int lock = mkostemp(path, O_CLOEXEC);
    int again;
    struct err err = {0};
    struct stat st;
    int ends[2];
    pid_t pid;

    make_pipe(ends);
    again = open(path, O_RDWR | O_CLOEXEC);
    fstat(lock, &st);
    ok(flock(lock, LOCK_EX) == 0, "a lock is taken");
    pid = start("stay", "A=0", ends[1], lock);
    close(ends[1]);
    ok(comes(ends[0], "ready"), "a child inherits it");
    close(lock);
    ok(flock(again, LOCK_EX | LOCK_NB) < 0, "the child holds the lock");
    ok(proc_kill_holders(st.st_dev, st.st_ino, pid, PATIENCE, &err) == 0 &&
           running(pid),
       "the excepted is spared");
    ok(proc_kill_holders(st.st_dev, st.st_ino, 0, PATIENCE, &err) == 1,
       "who holds the file is killed, but not ourselves");
    ok(flock(again, LOCK_EX | LOCK_NB) == 0, "the lock is free");
    ok(killed(pid), "the child is dead");
    close(again);
    close(ends[0]);
    unlink(path);
}

static void test_a_lock_on_a_low_descriptor_is_kept(void)
{
    char path[] = "/tmp/test-proc.XXXXXX";
    int lock = mkostemp(path, O_CLOEXEC);
    int again = open(path, O_RDWR | O_CLOEXEC);
    int ends[2];
    pid_t pid;

    make_pipe(ends);
    flock(lock, LOCK_EX);
    dup3(lock, 3, O_CLOEXEC);
    pid = start("stay", "A=0", ends[1], 3);
    close(ends[1]);
    ok(comes(ends[0], "ready"), "a child keeps descriptor 3, which it closes");
    if (lock != 3)
        close(lock);
    close(3);
    ok(flock(again, LOCK_EX | LOCK_NB) < 0, "the lock is held all the same");
    kill(pid, SIGKILL);
    ok(killed(pid), "the child ends");
    close(again);
    close(ends[0]);
    unlink(path);
}

static bool knows(void *ctx, pid_t pid)
{
    const pid_t *known = ctx;

    return pid == *known;
}

static void test_strays(void)
{
    const char *const env[] = {tag, "ATTEMPT=1"};
    int hidden[2];
    int other[2];
    pid_t pid;
    pid_t known;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    make_pipe(hidden);
    make_pipe(other);
    pid = start("hide", "ATTEMPT=1", hidden[1], -1);
    known = start("stay", "ATTEMPT=1", other[1], -1);
    close(hidden[1]);
    close(other[1]);
    ok(comes(hidden[0], "ready") && comes(other[0], "ready"),
       "an orphan and a child run");
    waitpid(pid, NULL, 0);
    proc_kill_strays(env, 2, knows, &known);
    ok(comes(hidden[0], ""), "the orphan that came to us is killed");
    ok(running(known), "the child that is known is not");
    kill(known, SIGKILL);
    ok(killed(known), "it ends");
    while (waitpid(-1, NULL, 0) > 0)
        ;
    close(hidden[0]);
    close(other[0]);
}

static void test_facts(void)
{
    ok(strlen(proc_boot_id()) == 36, "a boot has an id");
    ok(proc_boot_id() == proc_boot_id(), "... always the same");
    ok(strlen(proc_machine_id()) < PROC_ID_SIZE, "a machine may have one");
    ok(proc_start_time(getpid()) >= proc_start_time(getppid()),
       "nobody is older than his parent");
    ok(proc_start_time(getpid()) > 0, "... nor without an age");
    ok(proc_start_time(INT32_MAX) == 0, "nobody has none");
    prctl(PR_SET_NAME, "a) b 1 (2");
    ok(proc_start_time(getpid()) >= proc_start_time(getppid()),
       "a strange name does not confuse it");
}

/* Last: it changes the mask of this process. */
static void test_signals(void)
{
    struct signalfd_siginfo info;
    struct err err = {0};
    int fd;

    signal(SIGINT, SIG_IGN);
    fd = proc_signal_fd(&err);
    ok(fd >= 0, "signals become a descriptor");
    kill(getpid(), SIGINT);
    kill(getpid(), SIGTERM);
    ok(read(fd, &info, sizeof(info)) == sizeof(info) &&
           info.ssi_signo == SIGTERM,
       "TERM arrives; INT, which was ignored, stays ignored");
    ok(read(fd, &info, sizeof(info)) < 0 && errno == EAGAIN,
       "it does not wait for more");
    close(fd);
}

int main(int argc, char **argv)
{
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (argc > 1)
        return act(argv[1]);
    if (len < 0)
        return 1;
    snprintf(tag, sizeof(tag), "AAOS_TEST_PROC=%d", (int)getpid());
    test_a_child_starts_clean();
    test_a_child_dies_with_its_parent();
    test_failures();
    test_lookup();
    test_kill_by_environment();
    test_kill_holders();
    test_a_lock_on_a_low_descriptor_is_kept();
    test_strays();
    test_facts();
    test_signals();
    return tap_done();
}
