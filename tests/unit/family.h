/*
 * family.h - an agent with its children, to be killed
 */
#ifndef AAOS_TESTS_FAMILY_H
#define AAOS_TESTS_FAMILY_H

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/slots.h"
#include "queue-case.h"
#include "store/agents.h"

static char state[] = "/tmp/aaos-sched-XXXXXX";

struct family {
    char agent_id[UUID_SIZE];
    pid_t agent, child, orphan; /* the last one has a session of its own */
    int64_t start;
    char lock_path[256];
    dev_t dev;
    ino_t ino;
};

static void be_sleeper(const char *agent_id, int64_t seq)
{
    char *env[] = {xasprintf("AAOS_AGENT_ID=%s", agent_id),
                   xasprintf("AAOS_TASK_ID=%s", id_of(seq)),
                   xstrdup("AAOS_ATTEMPT=1"), NULL};
    char *argv[] = {xstrdup("sleep"), xstrdup("1000"), NULL};

    setsid();
    execve("/bin/sleep", argv, env);
    _exit(1);
}

/* sleep(1) with this environment; lock: a descriptor that it inherits, or
 * -1.  It has its environment when this returns. */
static pid_t start_sleeper(const char *agent_id, int64_t seq, int lock)
{
    int done[2];
    char byte;
    pid_t pid;

    if (pipe2(done, O_CLOEXEC) < 0)
        _exit(1);
    pid = fork();
    if (pid == 0) {
        if (lock >= 0 && dup(lock) < 0) /* without FD_CLOEXEC */
            _exit(1);
        be_sleeper(agent_id, seq);
    }
    close(done[1]);
    if (read(done[0], &byte, 1) != 0) /* the other end closes by execve() */
        _exit(1);
    close(done[0]);
    return pid;
}

/* Its start time, from a /proc in which it may have another pid. */
static int64_t own_start(void)
{
    char pid[16] = "";

    if (readlink("/proc/self", pid, sizeof(pid) - 1) < 0)
        _exit(1);
    return proc_start_time((pid_t)strtol(pid, NULL, 10));
}

/* The agent: two children that are not its own any more when it dies, one
 * that keeps the lock and one that has nothing but its environment. */
static void be_agent(struct family *family, int tell)
{
    struct slots *slots = slots_open(state, family->agent_id, 4, &err);

    if (!slots || slots_set(slots, 0, 1, 1, &err) < 0 ||
        slots_set(slots, 1, 2, 1, &err) < 0)
        _exit(1);
    family->agent = getpid();
    family->start = own_start();
    family->child = start_sleeper(family->agent_id, 1, slots_fd(slots));
    family->orphan = start_sleeper(family->agent_id, 2, -1);
    snprintf(family->lock_path, sizeof(family->lock_path), "%s",
             slots_path(slots));
    family->dev = slots_dev(slots);
    family->ino = slots_ino(slots);
    if (write(tell, family, sizeof(*family)) != sizeof(*family))
        _exit(1);
    for (;;)
        pause();
}

static struct family start_agent(void)
{
    struct family family = {0};
    int tell[2];

    uuid_make(family.agent_id);
    if (pipe(tell) < 0)
        give_up("pipe");
    if (fork() == 0)
        be_agent(&family, tell[1]);
    close(tell[1]);
    if (read(tell[0], &family, sizeof(family)) != sizeof(family))
        give_up("the agent did not start");
    close(tell[0]);
    return family;
}

/* -1 would be everybody. */
static void end_process(pid_t pid)
{
    if (pid <= 1)
        give_up("no such process was started");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void end_agent(const struct family *family)
{
    end_process(family->agent);
}

/* Or a zombie, which has no program any more. */
static bool gone(pid_t pid)
{
    char path[64];
    char program[2];

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    return readlink(path, program, sizeof(program)) < 0;
}

static bool family_gone(const struct family *family)
{
    bool child = gone(family->child);

    return gone(family->orphan) && child;
}

static void end_family(const struct family *family)
{
    end_agent(family);
    end_process(family->child);
    end_process(family->orphan);
    unlink(family->lock_path);
}

/* A row of an agent; boot and machine NULL: ours. */
static void put_agent(const struct family *family, const char *machine,
                      const char *boot)
{
    char host[256] = "";
    const struct agent row = {
        .name = xstrdup("test"),
        .capabilities = xstrdup("[]"),
        .handler = xstrdup("command"),
        .jobs = 4,
        .hostname = host,
        .machine_id = xstrdup(machine ? machine : proc_machine_id()),
        .boot_id = xstrdup(boot ? boot : proc_boot_id()),
        .pid = family->agent,
        .pid_start = family->start,
        .lock_path = xstrdup(family->lock_path),
        .lock_dev = (int64_t)family->dev,
        .lock_ino = (int64_t)family->ino,
        .version = xstrdup("0"),
    };
    struct agent copy = row;

    gethostname(host, sizeof(host) - 1);
    memcpy(copy.agent_id, family->agent_id, UUID_SIZE);
    copy.hostname = xstrdup(host);
    if (store_agent_register(store, &copy, &err) < 0)
        give_up("register");
    agent_release(&copy);
}

#endif
