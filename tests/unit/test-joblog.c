/*
 * The job log has the form that GNU parallel and its readers know.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "tap.h"
#include "work/joblog.h"

#define HEADER                                                           \
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\t" \
    "Command\n"

static const struct joblog_line line = {
    .number = 7,
    .start = INT64_C(1700000000) * USEC_PER_SEC + 123456,
    .runtime = 1500 * USEC_PER_MSEC,
    .sent = 10,
    .received = 20,
    .exit_status = 3,
    .command = "a\tb\nc",
    .command_len = 5,
};
#define LINE "7\t:\t1700000000.123\t     1.500\t10\t20\t3\t0\ta b c\n"

static bool file_is(const char *path, const char *want)
{
    struct buf text = {0};
    struct err err = {0};
    bool same = file_read(path, 10000, &text, &err) == 0 &&
                strcmp(text.data ? text.data : "", want) == 0;

    if (!same)
        printf("# %s", text.data ? text.data : "");
    buf_release(&text);
    return same;
}

int main(void)
{
    char dir[] = "/tmp/aaos-test-joblog-XXXXXX";
    struct joblog *joblog;
    struct err err = {0};
    char *path, *append;

    if (!mkdtemp(dir))
        return 1;
    path = xasprintf("%s/log", dir);
    append = xasprintf("+%s", path);

    joblog = joblog_open(path, &err);
    ok(joblog && file_is(path, HEADER), "a new log begins with the columns");
    ok(joblog_put(joblog, &line, &err) == 0 && file_is(path, HEADER LINE),
       "a line has nine columns, whatever the command holds");
    joblog_close(joblog);

    joblog = joblog_open(append, &err);
    ok(joblog && joblog_put(joblog, &line, &err) == 0 &&
           file_is(path, HEADER LINE LINE),
       "with + it goes on, without a second header");
    joblog_close(joblog);

    joblog = joblog_open(path, &err);
    ok(joblog && file_is(path, HEADER), "without + it begins anew");
    joblog_close(joblog);
    ok(!joblog_open("/nonexistent/log", &err) && err.code == ERR_CREATE,
       "what cannot be created is an error of that class");

    unlink(path);
    rmdir(dir);
    free(path);
    free(append);
    return tap_done();
}
