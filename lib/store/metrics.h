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
enum metric_budget_column {
    MB_SCOPE,
    MB_NAME,
    MB_PERIOD,
    MB_SPENT, /* 10^-12 USD */
    MB_RESERVED
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
    struct db_rows tasks, agents, actions, budgets;
    struct db_rows state; /* one row */
    int64_t size;         /* bytes */
};
/* From one snapshot. */
int store_metrics(struct store *store, struct metrics *metrics,
                  struct err *err);
void metrics_release(struct metrics *metrics);

#endif
