/*
 * work.h - an agent: claims tasks, runs a handler, records the outcome
 *
 * One thread, one poll(2) loop over children's pipes, signals, wake-ups
 * and timers.  The parts, each its own file:
 *
 *   work.c       the loop: when to claim, heartbeat, reconcile, drain, end
 *   batch.c      claims ahead and finishes, carried by one store_cycle()
 *   job.c        one running attempt, whatever runs it
 *   command.c    handler "-- COMMAND": process, pipes, limits, verdict
 *   coprocess.c  handler "--coprocess": JSON Lines, several in flight
 *   builtin.c    noop, echo, sleep, fail
 *   simulate.c   what a load generator asks for
 *   llm-*.c      handler "--llm": llm.h
 *   control.c    the lines on descriptor 3
 *   added.c      tasks that a handler adds
 *   parents.c    results of the tasks that one waited for
 *   output.c     captured stdout and stderr, cut and kept as artifacts
 *   joblog.c     GNU parallel's columns
 *   profile.c    kinds of agent
 */
#ifndef AAOS_WORK_WORK_H
#define AAOS_WORK_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "queue/queue.h"
#include "store/store.h"
#include "task/record.h"
#include "work/profile.h"

enum work_handler { WORK_COMMAND, WORK_COPROCESS, WORK_BUILTIN, WORK_LLM };
enum work_builtin {
    BUILTIN_NOOP,
    BUILTIN_ECHO,
    BUILTIN_SLEEP,
    BUILTIN_FAIL,
    BUILTIN_SIMULATE /* what the payload says: task/simulation.h */
};
enum work_until { WORK_FOREVER, WORK_UNTIL_EMPTY, WORK_UNTIL_EMPTY_ALL };

struct llm_config; /* llm/settings.h */

struct work_options {
    enum work_handler handler;
    enum work_builtin builtin;
    char *const *argv;        /* COMMAND and its arguments, NULL-ended */
    const char *placeholder;  /* "{}"; "" turns replacing off */
    bool stdin_json;          /* the whole record on stdin */
    const char *const *types; /* NULL: all */
    size_t type_count;
    const char *name;     /* of the agent; NULL: host.pid */
    const char *profile;  /* "code", ... or NULL */
    const char *profiles; /* folder of the user's own, or NULL */
    int jobs;
    bool once;
    enum work_until until;
    int64_t max_tasks;             /* 0: no end */
    int64_t lease, timeout, grace; /* durations; timeout 0: none */
    int64_t output_limit, stderr_limit, artifact_limit; /* bytes */
    bool permanent[256];    /* exit statuses that are dead at once */
    bool halt_now;          /* --halt now: kill; soon: drain */
    int64_t halt_fail;      /* 0: never */
    const char *joblog;     /* file, or NULL; "+FILE" appends */
    struct llm_config *llm; /* WORK_LLM: endpoints, models, routes */
    bool proof;             /* WORK_LLM: write what would be sent */
    const char *state_dir;
    const char *version;
    /* Of tasks that a handler adds. */
    struct task_rules rules;
    struct task_record defaults;
    /* Called when idle, at most once a second, and before --until-empty
     * may end; may be NULL. */
    int (*reconcile)(void *ctx, const char *agent_id, struct err *err);
    void *reconcile_ctx;
};

/*
 * Work until told to stop.  0: ran to its end.  -1 with ERR_NO (--halt
 * struck, or with --once the task did not complete), ERR_TEMP (--once
 * found nothing), ERR_CONFIG (the command cannot be executed, ...),
 * ERR_PERM (killed by control flag), ERR_UNAVAIL (the database stayed away
 * for longer than the lease at the start; later it keeps trying).
 */
int work_run(struct store *store, struct queue *queue,
             const struct work_options *options, struct err *err);

#endif
