/*
 * verify-evidence.c - what is in files: lists of hashes, logs
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/verify.h"
#include "core/file.h"
#include "verify/hashes.h"
#include "verify/logs.h"

static int put_line(void *ctx, const char *hex, const char *name,
                    struct err *err)
{
    struct buf line = {0};
    size_t done;

    (void)ctx;
    hashes_write(&line, hex, name);
    done = fwrite(line.data, 1, line.len, stdout);
    if (done < line.len)
        err_errno(err, ERR_IO, "cannot write to stdout");
    done -= line.len;
    buf_release(&line);
    return done == 0 ? 0 : -1;
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
    for (size_t i = 0; i < run->arg_count; i++) {
        if (!run->given->make)
            check_list(run, run->args[i]);
        else if (hashes_make(run->args[i], put_line, NULL, err) < 0)
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
