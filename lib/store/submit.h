/*
 * submit.h - tasks into the store
 */
#ifndef AAOS_STORE_SUBMIT_H
#define AAOS_STORE_SUBMIT_H

#include "core/err.h"
#include "core/uuid.h"
#include "store/store.h"
#include "task/record.h"

enum submit_outcome {
    SUBMIT_STORED,
    SUBMIT_DUPLICATE, /* the key was there: task_id and seq are the old ones
                         (seq 0 when that task was pruned) */
    SUBMIT_CONFLICT   /* the key was there with another digest */
};

struct submit_item {
    struct task_record record; /* complete and valid */
    int64_t line;              /* the caller's, not stored */
    /* Filled by store_submit(): */
    char task_id[UUID_SIZE]; /* kept when given; else made before the first
                                try */
    bool bad;                /* after ERR_DATA: this item is to blame */
    char why[160];           /* and that is the rule it breaks */
    int64_t seq;
    enum submit_outcome outcome;
    enum task_status status;
    int64_t created_at;
    int64_t sort_at;
};

/*
 * Store all items in one transaction, or none (-1).  Items with a key that
 * exists are not stored; conflicts do not disturb the others unless
 * `atomic`, which then fails with ERR_DATA naming the item's line.
 * Workflows named in records are made on first use.  What depends_on names
 * is the ref of an earlier item of the same call (or of an earlier call:
 * store_submit_remember()), else a task_id.  A record without
 * correlation_id gets its own task_id as one; without expires_at, run_at,
 * ... as DESIGN 4 and 6 say.  expires_at <= now: ERR_DATA naming the line.
 *
 * A commit whose fate is unknown is settled by re-reading the task_ids
 * after a reconnect.
 */
int store_submit(struct store *store, struct submit_item *items, size_t count,
                 bool atomic, struct err *err);

/*
 * From now on the refs of what is stored are remembered, up to `most` of
 * them, and later calls may depend on them; a ref that was used already, or
 * one too many, is ERR_DATA and blames its item.
 */
void store_submit_remember(struct store *store, size_t most);

/* A workflow of its own. */
struct submit_flow {
    const char *name; /* as wanted; NULL: none */
    /* Filled: */
    char workflow_id[UUID_SIZE]; /* kept when given */
    char label[128];             /* NAME, or NAME-2, ... when it is taken */
};
/*
 * store_submit() with `atomic`, and all items belong to a new workflow,
 * which is made when any of them is stored.  A ref may be that of a later
 * item; the caller has seen to it that none wait for each other (links.h).
 * The workflow's id is the correlation id of records that have none.
 */
int store_submit_flow(struct store *store, struct submit_flow *flow,
                      struct submit_item *items, size_t count, struct err *err);

/*
 * store_submit() for --atomic inputs of any length: begin, any number of
 * adds, then commit or abort.  All in one transaction that the caller keeps
 * short (the input is spooled before).
 */
int store_submit_begin(struct store *store, struct err *err);
int store_submit_add(struct store *store, struct submit_item *items,
                     size_t count, struct err *err);
int store_submit_commit(struct store *store, struct err *err);
void store_submit_abort(struct store *store);

#endif
