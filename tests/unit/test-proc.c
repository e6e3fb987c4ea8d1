/*
 * The promises of proc.h about starting processes, with real ones.
 */
#include "config.h"

#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "core/mem.h"
#include "tap.h"

static void test_a_child_starts_clean(void)
{
    char *argv[] = {self, (char[]){"report"}, NULL};
    char *envp[] = {NULL};
    struct err err = {0};
    int one[2];
    int two[2];
    int three[2];
    int taken = open("/dev/null", O_RDONLY | O_CLOEXEC); /* 3, if free */
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
    /* 2 and 3 change places; leak is one more, open across exec. */
    dup2(one[1], 60);
    dup3(two[1], 3, O_CLOEXEC);
    dup2(three[1], STDERR_FILENO);
    pid = proc_spawn(
        &(struct proc_spec){self, argv, envp, "/", {-1, 60, 3, 2}, -1}, &err);
    dup2(leak, STDERR_FILENO);
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
    close(3);
    if (taken != 3)
        close(taken);
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
    end(pid);
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
    int status = 1;

    if (actor_begin(argc, argv, &status))
        return status;
    test_a_child_starts_clean();
    test_a_child_dies_with_its_parent();
    test_failures();
    test_lookup();
    test_facts();
    test_signals();
    return tap_done();
}
