/*
 * message.h - one line of a co-process
 */
#ifndef AAOS_WORK_MESSAGE_H
#define AAOS_WORK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/json.h"

enum message_type {
    MESSAGE_REGISTER,
    MESSAGE_HEARTBEAT,
    MESSAGE_PROGRESS,
    MESSAGE_COMPLETE,
    MESSAGE_FAILED,
    MESSAGE_UNKNOWN
};

/* Members are slices of the line; data NULL: not there. */
struct message {
    enum message_type type;
    struct json_slice name; /* "type" as it came */
    struct json_slice task_id, attempt, text, result, error, tasks, actions;
    int percent; /* -1: none */
    bool permanent;
    int64_t retry_after; /* duration */
};

/* ERR_DATA: no JSON, or no object. */
int message_parse(const char *line, size_t len, struct message *message,
                  struct err *err);

#endif
