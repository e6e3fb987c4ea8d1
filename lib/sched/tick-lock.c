/*
 * tick-lock.c - takeover within one tick when a dispatcher of this host died
 *
 * The lease alone would make everybody wait until it is over.  The lock
 * decides nothing: without it, or when a stopped process holds it, the
 * lease is waited for.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "core/uuid.h"
#include "sched/tick-private.h"

char *tick_owner(char text[TICK_OWNER_SIZE])
{
    char uuid[UUID_SIZE];

    snprintf(text, TICK_OWNER_SIZE, "%.36s/%.36s/%ld/%s", proc_machine_id(),
             proc_boot_id(), (long)getpid(), uuid_make(uuid));
    return text;
}

static int open_file(const char *state_dir, const char *db_uuid)
{
    struct err ignored = {0};
    char *dir = xasprintf("%s/run", state_dir);
    char *path = xasprintf("%s/dispatcher-%s.lock", dir, db_uuid);
    int fd = -1;

    if (file_mkdir(dir, &ignored) == 0)
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    free(dir);
    return fd;
}

static void write_names(int fd, const char *names)
{
    size_t len = strlen(names);

    /* What is not written proves nothing: no more is lost. */
    if (ftruncate(fd, 0) < 0 || pwrite(fd, names, len, 0) != (ssize_t)len)
        return;
}

void tick_lock_take(struct tick_lock *lock, const char *state_dir,
                    const char *db_uuid, const char *owner)
{
    size_t room = sizeof(lock->before) - TICK_OWNER_SIZE;
    ssize_t len;
    char *names;

    *lock = (struct tick_lock){.fd = -1};
    if (!state_dir)
        return;
    lock->fd = open_file(state_dir, db_uuid);
    if (lock->fd < 0)
        return;
    if (flock(lock->fd, LOCK_EX | LOCK_NB) < 0) {
        file_close(&lock->fd);
        return;
    }
    len = pread(lock->fd, lock->before, room, 0);
    lock->before[len > 0 ? len : 0] = '\0';
    /* Ours too, before we have the lease: we may die in between. */
    names = xasprintf("%s%s\n", lock->before, owner);
    write_names(lock->fd, names);
    free(names);
}

bool tick_lock_proves(const struct tick_lock *lock, const char *holder)
{
    const char *machine = proc_machine_id();
    size_t len = strlen(holder);
    const char *at = lock->before;

    if (lock->fd < 0 || len == 0 ||
        strncmp(holder, machine, strlen(machine)) != 0)
        return false;
    while ((at = strstr(at, holder))) {
        if ((at == lock->before || at[-1] == '\n') && at[len] == '\n')
            return true;
        at += len;
    }
    return false;
}

void tick_lock_own(struct tick_lock *lock, const char *owner)
{
    char *name;

    if (lock->fd < 0)
        return;
    name = xasprintf("%s\n", owner);
    write_names(lock->fd, name);
    free(name);
}

void tick_lock_drop(struct tick_lock *lock, bool ended)
{
    if (lock->fd < 0)
        return;
    write_names(lock->fd, ended ? "" : lock->before);
    file_close(&lock->fd);
}
