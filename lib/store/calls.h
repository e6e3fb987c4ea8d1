/*
 * calls.h - the ledger of calls to models, and their budgets
 *
 * A call has a row before it starts (state intent) and is completed when
 * it has ended (done, failed); one whose worker never said how it ended
 * becomes lost when its hold expires, and counts as spent in full.  Money
 * is held for it in every budget that it counts in, and settled at its end:
 * the rows of `budgets` are the truth for all workers, on every engine.
 *
 * Scopes: task (TASK_ID, all), workflow (ID, all), agent (TYPE, the day),
 * endpoint (NAME, the day), day ('', the day), total ('', all).  All are
 * counted, whether or not there is a limit, so that a limit set at noon
 * knows what was spent in the morning.
 *
 * Calls come in batches: a thousand in flight cost one transaction a turn
 * of the worker's loop.
 */
#ifndef AAOS_STORE_CALLS_H
#define AAOS_STORE_CALLS_H

#include "core/err.h"
#include "core/uuid.h"
#include "store/store.h"

enum { CALL_SCOPES = 6, CALL_DAY_SIZE = 11 };

/* One row of budgets, locked. */
struct call_budget {
    const char *scope, *name, *period;
    int64_t spent, reserved;
};

/* The text of one state; see llm/state.h. */
struct call_state {
    const char *key; /* as asked for */
    char *text;      /* NULL: there is none yet */
    size_t len;
    char *changed; /* malloc'd by decide() or learn(): to be stored */
};

/* A call that wants to begin.  Text borrowed; NULL: absent. */
struct call_begin {
    const char *task_id;
    int attempt, step;
    const char *purpose;
    const char *task_type, *agent_type, *workflow_id, *session_id;
    const char *trace_id, *span_id;
    const char *request_sha256;
    int64_t lease; /* after which it counts as lost */
    /* Set by decide(), borrowed until store_calls_begin() returns. */
    bool go; /* else nothing is stored but the decision */
    const char *alias, *endpoint, *model, *fallback_from, *price_sha256;
    int64_t prompt_estimate, max_output;
    int64_t reserve;      /* >= 0 */
    const char *decision; /* JSON, into reasoning_chains; NULL: none */
    /* Set by the store. */
    char call_id[UUID_SIZE]; /* if go */
};

/* What decide() and learn() see, inside of the transaction. */
struct calls_view {
    int64_t now; /* of the database */
    int64_t day_end;
    char day[CALL_DAY_SIZE];
    struct call_state *states;
    size_t nstates;
};
/* The budgets that call `index` counts in, for an endpoint (NULL: those that
 * do not depend on it).  What was decided before in this batch is in.
 * Returns how many. */
struct calls_batch;
size_t calls_budgets(const struct calls_batch *batch, size_t index,
                     const char *endpoint, struct call_budget out[CALL_SCOPES]);

/* Ids of the agents that are not gone, a row each. */
int calls_agents(const struct calls_batch *batch, struct db_rows *rows,
                 struct err *err);

struct calls_batch {
    const char *agent_id;
    struct call_begin *calls;
    size_t count;
    const char *const *endpoints; /* all that decide() may choose */
    size_t nendpoints;
    const char *const *state_keys; /* to be locked; none if kept elsewhere */
    size_t nstate_keys;
    /* Decide about call `index`; may be called again for all of them, from
     * the first, when the transaction is repeated. */
    int (*decide)(void *ctx, const struct calls_batch *batch, size_t index,
                  struct calls_view *view, struct err *err);
    /* After the last: for states that are kept elsewhere; 1: decide again;
     * or NULL. */
    int (*decided)(void *ctx, struct calls_view *view, struct err *err);
    void *ctx;
    void *held; /* private */
};
/* One transaction.  The intent rows, holds and decisions are stored when it
 * returns 0. */
int store_calls_begin(struct store *store, struct calls_batch *batch,
                      struct err *err);

/* A call that has ended. */
struct call_end {
    const char *call_id;
    bool done; /* else failed */
    const char *served_model;
    int http_status; /* 0: none */
    const char *class, *request_id, *error, *finish;
    int64_t first_token, elapsed; /* -1: unknown */
    int64_t in, cache_read, cache_5m, cache_1h, out, reasoning;
    const char *usage_source; /* "reported", "estimated", NULL: none */
    int64_t cost;             /* -1: there is no price */
    const char *body_sha256;
    const char *response; /* JSON; or NULL */
    /* The session stays with "ENDPOINT/MODEL" for so long; or NULL. */
    const char *session_id, *target;
    int64_t affinity;
    /* Set by the store: it was not known, or lost and settled before. */
    bool late;
};
struct ends_batch {
    struct call_end *calls;
    size_t count;
    const char *const *state_keys;
    size_t nstate_keys;
    int (*learn)(void *ctx, struct calls_view *view, struct err *err);
    void *ctx;
};
/* One transaction: results, settling, costs, states. */
int store_calls_end(struct store *store, struct ends_batch *batch,
                    struct err *err);

/* Calls whose hold has expired become lost, at most limit; returns how many,
 * or -1. */
int64_t store_calls_expire(struct store *store, size_t limit, struct err *err);

/*
 * All calls of a task in the order in which they began; what a resumed run
 * reads: a row of state done has its response, and need not be paid again.
 */
enum call_column {
    CC_CALL_ID,
    CC_ATTEMPT,
    CC_STEP,
    CC_PURPOSE,
    CC_STATE,
    CC_ALIAS,
    CC_ENDPOINT,
    CC_REQUESTED_MODEL,
    CC_SERVED_MODEL,
    CC_FALLBACK_FROM,
    CC_REQUEST_SHA256,
    CC_BODY_SHA256,
    CC_HTTP_STATUS,
    CC_CLASS,
    CC_REQUEST_ID,
    CC_ERROR,
    CC_FIRST_TOKEN,
    CC_ELAPSED,
    CC_TOKENS_IN,
    CC_TOKENS_CACHE_READ,
    CC_TOKENS_CACHE_5M,
    CC_TOKENS_CACHE_1H,
    CC_TOKENS_OUT,
    CC_TOKENS_REASONING,
    CC_USAGE_SOURCE,
    CC_COST,
    CC_PRICE_SHA256,
    CC_FINISH,
    CC_STARTED_AT,
    CC_FINISHED_AT,
    CC_RESPONSE,
    CC_COLUMNS
};
int store_calls_of(struct store *store, const char *task_id,
                   struct db_rows *rows, struct err *err);

/* The last decision about a task (reasoning_chains, kind route): ts, content
 * (JSON of llm_decision_json()). */
int store_last_route(struct store *store, const char *task_id,
                     struct db_rows *rows, struct err *err);

/* States, without a lock: their texts, one row a key (key, state,
 * updated_at).  keys NULL: all. */
int store_states(struct store *store, const char *const *keys, size_t count,
                 struct db_rows *rows, struct err *err);
/* Write states that were decided elsewhere (a copy for when Redis is away). */
int store_states_put(struct store *store, const char *const *keys,
                     const char *const *texts, size_t count, struct err *err);
/* Budgets: scope, name, period, spent, reserved, calls; of tasks only this
 * one's (NULL: none). */
int store_budgets(struct store *store, const char *task_id,
                  struct db_rows *rows, struct err *err);
/* The day (UTC) that an instant lies in, and when the next one begins. */
int64_t store_day(int64_t now, char day[CALL_DAY_SIZE]);

/* Sums of llm_costs since `day` (NULL: all). */
enum cost_key {
    COST_MODEL,
    COST_AGENT,
    COST_TYPE,
    COST_WORKFLOW,
    COST_DAY,
    COST_ENDPOINT
};
enum cost_column {
    CO_KEY,
    CO_CALLS,
    CO_FAILED,
    CO_TOKENS_IN,
    CO_TOKENS_CACHED,
    CO_TOKENS_OUT,
    CO_COST,
    CO_UNPRICED,
    CO_COLUMNS
};
int store_costs(struct store *store, enum cost_key by, const char *day,
                struct db_rows *rows, struct err *err);

/* The endpoint and model that a session used, if it still holds: malloc'd
 * "ENDPOINT/MODEL" or NULL. */
int store_affinity(struct store *store, const char *session_id, char **target,
                   struct err *err);

#endif
