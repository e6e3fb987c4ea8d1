/*
 * proc.h - starting, finding and ending processes
 *
 * Children are started by vfork, with only prctl(PR_SET_PDEATHSIG,
 * SIGKILL), a getppid check, setpgid, dup2, sigmask and exec between:
 * posix_spawn cannot set the death signal and fork from a large process
 * is twenty times slower.
 */
#ifndef AAOS_CORE_PROC_H
#define AAOS_CORE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

struct proc_spec {
    const char *path; /* absolute, from proc_lookup() */
    char *const *argv;
    char *const *envp;
    const char *dir; /* NULL: ours */
    int fds[4];      /* what 0, 1, 2, 3 shall be; -1: /dev/null for
                                0-2, closed for 3 */
    int keep;        /* one more descriptor to leave open, or -1 */
};

/*
 * Start in a process group of its own, default signal dispositions, empty
 * mask, no descriptors but those of the spec.  Handlers that we set after the
 * first start are not known and not taken back.  Returns the pid; -1 with
 * ERR_CONFIG when exec failed (errno is told through memory shared by
 * vfork; ERR_DATA when arguments and environment are too long), ERR_OS when
 * something before it did.
 */
pid_t proc_spawn(const struct proc_spec *spec, struct err *err);

/* As execvp would find it; a malloc'd absolute path. */
char *proc_lookup(const char *command, struct err *err);

/* Facts that name a process and a boot for ever. */
enum { PROC_ID_SIZE = 40 };
/* /proc/sys/kernel/random/boot_id and /etc/machine-id; "" if unreadable. */
const char *proc_boot_id(void);
const char *proc_machine_id(void);
/* Start time in clock ticks since boot (field 22 of stat), or 0. */
int64_t proc_start_time(pid_t pid);

/*
 * Kill (SIGKILL) every process whose /proc/PID/environ holds all `count`
 * strings of `env` ("AAOS_TASK_ID=..."), again and again until a scan finds
 * none (zombies do not count) or `usec` have passed.  Never our own pid and
 * never `except` (0: nobody).  Returns how many were killed, -1 (ERR_TEMP)
 * when some are still there.
 * Each string must be NAME=VALUE with a value: what other
 * people's processes could have is refused (ERR_BUG).
 */
int proc_kill_by_env(const char *const *env, size_t count, pid_t except,
                     int64_t usec, struct err *err);

/*
 * As above, for every process that has the regular file (dev, ino) open,
 * which is how an inherited lock is held.
 */
int proc_kill_holders(dev_t dev, ino_t ino, pid_t except, int64_t usec,
                      struct err *err);

/*
 * Direct children of this process (it is a subreaper: orphans of a job
 * come to it) that `known` does not know: killed if their environment has
 * all `count` strings.  Cheap when there are none: one small read.
 */
void proc_kill_strays(const char *const *env, size_t count,
                      bool (*known)(void *ctx, pid_t pid), void *ctx);

/*
 * Signals as a descriptor (non-blocking): TERM, INT, HUP, QUIT, CHLD blocked
 * and queued, but not those of INT, HUP, QUIT that were ignored at the
 * start (nohup, background jobs of a script).
 */
int proc_signal_fd(struct err *err);

#endif
