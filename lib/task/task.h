/*
 * task.h - what a task is, and the only ways its state may change
 *
 * This module is pure: it holds no connection, reads no clock and does no
 * I/O, so that the rules of the life cycle can be read, and tested, in one
 * place.
 *
 *   (new) --> held | blocked | scheduled | pending
 *   blocked --(last dependency satisfied)--> scheduled | pending
 *   blocked --(a dependency ended otherwise, policy)--> cancelled
 *   scheduled, retry --(run_at due)--> pending
 *   pending --claim: attempt + 1, lease--> running --heartbeat--> running
 *   running --> completed | retry | dead | cancelled    under the fence
 *   running --hand back--> pending     running --not now--> scheduled
 *   running --lease lost--> retry | dead
 *   live but running --hold--> held --release--> blocked|scheduled|pending
 *   pending, scheduled, retry, blocked --expires_at--> cancelled
 *   live but running --cancel--> cancelled   (running: a flag first)
 *   dead, cancelled, completed --requeue--> pending | blocked
 */
#ifndef AAOS_TASK_TASK_H
#define AAOS_TASK_TASK_H

#include <stdbool.h>
#include <stdint.h>

enum task_status {
    TASK_HELD,
    TASK_BLOCKED,
    TASK_SCHEDULED,
    TASK_PENDING,
    TASK_RUNNING,
    TASK_RETRY,
    TASK_COMPLETED,
    TASK_DEAD,
    TASK_CANCELLED
};
enum { TASK_STATUS_COUNT = TASK_CANCELLED + 1 };

/* Why an arrow is taken. */
enum task_event {
    TASK_EV_SATISFIED, /* the last dependency was satisfied */
    TASK_EV_UPSTREAM,  /* a dependency ended otherwise */
    TASK_EV_DUE,       /* run_at has come */
    TASK_EV_CLAIM,
    TASK_EV_COMPLETE,
    TASK_EV_FAIL,
    TASK_EV_HAND_BACK,
    TASK_EV_NOT_NOW,
    TASK_EV_LOSE, /* the agent vanished */
    TASK_EV_HOLD,
    TASK_EV_RELEASE,
    TASK_EV_EXPIRE,
    TASK_EV_CANCEL,
    TASK_EV_REQUEUE
};
enum { TASK_EVENT_COUNT = TASK_EV_REQUEUE + 1 };

/* What the arrow's end depends on; only what the event needs is read. */
struct task_facts {
    bool blocked;   /* has an open dependency */
    bool scheduled; /* run_at lies in the future */
    bool cancel_requested;
    bool permanent;             /* FAIL: trying again cannot help */
    int failures, max_attempts; /* before the event */
    int losses, max_losses;
};

/*
 * The one function that owns the arrows.  True and *to if the event may
 * happen to a task in state `from`.
 */
bool task_next(enum task_status from, enum task_event event,
               const struct task_facts *facts, enum task_status *to);

bool task_final(enum task_status status);
const char *task_status_name(enum task_status status); /* "pending" */
bool task_status_parse(const char *name, enum task_status *status);

/*
 * Types whose name begins with "aaos-" belong to the programs themselves,
 * which check an installation with them: only who names such a type is given
 * its tasks, not who takes all.
 */
bool task_type_own(const char *type);

/* Reasons, as stored. */
#define TASK_REASON_PERMANENT "permanent"
#define TASK_REASON_FAILURES "failures"
#define TASK_REASON_CRASH_LOOP "crash_loop"
#define TASK_REASON_EXPIRED "expired"
#define TASK_REASON_CANCELLED "cancelled"
#define TASK_REASON_DEPENDENCY "dependency"
#define TASK_REASON_RATE_LIMITED "rate_limited"
#define TASK_REASON_WARMING "warming"
#define TASK_REASON_NO_ENDPOINT "no_endpoint"
#define TASK_REASON_BUDGET "budget"
#define TASK_REASON_LEASE_LOST "lease_lost"
#define TASK_REASON_HANDED_BACK "handed_back"

/* Outcomes of an attempt. */
enum task_outcome {
    OUTCOME_COMPLETED,
    OUTCOME_FAILED,
    OUTCOME_TIMED_OUT,
    OUTCOME_CANCELLED,
    OUTCOME_LOST,
    OUTCOME_HANDED_BACK
};
const char *task_outcome_name(enum task_outcome outcome);

/*
 * Back-off before the next try: min(cap, base * 2^(n - 1)), raised to
 * retry_after if that is longer, times (1 + jitter/4).  n: failures or
 * losses counted so far, at least 1; jitter in [0, 1).  Microseconds.
 */
int64_t task_backoff(int64_t base, int64_t cap, int n, int64_t retry_after,
                     double jitter);

/* sort_at = max(created_at, run_at or 0) - priority * aging_unit. */
int64_t task_sort_at(int64_t created_at, int64_t run_at, int priority,
                     int64_t aging_unit);

#endif
