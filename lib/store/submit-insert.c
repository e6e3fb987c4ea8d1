/*
 * The rows of a submission: keys, tasks and their bodies.
 *
 * Keys come first, because a key that is taken means no task; those that
 * lost are looked up last, in one statement, when the winners of the same
 * batch can be found in the table like everybody else.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/bulk.h"
#include "store/store-private.h"
#include "store/submit-private.h"

static struct db_arg opt_num(int64_t num)
{
    return arg_opt(num != 0, num);
}

static int collect(struct store *store, struct submit *submit, struct err *err)
{
    size_t n = submit->sent;

    submit->sent = 0;
    return db_collect(store->db, submit->changed, n, err);
}

/* ------------------------------------------------------------------ keys */

/* The items from `from` on whose keys were sent; the next not looked at. */
static size_t mark_losers(struct submit *submit, size_t from, size_t n)
{
    size_t k = 0;

    for (; k < n; from++)
        if (submit->items[from].record.idempotency_key &&
            submit->changed[k++] == 0)
            submit->items[from].outcome = SUBMIT_DUPLICATE;
    return from;
}

int submit_keys(struct store *store, struct submit *submit, struct err *err)
{
    int64_t old = submit->now - store->policy.idempotency_ttl;
    size_t marked = 0;
    size_t i;

    for (i = 0; i < submit->count; i++) {
        const char *key = submit->items[i].record.idempotency_key;
        const struct plan *plan = &submit->plans[i];
        size_t n;

        if (key && db_send(store->db, SQL_INSERT_KEY,
                           ARGS(arg_text(key), arg_text(plan->digest),
                                arg_text(plan->own_id), arg_num(submit->now),
                                arg_num(old)),
                           err) < 0)
            return -1;
        submit->sent += key != NULL;
        n = submit->sent;
        if (n < DB_SEND_MAX && i + 1 < submit->count)
            continue;
        if (collect(store, submit, err) < 0)
            return -1;
        marked = mark_losers(submit, marked, n);
    }
    return 0;
}

/* What the key stands for: fills the item of one that lost. */
static int fill_duplicate(struct submit *submit, size_t i,
                          const struct db_rows *rows, size_t row,
                          struct err *err)
{
    struct submit_item *item = &submit->items[i];
    const char *status = db_text(rows, row, 4);

    memcpy(item->task_id, db_text(rows, row, 2), UUID_SIZE);
    item->seq = db_num(rows, row, 3);
    item->status = TASK_COMPLETED; /* of a pruned one nobody knows */
    if (status)
        task_status_parse(status, &item->status);
    item->created_at = db_num(rows, row, 5);
    item->sort_at = db_num(rows, row, 6);
    if (strcmp(db_text(rows, row, 1), submit->plans[i].digest) == 0)
        return 0;
    item->outcome = SUBMIT_CONFLICT;
    if (!submit->atomic)
        return 0;
    return submit_blame(item, err,
                        "idempotency_key: '%s' stands for another record, "
                        "task %s",
                        item->record.idempotency_key, item->task_id);
}

int submit_holders(struct store *store, struct submit *submit, struct err *err)
{
    size_t *losers = xcalloc(submit->count, sizeof(*losers));
    const char **keys = xcalloc(submit->count, sizeof(char *));
    struct buf list = {0};
    struct db_rows rows = {0};
    size_t n = 0;
    size_t i;
    int ret = 0;

    for (i = 0; i < submit->count; i++)
        if (submit->items[i].outcome == SUBMIT_DUPLICATE) {
            keys[n] = submit->items[i].record.idempotency_key;
            losers[n++] = i;
        }
    if (n == 0)
        goto out;
    list_texts(&list, keys, n);
    ret = db_query(store->db, SQL_KEY_HOLDERS,
                   ARGS(arg_textn(list.data, list.len)), &rows, err);
    for (i = 0; ret == 0 && i < rows.count; i++)
        ret =
            fill_duplicate(submit, losers[db_num(&rows, i, 0)], &rows, i, err);
out:
    db_rows_release(&rows);
    buf_release(&list);
    free(keys);
    free(losers);
    return ret;
}

/* ----------------------------------------------------------------- tasks */

/* The first that is there. */
static const char *first_of(const char *own, const char *common)
{
    return own ? own : common;
}

static int put_task(struct store *store, const struct submit *submit,
                    struct bulk *bulk, size_t i, struct err *err)
{
    const struct submit_item *item = &submit->items[i];
    const struct task_record *record = &item->record;
    const struct plan *plan = &submit->plans[i];
    int tries = record->max_attempts ? record->max_attempts
                                     : store->policy.max_attempts;

    return bulk_put(
        bulk, SQL_INSERT_TASK,
        ARGS(arg_num(item->seq), arg_text(item->task_id),
             arg_text(record->task_type), arg_num(record->priority),
             arg_text(task_status_name(item->status)), arg_num(item->sort_at),
             opt_num(plan->run_at), opt_num(plan->expires_at), arg_num(tries),
             arg_num(store->policy.max_losses),
             arg_text(first_of(plan->workflow_id, submit->origin.workflow_id)),
             arg_num(submit->now)),
        err);
}

static int put_body(const struct submit *submit, struct bulk *bulk, size_t i,
                    struct err *err)
{
    const struct submit_item *item = &submit->items[i];
    const struct task_record *record = &item->record;
    const struct plan *plan = &submit->plans[i];
    const struct origin *origin = &submit->origin;
    const char *format = record->payload_is_json ? "json" : "bytes";
    const char *correlation_id =
        first_of(record->correlation_id, origin->correlation_id);

    return bulk_put(
        bulk, SQL_INSERT_BODY,
        ARGS(arg_num(item->seq), arg_text(record->description),
             arg_blob(record->payload, record->payload_len),
             arg_text(record->payload ? format : NULL),
             arg_text(record->metadata), arg_text(record->idempotency_key),
             arg_text(*plan->digest ? plan->digest : NULL),
             arg_text(first_of(correlation_id, item->task_id)),
             arg_text(first_of(record->session_id, origin->session_id)),
             arg_text(record->agent_type), opt_num(record->timeout),
             arg_text(record->webhook), arg_text(record->model),
             arg_text(record->llm_endpoint), arg_text(record->privacy),
             arg_opt(record->budget >= 0, record->budget),
             arg_text(record->output_schema), arg_text(record->ref),
             arg_text(record->on_dependency_failure),
             arg_text(origin->parent_id)),
        err);
}

static int number_items(struct store *store, struct submit *submit,
                        struct err *err)
{
    struct db_rows rows = {0};
    size_t n = 0;
    size_t i;

    for (i = 0; i < submit->count; i++)
        n += submit->items[i].outcome == SUBMIT_STORED;
    if (n == 0)
        return 0;
    if (db_query(store->db, SQL_NEW_SEQS, ARGS(arg_num((int64_t)n)), &rows,
                 err) < 0)
        return -1;
    n = 0;
    /* One row a number, or only the first of a row of them. */
    for (i = 0; i < submit->count; i++)
        if (submit->items[i].outcome == SUBMIT_STORED) {
            submit->items[i].seq = n < rows.count
                                       ? db_num(&rows, n, 0)
                                       : db_num(&rows, 0, 0) + (int64_t)n;
            n++;
        }
    db_rows_release(&rows);
    return 0;
}

int submit_insert(struct store *store, struct submit *submit, struct err *err)
{
    static const enum sql parts[] = {SQL_INSERT_TASK, SQL_INSERT_BODY};
    struct bulk bulk;
    size_t i;
    int ret;

    bulk_open(&bulk, store->db, parts, LENGTH(parts));
    ret = number_items(store, submit, err);
    for (i = 0; ret == 0 && i < submit->count; i++) {
        if (submit->items[i].outcome != SUBMIT_STORED)
            continue;
        ret = put_task(store, submit, &bulk, i, err);
        if (ret == 0)
            ret = put_body(submit, &bulk, i, err);
    }
    if (ret == 0)
        ret = bulk_flush(&bulk, err);
    bulk_close(&bulk);
    return ret;
}
