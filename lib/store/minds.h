/*
 * minds.h - what agents are doing: rows of consciousness_snapshots
 */
#ifndef AAOS_STORE_MINDS_H
#define AAOS_STORE_MINDS_H

#include "core/err.h"
#include "store/store.h"

struct mind_row {
    const char *agent_id;
    const char *activity; /* "idle", "working", "waiting", "draining" */
    double error_rate;    /* 0 to 1, of the last attempts */
    int64_t latency;      /* of an attempt, microseconds; 0: not known */
    int64_t tokens;       /* since the agent started */
    int claim_limit;      /* tasks that it takes at a time */
    const char *state;    /* JSON: what it works on; or NULL */
};

/* One row, and the limit in the agent's own. */
int store_mind(struct store *store, const struct mind_row *row,
               struct err *err);

#endif
