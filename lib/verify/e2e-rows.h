/*
 * e2e-rows.h - the rows of an end-to-end run: looked at, then removed
 *
 * Everything of a run hangs on one name, "aaos-e2e-" and a random part: the
 * type of its tasks, the name of its agents, the beginning of its
 * correlation ids ("NAME.CHECK").
 */
#ifndef AAOS_VERIFY_E2E_ROWS_H
#define AAOS_VERIFY_E2E_ROWS_H

#include <stdint.h>

#include "queue/queue.h"
#include "store/store.h"

enum { E2E_NAME_SIZE = 32 };

/* Its tasks of one correlation id, in the order of their submission; the
 * A_ columns are those of the last attempt that has ended. */
enum e2e_task_column {
    ET_TASK_ID,
    ET_STATUS,
    ET_REASON,
    ET_ATTEMPT,
    ET_RECORDED, /* attempts that have ended */
    ET_CREATED_AT,
    ET_CLAIMED_AT,
    ET_STARTED_AT,
    ET_FINISHED_AT,
    ET_AGENT_ID,
    ET_RESULT,
    ET_COLUMNS
};
int e2e_tasks(struct store *store, const char *name, int64_t behind,
              const char *correlation_id, struct db_rows *rows,
              struct err *err);
/* "failed completed", malloc'd; NULL with err. */
char *e2e_outcomes(struct store *store, const char *task_id, struct err *err);
/* Lines that its handler left under this correlation id; -1. */
int64_t e2e_logged(struct store *store, const char *task_id,
                   const char *correlation_id, struct err *err);
struct e2e_agents {
    int64_t count, here, registered; /* here: not gone */
};
int e2e_agents(struct store *store, const char *name, struct e2e_agents *agents,
               struct err *err);

/* Delete all of it, in one transaction, and its traces in Redis. */
int e2e_forget(struct store *store, struct queue *queue, const char *name,
               struct err *err);
/* And of runs that were killed before `before`. */
int e2e_forget_old(struct store *store, struct queue *queue, int64_t before,
                   struct err *err);
/* A row a table: its name, and how many are left. */
int e2e_left(struct store *store, const char *name, struct db_rows *rows,
             struct err *err);

#endif
