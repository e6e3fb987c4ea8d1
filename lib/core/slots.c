/*
 * slots.c - the lock that proves an agent alive, and what it has started
 *
 * flock(2) belongs to the open file, not to a process: a child that
 * inherited the descriptor holds the lock as well, and the kernel frees it
 * with the last of them.  That is the whole proof; nothing in the file is
 * believed while the lock is held.
 */
#include "config.h"

#include "core/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

enum { JOBS_MAX = 65536 };

struct slots {
    int fd;
    int jobs;
    char *path;
    dev_t dev;
    ino_t ino;
};

static int write_slot(struct slots *slots, int job, const char text[SLOT_SIZE],
                      struct err *err)
{
    ssize_t put;

    if (job < 0 || job >= slots->jobs)
        return err_set(err, ERR_BUG, "there is no slot %d", job);
    do {
        put = pwrite(slots->fd, text, SLOT_SIZE, (off_t)job * SLOT_SIZE);
    } while (put < 0 && errno == EINTR);
    if (put < 0)
        return err_errno(err, ERR_IO, "cannot write '%s'", slots->path);
    if (put != SLOT_SIZE)
        return err_set(err, ERR_IO, "cannot write '%s': no space left",
                       slots->path);
    return 0;
}

int slots_set(struct slots *slots, int job, int64_t seq, int attempt,
              struct err *err)
{
    char text[SLOT_SIZE + 1];
    int len =
        snprintf(text, sizeof(text), "%lld %d\n", (long long)seq, attempt);

    memset(text + len, ' ', (size_t)(SLOT_SIZE - len));
    return write_slot(slots, job, text, err);
}

int slots_clear(struct slots *slots, int job, struct err *err)
{
    char text[SLOT_SIZE];

    memset(text, ' ', sizeof(text));
    return write_slot(slots, job, text, err);
}

/* An absolute path, because others read it in another folder. */
static char *make_path(const char *state_dir, const char *id, struct err *err)
{
    char *folder = xasprintf("%s/run", state_dir);
    char *full = NULL;
    char *path = NULL;

    if (file_mkdir(folder, err) < 0)
        goto out;
    full = realpath(folder, NULL);
    if (!full) {
        err_errno(err, ERR_CREATE, "cannot find '%s'", folder);
        goto out;
    }
    path = xasprintf("%s/%s.lock", full, id);
out:
    free(full);
    free(folder);
    return path;
}

/* Create, lock and fill the file at slots->path. */
static int create(struct slots *slots, struct err *err)
{
    struct stat st;

    slots->fd = open(slots->path,
                     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (slots->fd < 0)
        return err_errno(err, ERR_CREATE, "cannot create '%s'", slots->path);
    if (flock(slots->fd, LOCK_EX | LOCK_NB) < 0 || fstat(slots->fd, &st) < 0)
        return err_errno(err, ERR_OS, "cannot lock '%s'", slots->path);
    slots->dev = st.st_dev;
    slots->ino = st.st_ino;
    for (int job = 0; job < slots->jobs; job++)
        if (slots_clear(slots, job, err) < 0)
            return -1;
    return 0;
}

struct slots *slots_open(const char *state_dir, const char *id, int jobs,
                         struct err *err)
{
    struct slots *slots;

    if (jobs < 1 || jobs > JOBS_MAX || strchr(id, '/')) {
        err_set(err, ERR_BUG, "cannot make %d slots for '%s'", jobs, id);
        return NULL;
    }
    slots = xcalloc(1, sizeof(*slots));
    slots->fd = -1;
    slots->jobs = jobs;
    slots->path = make_path(state_dir, id, err);
    if (slots->path && create(slots, err) == 0)
        return slots;
    /* Somebody else's file is left alone. */
    if (slots->fd < 0) {
        free(slots->path);
        slots->path = NULL;
    }
    slots_close(slots);
    return NULL;
}

void slots_close(struct slots *slots)
{
    if (!slots)
        return;
    if (slots->path)
        unlink(slots->path);
    file_close(&slots->fd);
    free(slots->path);
    free(slots);
}

int slots_fd(const struct slots *slots)
{
    return slots->fd;
}

const char *slots_path(const struct slots *slots)
{
    return slots->path;
}

dev_t slots_dev(const struct slots *slots)
{
    return slots->dev;
}

ino_t slots_ino(const struct slots *slots)
{
    return slots->ino;
}

/* --- somebody else's file ------------------------------------------------- */

/* "SEQ ATTEMPT\n" and spaces; an empty or torn slot names nothing. */
static bool read_slot(const char text[SLOT_SIZE], struct slot *slot)
{
    char copy[SLOT_SIZE + 1];
    long long seq;
    long attempt;
    char *end;

    memcpy(copy, text, SLOT_SIZE);
    copy[SLOT_SIZE] = '\0';
    seq = strtoll(copy, &end, 10);
    if (end == copy || *end != ' ' || seq <= 0)
        return false;
    attempt = strtol(end, &end, 10);
    if (*end != '\n' || attempt <= 0 || attempt > INT32_MAX)
        return false;
    *slot = (struct slot){.seq = seq, .attempt = (int)attempt};
    return true;
}

static void read_slots(int fd, struct slot **slots, size_t *count)
{
    char text[SLOT_SIZE];
    struct slot *list = NULL;
    size_t cap = 0;

    *count = 0;
    for (int job = 0; job < JOBS_MAX; job++) {
        struct slot slot;

        if (pread(fd, text, SLOT_SIZE, (off_t)job * SLOT_SIZE) != SLOT_SIZE)
            break;
        if (!read_slot(text, &slot))
            continue;
        list = xgrow(list, *count, &cap, sizeof(*list));
        list[(*count)++] = slot;
    }
    *slots = list;
}

/* Is it that file, and does its name still lead there? */
static bool is_file(int fd, dev_t dev, ino_t ino)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 0 &&
           st.st_dev == dev && st.st_ino == ino;
}

enum slots_verdict slots_probe(const char *path, dev_t dev, ino_t ino,
                               struct slot **slots, size_t *count, int *hold_fd)
{
    enum slots_verdict verdict = SLOTS_UNKNOWN;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    *slots = NULL;
    *count = 0;
    if (fd < 0 || !is_file(fd, dev, ino))
        goto out;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            verdict = SLOTS_ALIVE;
        goto out;
    }
    /* Whoever buried it in between has removed the file. */
    if (!is_file(fd, dev, ino))
        goto out;
    verdict = SLOTS_DEAD;
    read_slots(fd, slots, count);
    if (hold_fd) {
        *hold_fd = fd;
        return verdict;
    }
out:
    file_close(&fd);
    return verdict;
}
