/*
 * jsonl.c - a file of lines that survives the death of its writer
 */
#include "config.h"

#include "load/jsonl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failpoint.h"
#include "core/file.h"
#include "core/mem.h"

/* Where the last whole line ends; -1 with errno. */
static int64_t whole(int fd, int64_t size)
{
    char block[4096];

    while (size > 0) {
        int64_t from =
            size > (int64_t)sizeof(block) ? size - (int64_t)sizeof(block) : 0;
        ssize_t n = pread(fd, block, (size_t)(size - from), from);
        const char *newline;

        if (n != (ssize_t)(size - from))
            return -1;
        newline = memrchr(block, '\n', (size_t)n);
        if (newline)
            return from + (newline - block) + 1;
        size = from;
    }
    return 0;
}

static int repair(struct jsonl *file, struct err *err)
{
    struct stat st;

    if (fstat(file->fd, &st) < 0)
        return err_errno(err, ERR_IO, "cannot read '%s'", file->path);
    if (!S_ISREG(st.st_mode)) {
        file->size = -1; /* a pipe, a terminal: nothing to repair */
        return 0;
    }
    file->size = whole(file->fd, st.st_size);
    if (file->size < 0 ||
        (file->size < st.st_size && ftruncate(file->fd, file->size) < 0))
        return err_errno(err, ERR_IO, "cannot repair '%s'", file->path);
    return 0;
}

int jsonl_open(const char *path, struct jsonl *file, struct err *err)
{
    struct jsonl out = {.path = xstrdup(path)};

    out.fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out.fd < 0)
        err_errno(err, ERR_CREATE, "cannot open '%s'", path);
    else if (repair(&out, err) == 0) {
        *file = out;
        return 0;
    }
    jsonl_close(&out);
    return -1;
}

int jsonl_append(struct jsonl *file, const struct buf *line, struct err *err)
{
    FAILPOINT("jsonl.before");
    if (file_write_all(file->fd, line->data, line->len, err) == 0 &&
        (file->size < 0 || fdatasync(file->fd) == 0)) {
        FAILPOINT("jsonl.after");
        if (file->size >= 0)
            file->size += (int64_t)line->len;
        return 0;
    }
    if (!err->code)
        err_errno(err, ERR_IO, "cannot write");
    err->code = ERR_IO;
    if (file->size >= 0)
        (void)!ftruncate(file->fd, file->size);
    return err_wrap(err, "'%s'", file->path);
}

void jsonl_close(struct jsonl *file)
{
    file_close(&file->fd);
    free(file->path);
    *file = (struct jsonl){.fd = -1};
}
