/*
 * reap-lease.c - the lease is over
 *
 * Elsewhere that is all that can be known.  Here the agent may hang, be
 * stopped, or have lost its database: it keeps its lock, but what it runs
 * of this task ends before another attempt begins.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/slots.h"
#include "sched/reap.h"

static const struct agent *find(const struct reaper *reaper,
                                const char *agent_id)
{
    for (size_t i = 0; i < reaper->count; i++)
        if (strcmp(reaper->agents[i].agent_id, agent_id) == 0)
            return &reaper->agents[i];
    return NULL;
}

/* The processes of the attempt; a co-process has no attempt to its name. */
static int kill_attempt(struct reaper *reaper, const struct orphan *orphan,
                        struct err *err)
{
    char *task = xasprintf("AAOS_TASK_ID=%s", orphan->task_id);
    char *attempt = xasprintf("AAOS_ATTEMPT=%d", orphan->attempt);
    char *agent = xasprintf("AAOS_AGENT_ID=%s", orphan->agent_id);
    const char *const run[] = {task, attempt};
    const char *const coprocess[] = {agent, "AAOS_COPROCESS=1"};
    int ret = 0;

    if (reap_kill(reaper, run, LENGTH(run), err) < 0 ||
        reap_kill(reaper, coprocess, LENGTH(coprocess), err) < 0)
        ret = err_wrap(err, "cannot end attempt %d of task '%s'",
                       orphan->attempt, orphan->task_id);
    free(task);
    free(attempt);
    free(agent);
    return ret;
}

/*
 * The agent is on this host.
 * 1 when nothing of the attempt runs here any more, 0 not now, -1.
 */
static int clear_host(struct reaper *reaper, const struct agent *agent,
                      const struct orphan *orphan, struct err *err)
{
    enum slots_verdict verdict = SLOTS_UNKNOWN;
    struct slot *slots = NULL;
    struct reap_gate gate;
    size_t count;
    int ret;

    switch (reap_gate_take(&gate, agent->lock_path)) {
    case GATE_BUSY:
        return 0;
    case GATE_OURS:
        verdict = slots_probe(agent->lock_path, (dev_t)agent->lock_dev,
                              (ino_t)agent->lock_ino, &slots, &count, NULL);
        reap_gate_drop(&gate);
        free(slots);
        break;
    case GATE_NONE:
        break;
    }
    /* It died just now: the next pass knows what it had started. */
    if (verdict == SLOTS_DEAD)
        return 0;
    ret = kill_attempt(reaper, orphan, err);
    return ret < 0 ? -1 : 1;
}

/* May this attempt end now?  As above. */
static int may_end(struct reaper *reaper, const struct orphan *orphan,
                   struct err *err)
{
    const char *self = reaper->options->self;
    const struct agent *agent;

    if (self && strcmp(orphan->agent_id, self) == 0)
        return 0;
    agent = find(reaper, orphan->agent_id);
    if (!agent && reaper->one_host)
        return kill_attempt(reaper, orphan, err) < 0 ? -1 : 1;
    if (!agent)
        return 1;
    switch (reap_place(reaper, agent)) {
    case REAP_HERE:
        return clear_host(reaper, agent, orphan, err);
    case REAP_REBOOTED: /* the next pass buries it */
        return 0;
    case REAP_ELSEWHERE:
        break;
    }
    return 1;
}

int reap_leases(struct reaper *reaper, struct err *err)
{
    struct orphan *orphans = NULL;
    struct reaped *list = NULL;
    struct err first = {0};
    size_t count = 0;
    size_t ready = 0;
    int ret;

    if (!reaper->listed)
        return 0;
    ret = reap_clock(reaper, err);
    if (ret != 0)
        return ret < 0 ? -1 : 0;
    ret = store_leases_over(reaper->store, reaper->options->lease_grace,
                            &orphans, &count, err);
    if (ret < 0)
        return -1;
    list = xcalloc(count + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        struct err why = {0};
        int may = may_end(reaper, &orphans[i], &why);

        if (may > 0)
            list[ready++] = (struct reaped){&orphans[i], true};
        else if (may < 0 && !first.code)
            first = why;
    }
    ret = reap_record(reaper, list, ready, true, "the lease was over", err);
    if (ret == 0 && first.code) {
        *err = first;
        ret = -1;
    }
    free(list);
    free(orphans);
    return ret;
}
