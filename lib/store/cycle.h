/*
 * cycle.h - the parts of store_cycle(); private to lib/store
 */
#ifndef AAOS_STORE_CYCLE_H
#define AAOS_STORE_CYCLE_H

#include "store/bulk.h"
#include "store/claim.h"

/* Inside a transaction: record them; sets lost, status, sort_at of each. */
int finish_all(struct store *store, struct finish *finishes, size_t count,
               int64_t now, struct err *err);

/* follow-up.c: inside the transaction that completed it, after its row was
 * written: store the tasks that the attempt added. */
int follow_ups(struct store *store, const struct finish *finish, int64_t now,
               struct err *err);

/* sessions.c: inside the transaction that completed it. */
int session_add(struct store *store, const struct finish *finish, int64_t now,
                struct err *err);

/* effects.c: likewise, the actions that it asked for. */
int effects_add(struct store *store, const struct finish *finish,
                struct err *err);

/* The log lines of an attempt that is known to be held. */
int logs_put(struct bulk *bulk, const struct finish *finish, int64_t now,
             struct err *err);

/* Inside a transaction: append to `out` what was claimed. */
int claim_some(struct store *store, const struct claim_request *request,
               int64_t now, struct claim_list *out, struct err *err);

/* A row of claim_take, appended; and what its row of claim_bodies adds. */
void claim_add(struct claim_list *out, const struct db_rows *rows, size_t row);
void claim_body(struct claim *claim, const struct db_rows *rows, size_t row);

/* Pending tasks in order of (sort_at, seq). */
struct pick {
    int64_t seq, sort_at;
    bool expired;
};
struct picks {
    struct pick *items;
    size_t count, cap;
};
/* Inside a transaction: the first `limit` of the request's types. */
int pick_all(struct store *store, const struct claim_request *request,
             int64_t now, size_t limit, struct picks *picks, struct err *err);

/* What becomes of the task of an attempt. */
struct verdict {
    enum task_event event;
    enum task_status status;
    const char *reason;
    int failures, losses;
    int64_t run_at; /* 0: as it was */
};
/* Pure: counters in *facts are those before. */
int finish_judge(const struct store_policy *policy, const struct finish *finish,
                 const struct task_facts *facts, int64_t now,
                 struct verdict *verdict, struct err *err);

#endif
