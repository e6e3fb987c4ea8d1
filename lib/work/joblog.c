/*
 * joblog.c - GNU parallel's job log
 */
#include "config.h"

#include "work/joblog.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"

struct joblog {
    int fd;
    char *name;
    struct buf line;
};

static int put(struct joblog *joblog, struct err *err)
{
    if (file_write_all(joblog->fd, joblog->line.data, joblog->line.len, err) <
        0)
        return err_wrap(err, "cannot write '%s'", joblog->name);
    return 0;
}

struct joblog *joblog_open(const char *file, struct err *err)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    struct joblog *joblog = xcalloc(1, sizeof(*joblog));
    struct stat st;

    if (*file == '+')
        file++;
    else
        flags |= O_TRUNC;
    joblog->name = xstrdup(file);
    joblog->fd = open(file, flags, 0666);
    if (joblog->fd < 0) {
        err_errno(err, ERR_CREATE, "cannot open '%s'", file);
        joblog_close(joblog);
        return NULL;
    }
    if (fstat(joblog->fd, &st) == 0 && st.st_size == 0) {
        buf_str(&joblog->line, "Seq\tHost\tStarttime\tJobRuntime\tSend\t"
                               "Receive\tExitval\tSignal\tCommand\n");
        if (put(joblog, err) < 0) {
            joblog_close(joblog);
            return NULL;
        }
    }
    return joblog;
}

void joblog_close(struct joblog *joblog)
{
    if (!joblog)
        return;
    file_close(&joblog->fd);
    buf_release(&joblog->line);
    free(joblog->name);
    free(joblog);
}

static void put_seconds(struct buf *line, int64_t usec)
{
    buf_fmt(line, "%6lld.%03d\t", (long long)(usec / USEC_PER_SEC),
            (int)(usec % USEC_PER_SEC / USEC_PER_MSEC));
}

int joblog_put(struct joblog *joblog, const struct joblog_line *line,
               struct err *err)
{
    struct buf *out = &joblog->line;
    size_t i;

    buf_reset(out);
    buf_fmt(out, "%lld\t:\t", (long long)line->number);
    put_seconds(out, line->start);
    put_seconds(out, line->runtime);
    buf_fmt(out, "%lld\t%lld\t%d\t%d\t", (long long)line->sent,
            (long long)line->received,
            line->exit_status < 0 ? 0 : line->exit_status, line->term_signal);
    for (i = 0; i < line->command_len; i++) {
        char byte = line->command[i];

        if (byte == '\t' || byte == '\n' || byte == '\0')
            byte = ' ';
        buf_byte(out, byte);
    }
    buf_byte(out, '\n');
    return put(joblog, err);
}
