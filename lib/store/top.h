/*
 * top.h - what the live screen shows, read again and again
 *
 * Costs what lives, not what ever was: everything goes through an index of
 * the living.
 */
#ifndef AAOS_STORE_TOP_H
#define AAOS_STORE_TOP_H

#include "core/err.h"
#include "db/db.h"
#include "store/metrics.h"
#include "store/store.h"

enum top_queue_column { TQ_TYPE, TQ_KIND, TQ_COUNT };
enum top_rate_column {
    TR_TYPE,
    TR_COMPLETED,
    TR_FAILED,
    TR_COUNT,
    TR_SINCE /* the oldest of them */
};
enum { TOP_RATE_MOST = 5000 };
enum top_agent_column {
    TG_AGENT_ID,
    TG_NAME,
    TG_STATUS,
    TG_JOBS,
    TG_RUNNING,
    TG_COMPLETED,
    TG_FAILED,
    TG_HEARTBEAT_AT,
    TG_PROGRESS, /* JSON list of {task_id, percent, text} */
    TG_TASK_ID,  /* the oldest task that it runs, or NULL */
    TG_TASK_TYPE,
    TG_STARTED_AT,
    TG_DESCRIPTION
};

enum top_cost_column { TC_ENDPOINT, TC_MODEL, TC_COST };

struct top_rows {
    struct db_rows state;   /* MS_ columns, one row */
    struct db_rows agents;  /* MG_ columns */
    struct db_rows budgets; /* MB_ columns */
    struct db_rows costs;   /* TC_ columns, of today, the most first */
    struct db_rows queues, rates, workers;
};
/* From one snapshot; at most so many workers. */
int store_top(struct store *store, size_t workers, struct top_rows *rows,
              struct err *err);
void top_rows_release(struct top_rows *rows);

/* Since when the next pending task of a type is there: 1, 0 none, -1. */
int store_top_head(struct store *store, const char *type, int64_t *created_at,
                   struct err *err);

/* Attempts of a workflow in order of seq and attempt, at most limit. */
enum top_flow_column {
    TF_SEQ,
    TF_ATTEMPT,
    TF_AGENT_ID,
    TF_OUTCOME,
    TF_CLAIMED_AT,
    TF_STARTED_AT,
    TF_FINISHED_AT,
    TF_EXIT_STATUS,
    TF_ERROR,
    TF_AGENT_NAME
};
int store_top_flow(struct store *store, const char *workflow_id, size_t limit,
                   struct db_rows *rows, struct err *err);

#endif
