/*
 * claim.h - attempts: claim, heartbeat, finish
 *
 * An attempt is (seq, attempt, agent_id) of a running task: the fence.
 * Every write of an attempt repeats it in its WHERE; a row that does not
 * change means that the attempt is lost: kill the child, record nothing.
 */
#ifndef AAOS_STORE_CLAIM_H
#define AAOS_STORE_CLAIM_H

#include "core/err.h"
#include "core/uuid.h"
#include "store/store.h"
#include "task/record.h"

/* A claimed task: all that a handler needs.  Text owned, NULL: absent. */
struct claim {
    int64_t seq;
    char task_id[UUID_SIZE];
    char task_type[68];
    int priority;
    int attempt;
    int failures, max_attempts, losses, max_losses;
    int64_t sort_at, created_at, claimed_at;
    char *description;
    char *payload;
    size_t payload_len;
    bool payload_is_json;
    char *metadata;
    char *idempotency_key;
    char *correlation_id;
    char *workflow_id;
    char *parent_id;
    char *session_id;
    char *agent_type;
    int64_t timeout; /* microseconds, 0: none */
    char *webhook, *model, *llm_endpoint, *privacy, *output_schema;
    int64_t budget;   /* -1: absent */
    bool has_parents; /* it waited for others: store_dependencies() */
};
struct claim_list {
    struct claim *items; /* in the order of sort_at, seq */
    size_t count, cap;
};
void claim_release(struct claim *claim);
void claim_list_release(struct claim_list *list);

struct claim_request {
    const char *agent_id;
    const char *const *types; /* NULL: all types that have pending tasks */
    size_t type_count;
    const int64_t *seqs; /* candidates from the queue, tried first */
    size_t seq_count;
    bool sql_too; /* and fill up from SQL, in order */
    size_t max;
    int64_t lease; /* duration */
};

struct submit_item;  /* store/submit.h */
struct session_turn; /* store/sessions.h */
struct action_new;   /* store/actions.h */

/* How an attempt ended. */
struct finish {
    int64_t seq;
    int attempt;
    enum task_outcome outcome;
    const char *agent_id;    /* whose attempt: part of the fence */
    const char *reason;      /* of not_now; else NULL: the rules decide */
    bool not_now;            /* with HANDED_BACK: scheduled, not pending */
    bool permanent;          /* with FAILED */
    bool only_if_lease_over; /* the reaper's: the fence also demands
                                 lease_until < aaos_lease_now() */
    bool started;            /* a handler was started */
    bool no_webhook;         /* its body has none: need not be asked */
    bool result_is_json;     /* result is a JSON value, else bytes */
    int exit_status;         /* -1: none */
    int term_signal;         /* 0: none */
    int64_t elapsed;         /* from the handler's start to its end */
    int64_t user_time, system_time, max_rss; /* -1: unknown; KiB */
    const char *result;                      /* NULL: none */
    size_t result_len;
    int64_t result_size;         /* whole size when result was cut */
    const char *result_artifact; /* path, when cut; else NULL */
    const char *result_sha256;   /* of the whole; NULL: computed here */
    const char *error;           /* NULL: none */
    /* Which model answered last; NULL: none was called, and then the
     * tokens and the cost (10^-12 USD) have no meaning. */
    const char *model;
    int64_t tokens_in, tokens_out, cost;
    int64_t retry_after; /* duration, 0: none; with not_now: until then */
    double jitter;       /* [0, 1) for the back-off */
    int failures, max_attempts, losses, max_losses; /* as claimed */
    /* Log lines of the attempt, stored with it. */
    const struct finish_log *logs;
    size_t log_count;
    /*
     * Tasks that the handler added, complete and valid, their refs among
     * them checked (links.h).  Stored if, and only if, the task is completed
     * by this: with its task_id as parent_id, in its workflow, with its
     * correlation and session id unless they have their own.  What is wrong
     * with one of them (an unknown id) is ERR_DATA, and nothing of the
     * transaction is done.
     */
    struct submit_item *tasks;
    size_t task_count;
    /* What it adds to its session if it is completed by this; or NULL. */
    const struct session_turn *turn;
    /*
     * Actions that it asked for, checked; likewise.  Of each type, key,
     * payload and delay are given; without a key it gets one of its own
     * from the attempt.  The log of the task says what became of each.
     */
    struct action_new *actions;
    size_t action_count;
    /* Filled: */
    bool lost;               /* the fence did not hold: nothing recorded */
    enum task_status status; /* the task's new state */
    int64_t sort_at;         /* for the queue when status is pending */
};
struct finish_log {
    const char *level; /* "stderr", "info", ... */
    const char *message;
    size_t message_len; /* need not be UTF-8: stored printable */
    const char *artifact_ref, *artifact_sha256; /* or NULL */
};

/*
 * One transaction: record all finishes, then claim.  Either part may be
 * empty (count 0, request NULL).  store_ready() has what it unblocked.  While claiming, pending tasks whose
 * expires_at has passed are cancelled instead.  `out` is appended to.
 */
int store_cycle(struct store *store, struct finish *finishes, size_t count,
                const struct claim_request *request, struct claim_list *out,
                struct err *err);

/*
 * What became of the parents of a task, in order of seq: at most limit of
 * those behind `after`.
 */
enum dependency_column {
    DC_SEQ,
    DC_TASK_ID,
    DC_REF,
    DC_STATUS,
    DC_RESULT,
    DC_RESULT_FORMAT,
    DC_RESULT_ARTIFACT,
    DC_RESULT_SHA256,
    DC_COLUMNS
};
int store_dependencies(struct store *store, int64_t seq, int64_t after,
                       size_t limit, struct db_rows *rows, struct err *err);

/* When the next task of these types becomes due (run_at of scheduled and
 * retry): 1 and *in (from now, >= 0), 0 none, -1. */
int store_next_due(struct store *store, const char *const *types,
                   size_t type_count, int64_t *in, struct err *err);

/*
 * For --until-empty: 1 when no task of these types is pending, running or
 * due within `horizon`; with `all`, when no live task but held is left.
 */
int store_drained(struct store *store, const char *const *types,
                  size_t type_count, int64_t horizon, bool all,
                  struct err *err);

/* One running row of an agent, as a heartbeat sees it. */
struct held {
    int64_t seq;
    int attempt;
    bool cancel_requested;
};
struct heartbeat {
    const char *agent_id;
    const char *status;   /* "active" or "draining" */
    const char *progress; /* JSON list or NULL */
    int running;
    int64_t completed, failed; /* totals of this agent */
    int64_t lease;             /* duration: the new lease_until */
    /* Filled: */
    struct held *held; /* malloc'd */
    size_t held_count;
    bool killed;     /* stop: end the children, hand back */
    bool paused_out; /* claims give nothing now */
};
/* Renews every running row of the agent in one statement. */
int store_heartbeat(struct store *store, struct heartbeat *beat,
                    struct err *err);

/* Log lines of a running attempt; fenced: 1 stored, 0 lost, -1. */
int store_log(struct store *store, int64_t seq, int attempt,
              const char *agent_id, const struct finish_log *logs, size_t count,
              struct err *err);

#endif
