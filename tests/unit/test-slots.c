/*
 * The lock of an agent: held as long as anything of it lives, and readable
 * once it is free.
 */
#include "config.h"

#include "core/slots.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tap.h"

static char dir[] = "/tmp/test-slots.XXXXXX";

struct lock {
    char path[256];
    dev_t dev;
    ino_t ino;
    pid_t child;
};

/* A process that opens slots, says so and waits to be killed. */
static pid_t start_agent(const char *id, int grandchild, struct lock *lock)
{
    int tell[2];
    pid_t pid;

    if (pipe(tell) < 0)
        exit(1);
    pid = fork();
    if (pid == 0) {
        struct err err = {0};
        struct slots *slots = slots_open(dir, id, 3, &err);
        struct lock mine = {0};

        if (!slots || slots_set(slots, 0, 41, 1, &err) < 0 ||
            slots_set(slots, 2, INT64_MAX, 7, &err) < 0 ||
            slots_set(slots, 1, 5, 1, &err) < 0 ||
            slots_clear(slots, 1, &err) < 0)
            _exit(1);
        if (grandchild)
            mine.child = fork();
        if (grandchild && mine.child == 0) {
            setsid();
            pause();
        }
        snprintf(mine.path, sizeof(mine.path), "%s", slots_path(slots));
        mine.dev = slots_dev(slots);
        mine.ino = slots_ino(slots);
        if (write(tell[1], &mine, sizeof(mine)) != sizeof(mine))
            _exit(1);
        pause();
        _exit(0);
    }
    close(tell[1]);
    if (read(tell[0], lock, sizeof(*lock)) != sizeof(*lock))
        exit(1);
    close(tell[0]);
    return pid;
}

static void end_agent(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static enum slots_verdict probe(const struct lock *lock, struct slot **slots,
                                size_t *count)
{
    return slots_probe(lock->path, lock->dev, lock->ino, slots, count, NULL);
}

static void test_life(void)
{
    struct lock lock;
    struct slot *slots = NULL;
    size_t count = 0;
    pid_t agent = start_agent("one", 0, &lock);
    struct stat st;
    int hold = -1;

    ok(stat(lock.path, &st) == 0 && (st.st_mode & 0777) == 0600,
       "the file is for its owner alone");
    ok(st.st_size == (off_t)3 * SLOT_SIZE, "it has one slot a job");
    ok(lock.path[0] == '/', "its path is absolute");
    ok(probe(&lock, &slots, &count) == SLOTS_ALIVE && !slots && count == 0,
       "a living agent holds its lock, and its slots are not read");
    end_agent(agent);
    ok(slots_probe(lock.path, lock.dev, lock.ino, &slots, &count, &hold) ==
           SLOTS_DEAD,
       "a killed one has lost it");
    ok(count == 2 && slots[0].seq == 41 && slots[0].attempt == 1 &&
           slots[1].seq == INT64_MAX && slots[1].attempt == 7,
       "what it had started is in its slots, what it had cleared is not");
    free(slots);
    ok(hold >= 0 && probe(&lock, &slots, &count) == SLOTS_ALIVE,
       "who asked for it buries alone");
    unlink(lock.path);
    close(hold);
    ok(probe(&lock, &slots, &count) == SLOTS_UNKNOWN,
       "a missing file proves nothing");
}

static void test_other_file(void)
{
    struct lock lock;
    struct slot *slots;
    size_t count;
    char *link_path = xasprintf("%s/link", dir);
    pid_t agent = start_agent("two", 0, &lock);

    end_agent(agent);
    lock.ino++;
    ok(probe(&lock, &slots, &count) == SLOTS_UNKNOWN,
       "a file of another inode proves nothing");
    lock.ino--;
    lock.dev++;
    ok(probe(&lock, &slots, &count) == SLOTS_UNKNOWN,
       "nor does one of another device");
    lock.dev--;
    ok(symlink(lock.path, link_path) == 0 &&
           slots_probe(link_path, lock.dev, lock.ino, &slots, &count, NULL) ==
               SLOTS_UNKNOWN,
       "nor does a link to it");
    ok(probe(&lock, &slots, &count) == SLOTS_DEAD && count == 2,
       "the file itself does");
    free(slots);
    unlink(link_path);
    unlink(lock.path);
    free(link_path);
}

static void test_child(void)
{
    struct lock lock;
    struct slot *slots;
    size_t count;
    pid_t agent = start_agent("three", 1, &lock);

    end_agent(agent);
    ok(probe(&lock, &slots, &count) == SLOTS_ALIVE,
       "a child that lives on holds the lock of its dead agent");
    kill(lock.child, SIGKILL);
    unlink(lock.path);
}

static void test_torn(void)
{
    struct lock lock;
    struct slot *slots = NULL;
    size_t count;
    pid_t agent = start_agent("four", 0, &lock);
    int fd = open(lock.path, O_WRONLY | O_CLOEXEC);

    end_agent(agent);
    ok(pwrite(fd, "12 x", 4, 0) == 4 && pwrite(fd, "-3 1\n", 5, SLOT_SIZE) == 5,
       "some slots are spoilt");
    close(fd);
    ok(probe(&lock, &slots, &count) == SLOTS_DEAD && count == 1 &&
           slots[0].seq == INT64_MAX,
       "a spoilt slot names nothing, the others are read");
    free(slots);
    slots = NULL;
    ok(truncate(lock.path, 70) == 0 &&
           probe(&lock, &slots, &count) == SLOTS_DEAD && count == 0,
       "a file that was cut short is read as far as it goes");
    free(slots);
    unlink(lock.path);
}

static void test_own(void)
{
    struct err err = {0};
    struct slots *slots = slots_open(dir, "five", 1, &err);
    char *path = xstrdup(slots_path(slots));
    const struct slots *second = slots_open(dir, "five", 1, &err);

    ok(!second && err.code == ERR_CREATE, "a name can be taken only once");
    ok(access(path, F_OK) == 0, "and the file of the first one stays");
    ok(slots_set(slots, 1, 1, 1, &err) < 0 && err.code == ERR_BUG,
       "there are no more slots than jobs");
    ok(slots_fd(slots) >= 0, "the lock can be inherited");
    slots_close(slots);
    slots_close(NULL);
    ok(access(path, F_OK) < 0, "closing removes the file");
    free(path);
}

int main(void)
{
    char *run;

    if (!mkdtemp(dir))
        return 1;
    test_life();
    test_other_file();
    test_child();
    test_torn();
    test_own();
    run = xasprintf("%s/run", dir);
    rmdir(run);
    rmdir(dir);
    free(run);
    return tap_done();
}
