/*
 * upkeep.h - what the tick writes and removes for its own sake
 *
 * Samples go into system_metrics.  Pruning removes what is old: never what
 * lives, never the parent of what lives, never the row with the highest
 * number of its table (SQLite would give that number away again).
 */
#ifndef AAOS_STORE_UPKEEP_H
#define AAOS_STORE_UPKEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/lease.h"
#include "store/samples.h"
#include "store/store.h"

/* Has any tick stored a sample within `spacing`?  1, 0, -1. */
int store_sampled(struct store *store, int64_t spacing, struct err *err);
/* Guarded by the lease. */
int store_sample(struct store *store, const struct lease *mine,
                 const struct sample *samples, size_t count, struct err *err);

enum prune_kind {
    PRUNE_TASKS, /* final ones, with all that belongs to them */
    PRUNE_KEYS,  /* idempotency keys: their age counts from the task's end */
    PRUNE_ACTIONS,
    PRUNE_LOGS,
    PRUNE_METRICS,
    PRUNE_MESSAGES,
    PRUNE_TICKS,
    PRUNE_SNAPSHOTS,
    PRUNE_AGENTS,
    PRUNE_CALLS, /* to models; their sums stay */
    PRUNE_BUDGETS,
    PRUNE_SESSIONS,
    PRUNE_TURNS,
    PRUNE_SUMMARIES,
    PRUNE_NOTES /* messages of sessions */
};
enum { PRUNE_KINDS = PRUNE_NOTES + 1 };
const char *prune_kind_name(enum prune_kind kind);

/* Is anything that old there at all?  A read without a lock: 1, 0, -1. */
int store_prune_due(struct store *store, int64_t age, struct err *err);
/*
 * One batch of at most `limit` in a transaction guarded by the lease;
 * *count: how many.  Keys have the age of the store's policy.  1 when there
 * may be more, 0, -1.
 */
int store_prune(struct store *store, const struct lease *mine,
                enum prune_kind kind, int64_t age, size_t limit, int64_t *count,
                struct err *err);

#endif
