/*
 * The promises of proc.h about ending processes, with real ones.
 */
#include "config.h"

#include "core/proc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "tap.h"

static void test_kill_by_environment(void)
{
    const char *const env[] = {tag, "ATTEMPT=1"};
    const char *const empty[] = {"", "A="};
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
    ok(proc_kill_by_env(empty, 1, 0, 0, &err) < 0 && err.code == ERR_BUG,
       "so is one that many processes meet");
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
    end(pid);
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
    end(known);
    ok(killed(known), "it ends");
    while (waitpid(-1, NULL, 0) > 0)
        ;
    close(hidden[0]);
    close(other[0]);
}

int main(int argc, char **argv)
{
    int status = 1;

    if (actor_begin(argc, argv, &status))
        return status;
    test_kill_by_environment();
    test_kill_holders();
    test_a_lock_on_a_low_descriptor_is_kept();
    test_strays();
    return tap_done();
}
