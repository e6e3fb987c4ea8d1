/*
 * task.c - the life cycle as one table
 *
 * Each event has one row: the states it may happen in, and where it leads.
 * Where the end depends on facts, a small function judges them.
 */
#include "config.h"

#include "task/task.h"

#include <stddef.h>
#include <string.h>

#include "core/attr.h"

#define IN(status) (1U << TASK_##status)

struct arrow {
    unsigned from; /* a bit a status */
    enum task_status to;
    enum task_status (*judge)(const struct task_facts *facts); /* or NULL */
};

static enum task_status unblocked(const struct task_facts *facts)
{
    return facts->scheduled ? TASK_SCHEDULED : TASK_PENDING;
}

static enum task_status released(const struct task_facts *facts)
{
    return facts->blocked ? TASK_BLOCKED : unblocked(facts);
}

static enum task_status requeued(const struct task_facts *facts)
{
    return facts->blocked ? TASK_BLOCKED : TASK_PENDING;
}

/* A cancelled task must not come back, whatever ended its attempt. */
static enum task_status failed(const struct task_facts *facts)
{
    if (facts->cancel_requested)
        return TASK_CANCELLED;
    if (facts->permanent || facts->failures + 1 >= facts->max_attempts)
        return TASK_DEAD;
    return TASK_RETRY;
}

static enum task_status handed_back(const struct task_facts *facts)
{
    return facts->cancel_requested ? TASK_CANCELLED : TASK_PENDING;
}

static enum task_status not_now(const struct task_facts *facts)
{
    return facts->cancel_requested ? TASK_CANCELLED : TASK_SCHEDULED;
}

static enum task_status lost(const struct task_facts *facts)
{
    if (facts->cancel_requested)
        return TASK_CANCELLED;
    return facts->losses + 1 >= facts->max_losses ? TASK_DEAD : TASK_RETRY;
}

static const struct arrow arrows[TASK_EVENT_COUNT] = {
    [TASK_EV_SATISFIED] = {IN(BLOCKED), TASK_PENDING, unblocked},
    [TASK_EV_UPSTREAM] = {IN(BLOCKED), TASK_CANCELLED, NULL},
    [TASK_EV_DUE] = {IN(SCHEDULED) | IN(RETRY), TASK_PENDING, NULL},
    [TASK_EV_CLAIM] = {IN(PENDING), TASK_RUNNING, NULL},
    [TASK_EV_COMPLETE] = {IN(RUNNING), TASK_COMPLETED, NULL},
    [TASK_EV_FAIL] = {IN(RUNNING), TASK_RETRY, failed},
    [TASK_EV_HAND_BACK] = {IN(RUNNING), TASK_PENDING, handed_back},
    [TASK_EV_NOT_NOW] = {IN(RUNNING), TASK_SCHEDULED, not_now},
    [TASK_EV_LOSE] = {IN(RUNNING), TASK_RETRY, lost},
    [TASK_EV_HOLD] = {IN(BLOCKED) | IN(SCHEDULED) | IN(PENDING) | IN(RETRY),
                      TASK_HELD, NULL},
    [TASK_EV_RELEASE] = {IN(HELD), TASK_PENDING, released},
    [TASK_EV_EXPIRE] = {IN(BLOCKED) | IN(SCHEDULED) | IN(PENDING) | IN(RETRY),
                        TASK_CANCELLED, NULL},
    [TASK_EV_CANCEL] = {IN(HELD) | IN(BLOCKED) | IN(SCHEDULED) | IN(PENDING) |
                            IN(RETRY),
                        TASK_CANCELLED, NULL},
    [TASK_EV_REQUEUE] = {IN(COMPLETED) | IN(DEAD) | IN(CANCELLED), TASK_PENDING,
                         requeued},
};

bool task_next(enum task_status from, enum task_event event,
               const struct task_facts *facts, enum task_status *to)
{
    const struct arrow *arrow = &arrows[event];

    if (!(arrow->from & 1U << from))
        return false;
    *to = arrow->judge ? arrow->judge(facts) : arrow->to;
    return true;
}

static const char *const status_names[TASK_STATUS_COUNT] = {
    [TASK_HELD] = "held",           [TASK_BLOCKED] = "blocked",
    [TASK_SCHEDULED] = "scheduled", [TASK_PENDING] = "pending",
    [TASK_RUNNING] = "running",     [TASK_RETRY] = "retry",
    [TASK_COMPLETED] = "completed", [TASK_DEAD] = "dead",
    [TASK_CANCELLED] = "cancelled",
};

bool task_final(enum task_status status)
{
    return status == TASK_COMPLETED || status == TASK_DEAD ||
           status == TASK_CANCELLED;
}

const char *task_status_name(enum task_status status)
{
    return status_names[status];
}

bool task_status_parse(const char *name, enum task_status *status)
{
    for (size_t i = 0; i < LENGTH(status_names); i++)
        if (strcmp(name, status_names[i]) == 0) {
            *status = (enum task_status)i;
            return true;
        }
    return false;
}

const char *task_outcome_name(enum task_outcome outcome)
{
    static const char *const names[] = {
        [OUTCOME_COMPLETED] = "completed",
        [OUTCOME_FAILED] = "failed",
        [OUTCOME_TIMED_OUT] = "timed_out",
        [OUTCOME_CANCELLED] = "cancelled",
        [OUTCOME_LOST] = "lost",
        [OUTCOME_HANDED_BACK] = "handed_back",
    };

    return names[outcome];
}

int64_t task_backoff(int64_t base, int64_t cap, int n, int64_t retry_after,
                     double jitter)
{
    int64_t wait = base < cap ? base : cap;

    while (--n > 0 && wait > 0 && wait < cap)
        wait = wait > cap / 2 ? cap : wait * 2;
    if (wait < retry_after)
        wait = retry_after;
    return wait + (int64_t)((double)wait * jitter / 4);
}

int64_t task_sort_at(int64_t created_at, int64_t run_at, int priority,
                     int64_t aging_unit)
{
    int64_t born = run_at > created_at ? run_at : created_at;

    return born - priority * aging_unit;
}

bool task_type_own(const char *type)
{
    return strncmp(type, "aaos-", 5) == 0;
}
