/*
 * status-top-replay.h - what is known of a workflow that is played again
 *
 * Private to status-top-replay.c, which reads it all once, and
 * status-top-stage.c, which shows any instant of it.
 */
#ifndef AAOS_CMD_STATUS_TOP_REPLAY_H
#define AAOS_CMD_STATUS_TOP_REPLAY_H

#include "cmd/status-flow.h"
#include "cmd/status-top.h"

struct played {
    const struct flow_node *node;
    int64_t created, ready, finished; /* NEVER: not yet */
    size_t first, attempts;           /* of replay->attempts */
};

struct played_attempt {
    size_t task;
    int agent;
    int64_t start, end;
    bool good;
    const char *outcome;
};

struct played_agent {
    const char *agent_id, *name;
    int64_t from, jobs, running;
};

/* Something to tell. */
struct moment {
    int64_t ts;
    const char *kind;
    size_t task;
    int agent;
};

struct replay {
    struct flow flow;
    struct db_rows rows; /* TF_ columns */
    struct played *tasks;
    struct played_attempt *attempts;
    struct played_agent *agents;
    size_t agent_count, agent_cap;
    struct moment *moments;
    size_t moment_count, moment_cap;
    size_t told; /* moments that are in the model */
    int64_t at;
};

#endif
