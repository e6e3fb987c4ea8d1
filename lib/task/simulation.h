/*
 * simulation.h - a task that only pretends to be work
 *
 * What a load generator asks of an agent, as the payload of a task:
 *
 *     {"simulate":{"n":17,"due":1764082800000000,"run":20000,"fail":1,
 *      "permanent":false,"result":100},"pad":"xxx..."}
 *
 * due is the instant at which the task was meant to arrive, run how long it
 * takes, both microseconds; the first `fail` attempts fail, for good when
 * `permanent`; result is the size of what comes back, at least the size of
 * the two instants in it:
 *
 *     {"started_at":1764082800000812,"ended_at":1764082800020833,"pad":"xx"}
 *
 * The correlation id of such tasks is "loadgen-" and the id of the run.
 */
#ifndef AAOS_TASK_SIMULATION_H
#define AAOS_TASK_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

#define SIMULATION_MARK "loadgen-"

struct simulation {
    int64_t number;
    int64_t due;    /* instant */
    int64_t run;    /* duration */
    int64_t fail;   /* attempts that fail before one succeeds */
    int64_t result; /* bytes */
    bool permanent;
};

/* size: bytes of the payload; it is never shorter than it must be. */
void simulation_put(const struct simulation *simulation, int64_t size,
                    struct buf *out);
/* Any bytes; what is no simulation is ERR_DATA. */
int simulation_parse(const char *payload, size_t len,
                     struct simulation *simulation, struct err *err);

void simulation_put_result(int64_t started, int64_t ended, int64_t size,
                           struct buf *out);
/* False: it is something else. */
bool simulation_parse_result(const char *result, size_t len, int64_t *started,
                             int64_t *ended);

#endif
