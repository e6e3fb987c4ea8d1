/*
 * top.c - what the live screen shows, read again and again
 */
#include "config.h"

#include "store/top.h"

#include "core/clock.h"
#include "store/store-private.h"

void top_rows_release(struct top_rows *rows)
{
    db_rows_release(&rows->state);
    db_rows_release(&rows->agents);
    db_rows_release(&rows->budgets);
    db_rows_release(&rows->costs);
    db_rows_release(&rows->queues);
    db_rows_release(&rows->rates);
    db_rows_release(&rows->workers);
    *rows = (struct top_rows){0};
}

struct look {
    size_t workers;
    struct top_rows *rows;
};

static int costs(struct store *store, struct top_rows *rows, struct err *err)
{
    char day[CLOCK_TEXT_SIZE];

    clock_format(db_num(&rows->state, 0, MS_NOW), day);
    return db_query(store->db, SQL_TOP_COSTS, ARGS(arg_textn(day, METRICS_DAY)),
                    &rows->costs, err);
}

static int work(struct store *store, void *ctx, struct err *err)
{
    struct look *look = ctx;
    struct top_rows *rows = look->rows;

    top_rows_release(rows);
    if (db_query(store->db, SQL_METRICS_STATE, NULL, 0, &rows->state, err) <
            0 ||
        db_query(store->db, SQL_METRICS_AGENTS, NULL, 0, &rows->agents, err) <
            0 ||
        metrics_budgets(store, db_num(&rows->state, 0, MS_NOW), &rows->budgets,
                        err) < 0 ||
        costs(store, rows, err) < 0 ||
        db_query(store->db, SQL_TOP_QUEUES, NULL, 0, &rows->queues, err) < 0 ||
        db_query(store->db, SQL_TOP_RATES, ARGS(arg_num(TOP_RATE_MOST)),
                 &rows->rates, err) < 0)
        return -1;
    return db_query(store->db, SQL_TOP_AGENTS,
                    ARGS(arg_num((int64_t)look->workers)), &rows->workers, err);
}

int store_top(struct store *store, size_t workers, struct top_rows *rows,
              struct err *err)
{
    struct look look = {.workers = workers, .rows = rows};

    *rows = (struct top_rows){0};
    if (store_snapshot(store, work, &look, err) == 0)
        return 0;
    top_rows_release(rows);
    return -1;
}

int store_top_head(struct store *store, const char *type, int64_t *created_at,
                   struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (store_query(store, SQL_TOP_HEADS, ARGS(arg_text(type)), &rows, err) < 0)
        return -1;
    found = rows.count > 0;
    if (found)
        *created_at = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return found;
}

int store_top_flow(struct store *store, const char *workflow_id, size_t limit,
                   struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_TOP_FLOW_ATTEMPTS,
                    ARGS(arg_text(workflow_id), arg_num((int64_t)limit)), rows,
                    err) < 0)
        return err_wrap(err, "cannot list attempts of the workflow");
    return 0;
}
