/*
 * status.h - the parts of aaos-status
 *
 *   aaos-status.c      options and verbs
 *   status-rows.c      rows of the store into a table; filters
 *   status-ids.c       ids from arguments and stdin
 *   status-lists.c     tasks, dead, attempts, agents, queues
 *   status-task.c      one task, everything
 *   status-results.c   results
 *   status-why.c       why a task is not running
 *   status-why-model.c why no model was called
 *   status-calls.c     calls to models
 *   status-costs.c     costs, budgets
 *   status-follow.c    logs, events
 *   status-overview.c  overview, health
 *   status-wait.c      wait
 *   status-workflow.c  workflow (and status-flow.c)
 *   status-control.c   ticks, flags, actions, autonomy
 *   status-metrics.c   metrics (and status-exposition*.c)
 *   status-top.c       top (and status-top-*.c)
 */
#ifndef AAOS_CMD_STATUS_H
#define AAOS_CMD_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/cmd.h"
#include "core/json.h"
#include "core/table.h"
#include "queue/queue.h"
#include "store/read.h"
#include "store/store.h"

struct status {
    struct conf *conf;
    struct store *store; /* NULL: there is no database file: empty */
    struct read_filter filter;
    struct buf states, types; /* JSON lists behind the filter */
    const char *fields;
    const char *type;     /* of actions */
    const char *textfile; /* of metrics; NULL: stdout */
    const char *by;       /* of costs */
    bool budgets;         /* instead of costs */
    int64_t limit;
    int64_t now;
    bool follow, all, any;
    int64_t timeout;
    const char *replay; /* of top: its speed; NULL: live */
    int64_t interval;   /* of top; 0: not given */
    char **ids;         /* operands */
    size_t id_count;
    bool missing; /* an id was unknown: 66 */
    bool bad;     /* an id was ambiguous: 65 */
};

typedef int status_verb(struct status *status, struct err *err);

status_verb status_overview, status_tasks, status_task, status_results,
    status_why, status_attempts, status_logs, status_agents, status_queues,
    status_dead, status_events, status_wait, status_health, status_ticks,
    status_flags, status_actions, status_autonomy, status_workflow,
    status_metrics, status_calls, status_costs, status_top;

/* status-rows.c: a column and the one of the rows that fills it. */
struct shown {
    struct column column;
    int from;
};
/* All rows into the table. */
int status_fill(struct table *table, const struct shown *shown, size_t count,
                const struct db_rows *rows, struct err *err);
/* table_open() over the columns of `shown`. */
struct table *status_table(struct status *status, const struct shown *shown,
                           size_t count, struct err *err);
/* table_close(); the first failure is the one that is told: `ret`, or -1. */
int status_close(struct table *table, int ret, struct err *err);
/* One page of a list that runs backwards from `before`. */
typedef int status_page(struct status *status, int64_t before, size_t limit,
                        struct db_rows *rows, struct err *err);
/* Page by page into a table, up to the limit; the next page starts before
 * the column `key` of the last row. */
int status_pages(struct status *status, const struct shown *shown, size_t count,
                 int key, status_page *page, struct err *err);
/* Members of a JSON object from one row. */
void status_object(cJSON *object, const struct shown *shown, size_t count,
                   const struct db_rows *rows, size_t row);
/* "a,b" into a JSON list; each word is checked by `known`. */
int status_list(const char *words, bool (*known)(const char *word),
                const char *what, struct buf *json, struct err *err);
extern const struct shown status_task_columns[];
extern const size_t status_task_column_count;

/* status-why-model.c: what store_last_route() says, behind a sentence: 0
 * nothing, 1 the reason, but a call was made, 2 all that there is. */
int status_why_model(const struct db_rows *route, const char *reason,
                     struct buf *out);

/* status-costs.c: what the configuration allows a budget; -1: anything. */
int64_t status_budget_limit(const struct conf *conf, const char *scope,
                            const char *name);

/* status-ids.c */

/*
 * Calls `visit` with each id in turn ("-": from stdin, first field of each
 * line).  Unknown and ambiguous ones are reported and remembered.
 */
int status_each(struct status *status,
                int (*visit)(struct status *status, int64_t seq, void *ctx,
                             struct err *err),
                void *ctx, struct err *err);

/* One object: names and values a line each, or as it is for json. */
void status_print(const cJSON *object);
/* A value for people: a string without its quotes, null as nothing. */
void status_value(const cJSON *item, struct buf *out);

/* A line of text for people, escaped, and the newline. */
void status_line(const char *text, size_t len);

#endif
