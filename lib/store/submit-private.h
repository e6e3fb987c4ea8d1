/*
 * submit-private.h - one call of store_submit() on its way
 */
#ifndef AAOS_STORE_SUBMIT_PRIVATE_H
#define AAOS_STORE_SUBMIT_PRIVATE_H

#include "core/hash.h"
#include "store/submit.h"

/* What was decided about an item before it is written. */
struct plan {
    int64_t run_at, expires_at;  /* 0: none */
    const char *workflow_id;     /* borrowed from struct submit */
    char own_id[UUID_SIZE];      /* the item's, whatever a duplicate's is */
    char digest[HASH_TEXT_SIZE]; /* "" without a key */
};

/* A workflow that records name; they are sorted by name. */
struct label {
    const char *name;            /* borrowed from a record */
    size_t index;                /* of the first item that names it */
    char workflow_id[UUID_SIZE]; /* "": not known yet */
};

/* A ref of the batch; they are sorted by name. */
struct batch_ref {
    const char *name; /* borrowed from a record */
    size_t index;
};

/* What the items have in common; what a record says itself wins. */
struct origin {
    const char *parent_id, *workflow_id, *correlation_id, *session_id;
};

struct submit {
    struct submit_item *items;
    struct plan *plans;
    size_t count;
    bool atomic;
    bool forward; /* refs may be those of later items */
    int64_t now;
    struct submit_flow *flow; /* or NULL */
    struct origin origin;
    struct batch_ref *refs;
    size_t ref_count;
    struct label *labels;
    size_t label_count;
    int64_t *changed; /* DB_SEND_MAX of them */
    size_t sent;
};

/* ERR_DATA that names the item's line and blames it.  Always -1. */
int submit_blame(struct submit_item *item, struct err *err, const char *fmt,
                 ...) ATTR_PRINTF(3, 4);

/* submit.c: what is the same for all ways in. */
struct submit submit_prepare(struct submit_item *items, size_t count,
                             bool atomic);
/* Inside the transaction, submit->now being set: all the steps. */
int submit_steps(struct store *store, struct submit *submit, struct err *err);
/* ret: what became of it.  After a failure the items are as they were, so
 * that the caller can try again with the same task_ids. */
void submit_dismiss(struct store *store, struct submit *submit, int ret);
/* A task_id that is there if, and only if, the transaction was committed;
 * or NULL. */
const char *submit_witness(const struct submit *submit);

/* The steps, in this order, all inside the transaction. */
int submit_refs(struct store *store, struct submit *submit, struct err *err);
int submit_keys(struct store *store, struct submit *submit, struct err *err);
int submit_workflows(struct store *store, struct submit *submit,
                     struct err *err);
int submit_insert(struct store *store, struct submit *submit, struct err *err);
int submit_holders(struct store *store, struct submit *submit, struct err *err);
int submit_edges(struct store *store, struct submit *submit, struct err *err);

/* submit-refs.c: the task_id that item `i` means by `name`; NULL: its
 * record must come earlier, or is in conflict and was not stored.  *born: it
 * is a task that this call makes. */
const char *submit_resolve(const struct store *store,
                           const struct submit *submit, size_t i,
                           const char *name, bool *born);

#endif
