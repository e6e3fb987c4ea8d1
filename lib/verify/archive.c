/*
 * archive.c - evidence in one file
 *
 * One pass: what is hashed is what is written, even if a file changes
 * meanwhile; one that becomes shorter is an error.
 */
#include "config.h"

#include "verify/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/mem.h"
#include "verify/hashes.h"
#include "verify/tar.h"
#include "verify/walk.h"

enum { PIECE = 1 << 16 };

/* A file that is to go in. */
struct member {
    char *path, *name;
};

struct archive {
    int fd;
    struct stat self; /* of what is being written ... */
    struct stat old;  /* ... and of what it replaces */
    struct member *members;
    size_t count, cap;
    struct buf sums;
    int64_t mtime;
    struct archive_counts *counts;
};

/* ------------------------------------------------------------ collecting */

static bool leads_upwards(const char *name)
{
    const char *step = name;

    while (step) {
        if (strncmp(step, "..", 2) == 0 && (step[2] == '/' || !step[2]))
            return true;
        step = strchr(step, '/');
        step += step != NULL;
    }
    return false;
}

/* Without what says nothing: '/' and "./" at its start. */
static const char *member_name(const char *path)
{
    for (;;) {
        if (*path == '/')
            path++;
        else if (path[0] == '.' && path[1] == '/')
            path += 2;
        else
            return path;
    }
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int collect(void *ctx, int fd, const struct stat *st, const char *path,
                   struct err *err)
{
    struct archive *archive = ctx;
    const char *name = member_name(path);

    (void)fd;
    if (is_same(st, &archive->self) || is_same(st, &archive->old))
        return 0;
    if (leads_upwards(name))
        return err_set(err, ERR_USAGE, "'%s' leads upwards", path);
    archive->members = xgrow(archive->members, archive->count, &archive->cap,
                             sizeof(*archive->members));
    archive->members[archive->count++] =
        (struct member){.path = xstrdup(path), .name = xstrdup(name)};
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;

    return strcmp(x->name, y->name);
}

static int check_names(const struct archive *archive, struct err *err)
{
    for (size_t i = 0; i < archive->count; i++) {
        const char *name = archive->members[i].name;

        if (strcmp(name, ARCHIVE_SUMS) == 0)
            return err_set(err, ERR_USAGE,
                           "'%s' is the name of the list of hashes", name);
        if (i > 0 && strcmp(name, archive->members[i - 1].name) == 0)
            return err_set(err, ERR_USAGE, "'%s' is there twice", name);
    }
    return 0;
}

/* --------------------------------------------------------------- writing */

static int put(const struct archive *archive, const struct buf *text,
               struct err *err)
{
    return file_write_all(archive->fd, text->data, text->len, err);
}

/* Exactly this many bytes. */
static int copy(struct archive *archive, int fd, int64_t size,
                char hex[HASH_TEXT_SIZE], struct err *err)
{
    struct hash *hash = hash_open();
    char *piece = xmalloc(PIECE);
    int64_t left = size;
    int ret = 0;

    while (ret == 0 && left > 0) {
        ssize_t got = read(fd, piece, left < PIECE ? (size_t)left : PIECE);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            ret = got < 0 ? err_errno(err, ERR_IO, "cannot read it")
                          : err_set(err, ERR_TEMP, "it became shorter");
            break;
        }
        hash_put(hash, piece, (size_t)got);
        ret = file_write_all(archive->fd, piece, (size_t)got, err);
        left -= got;
    }
    hash_close(hash, hex);
    free(piece);
    return ret;
}

static int put_file(struct archive *archive, int fd, const char *name,
                    int64_t size, struct err *err)
{
    char hex[HASH_TEXT_SIZE];
    struct buf text = {0};
    int ret;

    tar_header(&text, name, size, archive->mtime);
    ret = put(archive, &text, err);
    if (ret == 0)
        ret = copy(archive, fd, size, hex, err);
    buf_reset(&text);
    tar_padding(&text, size);
    if (ret == 0 && text.len > 0)
        ret = put(archive, &text, err);
    if (ret == 0)
        hashes_write(&archive->sums, hex, name);
    archive->counts->files++;
    archive->counts->bytes += size;
    buf_release(&text);
    return ret < 0 ? err_wrap(err, "'%s'", name) : 0;
}

static int put_member(struct archive *archive, const struct member *member,
                      struct err *err)
{
    int fd = open(member->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    int ret;

    if (fd < 0 || fstat(fd, &st) < 0)
        ret = err_errno(err, ERR_IO, "cannot open '%s'", member->path);
    else if (!S_ISREG(st.st_mode))
        ret = err_set(err, ERR_TEMP, "'%s' is no file any more", member->path);
    else
        ret = put_file(archive, fd, member->name, st.st_size, err);
    file_close(&fd);
    return ret;
}

static int put_sums(struct archive *archive, struct err *err)
{
    struct buf text = {0};
    int ret;

    tar_header(&text, ARCHIVE_SUMS, (int64_t)archive->sums.len, archive->mtime);
    if (archive->sums.len > 0)
        buf_put(&text, archive->sums.data, archive->sums.len);
    tar_padding(&text, (int64_t)archive->sums.len);
    tar_end(&text);
    ret = put(archive, &text, err);
    buf_release(&text);
    return ret;
}

static int put_all(struct archive *archive, char *const *paths, size_t count,
                   struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (walk_files(paths[i], collect, archive, err) < 0)
            return -1;
    if (archive->count > 1)
        qsort(archive->members, archive->count, sizeof(*archive->members),
              by_name);
    if (check_names(archive, err) < 0)
        return -1;
    for (size_t i = 0; i < archive->count; i++)
        if (put_member(archive, &archive->members[i], err) < 0)
            return -1;
    return put_sums(archive, err);
}

static void release(struct archive *archive)
{
    for (size_t i = 0; i < archive->count; i++) {
        free(archive->members[i].path);
        free(archive->members[i].name);
    }
    free(archive->members);
    buf_release(&archive->sums);
}

/* Under another name until it is whole and on the disk. */
static int write_new(struct archive *archive, const char *out,
                     char *const *paths, size_t count, struct err *err)
{
    char *part = xasprintf("%s.part", out);
    int ret = -1;

    if (stat(out, &archive->old) < 0)
        archive->old = (struct stat){0};
    archive->fd =
        open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (archive->fd < 0 || fstat(archive->fd, &archive->self) < 0)
        err_errno(err, ERR_CREATE, "cannot create '%s'", part);
    else
        ret = put_all(archive, paths, count, err);
    if (ret == 0 && (fsync(archive->fd) < 0 || rename(part, out) < 0))
        ret = err_errno(err, ERR_IO, "cannot write '%s'", out);
    if (ret < 0 && archive->fd >= 0)
        unlink(part);
    file_close(&archive->fd);
    free(part);
    return ret;
}

int archive_write(const char *out, char *const *paths, size_t count,
                  int64_t mtime, struct archive_counts *counts, struct err *err)
{
    struct archive archive = {
        .fd = STDOUT_FILENO, .mtime = mtime, .counts = counts};
    int ret;

    *counts = (struct archive_counts){0};
    if (strcmp(out, "-") == 0)
        ret = put_all(&archive, paths, count, err);
    else
        ret = write_new(&archive, out, paths, count, err);
    release(&archive);
    return ret;
}
