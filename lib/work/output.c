/*
 * output.c - captured stdout
 *
 * Whatever comes is read, so that a chatty program never blocks; what
 * cannot be kept is counted and dropped.
 */
#include "config.h"

#include "work/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

enum { NAMES = 10 };

void output_release(struct output *output)
{
    if (output->hash) {
        char text[HASH_TEXT_SIZE];

        hash_close(output->hash, text);
    }
    if (output->filed)
        file_close(&output->fd);
    buf_release(&output->head);
    *output = (struct output){0};
}

/* The program may have made a file of that name itself: it stays. */
static int create(struct output *output, int folder, struct err *err)
{
    int i;

    for (i = 0; i < NAMES; i++) {
        snprintf(output->name, sizeof(output->name), i ? "stdout.%d" : "stdout",
                 i);
        output->fd =
            openat(folder, output->name,
                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (output->fd >= 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return err_errno(err, ERR_CREATE, "cannot create '%s'", output->name);
}

static void keep(struct output *output, int64_t limit, const char *data,
                 size_t len)
{
    size_t room = limit > output->kept ? (size_t)(limit - output->kept) : 0;

    if (output->cut)
        return;
    if (len > room) {
        len = room;
        output->cut = true;
    }
    if (file_write_all(output->fd, data, len, &output->trouble) < 0) {
        /* The hash must be that of the file: only whole pieces count. */
        if (ftruncate(output->fd, (off_t)output->kept) < 0)
            output->kept = 0;
        output->cut = true;
        return;
    }
    hash_put(output->hash, data, len);
    output->kept += (int64_t)len;
}

/* The first byte too many has come: all of it goes to a file. */
static void begin_file(struct output *output, int64_t limit,
                       output_folder *folder, void *ctx)
{
    int dir = folder(ctx, &output->trouble);

    if (dir < 0 || create(output, dir, &output->trouble) < 0) {
        output->cut = true;
        file_close(&dir);
        return;
    }
    file_close(&dir);
    output->filed = true;
    output->hash = hash_open();
    if (output->head.len > 0)
        keep(output, limit, output->head.data, output->head.len);
}

void output_put(struct output *output, const struct output_limits *limits,
                const char *data, size_t len, output_folder *folder, void *ctx)
{
    size_t room = limits->memory > (int64_t)output->head.len
                      ? (size_t)limits->memory - output->head.len
                      : 0;
    bool fits = output->size == (int64_t)output->head.len && len <= room;

    output->size += (int64_t)len;
    if (!fits && !output->filed && !output->cut)
        begin_file(output, limits->file, folder, ctx);
    if (output->filed)
        keep(output, limits->file, data, len);
    if (room > 0)
        buf_put(&output->head, data, len < room ? len : room);
}

bool output_end(struct output *output, char sha256[HASH_TEXT_SIZE])
{
    if (!output->filed)
        return false;
    file_close(&output->fd);
    output->filed = false;
    hash_close(output->hash, sha256);
    output->hash = NULL;
    return true;
}
