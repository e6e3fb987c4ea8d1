/*
 * repair.c - what an idle agent does for the queue
 */
#include "config.h"

#include "cmd/repair.h"

#include "core/clock.h"
#include "sched/sched.h"
#include "store/flags.h"

/* A lease must be over by so much before it is taken away. */
#define LEASE_GRACE (2 * USEC_PER_SEC)

int repair_reconcile(void *ctx, const char *agent_id, struct err *err)
{
    const struct repair *repair = ctx;
    const struct sched_options how = {
        .lease_grace = LEASE_GRACE, .refill = true, .self = agent_id};
    struct sched_report report;

    return sched_reconcile(repair->store, repair->queue, &how, &report, err);
}

/* A worker that starts under the kill switch would end at once. */
int repair_check_flags(struct store *store, struct err *err)
{
    struct flags flags = {0};
    int ret = store_flags(store, &flags, err);

    if (ret == 0 && flags.killed) {
        ret =
            err_set(err, ERR_PERM, "everything is stopped by the kill switch");
        err_hint(err, "'aaos-dispatch revive' ends it");
    }
    flags_release(&flags);
    return ret;
}
