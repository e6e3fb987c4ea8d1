/*
 * broker-internal.h - what the files of the broker share
 *
 *   broker.c          opening
 *   broker-money.c    what is left of budgets
 *   broker-explain.c  what would be decided
 *   broker-states.c   states: read, swapped, in Redis or in the database
 *   broker-begin.c    calls that want to begin
 *   broker-decide.c   one of them
 *   broker-end.c      calls that have ended
 */
#ifndef AAOS_WORK_BROKER_INTERNAL_H
#define AAOS_WORK_BROKER_INTERNAL_H

#include "core/buf.h"
#include "queue/states.h"
#include "work/broker.h"

/* The states of all endpoints and targets, and of some task types. */
struct pool {
    char **keys; /* e:..., m:..., t:... */
    size_t count, cap;
    struct llm_state *states; /* parallel */
    bool *dirty;
    char **read;               /* as read from Redis; NULL: from the database */
    size_t endpoints, targets; /* the first so many, then so many */
};

struct broker {
    struct store *store;
    struct queue *queue;
    struct llm_config *config;
    char agent_id[UUID_SIZE];
    const char **endpoint_names;
    int64_t *endpoint_left, *endpoint_held; /* of the last broker_money() */
    uint64_t random;
};

double broker_random(struct broker *broker); /* [0, 1) */

/* broker-states.c */

/* Keys of all endpoints and targets, now known. */
void pool_open(struct pool *pool, const struct broker *broker);
void pool_release(struct pool *pool);
/* The state of a task type; its key is added if it is new. */
void pool_add_type(struct pool *pool, const char *task_type);
struct llm_state *pool_type(const struct pool *pool, const char *task_type);
struct llm_state *pool_endpoint(const struct pool *pool, size_t endpoint);
struct llm_state *pool_target(const struct pool *pool, size_t target);
void pool_dirty(struct pool *pool, const struct llm_state *state);
/* All states anew, from Redis; false: it is not there. */
bool pool_from_redis(struct pool *pool, struct broker *broker);
/* From what the store has locked. */
void pool_from_view(struct pool *pool, const struct broker *broker,
                    const struct calls_view *view);
/* Those that changed: 1 done, 0 begin anew, -1 Redis is gone. */
int pool_to_redis(struct pool *pool, struct broker *broker);
void pool_to_view(const struct pool *pool, struct calls_view *view);
/* Without a lock, for explaining. */
int pool_peek(struct pool *pool, struct broker *broker, struct err *err);

/* broker-begin.c */

/* Fill in what the caller left to us; false: call->err says why not. */
bool broker_prepare(struct broker *broker, struct broker_call *call,
                    char **affinity, struct err *err);
/* One run of broker_begin(). */
struct beginning {
    struct broker *broker;
    struct broker_call **calls; /* those that are fine so far */
    struct call_begin *begins;  /* parallel */
    struct buf *decisions;      /* parallel */
    size_t count;
    struct pool pool;
    bool redis;
    bool redis_gone; /* in the middle of it */
    bool forgot;     /* agents that are gone, in this try */
};

/* broker-decide.c: struct calls_batch wants these; ctx is a beginning. */
int broker_decide(void *ctx, const struct calls_batch *batch, size_t index,
                  struct calls_view *view, struct err *err);
int broker_decided(void *ctx, struct calls_view *view, struct err *err);

/* broker-money.c: the budgets that a call counts in, for an endpoint or
 * (NULL) wherever it goes; calls_budgets(). */
typedef size_t broker_fetch(void *ctx, const char *endpoint,
                            struct call_budget out[CALL_SCOPES]);
/* left, left_scope, left_at and endpoint_left of a snapshot whose day_end is
 * set; valid until the next call. */
void broker_money(struct broker *broker, const struct broker_call *call,
                  broker_fetch *fetch, void *ctx,
                  struct llm_snapshot *snapshot);

#endif
