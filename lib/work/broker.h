/*
 * broker.h - may this call be made, where, and what did it cost
 *
 * Between the handler of --llm and everything that is shared: the router
 * decides on a snapshot of states and budgets and reserves what it decided
 * in the same transaction, so that fifty workers cannot spend one dollar
 * twice.  States live in Redis when it is there, else in the database;
 * money and the ledger always in the database.
 *
 *     broker_begin(calls wanted)  -> each: go | later | never
 *         llm_call_start(...)     one HTTP call for each that may go
 *     broker_end(calls ended)     -> settled, learnt, recorded
 *
 * Collect what wants to begin and what has ended, and hand them over once a
 * turn of the loop: a batch is one transaction.
 */
#ifndef AAOS_WORK_BROKER_H
#define AAOS_WORK_BROKER_H

#include "core/err.h"
#include "core/uuid.h"
#include "llm/call.h"
#include "llm/route.h"
#include "llm/settings.h"
#include "queue/queue.h"
#include "store/calls.h"
#include "store/store.h"

struct broker; /* opaque */

/* All borrowed for as long as the broker lives; queue may be NULL.
 * agent_id: whose calls in flight these are.  seed: for the random choice. */
struct broker *broker_open(struct store *store, struct queue *queue,
                           struct llm_config *config, const char *agent_id,
                           uint64_t seed);
void broker_close(struct broker *broker);

/* One call that a task wants to make.  Text borrowed for the call. */
struct broker_call {
    /* Who. */
    const char *task_id;
    int attempt;
    int step;            /* of the task: the same in a resumed attempt */
    const char *purpose; /* "answer", "repair", "reask", "compact" */
    const char *task_type, *agent_type, *workflow_id, *session_id;
    const char *trace_id, *span_id; /* or NULL */
    int64_t budget;                 /* the task's own limit; -1: none */
    /* What. */
    struct llm_need need; /* its task_type, agent_type, affinity and prompt
                               correction are filled in here */
    const char *request_sha256; /* of the request, whatever the model */
    /* The answer. */
    char call_id[UUID_SIZE];      /* if LLM_GO */
    struct llm_decision decision; /* the caller's to release; kind, reason,
                                       until, target -> config->targets[] */
    int64_t wait;                 /* LLM_LATER: from now; at least 1 s */
    struct err err; /* code set: this one failed (ERR_DATA: the task names an
                         unknown alias), the others are decided */
};
/* 0: each is decided; -1: nothing is stored (the database is away). */
int broker_begin(struct broker *broker, struct broker_call *calls, size_t count,
                 struct err *err);

/* A call that has ended. */
struct broker_end {
    const char *call_id;
    int target; /* decision.target */
    /* LLM_OK as the handler sees it, or what it found out afterwards
     * (LLM_OUTPUT: not of the schema); usually result->verdict.class. */
    enum llm_class class;
    const char *task_type;
    const char *session_id;  /* or NULL: keeps to this target if it was done */
    int64_t prompt_estimate; /* as in need */
    const struct llm_result *result;
    const char *body_sha256; /* of the bytes that were sent; or NULL */
    const char *response;    /* JSON for a resumed run; or NULL */
    /* Filled: */
    int64_t cost; /* pico-dollars; -1: there is no price */
};
int broker_end(struct broker *broker, struct broker_end *ends, size_t count,
               struct err *err);

/* What would be decided now; nothing is taken or stored.  The broker may
 * have no store. */
int broker_explain(struct broker *broker, struct broker_call *call,
                   struct err *err);

#endif
