/*
 * e2e-rows.c - the rows of an end-to-end run
 */
#include "config.h"

#include "verify/e2e-rows.h"

#include <stdlib.h>

#include "core/attr.h"
#include "core/buf.h"
#include "core/mem.h"
#include "queue/queue-look.h"
#include "store/sql-names.h"

enum { MAX_TRIES = 10 };

int e2e_tasks(struct store *store, const char *name, int64_t behind,
              const char *correlation_id, struct db_rows *rows, struct err *err)
{
    const struct db_arg args[] = {arg_text(name), arg_num(behind),
                                  arg_text(correlation_id)};

    return db_query(store_db(store), SQL_VERIFY_E2E_TASKS, args, LENGTH(args),
                    rows, err);
}

char *e2e_outcomes(struct store *store, const char *task_id, struct err *err)
{
    struct db_arg arg = arg_text(task_id);
    struct db_rows rows = {0};
    struct buf text = {0};

    if (db_query(store_db(store), SQL_VERIFY_E2E_OUTCOMES, &arg, 1, &rows,
                 err) < 0)
        return NULL;
    for (size_t i = 0; i < rows.count; i++)
        buf_fmt(&text, "%s%s", i ? " " : "", db_text(&rows, i, 0));
    db_rows_release(&rows);
    return buf_detach(&text);
}

int64_t e2e_logged(struct store *store, const char *task_id,
                   const char *correlation_id, struct err *err)
{
    const struct db_arg args[] = {arg_text(task_id), arg_text(correlation_id)};
    struct db_rows rows = {0};
    int64_t count;

    if (db_query(store_db(store), SQL_VERIFY_E2E_LOGGED, args, LENGTH(args),
                 &rows, err) < 0)
        return -1;
    count = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return count;
}

int e2e_agents(struct store *store, const char *name, struct e2e_agents *agents,
               struct err *err)
{
    struct db_arg arg = arg_text(name);
    struct db_rows rows = {0};

    if (db_query(store_db(store), SQL_VERIFY_E2E_REGISTERED, &arg, 1, &rows,
                 err) < 0)
        return -1;
    *agents = (struct e2e_agents){.count = db_num(&rows, 0, 0),
                                  .here = db_num(&rows, 0, 1),
                                  .registered = db_num(&rows, 0, 2)};
    db_rows_release(&rows);
    return 0;
}

int e2e_left(struct store *store, const char *name, struct db_rows *rows,
             struct err *err)
{
    struct db_arg arg = arg_text(name);

    return db_query(store_db(store), SQL_VERIFY_E2E_LEFT, &arg, 1, rows, err);
}

/* -------------------------------------------------------------- removing */

static int forget_once(struct db *db, const char *name, struct err *err)
{
    /* Tasks last: the others are found by them; bodies, attempts and edges
     * go with them. */
    static const enum sql steps[] = {
        SQL_VERIFY_E2E_DROP_LOGS,     SQL_VERIFY_E2E_DROP_REASONING,
        SQL_VERIFY_E2E_DROP_KEYS,     SQL_VERIFY_E2E_DROP_ACTIONS,
        SQL_VERIFY_E2E_DROP_MESSAGES, SQL_VERIFY_E2E_DROP_SNAPSHOTS,
        SQL_VERIFY_E2E_DROP_TASKS,    SQL_VERIFY_E2E_DROP_AGENTS};
    struct db_arg arg = arg_text(name);

    if (db_begin(db, err) < 0)
        return -1;
    for (size_t i = 0; i < LENGTH(steps); i++)
        if (db_exec(db, steps[i], &arg, 1, err) < 0) {
            db_rollback(db);
            return -1;
        }
    return db_commit(db, err);
}

int e2e_forget(struct store *store, struct queue *queue, const char *name,
               struct err *err)
{
    int ret = -1;

    for (int i = 0; ret < 0 && i < MAX_TRIES; i++) {
        err_clear(err);
        ret = forget_once(store_db(store), name, err);
        if (ret < 0 && err->code != ERR_TEMP)
            break;
    }
    if (ret == 0 && queue && queue_has_redis(queue))
        queue_forget_type(queue, name);
    return ret;
}

int e2e_forget_old(struct store *store, struct queue *queue, int64_t before,
                   struct err *err)
{
    struct db_arg arg = arg_num(before);
    struct db_rows rows = {0};
    int ret = 0;

    if (db_query(store_db(store), SQL_VERIFY_E2E_OLD, &arg, 1, &rows, err) < 0)
        return -1;
    for (size_t i = 0; ret == 0 && i < rows.count; i++)
        ret = e2e_forget(store, queue, db_text(&rows, i, 0), err);
    db_rows_release(&rows);
    return ret;
}
