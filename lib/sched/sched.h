/*
 * sched.h - repairing what dead workers, clocks and Redis left behind
 *
 * Needs no lease: any process may do it at any time, because every update
 * tests its own condition again.  Idle workers do it once a second, the
 * tick does it too.
 *
 * Proof of death.  Each agent holds flock(2) on the file named in its row,
 * and its children inherit it.  On the same machine and boot a free lock
 * on *that* file (device and inode) proves that the agent is gone; a
 * missing file proves nothing; another boot_id of the same machine_id
 * proves death.  Before anything is requeued every process that carries
 * AAOS_AGENT_ID of the dead agent in its environment, and every other
 * holder of the file, is killed until a scan finds none.  The file has one
 * slot a job (work/slots.h): attempts found in a slot were started and
 * count as losses; claimed but unstarted ones are handed back; after a
 * reboot nothing counts.  A lease that is over while the lock is still
 * held on this host: the attempt's processes are killed (AAOS_TASK_ID and
 * AAOS_ATTEMPT, or the agent's co-process), then it is requeued as a loss.
 * On another host the lease decides alone.
 */
#ifndef AAOS_SCHED_SCHED_H
#define AAOS_SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "queue/queue.h"
#include "store/store.h"

struct sched_options {
    int64_t lease_grace;      /* a lease must be over by this much: 2 s */
    int64_t loss_jitter_seed; /* unused when 0 */
    bool refill;              /* look after the Redis index too */
    const char *self; /* agent_id of the caller, never reaped; or NULL */
};

struct sched_report {
    int64_t agents_gone; /* proved dead and marked */
    int64_t lost;        /* attempts recorded as lost */
    int64_t handed_back;
    int64_t killed;   /* left-over processes */
    int64_t promoted; /* became pending */
    int64_t refilled; /* ids put back into Redis */
};

/*
 * One pass.  A part that fails does not keep the others from running; the
 * first failure is returned (-1) after all have been tried.
 */
int sched_reconcile(struct store *store, struct queue *queue,
                    const struct sched_options *options,
                    struct sched_report *report, struct err *err);

#endif
