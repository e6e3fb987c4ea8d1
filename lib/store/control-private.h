/*
 * control-private.h - what a verb knows while it is carried out
 */
#ifndef AAOS_STORE_CONTROL_PRIVATE_H
#define AAOS_STORE_CONTROL_PRIVATE_H

#include "core/hash.h"
#include "store/audit.h"
#include "store/control.h"
#include "store/store-private.h"

enum { CONTROL_MAX = 1000 };

/* A task as it was found; kept up to date, because an id may come twice. */
struct found {
    int64_t seq, sort_at, run_at;
    int priority;
    enum task_status status;
    bool cancel_requested, blocked;
    char task_id[40];
    char task_type[68];
};

struct control {
    const struct control_order *order; /* its texts as they may be stored */
    struct control_item *items;
    size_t count;
    const char *message; /* payload of what the agents are told */
    /* Of one try: */
    int64_t now;
    struct found *found; /* in the order of seq */
    size_t found_count;
    int64_t *cancelled;
    size_t cancelled_count;
    size_t sent;      /* statements on their way */
    struct hash *ids; /* of the tasks written, for the audit */
    int64_t written;
    struct audit_head head; /* of the last try, which may be committed */
    bool done;              /* a dry run came to its end */
};

/* Lock and read the tasks into c->found. */
int control_read(struct store *store, struct control *c, struct err *err);
/* Judge each item, fill its results and send its updates. */
int control_change(struct store *store, struct control *c, struct err *err);

#endif
