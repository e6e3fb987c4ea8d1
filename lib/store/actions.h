/*
 * actions.h - the outbox: effects, written where their cause is
 */
#ifndef AAOS_STORE_ACTIONS_H
#define AAOS_STORE_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/uuid.h"
#include "store/lease.h"
#include "store/store.h"

struct action_new {
    const char *action_type;
    const char *idempotency_key;
    const char *payload_json;
    const char *task_id, *correlation_id; /* or NULL */
    int64_t delay;                        /* 0: now */
    /* Of an operator: then a row in audit_logs, "enqueue_action", if it is
     * stored. */
    const char *actor, *reason; /* or NULL */
    /* Filled: */
    char action_id[UUID_SIZE]; /* the existing one for a known key; of
                                  action_insert() kept when given */
    bool duplicate, stored;    /* neither: an earlier try had stored it */
};
/* In a transaction of its own. */
int store_action_add(struct store *store, struct action_new *action,
                     struct err *err);
/* Inside the caller's transaction (store-private users). */
int action_insert(struct store *store, struct action_new *action,
                  struct err *err);

/*
 * Due actions for a try, status running under the dispatcher's term, each
 * with a lease of its own; at most `limit` of types that are (webhooks) or
 * are not webhook.  Guarded by the lease.  Rows whose own lease is over
 * (a dispatcher died in the middle) are due again.
 */
struct action_row {
    int64_t seq;
    char action_id[UUID_SIZE];
    char *action_type, *idempotency_key, *payload_json, *task_id,
        *correlation_id;
    int attempts; /* before this try */
    int64_t created_at, run_at;
};
void action_row_release(struct action_row *row);
int store_actions_take(struct store *store, const struct lease *mine,
                       bool webhooks, size_t limit, int64_t length,
                       struct action_row **rows, size_t *count,
                       struct err *err);
/* Tried but never started: pending again, nothing counted. */
int store_action_give_back(struct store *store, const struct lease *mine,
                           int64_t seq, struct err *err);

struct action_end {
    int64_t seq;
    bool completed, dead; /* neither: retry */
    int64_t retry_in;     /* duration until the next try */
    const char *message;  /* last_error, and the log line */
    const char *artifact_ref, *artifact_sha256; /* or NULL */
};
/*
 * What came of a try: state, attempts + 1, one row in execution_logs; in
 * one transaction guarded by the lease.  A dead action stays for requeue.
 */
int store_action_end(struct store *store, const struct lease *mine,
                     const struct action_end *end, struct err *err);

/* Lists: newest first. */
enum read_action_column {
    RC_SEQ,
    RC_ACTION_ID,
    RC_ACTION_TYPE,
    RC_IDEMPOTENCY_KEY,
    RC_STATUS,
    RC_ATTEMPTS,
    RC_LAST_ERROR,
    RC_RUN_AT,
    RC_TERM,
    RC_TASK_ID,
    RC_CORRELATION_ID,
    RC_CREATED_AT,
    RC_UPDATED_AT,
    RC_FINISHED_AT,
    RC_PAYLOAD_JSON,
    RC_COLUMNS
};
/* states: JSON list or NULL; type NULL: all. */
int read_actions(struct store *store, const char *states, const char *type,
                 int64_t before, size_t limit, struct db_rows *rows,
                 struct err *err);
/* pending, retry, dead counts for overview: three numbers. */
int read_action_counts(struct store *store, int64_t counts[3], struct err *err);

/*
 * Cancel or requeue an action by its id (whole UUID): 1, 0 no such, -1;
 * ERR_NO when its state does not allow it.  Audited.  A webhook that is
 * requeued enables its endpoint again.
 */
struct action_order {
    bool requeue; /* else cancel */
    const char *actor, *reason;
    bool dry_run; /* everything but the commit */
};
int store_action_control(struct store *store, const char *action_id,
                         const struct action_order *order, struct err *err);

/* Endpoints that answered 410, in meta. */
int store_endpoint_disable(struct store *store, const char *url,
                           struct err *err);
int store_endpoint_disabled(struct store *store, const char *url,
                            bool *disabled, struct err *err);

#endif
