/*
 * joblog.h - a line an attempt, in the nine columns of GNU parallel
 *
 * Seq Host Starttime JobRuntime Send Receive Exitval Signal Command
 */
#ifndef AAOS_WORK_JOBLOG_H
#define AAOS_WORK_JOBLOG_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct joblog; /* opaque */

struct joblog_line {
    int64_t number;
    int64_t start, runtime; /* instant, duration */
    int64_t sent, received; /* bytes */
    int exit_status;        /* -1: none */
    int term_signal;
    const char *command;
    size_t command_len;
};

/* "+FILE" appends, FILE begins anew; an empty file gets the header. */
struct joblog *joblog_open(const char *file, struct err *err);
void joblog_close(struct joblog *joblog);
/* One write(2), so that several workers can share the file. */
int joblog_put(struct joblog *joblog, const struct joblog_line *line,
               struct err *err);

#endif
