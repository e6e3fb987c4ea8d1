/*
 * status-lists.c - tasks, dead, attempts, agents, queues
 */
#include "config.h"

#include <string.h>

#include "cmd/status.h"
#include "core/mem.h"

static int task_page(struct status *status, int64_t before, size_t limit,
                     struct db_rows *rows, struct err *err)
{
    return read_tasks(status->store, &status->filter, before, limit, rows, err);
}

int status_tasks(struct status *status, struct err *err)
{
    return status_pages(status, status_task_columns, status_task_column_count,
                        RT_SEQ, task_page, err);
}

int status_dead(struct status *status, struct err *err)
{
    status->filter.states = "[\"dead\"]";
    return status_tasks(status, err);
}

static const struct shown attempt_columns[] = {
    {{.name = "task_id", .kind = CELL_TEXT, .wide = true}, RA_COLUMNS},
    {{.name = "attempt", .kind = CELL_NUM}, RA_ATTEMPT},
    {{.name = "outcome", .kind = CELL_STATUS}, RA_OUTCOME},
    {{.name = "exit_status", .kind = CELL_NUM}, RA_EXIT_STATUS},
    {{.name = "signal", .kind = CELL_NUM}, RA_SIGNAL},
    {{.name = "agent_id", .kind = CELL_TEXT, .wide = true}, RA_AGENT_ID},
    {{.name = "claimed_at", .kind = CELL_TIME, .wide = true}, RA_CLAIMED_AT},
    {{.name = "started_at", .kind = CELL_TIME}, RA_STARTED_AT},
    {{.name = "finished_at", .kind = CELL_TIME}, RA_FINISHED_AT},
    {{.name = "user_time", .kind = CELL_SPAN}, RA_USER_TIME},
    {{.name = "system_time", .kind = CELL_SPAN}, RA_SYSTEM_TIME},
    {{.name = "max_rss", .kind = CELL_NUM}, RA_MAX_RSS},
    {{.name = "result_size", .kind = CELL_NUM}, RA_RESULT_SIZE},
    {{.name = "result_sha256", .kind = CELL_TEXT, .wide = true},
     RA_RESULT_SHA256},
    {{.name = "result_artifact", .kind = CELL_TEXT, .wide = true},
     RA_RESULT_ARTIFACT},
    {{.name = "model", .kind = CELL_TEXT, .wide = true}, RA_MODEL},
    {{.name = "tokens_in", .kind = CELL_NUM, .wide = true}, RA_TOKENS_IN},
    {{.name = "tokens_out", .kind = CELL_NUM, .wide = true}, RA_TOKENS_OUT},
    {{.name = "cost", .kind = CELL_NUM, .wide = true}, RA_COST},
    {{.name = "error", .kind = CELL_TEXT, .shrink = 16}, RA_ERROR},
};

/* Every line of a list starts with the id of the task, so the rows get it. */
static int attempts_of(struct status *status, int64_t seq, void *ctx,
                       struct err *err)
{
    struct table *table = ctx;
    struct db_rows task = {0};
    struct db_rows rows = {0};
    size_t row, i;
    int ret;

    ret = read_task(status->store, seq, &task, err);
    if (ret == 0)
        ret = read_attempts(status->store, seq, &rows, err);
    for (row = 0; ret == 0 && row < rows.count; row++) {
        table_text(table, db_text(&task, 0, RT_TASK_ID));
        for (i = 1; i < LENGTH(attempt_columns); i++) {
            const struct db_cell *cell =
                db_cell(&rows, row, (size_t)attempt_columns[i].from);

            if (cell->kind == DB_NULL)
                table_null(table);
            else if (cell->kind == DB_NUM)
                table_num(table, cell->num);
            else
                table_text(table, cell->data);
        }
        ret = table_row(table, err);
    }
    db_rows_release(&rows);
    db_rows_release(&task);
    return ret;
}

int status_attempts(struct status *status, struct err *err)
{
    struct table *table =
        status_table(status, attempt_columns, LENGTH(attempt_columns), err);
    int ret;

    if (!table)
        return -1;
    ret = status_each(status, attempts_of, table, err);
    return status_close(table, ret, err);
}

static const struct shown agent_columns[] = {
    {{.name = "agent_id", .kind = CELL_TEXT}, RG_AGENT_ID},
    {{.name = "name", .kind = CELL_TEXT, .shrink = 12}, RG_NAME},
    {{.name = "agent_type", .kind = CELL_TEXT}, RG_AGENT_TYPE},
    {{.name = "status", .kind = CELL_STATUS}, RG_STATUS},
    {{.name = "handler", .kind = CELL_TEXT, .shrink = 10}, RG_HANDLER},
    {{.name = "capabilities", .kind = CELL_RAW, .shrink = 12}, RG_CAPABILITIES},
    {{.name = "jobs", .kind = CELL_NUM}, RG_JOBS},
    {{.name = "claim_limit", .kind = CELL_NUM, .wide = true}, RG_CLAIM_LIMIT},
    {{.name = "running", .kind = CELL_NUM}, RG_RUNNING},
    {{.name = "completed", .kind = CELL_NUM}, RG_COMPLETED},
    {{.name = "failed", .kind = CELL_NUM}, RG_FAILED},
    {{.name = "progress", .kind = CELL_RAW, .wide = true}, RG_PROGRESS},
    {{.name = "hostname", .kind = CELL_TEXT, .wide = true}, RG_HOSTNAME},
    {{.name = "pid", .kind = CELL_NUM, .wide = true}, RG_PID},
    {{.name = "version", .kind = CELL_TEXT, .wide = true}, RG_VERSION},
    {{.name = "registered_at", .kind = CELL_TIME, .wide = true},
     RG_REGISTERED_AT},
    {{.name = "heartbeat_at", .kind = CELL_TIME}, RG_HEARTBEAT_AT},
    {{.name = "gone_at", .kind = CELL_TIME, .wide = true}, RG_GONE_AT},
    {{.name = "gone_reason", .kind = CELL_TEXT, .wide = true}, RG_GONE_REASON},
};

static const struct shown queue_columns[] = {
    {{.name = "task_type", .kind = CELL_TEXT}, RQ_TASK_TYPE},
    {{.name = "pending", .kind = CELL_NUM}, RQ_PENDING},
    {{.name = "running", .kind = CELL_NUM}, RQ_RUNNING},
    {{.name = "scheduled", .kind = CELL_NUM}, RQ_SCHEDULED},
    {{.name = "retry", .kind = CELL_NUM}, RQ_RETRY},
    {{.name = "blocked", .kind = CELL_NUM}, RQ_BLOCKED},
    {{.name = "held", .kind = CELL_NUM}, RQ_HELD},
    {{.name = "completed", .kind = CELL_NUM}, RQ_COMPLETED},
    {{.name = "dead", .kind = CELL_NUM}, RQ_DEAD},
    {{.name = "cancelled", .kind = CELL_NUM}, RQ_CANCELLED},
    {{.name = "oldest_pending_at", .kind = CELL_TIME}, RQ_OLDEST_PENDING_AT},
};

static int whole_list(struct status *status, const struct shown *shown,
                      size_t count, struct db_rows *rows, int got,
                      struct err *err)
{
    struct table *table = NULL;
    int ret = got;

    if (ret == 0) {
        table = status_table(status, shown, count, err);
        ret = table ? status_fill(table, shown, count, rows, err) : -1;
    }
    ret = status_close(table, ret, err);
    db_rows_release(rows);
    return ret;
}

int status_agents(struct status *status, struct err *err)
{
    struct db_rows rows = {0};
    int got = status->store ? read_agents(status->store, status->all,
                                          status->filter.since, &rows, err)
                            : 0;

    return whole_list(status, agent_columns, LENGTH(agent_columns), &rows, got,
                      err);
}

int status_queues(struct status *status, struct err *err)
{
    struct db_rows rows = {0};
    int got = status->store ? read_queues(status->store, &rows, err) : 0;

    return whole_list(status, queue_columns, LENGTH(queue_columns), &rows, got,
                      err);
}
