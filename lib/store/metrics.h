/*
 * metrics.h - all that metrics are made of, of one instant
 */
#ifndef AAOS_STORE_METRICS_H
#define AAOS_STORE_METRICS_H

#include "core/err.h"
#include "db/db.h"
#include "store/store.h"
#include "store/totals.h"

enum metric_task_column { MT_TYPE, MT_STATUS, MT_COUNT, MT_OLDEST_AT };
enum metric_agent_column {
    MG_STATUS,
    MG_COUNT,
    MG_JOBS,
    MG_RUNNING,
    MG_HEARTBEAT_AT /* the oldest */
};
enum metric_action_column { MA_TYPE, MA_STATUS, MA_COUNT, MA_DUE_AT };
/* Of the day, and those without a period. */
enum metric_budget_column {
    MB_SCOPE,
    MB_NAME,
    MB_PERIOD,
    MB_SPENT, /* 10^-12 USD */
    MB_RESERVED
};
enum metric_cost_column {
    MC_ENDPOINT,
    MC_MODEL,
    MC_CALLS,
    MC_FAILED,
    MC_UNPRICED,
    MC_TOKENS_IN, /* without those from a cache */
    MC_TOKENS_CACHED,
    MC_TOKENS_OUT,
    MC_COST /* 10^-12 USD */
};
enum metric_circuit_column {
    MI_KEY,  /* "e:" and the endpoint */
    MI_STATE /* text of llm/state.h */
};
enum metric_state_column {
    MS_NOW,
    MS_PAUSED_IN,
    MS_PAUSED_OUT,
    MS_KILLED,
    MS_PROOF_MODE,
    MS_PAUSED_TYPES, /* JSON list or NULL */
    MS_LEASES_OVER,
    MS_OVERDUE,
    MS_AUDIT_SEQ,
    MS_LEASE_TERM,
    MS_LEASE_LEFT, /* microseconds */
    MS_LAST_TICK_AT,
    MS_SCHEMA
};

struct metrics {
    struct totals totals; /* merged, what was pruned included */
    struct db_rows tasks, agents, actions, budgets, costs, circuits;
    struct db_rows state; /* one row */
    int64_t size;         /* bytes */
};
/* From one snapshot. */
int store_metrics(struct store *store, struct metrics *metrics,
                  struct err *err);
void metrics_release(struct metrics *metrics);

/* Private to lib/store: MB_ rows, inside of a snapshot. */
enum { METRICS_DAY = 10 }; /* "2026-01-31" */
int metrics_budgets(struct store *store, int64_t now, struct db_rows *rows,
                    struct err *err);

#endif
