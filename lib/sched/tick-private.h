/*
 * tick-private.h - one tick on its way
 */
#ifndef AAOS_SCHED_TICK_PRIVATE_H
#define AAOS_SCHED_TICK_PRIVATE_H

#include "core/buf.h"
#include "sched/tick.h"

struct tick {
    struct store *store;
    struct queue *queue;
    const struct tick_options *options;
    struct tick_report *report;
    struct lease lease;
    int64_t deadline; /* clock_mono() */
    struct buf notes;
    int done, failed; /* steps */
};

/* The steps. */
int tick_deliver(struct tick *tick, struct err *err);
int tick_telemetry(struct tick *tick, struct err *err);
int tick_prune(struct tick *tick, struct err *err);

/* "name=number" among the notes, unless it is 0. */
void tick_note(struct tick *tick, const char *name, int64_t number);
/* Is there time, and does nobody want us to stop? */
bool tick_goes_on(const struct tick *tick);
/* ERR_LOST when the lease is another's. */
int tick_renew(struct tick *tick, struct err *err);

/*
 * The kernel's lock: what this host knows of its dispatchers.  The file
 * names who locked it last; a name in a file that nobody locks is that of
 * a dead one, for whoever ends in order takes its name away.
 */
struct tick_lock {
    int fd; /* -1: another one has it, or there is no folder */
    char before[4 * TICK_OWNER_SIZE]; /* names, a line each */
};
void tick_lock_take(struct tick_lock *lock, const char *state_dir,
                    const char *db_uuid, const char *owner);
/* Is it proved that this holder of the lease is dead? */
bool tick_lock_proves(const struct tick_lock *lock, const char *holder);
/* We have the lease: only our name counts from now on. */
void tick_lock_own(struct tick_lock *lock, const char *owner);
/* `ended`: in order, with the lease released. */
void tick_lock_drop(struct tick_lock *lock, bool ended);

#endif
