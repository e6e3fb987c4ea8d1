/*
 * hashes-make.c - walking through directories in the order of names
 *
 * The order is that of bytes, whatever the locale, so that the same files
 * give the same list everywhere.
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
#include "verify/hashes.h"

enum { DEPTH_MAX = 64 };

struct making {
    int (*put)(void *ctx, const char *hex, const char *name, struct err *err);
    void *ctx;
};

static int make(const struct making *self, int dir, const char *step,
                const char *name, int depth, struct err *err);

static int make_file(const struct making *self, int fd, const char *name,
                     struct err *err)
{
    char hex[HASH_TEXT_SIZE];
    int64_t size;

    if (hashes_of(fd, hex, &size, err) < 0)
        return err_wrap(err, "'%s'", name);
    return self->put(self->ctx, hex, name, err);
}

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
static int make_dir(const struct making *self, int fd, const char *name,
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
            ret = make(self, dirfd(dir), names[i], path, depth + 1, err);
        free(path);
        free(names[i]);
    }
    free(names);
    closedir(dir);
    return ret;
}

static int make(const struct making *self, int dir, const char *step,
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
        return make_dir(self, fd, name, depth, err);
    if (S_ISREG(st.st_mode))
        ret = make_file(self, fd, name, err);
    else if (depth == 0)
        ret = err_set(err, ERR_DATA, "'%s' is not a regular file", name);
    close(fd);
    return ret;
}

int hashes_make(const char *path,
                int (*put)(void *ctx, const char *hex, const char *name,
                           struct err *err),
                void *ctx, struct err *err)
{
    const struct making self = {.put = put, .ctx = ctx};
    char *name = xstrdup(path);
    size_t len = strlen(name);
    int ret;

    while (len > 1 && name[len - 1] == '/')
        name[--len] = '\0';
    ret = make(&self, AT_FDCWD, name, name, 0, err);
    free(name);
    return ret;
}
