/*
 * dispatch-tick.c - one look at everything, for cron
 *
 * Says nothing when all went well (-v: one line); workers do the same
 * while they are idle, so a late tick delays nothing that they see.
 */
#include "config.h"

#include "cmd/dispatch.h"
#include "core/clock.h"
#include "core/log.h"
#include "sched/sched.h"

int dispatch_tick(struct dispatch *dispatch, struct err *err)
{
    const struct sched_options options = {
        .lease_grace = 2 * USEC_PER_SEC,
        .refill = true,
    };
    struct sched_report report = {0};
    int ret = sched_reconcile(dispatch->store, dispatch->queue, &options,
                              &report, err);

    log_info("tick", log_num("agents_gone", report.agents_gone),
             log_num("lost", report.lost),
             log_num("handed_back", report.handed_back),
             log_num("killed", report.killed),
             log_num("promoted", report.promoted),
             log_num("refilled", report.refilled));
    return ret;
}
