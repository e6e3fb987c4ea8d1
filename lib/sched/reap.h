/*
 * reap.h - the two ways in which an attempt is taken from its agent
 *
 *   reap.c        the agent is dead, and that is proved
 *   reap-lease.c  its lease is over
 *   reap-clock.c  and that means something
 *   reap-host.c   who is alive here, and who may kill
 */
#ifndef AAOS_SCHED_REAP_H
#define AAOS_SCHED_REAP_H

#include <signal.h>

#include "core/clock.h"
#include "sched/sched.h"
#include "store/agents.h"

/* Ten heartbeats: for so long an agent of which nothing is known is not
 * forgotten. */
#define REAP_SILENCE (300 * USEC_PER_SEC)

struct reaper {
    struct store *store;
    struct queue *queue;
    const struct sched_options *options;
    struct sched_report *report;
    struct agent *agents; /* not gone; SQLite: all, else of this machine */
    size_t count;
    bool listed;   /* or who is here is not known */
    bool one_host; /* SQLite: whoever is there is here */
    uint64_t seed;
};

/* Was the clock of leases set lately, so that one that is over proves
 * nothing?  1, 0, -1. */
int reap_clock(struct reaper *reaper, struct err *err);

/* Bury the dead among reaper->agents. */
int reap_dead(struct reaper *reaper, struct err *err);
/* Take back what was not renewed in time. */
int reap_leases(struct reaper *reaper, struct err *err);

/*
 * End these attempts, those whose `started` is set as lost, the others as
 * handed back.  `lease`: only where the lease is still over.
 */
struct reaped {
    const struct orphan *orphan;
    bool started;
};
int reap_record(struct reaper *reaper, const struct reaped *list, size_t count,
                bool lease, const char *why, struct err *err);

/* Where an agent is. */
enum reap_place {
    REAP_HERE,     /* this boot of this host */
    REAP_REBOOTED, /* it was here before the last boot: dead */
    REAP_ELSEWHERE
};
enum reap_place reap_place(const struct reaper *reaper,
                           const struct agent *agent);

/* Does its process run?  It may be in a PID namespace below ours. */
bool reap_agent_runs(const struct agent *agent);

/*
 * One reaper at a time looks at the locks of a folder: who looks has the
 * file open, and who buries holds its lock, so that either could be taken
 * for a child of the dead agent.  The terminal cannot stop us meanwhile.
 */
enum reap_gate_state {
    GATE_OURS,
    GATE_BUSY,
    GATE_NONE /* there is no such folder, or it is not ours to enter */
};
struct reap_gate {
    int fd;
    sigset_t mask;
};
enum reap_gate_state reap_gate_take(struct reap_gate *gate,
                                    const char *lock_path);
void reap_gate_drop(struct reap_gate *gate);

/* Kill whoever has all of these in its environment; counts them. */
int reap_kill(struct reaper *reaper, const char *const *env, size_t count,
              struct err *err);
/* Kill whoever holds the lock of the agent. */
int reap_kill_holders(struct reaper *reaper, const struct agent *agent,
                      struct err *err);

#endif
