/*
 * proc-info.c - facts about processes, and signals as a descriptor
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/proc-internal.h"

enum { STAT_LIMIT = 4096 };

bool proc_read_fd(int fd, size_t limit, struct buf *out)
{
    ssize_t got;

    do {
        buf_reserve(out, STAT_LIMIT);
        got = pread(fd, out->data + out->len, STAT_LIMIT - 1, (off_t)out->len);
        if (got > 0)
            out->len += (size_t)got;
    } while (out->len < limit && (got > 0 || (got < 0 && errno == EINTR)));
    if (got >= 0)
        out->data[out->len] = '\0';
    return got >= 0;
}

bool proc_read(int dir, const char *path, size_t limit, struct buf *out)
{
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    bool done;

    if (fd < 0)
        return false;
    done = proc_read_fd(fd, limit, out);
    close(fd);
    return done;
}

/* The first word of a file of /proc or /etc. */
static void read_id(const char *path, char id[PROC_ID_SIZE])
{
    struct buf text = {0};

    if (proc_read(AT_FDCWD, path, PROC_ID_SIZE, &text)) {
        size_t len = strcspn(text.data, " \n");

        if (len < PROC_ID_SIZE) {
            memcpy(id, text.data, len);
            id[len] = '\0';
        }
    }
    buf_release(&text);
}

const char *proc_boot_id(void)
{
    static char id[PROC_ID_SIZE];

    if (!*id)
        read_id("/proc/sys/kernel/random/boot_id", id);
    return id;
}

const char *proc_machine_id(void)
{
    static char id[PROC_ID_SIZE];

    if (!*id)
        read_id("/etc/machine-id", id);
    return id;
}

int64_t proc_start_time(pid_t pid)
{
    enum { FIELD = 22, BEHIND_NAME = 3 };
    struct buf stat = {0};
    int64_t ticks = 0;
    char path[32];
    const char *at = NULL;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    /* The name in field 2 may hold spaces and parentheses. */
    if (proc_read(AT_FDCWD, path, STAT_LIMIT, &stat))
        at = strrchr(stat.data, ')');
    if (at)
        at += strspn(at, ") ");
    for (int field = BEHIND_NAME; at && field < FIELD; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (at)
        ticks = strtoll(at, NULL, 10);
    buf_release(&stat);
    return ticks;
}

int proc_signal_fd(struct err *err)
{
    static const int signals[] = {SIGTERM, SIGCHLD, SIGINT, SIGHUP, SIGQUIT};
    const struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t set;
    int fd;

    sigemptyset(&set);
    /* With SIGCHLD ignored children would vanish without a status. */
    sigaction(SIGCHLD, &normal, NULL);
    for (size_t i = 0; i < LENGTH(signals); i++) {
        struct sigaction old;
        bool ignored =
            sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN;

        if (!ignored || signals[i] == SIGTERM)
            sigaddset(&set, signals[i]);
    }
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return err_errno(err, ERR_OS, "cannot block signals");
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_errno(err, ERR_OS, "cannot receive signals");
    return fd;
}
