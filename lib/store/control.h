/*
 * control.h - the verbs of an operator, each with its line in the audit
 */
#ifndef AAOS_STORE_CONTROL_H
#define AAOS_STORE_CONTROL_H

#include "core/err.h"
#include "store/store.h"

/*
 * What the user wrote as an id: a UUID, a seq, or an unambiguous prefix or
 * suffix of 8 or more characters.  1 and *seq, 0 no such task, -1
 * (ERR_DATA when ambiguous, with how many match).
 */
int store_resolve(struct store *store, const char *text, int64_t *seq,
                  struct err *err);

enum control_verb {
    CONTROL_CANCEL,
    CONTROL_HOLD,
    CONTROL_RELEASE,
    CONTROL_PRIORITY,
    CONTROL_REQUEUE
};
const char *control_verb_name(enum control_verb verb);

enum control_result {
    CONTROL_CHANGED,
    CONTROL_REQUESTED, /* cancel of a running task: the flag is set */
    CONTROL_REFUSED,   /* not possible in `status` */
    CONTROL_MISSING
};
struct control_item {
    int64_t seq;
    /* Filled: */
    char task_id[40];
    enum control_result result;
    enum task_status status; /* after, or as found when refused */
    int64_t sort_at;
    char task_type[68];
};

/* What the operator asks for. */
struct control_order {
    enum control_verb verb;
    int priority;       /* read for CONTROL_PRIORITY only */
    const char *actor;  /* audit_actor() */
    const char *reason; /* or NULL */
    bool dry_run;       /* everything but the commit */
};

/*
 * Apply the order to at most 1000 items in one transaction with one row in
 * audit_logs (verb, count of the tasks written, SHA-256 of their ids, each
 * with a newline, in the order of the items; actor, reason).  No audit row
 * when nothing was written.  Items are changed one by one under the rules
 * of task_next(); an id that comes twice is judged twice.
 *
 * A requeued task sorts as if it were made now, and waits again for those
 * of its parents that live or are requeued with it; other dependencies are
 * forgiven.  Cancelling a task settles its children.
 */
int store_control(struct store *store, const struct control_order *order,
                  struct control_item *items, size_t count, struct err *err);

/* Which tasks to requeue, when no ids are given. */
struct control_choice {
    enum task_status status;
    const char *type; /* NULL: all */
    int64_t since;    /* finished_at >= since; 0: all */
};
/* Their seqs after `after` in order, at most limit: how many, or -1. */
int store_select(struct store *store, const struct control_choice *choice,
                 int64_t after, size_t limit, int64_t *seqs, struct err *err);

#endif
