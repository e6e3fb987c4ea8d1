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
 * is the ref of an earlier item of the same call, else a task_id.  A record without
 * correlation_id gets its own task_id as one; without expires_at, run_at,
 * ... as DESIGN 4 and 6 say.  expires_at <= now: ERR_DATA naming the line.
 *
 * A commit whose fate is unknown is settled by re-reading the task_ids
 * after a reconnect.
 */
int store_submit(struct store *store, struct submit_item *items, size_t count,
                 bool atomic, struct err *err);

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
