/*
 * logs-private.h - what logs.c and logs-tasks.c share
 */
#ifndef AAOS_VERIFY_LOGS_PRIVATE_H
#define AAOS_VERIFY_LOGS_PRIVATE_H

#include "core/json.h"
#include "verify/logs.h"

/* Something that is wrong, kept until its check is reported. */
struct log_finding {
    char *id, *what;
};
struct log_findings {
    struct log_finding *items;
    size_t count, cap;
    int64_t total;
};
void log_find(struct log_findings *list, const char *id, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* What the lines say of a task. */
struct log_task {
    char task_id[40];
    char correlation[16]; /* of its SHA-256; all zero: none seen yet */
    bool ended;
};
struct log_tasks; /* a table of them */

struct log_reading {
    struct store *store;
    struct log_findings json, order, correlation, audit;
    struct log_tasks *tasks;
    int64_t lines, about_tasks, audited, unmatched;
    int64_t last;   /* the latest time so far */
    struct err err; /* of the database */
};

/* A line about a task; `at` names it in messages. */
void log_task_seen(struct log_reading *reading, const char *at,
                   const struct json_slice *line);
/* Compare with the database; frees the table. */
void log_tasks_end(struct log_reading *reading);
/* A line about the audit. */
void log_audit_seen(struct log_reading *reading, const char *at,
                    const struct json_slice *line);

/* The member as text; "" when it is not there or no string; malloc'd. */
char *log_member(const struct json_slice *line, const char *name);

#endif
