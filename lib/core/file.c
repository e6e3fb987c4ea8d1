/*
 * file.c - files that nobody else can read
 */
#include "config.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/mem.h"

enum { CHUNK = 65536 };

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int file_mkdir(const char *path, struct err *err)
{
    char *part = xstrdup(path);
    char *slash = part;
    int ret = -1;

    if (is_directory(path))
        goto done;
    do {
        slash += strspn(slash, "/");
        slash = strchr(slash, '/');
        if (slash)
            *slash = '\0';
        /* Another process may make it in between: then it is there. */
        if (mkdir(part, 0700) < 0 && !is_directory(part)) {
            err_errno(err, ERR_CREATE, "cannot create directory '%s'", part);
            goto out;
        }
        if (slash)
            *slash = '/';
    } while (slash);
done:
    ret = 0;
out:
    free(part);
    return ret;
}

int file_read(const char *path, size_t limit, struct buf *out, struct err *err)
{
    struct buf text = {0};
    ssize_t got;
    int ret = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return err_errno(err, ERR_NOINPUT, "cannot open '%s'", path);
    do {
        buf_reserve(&text, CHUNK);
        got = read(fd, text.data + text.len, CHUNK);
        if (got > 0)
            text.len += (size_t)got;
        if (text.len > limit) {
            err_set(err, ERR_DATA, "'%s' is larger than %zu bytes", path,
                    limit);
            goto out;
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0) {
        err_errno(err, ERR_IO, "cannot read '%s'", path);
        goto out;
    }
    buf_put(out, text.data, text.len);
    ret = 0;
out:
    buf_release(&text);
    file_close(&fd);
    return ret;
}

int file_write_all(int fd, const void *data, size_t len, struct err *err)
{
    const char *at = data;

    while (len > 0) {
        ssize_t written = write(fd, at, len);
        struct pollfd room = {.fd = fd, .events = POLLOUT};

        if (written > 0) {
            at += written;
            len -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            poll(&room, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return err_errno(err, ERR_IO, "cannot write");
        }
    }
    return 0;
}

/* The folder remembers the new name only when it is synced itself, but a
 * crash that brings the old content back does not tear it. */
static int fill(int fd, const void *data, size_t len, mode_t mode,
                struct err *err)
{
    if (file_write_all(fd, data, len, err) < 0)
        return -1;
    if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
        return err_errno(err, ERR_IO, "cannot write");
    return 0;
}

int file_replace(const char *path, const void *data, size_t len, mode_t mode,
                 struct err *err)
{
    char *temporary = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    int ret = -1;

    if (fd < 0) {
        err_errno(err, ERR_CREATE, "cannot create '%s'", path);
        free(temporary);
        return -1;
    }
    if (fill(fd, data, len, mode, err) < 0)
        err_wrap(err, "'%s'", path);
    else if (rename(temporary, path) < 0)
        err_errno(err, ERR_CREATE, "cannot replace '%s'", path);
    else
        ret = 0;
    if (ret < 0)
        unlink(temporary);
    file_close(&fd);
    free(temporary);
    return ret;
}

bool file_is_remote(const char *path)
{
    static const unsigned long kinds[] = {
        0x6969UL,     /* NFS */
        0x517bUL,     /* SMB */
        0xff534d42UL, /* CIFS */
        0xfe534d42UL, /* SMB 2 */
        0x01021997UL, /* 9p */
        0x5346414fUL, /* AFS, as OpenAFS names itself */
        0x6b414653UL, /* AFS, the kernel's own */
        0x00c36400UL, /* Ceph */
        0x73757245UL, /* Coda */
        0x0bd00bd0UL, /* Lustre */
        0x786f4256UL, /* shared folder of VirtualBox */
    };
    struct statfs fs;
    size_t i;

    if (statfs(path, &fs) < 0) {
        const char *slash = strrchr(path, '/');
        char *parent =
            slash ? xmemdup0(path, (size_t)(slash - path) + 1) : xstrdup(".");
        int failed = statfs(parent, &fs);

        free(parent);
        if (failed)
            return false;
    }
    for (i = 0; i < LENGTH(kinds); i++)
        if (((unsigned long)fs.f_type & 0xffffffffUL) == kinds[i])
            return true;
    return false;
}

void file_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}
