/*
 * verify-evidence.c - what is in files: lists of hashes, logs, archives
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/verify.h"
#include "core/file.h"
#include "verify/archive.h"
#include "verify/hashes.h"
#include "verify/logs.h"
#include "verify/walk.h"

static int put_line(void *ctx, int fd, const struct stat *st, const char *name,
                    struct err *err)
{
    char hex[HASH_TEXT_SIZE];
    struct buf line = {0};
    int64_t size;
    int ret = 0;

    (void)ctx;
    (void)st;
    if (hashes_of(fd, hex, &size, err) < 0)
        return err_wrap(err, "'%s'", name);
    hashes_write(&line, hex, name);
    if (fwrite(line.data, 1, line.len, stdout) < line.len)
        ret = err_errno(err, ERR_IO, "cannot write to stdout");
    buf_release(&line);
    return ret;
}

static void check_list(struct verify_run *run, const char *list)
{
    bool standard = strcmp(list, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(list, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        verify_hashes(&run->verify, fd, list);
    } else {
        struct err err = {0};

        run->verify.area = "hashes";
        verify_begin(&run->verify, list,
                     "every file has the SHA-256 that is listed");
        err_errno(&err, ERR_NOINPUT, "cannot open '%s'", list);
        verify_unknown(&run->verify, &err);
        verify_end(&run->verify);
    }
    if (!standard)
        file_close(&fd);
}

int verify_run_hashes(struct verify_run *run, struct err *err)
{
    run->writes = run->given->make;
    for (size_t i = 0; i < run->arg_count; i++) {
        if (!run->given->make)
            check_list(run, run->args[i]);
        else if (walk_files(run->args[i], put_line, NULL, err) < 0)
            return -1;
    }
    return 0;
}

int verify_run_logs(struct verify_run *run, struct err *err)
{
    (void)err;
    verify_logs(&run->verify, run->store, run->args, run->arg_count);
    return 0;
}

/* The first operand is the archive, the others what goes into it. */
int verify_run_archive(struct verify_run *run, struct err *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t mtime = 0;
    struct archive_counts counts;

    run->writes = true;
    if (run->arg_count < 2)
        return err_set(err, ERR_USAGE,
                       "'archive' needs a file to write and what goes into it");
    if (epoch && *epoch &&
        conf_parse_int(epoch, 0, INT64_C(0777777777777), &mtime, err) < 0)
        return err_wrap(err, "SOURCE_DATE_EPOCH");
    if (archive_write(run->args[0], run->args + 1, run->arg_count - 1, mtime,
                      &counts, err) < 0)
        return -1;
    cmd_note("%lld files, %lld bytes", (long long)counts.files,
             (long long)counts.bytes);
    return 0;
}
