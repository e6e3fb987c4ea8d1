/*
 * tick.h - one look at everything, by one dispatcher at a time
 *
 * In this order: take the lease, read the flags (killed: stop; paused_out:
 * record PAUSED and leave), then the steps
 *
 *     reconcile   what dead workers, clocks and interrupted cascades left
 *     refill      the index in Redis, if its epoch is gone
 *     deliver     actions: webhooks up to 16 at a time, others one by one
 *     telemetry   a sample into system_metrics, at most one in 30 s
 *     prune       what is older than the retention
 *
 * then close the row in tick_ledger and release the lease.  A step that
 * fails is noted and does not keep the others from running, unless the
 * lease is lost: then nothing more is done.
 *
 * SUCCESS: every step worked and every action that was tried succeeded.
 * FAIL: no step worked, or actions were tried and none succeeded.  PARTIAL:
 * anything between.
 */
#ifndef AAOS_SCHED_TICK_H
#define AAOS_SCHED_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "action/action.h"
#include "core/err.h"
#include "queue/queue.h"
#include "sched/sched.h"
#include "store/lease.h"
#include "store/store.h"

struct tick_options {
    const char *owner;     /* of tick_owner(): one a process */
    const char *state_dir; /* for the kernel lock; NULL: none */
    int64_t lease;         /* duration; > max_time */
    int64_t max_time;      /* of the whole tick, on clock_mono() */
    size_t max_actions;    /* a tick, webhooks not counted */
    /* Tries of an action that is no webhook, and the time between. */
    int attempts;
    int64_t spacing;
    /* A webhook is tried once more after each of these. */
    const int64_t *schedule;
    size_t schedule_count;
    int64_t retention; /* 0: only idempotency keys are pruned */
    const struct action_config *actions; /* how to deliver; proof is ours */
    /* Why nothing can be sent in earnest now: a secret that cannot be read
     * is no reason to give actions up.  NULL: all is well. */
    const struct err *actions_error;
    /* Asked between batches; NULL: never. */
    bool (*stopping)(void *ctx);
    void *ctx;
};

enum { TICK_NOTES = 2000 };

struct tick_report {
    struct lease lease; /* ours, or that of who has it */
    int64_t id;
    enum tick_status status;
    int64_t attempted, succeeded; /* actions */
    struct sched_report repair;
    int64_t pruned;
    char notes[TICK_NOTES]; /* what happened, as in the ledger */
};

/* "<machine-id>/<boot-id>/<pid>/<uuid>"; a new one at each call. */
enum { TICK_OWNER_SIZE = 128 };
char *tick_owner(char text[TICK_OWNER_SIZE]);

/*
 * 1 a tick was made: *report says how it went; 0 another one has the lease;
 * -1: ERR_PERM killed, ERR_LOST the lease was lost midway (then whatever
 * was under way is another's now), or the ledger could not be written.
 */
int sched_tick(struct store *store, struct queue *queue,
               const struct tick_options *options, struct tick_report *report,
               struct err *err);

#endif
