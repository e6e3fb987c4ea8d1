/*
 * tally.h - what became of the tasks of a load, counted and timed
 *
 * Four durations of a task, all from the instant at which it was meant to
 * arrive, whether or not the generator, the database or an agent was late
 * (otherwise a stall would hide behind the tasks that were not sent while
 * it lasted):
 *
 *     submit   until it was stored
 *     wait     until its first attempt was started
 *     total    until its end was recorded
 *
 * and run, the time its first attempt took.  Tasks that wait for others
 * are counted, not timed.
 */
#ifndef AAOS_LOAD_TALLY_H
#define AAOS_LOAD_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/hist.h"

enum tally_time { TIME_SUBMIT, TIME_WAIT, TIME_RUN, TIME_TOTAL };
enum { TALLY_TIMES = TIME_TOTAL + 1 };
extern const char *const tally_time_names[TALLY_TIMES];

/* Counts of one class of tasks, or of all. */
struct tally {
    int64_t submitted, completed, dead, cancelled;
    int64_t unplanned; /* ended otherwise than the mix wanted */
    int64_t attempts;
    int64_t chained; /* wait for others: not timed */
    struct hist times[TALLY_TIMES];
};

/* How one task ended; instants, 0: unknown. */
struct tally_end {
    int64_t due, stored, started, stopped, recorded;
    const char *status, *reason; /* reason may be NULL */
    int64_t attempts;
    bool chained;
    bool fails; /* the mix wants it to end dead */
};
void tally_add(struct tally *tally, const struct tally_end *end);
int64_t tally_ended(const struct tally *tally);

#endif
