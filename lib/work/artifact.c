/*
 * artifact.c - files that attempts leave behind
 *
 * Announced files are hashed when the attempt has ended and nothing of it
 * can write any more: the hash is that of what stays.
 */
#include "config.h"

#include "work/artifact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/mem.h"

enum { PIECE = 1 << 18 };

int artifact_open(struct work *work, struct err *err)
{
    char *path = xasprintf("%s/artifacts", work->options->state_dir);
    int ret = file_mkdir(path, err);

    if (ret == 0) {
        work->artifacts_path = realpath(path, NULL);
        work->artifacts =
            open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (!work->artifacts_path || work->artifacts < 0)
            ret = err_errno(err, ERR_CREATE, "cannot open '%s'", path);
    }
    free(path);
    return ret;
}

/* An empty one of an ended attempt, under a new name: on many file systems
 * twenty times cheaper than to remove it and to make another. */
static bool reuse(struct job *job)
{
    struct work *work = job->work;
    char *spare;
    bool done;

    if (work->spare_count == 0)
        return false;
    spare = work->spares[--work->spare_count];
    done = renameat(work->artifacts, spare, work->artifacts, job->dir) == 0;
    free(spare);
    return done;
}

int artifact_folder_make(struct job *job, struct err *err)
{
    if (reuse(job)) {
        job->has_dir = true;
        return 0;
    }
    if (mkdirat(job->work->artifacts, job->dir, 0700) < 0 && errno != EEXIST)
        return err_errno(err, ERR_OS, "cannot create '%s/%s'",
                         job->work->artifacts_path, job->dir);
    job->has_dir = true;
    return 0;
}

/* As we make them, and nothing in it. */
static bool is_new(const struct job *job)
{
    enum { DOTS = 2 * 24 }; /* the entries "." and ".." */
    char entries[256];
    struct stat st;
    int fd = openat(job->work->artifacts, job->dir,
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    bool empty = fd >= 0 && fstat(fd, &st) == 0 &&
                 (st.st_mode & 07777) == 0700 && st.st_uid == geteuid() &&
                 getdents64(fd, entries, sizeof(entries)) == DOTS;

    file_close(&fd);
    return empty;
}

void artifact_folder_drop(struct job *job)
{
    struct work *work = job->work;

    if (!job->has_dir)
        return;
    parents_drop(job);
    job->has_dir = false;
    if (work->draining || work->spare_count == work->job_count ||
        !is_new(job)) {
        unlinkat(work->artifacts, job->dir, AT_REMOVEDIR);
        return;
    }
    if (!work->spares)
        work->spares = xcalloc((size_t)work->job_count, sizeof(char *));
    work->spares[work->spare_count++] = xstrdup(job->dir);
}

void artifact_close(struct work *work)
{
    while (work->spare_count > 0) {
        char *spare = work->spares[--work->spare_count];

        unlinkat(work->artifacts, spare, AT_REMOVEDIR);
        free(spare);
    }
    free(work->spares);
    free(work->artifacts_path);
    file_close(&work->artifacts);
}

int artifact_folder(void *ctx, struct err *err)
{
    struct job *job = ctx;
    int fd;

    if (!job->has_dir && artifact_folder_make(job, err) < 0)
        return -1;
    fd = openat(job->work->artifacts, job->dir,
                O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        err_errno(err, ERR_OS, "cannot open '%s/%s'", job->work->artifacts_path,
                  job->dir);
    return fd;
}

char *artifact_ref(const struct job *job, const char *name)
{
    return xasprintf("artifacts/%s/%s", job->dir, name);
}

/* The path below the directory, or NULL when it is another's. */
static const char *inside(const struct job *job, const char *path)
{
    size_t base = strlen(job->work->artifacts_path);
    size_t dir = strlen(job->dir);

    if (*path != '/')
        return path;
    if (strncmp(path, job->work->artifacts_path, base) != 0 ||
        path[base] != '/' || strncmp(path + base + 1, job->dir, dir) != 0 ||
        path[base + 1 + dir] != '/')
        return NULL;
    return path + base + 1 + dir + 1;
}

/* Step by step, so that no link is followed; takes over `at`. */
static int walk(int at, const char *path, struct err *err)
{
    char *copy = xstrdup(path);
    char *rest = copy;
    const char *step;

    while (at >= 0 && (step = strsep(&rest, "/"))) {
        int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        int next = -1;

        if (strcmp(step, "..") == 0)
            err_set(err, ERR_DATA, "leaves the directory of artifacts");
        else if ((next = openat(at, *step ? step : ".",
                                rest ? flags | O_DIRECTORY : flags)) < 0)
            err_errno(err, ERR_DATA, "cannot open it");
        close(at);
        at = next;
    }
    free(copy);
    return at;
}

/* The heartbeat must not wait for the end of a long file. */
static int hash_file(struct job *job, int fd, char sha256[HASH_TEXT_SIZE],
                     struct err *err)
{
    struct hash *hash = hash_open();
    int64_t limit = job->work->options->artifact_limit;
    char *piece = xmalloc(PIECE);
    int64_t size = 0;
    ssize_t got;

    while ((got = read(fd, piece, PIECE)) > 0 && size <= limit) {
        hash_put(hash, piece, (size_t)got);
        size += got;
        agent_beat(job->work);
    }
    hash_close(hash, sha256);
    free(piece);
    if (got < 0)
        return err_errno(err, ERR_DATA, "cannot read it");
    if (size > limit)
        return err_set(err, ERR_DATA, "longer than %lld bytes",
                       (long long)limit);
    return 0;
}

static int record(struct job *job, const char *path, struct err *err)
{
    char sha256[HASH_TEXT_SIZE];
    struct stat st;
    char *ref;
    int fd = artifact_folder(job, err);

    if (fd >= 0)
        fd = walk(fd, path, err);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(err, ERR_DATA, "not a regular file");
    }
    if (hash_file(job, fd, sha256, err) < 0) {
        close(fd);
        return -1;
    }
    close(fd);
    ref = artifact_ref(job, path);
    errlog_artifact(&job->log, path, ref, sha256);
    free(ref);
    return 0;
}

void artifact_record(struct job *job)
{
    size_t i;

    for (i = 0; i < job->announced_count; i++) {
        const char *path = inside(job, job->announced[i]);
        struct err err = {0};

        if (!path)
            err_set(&err, ERR_DATA, "not in the directory of artifacts");
        else
            record(job, path, &err);
        if (err.code)
            errlog_add(&job->log, "warn", "artifact '%.200s': %s",
                       job->announced[i], err.msg);
    }
}

char *artifact_keep(struct job *job, const char *data, size_t len,
                    char sha256[65])
{
    static const char name[] = "result.json";
    struct err err = {0};
    int folder = artifact_folder(job, &err);
    int fd = -1;
    char *ref = NULL;

    if (folder >= 0)
        fd = openat(folder, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (folder >= 0 && fd < 0)
        err_errno(&err, ERR_CREATE, "cannot create '%s'", name);
    if (fd >= 0 && file_write_all(fd, data, len, &err) == 0) {
        hash_text(data, len, sha256);
        ref = artifact_ref(job, name);
    }
    file_close(&fd);
    file_close(&folder);
    if (!ref)
        errlog_add(&job->log, "warn", "the whole result is not kept: %s",
                   err.msg);
    return ref;
}
