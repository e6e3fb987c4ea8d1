/*
 * sched.c - repairing what dead workers, clocks and Redis left behind
 *
 * Parts that know nothing of each other, in the order of their use: what is
 * handed back or due first can be promoted and pushed in the same pass.
 */
#include "config.h"

#include "sched/sched.h"

#include <stdlib.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "core/proc.h"
#include "sched/reap.h"
#include "store/calls.h"

enum { PROMOTE_ROWS = 1000, PROMOTE_TURNS = 10 };

static int list_agents(struct reaper *reaper, struct err *err)
{
    const char *machine = reaper->one_host ? NULL : proc_machine_id();

    if (store_agents_live(reaper->store, machine, &reaper->agents,
                          &reaper->count, err) < 0)
        return -1;
    reaper->listed = true;
    return 0;
}

static int promote(struct reaper *reaper, struct err *err)
{
    struct ready_list ready = {0};
    int more = 1;

    for (int turn = 0; turn < PROMOTE_TURNS && more > 0; turn++) {
        ready.count = 0;
        more = store_promote(reaper->store, PROMOTE_ROWS, &ready, err);
        if (more >= 0 && ready.count > 0) {
            FAILPOINT("promote.committed");
            reaper->report->promoted += (int64_t)ready.count;
            queue_push(reaper->queue, ready.items, ready.count);
        }
    }
    ready_list_release(&ready);
    return more < 0 ? -1 : 0;
}

static int forget_silent(struct reaper *reaper, struct err *err)
{
    int gone = 0;

    if (!reaper->one_host)
        gone = store_agents_silent(reaper->store, proc_machine_id(),
                                   REAP_SILENCE, err);
    if (gone > 0)
        reaper->report->agents_gone += gone;
    return gone < 0 ? -1 : 0;
}

static int refill(struct reaper *reaper, struct err *err)
{
    int64_t pushed = 0;
    int ret = 0;

    if (reaper->options->refill)
        ret = queue_refill(reaper->queue, reaper->store, false, &pushed, err);
    reaper->report->refilled += pushed;
    return ret;
}

/* Calls to models of which nobody will say how they ended. */
static int settle_calls(struct reaper *reaper, struct err *err)
{
    enum { SETTLE_MAX = 1000 };

    return store_calls_expire(reaper->store, SETTLE_MAX, err) < 0 ? -1 : 0;
}

int sched_reconcile(struct store *store, struct queue *queue,
                    const struct sched_options *options,
                    struct sched_report *report, struct err *err)
{
    static int (*const parts[])(struct reaper * reaper, struct err * err) = {
        list_agents,   reap_dead,    reap_leases, promote,
        forget_silent, settle_calls, refill,
    };
    struct reaper reaper = {
        .store = store,
        .queue = queue,
        .options = options,
        .report = report,
        .one_host = db_engine(store_db(store)) == DB_SQLITE,
        .seed = (uint64_t)options->loss_jitter_seed,
    };
    struct err first = {0};

    *report = (struct sched_report){0};
    for (size_t i = 0; i < LENGTH(parts); i++) {
        struct err why = {0};

        if (parts[i](&reaper, &why) < 0 && !first.code)
            first = why;
    }
    for (size_t i = 0; i < reaper.count; i++)
        agent_release(&reaper.agents[i]);
    free(reaper.agents);
    if (!first.code)
        return 0;
    *err = first;
    return -1;
}
