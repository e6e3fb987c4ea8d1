/*
 * walk.c - through directories in the order of names
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "verify/walk.h"

enum { DEPTH_MAX = 64 };

struct walking {
    walk_each *each;
    void *ctx;
};

static int visit(const struct walking *self, int dir, const char *step,
                 const char *name, int depth, struct err *err);

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **list_names(DIR *dir, size_t *count)
{
    char **names = NULL;
    size_t cap = 0;
    const struct dirent *entry;

    *count = 0;
    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        names = xgrow(names, *count, &cap, sizeof(*names));
        names[(*count)++] = xstrdup(entry->d_name);
    }
    if (*count > 1)
        qsort(names, *count, sizeof(*names), by_bytes);
    return names;
}

/* Takes over fd. */
static int visit_dir(const struct walking *self, int fd, const char *name,
                     int depth, struct err *err)
{
    DIR *dir = fdopendir(fd);
    char **names;
    size_t count;
    int ret = 0;

    if (!dir) {
        close(fd);
        return err_errno(err, ERR_IO, "cannot read '%s'", name);
    }
    names = list_names(dir, &count);
    for (size_t i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", name, names[i]);

        if (ret == 0)
            ret = visit(self, dirfd(dir), names[i], path, depth + 1, err);
        free(path);
        free(names[i]);
    }
    free(names);
    closedir(dir);
    return ret;
}

static int visit(const struct walking *self, int dir, const char *step,
                 const char *name, int depth, struct err *err)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    struct stat st;
    int ret = 0;
    int fd;

    if (depth > DEPTH_MAX)
        return err_set(err, ERR_DATA, "'%s' is too deep", name);
    /* What the user named may be a link; what is found below may not. */
    fd = openat(dir, step, depth > 0 ? flags | O_NOFOLLOW : flags);
    if (fd < 0 && depth > 0 && (errno == ELOOP || errno == ENXIO))
        return 0;
    if (fd < 0)
        return err_errno(err, errno == ENOENT ? ERR_NOINPUT : ERR_IO,
                         "cannot open '%s'", name);
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return visit_dir(self, fd, name, depth, err);
    if (S_ISREG(st.st_mode))
        ret = self->each(self->ctx, fd, &st, name, err);
    else if (depth == 0)
        ret = err_set(err, ERR_DATA, "'%s' is not a regular file", name);
    close(fd);
    return ret;
}

int walk_files(const char *path, walk_each *each, void *ctx, struct err *err)
{
    const struct walking self = {.each = each, .ctx = ctx};
    char *name = xstrdup(path);
    size_t len = strlen(name);
    int ret;

    while (len > 1 && name[len - 1] == '/')
        name[--len] = '\0';
    ret = visit(&self, AT_FDCWD, name, name, 0, err);
    free(name);
    return ret;
}
