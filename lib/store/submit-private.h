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

struct label {
    const char *name; /* borrowed from a record */
    char workflow_id[UUID_SIZE];
};

struct submit {
    struct submit_item *items;
    struct plan *plans;
    size_t count;
    bool atomic;
    int64_t now;
    struct label *labels; /* the workflows named so far */
    size_t label_count, label_cap;
    int64_t *changed; /* DB_SEND_MAX of them */
    size_t sent;
};

/* ERR_DATA that names the item's line and blames it.  Always -1. */
int submit_blame(struct submit_item *item, struct err *err, const char *fmt,
                 ...) ATTR_PRINTF(3, 4);

/* The steps, in this order, all inside the transaction. */
int submit_keys(struct store *store, struct submit *submit, struct err *err);
int submit_workflows(struct store *store, struct submit *submit,
                     struct err *err);
int submit_insert(struct store *store, struct submit *submit, struct err *err);
int submit_holders(struct store *store, struct submit *submit, struct err *err);
int submit_edges(struct store *store, struct submit *submit, struct err *err);

#endif
