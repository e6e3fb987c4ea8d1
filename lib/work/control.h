/*
 * control.h - the lines that a command writes to descriptor 3
 *
 *     progress 40 reading chapter two
 *     retry_after 120
 *     artifact report.pdf
 *     result {"answer": 42}
 *     task {"description": "look at chapter three"}
 *     action {"action_type": "file", "payload": {...}}
 */
#ifndef AAOS_WORK_CONTROL_H
#define AAOS_WORK_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { CONTROL_LINE_MAX = 1 << 20 };

enum control_kind {
    CONTROL_PROGRESS,
    CONTROL_RETRY_AFTER,
    CONTROL_ARTIFACT,
    CONTROL_RESULT,
    CONTROL_TASK,
    CONTROL_ACTION
};

/* Text is a piece of the line. */
struct control_line {
    enum control_kind kind;
    int percent;      /* of progress */
    int64_t usec;     /* of retry_after */
    const char *text; /* what progress says, the path, the JSON value;
                         of a task or an action: not looked at yet */
    size_t len;
};

/* ERR_DATA: not such a line; the message says what is wrong with it. */
int control_parse(const char *line, size_t len, struct control_line *out,
                  struct err *err);

#endif
