/*
 * What becomes of a task when an attempt at it ends: state, reason,
 * counters, and when it may run again.
 */
#include "config.h"

#include "store/cycle.h"

static enum task_event event_of(const struct finish *finish)
{
    switch (finish->outcome) {
    case OUTCOME_COMPLETED:
        return TASK_EV_COMPLETE;
    case OUTCOME_FAILED:
    case OUTCOME_TIMED_OUT:
        return TASK_EV_FAIL;
    case OUTCOME_LOST:
        return TASK_EV_LOSE;
    case OUTCOME_CANCELLED: /* the flag in the row decides */
    case OUTCOME_HANDED_BACK:
        break;
    }
    return finish->not_now ? TASK_EV_NOT_NOW : TASK_EV_HAND_BACK;
}

static const char *reason_of(const struct finish *finish,
                             const struct verdict *verdict, bool permanent)
{
    switch (verdict->status) {
    case TASK_CANCELLED:
        return TASK_REASON_CANCELLED;
    case TASK_DEAD:
        if (verdict->event == TASK_EV_LOSE)
            return TASK_REASON_CRASH_LOOP;
        return permanent ? TASK_REASON_PERMANENT : TASK_REASON_FAILURES;
    case TASK_RETRY:
        return verdict->event == TASK_EV_LOSE ? TASK_REASON_LEASE_LOST : NULL;
    case TASK_PENDING:
        return TASK_REASON_HANDED_BACK;
    case TASK_SCHEDULED:
        return finish->reason;
    case TASK_HELD:
    case TASK_BLOCKED:
    case TASK_RUNNING:
    case TASK_COMPLETED:
        break;
    }
    return NULL;
}

static int64_t next_run(const struct store_policy *policy,
                        const struct finish *finish, int64_t now,
                        const struct verdict *verdict)
{
    bool lost = verdict->event == TASK_EV_LOSE;
    int n = 1;

    if (verdict->status != TASK_RETRY && verdict->status != TASK_SCHEDULED)
        return 0;
    if (verdict->status == TASK_RETRY)
        n = lost ? verdict->losses : verdict->failures;
    /* Who says "not now" knows when, and is believed. */
    else if (finish->retry_after > 0)
        return now + task_backoff(0, policy->retry_cap, 1, finish->retry_after,
                                  finish->jitter);
    return now + task_backoff(lost ? policy->loss_base : policy->retry_base,
                              policy->retry_cap, n, finish->retry_after,
                              finish->jitter);
}

int finish_judge(const struct store_policy *policy, const struct finish *finish,
                 const struct task_facts *facts, int64_t now,
                 struct verdict *verdict, struct err *err)
{
    struct task_facts all = *facts;

    all.permanent = finish->permanent && finish->outcome == OUTCOME_FAILED;
    *verdict = (struct verdict){.event = event_of(finish)};
    if (!task_next(TASK_RUNNING, verdict->event, &all, &verdict->status))
        return err_set(err, ERR_BUG, "outcome '%s' leads nowhere",
                       task_outcome_name(finish->outcome));
    verdict->failures = all.failures + (verdict->event == TASK_EV_FAIL);
    verdict->losses = all.losses + (verdict->event == TASK_EV_LOSE);
    verdict->reason = reason_of(finish, verdict, all.permanent);
    verdict->run_at = next_run(policy, finish, now, verdict);
    return 0;
}
