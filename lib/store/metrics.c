/*
 * metrics.c - all that metrics are made of, of one instant
 */
#include "config.h"

#include "store/metrics.h"

#include "core/clock.h"
#include "store/store-private.h"

void metrics_release(struct metrics *metrics)
{
    totals_release(&metrics->totals);
    db_rows_release(&metrics->tasks);
    db_rows_release(&metrics->agents);
    db_rows_release(&metrics->actions);
    db_rows_release(&metrics->budgets);
    db_rows_release(&metrics->costs);
    db_rows_release(&metrics->circuits);
    db_rows_release(&metrics->state);
    *metrics = (struct metrics){0};
}

static int read_totals(struct store *store, struct totals *totals,
                       struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store->db, SQL_METRICS_TOTALS, NULL, 0, &rows, err) < 0)
        return -1;
    totals_of_rows(totals, &rows);
    db_rows_release(&rows);
    if (db_query(store->db, SQL_METRICS_KEPT, NULL, 0, &rows, err) < 0)
        return -1;
    totals_of_kept(totals, &rows);
    db_rows_release(&rows);
    totals_merge(totals);
    return 0;
}

static int read_size(struct store *store, int64_t *size, struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store->db, SQL_METRICS_SIZE, NULL, 0, &rows, err) < 0)
        return -1;
    *size = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return 0;
}

int metrics_budgets(struct store *store, int64_t now, struct db_rows *rows,
                    struct err *err)
{
    char day[CLOCK_TEXT_SIZE];

    clock_format(now, day);
    return db_query(store->db, SQL_METRICS_BUDGETS,
                    ARGS(arg_textn(day, METRICS_DAY)), rows, err);
}

static int work(struct store *store, void *ctx, struct err *err)
{
    struct metrics *metrics = ctx;
    const struct {
        enum sql which;
        struct db_rows *rows;
    } steps[] = {
        {SQL_METRICS_STATE, &metrics->state},
        {SQL_METRICS_TASKS, &metrics->tasks},
        {SQL_METRICS_AGENTS, &metrics->agents},
        {SQL_METRICS_ACTIONS, &metrics->actions},
        {SQL_METRICS_COSTS, &metrics->costs},
        {SQL_METRICS_CIRCUITS, &metrics->circuits},
    };

    metrics_release(metrics);
    for (size_t i = 0; i < LENGTH(steps); i++)
        if (db_query(store->db, steps[i].which, NULL, 0, steps[i].rows, err) <
            0)
            return -1;
    if (metrics_budgets(store, db_num(&metrics->state, 0, MS_NOW),
                        &metrics->budgets, err) < 0 ||
        read_totals(store, &metrics->totals, err) < 0)
        return -1;
    return read_size(store, &metrics->size, err);
}

int store_metrics(struct store *store, struct metrics *metrics, struct err *err)
{
    *metrics = (struct metrics){0};
    if (store_snapshot(store, work, metrics, err) < 0) {
        metrics_release(metrics);
        return err_wrap(err, "cannot read metrics");
    }
    return 0;
}
