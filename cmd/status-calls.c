/*
 * status-calls.c - the calls to models that tasks have made
 */
#include "config.h"

#include <string.h>

#include "cmd/status.h"
#include "llm/price.h"
#include "store/calls.h"

/* Of the task, not of the row. */
enum { OF_TASK = CC_COLUMNS };

static const struct shown columns[] = {
    {{.name = "task_id", .kind = CELL_TEXT, .wide = true}, OF_TASK},
    {{.name = "attempt", .kind = CELL_NUM}, CC_ATTEMPT},
    {{.name = "step", .kind = CELL_NUM}, CC_STEP},
    {{.name = "purpose", .kind = CELL_TEXT}, CC_PURPOSE},
    {{.name = "state", .kind = CELL_TEXT}, CC_STATE},
    {{.name = "class", .kind = CELL_TEXT}, CC_CLASS},
    {{.name = "alias", .kind = CELL_TEXT, .wide = true}, CC_ALIAS},
    {{.name = "fallback_from", .kind = CELL_TEXT}, CC_FALLBACK_FROM},
    {{.name = "endpoint", .kind = CELL_TEXT}, CC_ENDPOINT},
    {{.name = "requested_model", .kind = CELL_TEXT}, CC_REQUESTED_MODEL},
    {{.name = "served_model", .kind = CELL_TEXT, .wide = true},
     CC_SERVED_MODEL},
    {{.name = "first_token", .kind = CELL_SPAN}, CC_FIRST_TOKEN},
    {{.name = "elapsed", .kind = CELL_SPAN}, CC_ELAPSED},
    {{.name = "tokens_in", .kind = CELL_NUM}, CC_TOKENS_IN},
    {{.name = "tokens_cache_read", .kind = CELL_NUM, .wide = true},
     CC_TOKENS_CACHE_READ},
    {{.name = "tokens_cache_5m", .kind = CELL_NUM, .wide = true},
     CC_TOKENS_CACHE_5M},
    {{.name = "tokens_cache_1h", .kind = CELL_NUM, .wide = true},
     CC_TOKENS_CACHE_1H},
    {{.name = "tokens_out", .kind = CELL_NUM}, CC_TOKENS_OUT},
    {{.name = "usage_source", .kind = CELL_TEXT, .wide = true},
     CC_USAGE_SOURCE},
    {{.name = "cost_usd", .kind = CELL_NUM}, CC_COST},
    {{.name = "finish", .kind = CELL_TEXT}, CC_FINISH},
    {{.name = "started_at", .kind = CELL_TIME}, CC_STARTED_AT},
    {{.name = "finished_at", .kind = CELL_TIME, .wide = true}, CC_FINISHED_AT},
    {{.name = "http_status", .kind = CELL_NUM, .wide = true}, CC_HTTP_STATUS},
    {{.name = "request_id", .kind = CELL_TEXT, .wide = true}, CC_REQUEST_ID},
    {{.name = "call_id", .kind = CELL_TEXT, .wide = true}, CC_CALL_ID},
    {{.name = "request_sha256", .kind = CELL_TEXT, .wide = true},
     CC_REQUEST_SHA256},
    {{.name = "body_sha256", .kind = CELL_TEXT, .wide = true}, CC_BODY_SHA256},
    {{.name = "price_sha256", .kind = CELL_TEXT, .wide = true},
     CC_PRICE_SHA256},
    {{.name = "error", .kind = CELL_TEXT, .shrink = 16}, CC_ERROR},
};

static void put(struct table *table, const struct shown *shown,
                const struct db_rows *rows, size_t row, const char *task_id)
{
    char usd[LLM_USD_SIZE];

    if (shown->from == OF_TASK)
        table_text(table, task_id);
    else if (db_null(rows, row, (size_t)shown->from))
        table_null(table);
    else if (shown->from == CC_COST)
        table_text(table, llm_usd(db_num(rows, row, CC_COST), usd));
    else if (db_cell(rows, row, (size_t)shown->from)->kind == DB_NUM)
        table_num(table, db_num(rows, row, (size_t)shown->from));
    else
        table_text(table, db_text(rows, row, (size_t)shown->from));
}

static int calls_of(struct status *status, int64_t seq, void *ctx,
                    struct err *err)
{
    struct table *table = ctx;
    struct db_rows task = {0};
    struct db_rows rows = {0};
    int ret = read_task(status->store, seq, &task, err);

    if (ret == 0 && task.count > 0)
        ret = store_calls_of(status->store, db_text(&task, 0, RT_TASK_ID),
                             &rows, err);
    for (size_t row = 0; ret == 0 && row < rows.count; row++) {
        for (size_t i = 0; i < LENGTH(columns); i++)
            put(table, &columns[i], &rows, row, db_text(&task, 0, RT_TASK_ID));
        ret = table_row(table, err);
    }
    db_rows_release(&rows);
    db_rows_release(&task);
    return ret;
}

int status_calls(struct status *status, struct err *err)
{
    struct table *table = status_table(status, columns, LENGTH(columns), err);
    int ret;

    if (!table)
        return -1;
    ret = status_each(status, calls_of, table, err);
    return status_close(table, ret, err);
}
