/*
 * reap-host.c - who is alive here, and who may kill
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "sched/reap.h"

/* For as long as dying processes are waited for. */
#define KILL_TIME (2 * USEC_PER_SEC)

enum { HOST_SIZE = 256, STATUS_LIMIT = 65536 };

/*
 * A boot_id is unique in the world, a machine_id is not where machines were
 * cloned: then the host's name tells them apart.
 */
enum reap_place reap_place(const struct reaper *reaper,
                           const struct agent *agent)
{
    const char *boot = proc_boot_id();
    const char *machine = proc_machine_id();
    char host[HOST_SIZE] = "";

    if (!*boot || !*agent->boot_id)
        return REAP_ELSEWHERE;
    if (strcmp(boot, agent->boot_id) == 0)
        return REAP_HERE;
    if (reaper->one_host)
        return REAP_REBOOTED;
    gethostname(host, sizeof(host) - 1);
    if (*machine && strcmp(machine, agent->machine_id) == 0 &&
        strcmp(host, agent->hostname) == 0)
        return REAP_REBOOTED;
    return REAP_ELSEWHERE;
}

/* --- is it alive? --------------------------------------------------------- */

/* A zombie has a start time, but no program any more. */
static bool runs(pid_t pid, int64_t start)
{
    char path[64];
    char program[2];

    if (pid <= 0 || start <= 0 || proc_start_time(pid) != start)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    return readlink(path, program, sizeof(program)) >= 0 || errno != ENOENT;
}

/* Its pid in its own namespace, the innermost one; or 0. */
static int64_t own_pid(const char *pid)
{
    struct err err = {0};
    struct buf status = {0};
    char path[64];
    const char *at = NULL;
    int64_t own = 0;

    snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
    if (file_read(path, STATUS_LIMIT, &status, &err) == 0 && status.data)
        at = strstr(status.data, "\nNSpid:");
    if (at)
        at += strlen("\nNSpid:");
    while (at && *at == '\t') {
        char *end;

        own = strtoll(at, &end, 10);
        at = end;
    }
    buf_release(&status);
    return own;
}

/* The start time is the same in every PID namespace, the pid is not. */
bool reap_agent_runs(const struct agent *agent)
{
    const struct dirent *entry;
    bool found = false;
    DIR *proc;

    if (runs((pid_t)agent->pid, agent->pid_start))
        return true;
    proc = opendir("/proc");
    if (!proc)
        return true;
    while (!found && (entry = readdir(proc)) != NULL)
        found =
            isdigit((unsigned char)*entry->d_name) &&
            runs((pid_t)strtol(entry->d_name, NULL, 10), agent->pid_start) &&
            own_pid(entry->d_name) == agent->pid;
    closedir(proc);
    return found;
}

/* --- who may kill --------------------------------------------------------- */

enum reap_gate_state reap_gate_take(struct reap_gate *gate,
                                    const char *lock_path)
{
    const char *slash = strrchr(lock_path, '/');
    enum reap_gate_state state = GATE_NONE;
    sigset_t stops;
    char *path;

    if (!slash)
        return GATE_NONE;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTSTP);
    sigaddset(&stops, SIGTTIN);
    sigaddset(&stops, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stops, &gate->mask);
    path = xasprintf("%.*s/reaper.lock", (int)(slash - lock_path), lock_path);
    gate->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (gate->fd >= 0)
        state = flock(gate->fd, LOCK_EX | LOCK_NB) == 0 ? GATE_OURS : GATE_BUSY;
    free(path);
    if (state != GATE_OURS)
        reap_gate_drop(gate);
    return state;
}

void reap_gate_drop(struct reap_gate *gate)
{
    file_close(&gate->fd);
    sigprocmask(SIG_SETMASK, &gate->mask, NULL);
}

static int count_killed(struct reaper *reaper, int killed)
{
    if (killed > 0)
        reaper->report->killed += killed;
    return killed < 0 ? -1 : 0;
}

int reap_kill(struct reaper *reaper, const char *const *env, size_t count,
              struct err *err)
{
    return count_killed(reaper,
                        proc_kill_by_env(env, count, 0, KILL_TIME, err));
}

int reap_kill_holders(struct reaper *reaper, const struct agent *agent,
                      struct err *err)
{
    return count_killed(reaper, proc_kill_holders((dev_t)agent->lock_dev,
                                                  (ino_t)agent->lock_ino, 0,
                                                  KILL_TIME, err));
}
