/*
 * calls-private.h - what the files of the ledger share
 *
 *   calls-money.c   rows of budgets: locked, changed, written in one order
 *   calls-view.c    states, and what day it is
 *   calls-begin.c   intents
 *   calls-end.c     results, and calls that are lost
 *   calls-costs.c   sums of what calls cost
 *   calls-read.c    for people, and for runs that are resumed
 */
#ifndef AAOS_STORE_CALLS_PRIVATE_H
#define AAOS_STORE_CALLS_PRIVATE_H

#include "store/calls.h"
#include "store/store-private.h"

/* One budget, and by how much this transaction changes it. */
struct money_row {
    char *scope, *name, *period;
    int64_t spent, reserved; /* as they were */
    int64_t more_reserved, more_spent, more_calls;
    bool there; /* has been read */
};
struct money {
    struct money_row *rows;
    size_t count, cap;
    size_t *places; /* by hash of the name: index + 1; 0: free */
    size_t nplaces; /* a power of two, more than half of them free */
};
void money_release(struct money *money);
/* Its index; added when it is new. */
size_t money_find(struct money *money, const char *scope, const char *name,
                  const char *period);
/* Who a call is, as far as budgets care. */
struct money_call {
    const char *task_id, *workflow_id, *agent_type, *endpoint, *day;
};
/* The indexes of all budgets that it counts in; how many. */
size_t money_scopes(struct money *money, const struct money_call *call,
                    size_t out[CALL_SCOPES]);
/* Lock all that were added, in order, and read them. */
int money_lock(struct store *store, struct money *money, int64_t now,
               struct err *err);
/* Write the changes, in order. */
int money_store(struct store *store, struct money *money, int64_t now,
                struct err *err);

/* Inside a transaction: the states, locked; now and day. */
int view_open(struct store *store, const char *const *keys, size_t count,
              struct calls_view *view, struct err *err);
/* Write those that were changed. */
int view_store(struct store *store, const struct calls_view *view,
               struct err *err);
void view_release(struct calls_view *view);

/* Many statements in one pipeline. */
struct sending {
    struct db *db;
    size_t count;
    int64_t *changed; /* of each statement, or NULL: nobody asks */
};
int send_one(struct sending *sending, enum sql which, const struct db_arg *args,
             size_t nargs, struct err *err);
int send_end(struct sending *sending, struct err *err);

/* Whose sums in llm_costs a call counts in.  Text borrowed; NULL: none. */
struct cost_of {
    const char *day, *endpoint, *model, *agent_type, *task_type, *workflow_id;
};
/* What the calls of one transaction add to them. */
struct costs {
    struct cost *rows;
    size_t count, cap;
};
void costs_add(struct costs *costs, const struct cost_of *what,
               const struct call_end *call);
/* Write them, in one order. */
int costs_store(struct sending *sending, struct costs *costs, struct err *err);
void costs_release(struct costs *costs);

#endif
