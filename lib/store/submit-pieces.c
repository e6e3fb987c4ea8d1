/*
 * A submission in pieces: one transaction that the caller keeps open while
 * it brings its items, a step at a time.
 */
#include "config.h"

#include <string.h>

#include "store/gate.h"
#include "store/store-private.h"
#include "store/submit-private.h"

/* 1 it is stored, 0 it is not, -1. */
static int is_stored(struct store *store, const char *task_id, struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (store_query(store, SQL_PROBE_TASK, ARGS(arg_text(task_id)), &rows,
                    err) < 0)
        return -1;
    found = rows.count > 0;
    db_rows_release(&rows);
    return found;
}

int store_submit_begin(struct store *store, struct err *err)
{
    if (store->submitting)
        return err_set(err, ERR_BUG, "a submission is open already");
    if ((db_broken(store->db) || db_begin(store->db, err) < 0) &&
        (!db_broken(store->db) || db_reconnect(store->db, err) < 0 ||
         db_begin(store->db, err) < 0))
        return -1;
    store->submitting = true;
    *store->submitted = '\0';
    return 0;
}

int store_submit_add(struct store *store, struct submit_item *items,
                     size_t count, struct err *err)
{
    struct submit submit;
    const char *task_id;
    int ret;

    if (!store->submitting)
        return err_set(err, ERR_BUG, "no submission is open");
    if (count == 0)
        return 0;
    submit = submit_prepare(items, count, true);
    ret = gate_submit(store, &submit.now, err);
    if (ret == 0)
        ret = submit_steps(store, &submit, err);
    task_id = submit_witness(&submit);
    if (ret == 0 && task_id)
        memcpy(store->submitted, task_id, UUID_SIZE);
    submit_dismiss(store, &submit, ret);
    return ret;
}

int store_submit_commit(struct store *store, struct err *err)
{
    struct err look = {0};
    int stored;

    if (!store->submitting)
        return err_set(err, ERR_BUG, "no submission is open");
    store->submitting = false;
    if (db_commit(store->db, err) == 0)
        return 0;
    if (!db_fate_unknown(store->db))
        return -1;
    stored = *store->submitted ? is_stored(store, store->submitted, &look) : 1;
    if (stored > 0) {
        err_clear(err);
        return 0;
    }
    return err_wrap(err, "it is not known whether the tasks were stored");
}

void store_submit_abort(struct store *store)
{
    if (store->submitting)
        db_rollback(store->db);
    store->submitting = false;
}
