/*
 * simulate.c - handler simulate: an agent that pretends, for load tests
 *
 * It does what the payload says (task/simulation.h) and nothing else.  A
 * task that is no simulation is somebody's work: it is handed back
 * untouched and the worker stops, rather than complete it without having
 * done it.
 */
#include "config.h"

#include "core/clock.h"
#include "task/simulation.h"
#include "work/internal.h"

static bool read_job(const struct job *job, struct simulation *simulation,
                     struct err *err)
{
    const struct claim *claim = &job->claim;

    return claim->payload_is_json &&
           simulation_parse(claim->payload, claim->payload_len, simulation,
                            err) == 0;
}

static void end(struct job *job, const struct simulation *simulation)
{
    static const char failed[] = "failed, as the simulation wants it";
    bool fails = job->claim.failures < simulation->fail;
    struct ending ending = {
        .outcome = fails ? OUTCOME_FAILED : OUTCOME_COMPLETED,
        .permanent = fails && simulation->permanent,
        .exit_status = -1,
    };
    int64_t now = clock_wall();

    if (fails) {
        told_error(job, failed, sizeof(failed) - 1);
    } else {
        simulation_put_result(now - (clock_mono() - job->started), now,
                              simulation->result, &job->value);
        job->has_value = true;
        job->value_is_json = true;
    }
    job_end(job, &ending);
}

static int start(struct work *work, struct job *job, struct err *err)
{
    struct simulation simulation;
    struct err why = {0};

    (void)work;
    if (!read_job(job, &simulation, &why)) {
        err_set(err, ERR_CONFIG, "task %s is no simulation",
                job->claim.task_id);
        return err_hint(err, "agents that simulate need a database or task "
                             "types of their own");
    }
    if (simulation.run > 0)
        job->wake_at = job->started + simulation.run;
    else
        end(job, &simulation);
    return 0;
}

static void wake(struct work *work, struct job *job)
{
    struct simulation simulation = {0};
    struct err err = {0};

    (void)work;
    job->wake_at = NEVER;
    read_job(job, &simulation, &err);
    end(job, &simulation);
}

/* Why it stops is known; how does not matter. */
static void stop(struct work *work, struct job *job)
{
    const struct ending ending = {.outcome = OUTCOME_FAILED, .exit_status = -1};

    (void)work;
    job_end(job, &ending);
}

const struct handler simulate_handler = {
    .start = start, .term = stop, .kill = stop, .wake = wake};
