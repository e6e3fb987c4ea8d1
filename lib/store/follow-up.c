/*
 * Tasks that an attempt added: stored by what completes it, or not at all.
 */
#include "config.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/mem.h"
#include "store/cycle.h"
#include "store/store-private.h"
#include "store/submit-private.h"

/* Columns of task_origin. */
enum { TO_TASK_ID, TO_WORKFLOW_ID, TO_CORRELATION_ID, TO_SESSION_ID };

/* From one agent to nobody yet: whoever claims them. */
static int tell(struct store *store, const struct finish *finish,
                const char *parent_id, int64_t now, struct err *err)
{
    int64_t *seqs = xcalloc(finish->task_count, sizeof(*seqs));
    cJSON *tree = cJSON_CreateObject();
    struct buf payload = {0};
    struct buf list = {0};
    size_t n = 0;
    int64_t told;

    for (size_t i = 0; i < finish->task_count; i++)
        if (finish->tasks[i].outcome == SUBMIT_STORED)
            seqs[n++] = finish->tasks[i].seq;
    list_seqs(&list, seqs, n);
    json_add_text(tree, "parent_id", parent_id);
    json_add_num(tree, "attempt", finish->attempt);
    json_print(tree, false, &payload);
    told = db_exec(store->db, SQL_FOLLOW_UP,
                   ARGS(arg_textn(list.data, list.len), arg_num(now),
                        arg_text(finish->agent_id), arg_text(payload.data)),
                   err);
    buf_release(&payload);
    buf_release(&list);
    cJSON_Delete(tree);
    free(seqs);
    return told < 0 ? -1 : 0;
}

static void note_ready(struct store *store, const struct finish *finish)
{
    for (size_t i = 0; i < finish->task_count; i++) {
        const struct submit_item *item = &finish->tasks[i];

        if (item->outcome == SUBMIT_STORED && item->status == TASK_PENDING)
            ready_list_add(&store->ready, item->seq, item->sort_at,
                           item->record.task_type);
    }
}

/*
 * A pause of submissions does not hold them up: what runs may end.  Refs
 * have no meaning beyond this attempt.
 */
static int put(struct store *store, const struct finish *finish, int64_t now,
               const struct db_rows *origin, struct err *err)
{
    struct refs *refs = store->refs;
    struct submit submit;
    int ret;

    /* A try that was rolled back left ids, perhaps those of duplicates. */
    for (size_t i = 0; i < finish->task_count; i++)
        *finish->tasks[i].task_id = '\0';
    submit = submit_prepare(finish->tasks, finish->task_count, true);
    submit.now = now;
    submit.forward = true;
    submit.origin = (struct origin){
        .parent_id = db_text(origin, 0, TO_TASK_ID),
        .workflow_id = db_text(origin, 0, TO_WORKFLOW_ID),
        .correlation_id = db_text(origin, 0, TO_CORRELATION_ID),
        .session_id = db_text(origin, 0, TO_SESSION_ID),
    };
    store->refs = NULL;
    ret = submit_steps(store, &submit, err);
    submit_dismiss(store, &submit, ret);
    store->refs = refs;
    return ret;
}

int follow_ups(struct store *store, const struct finish *finish, int64_t now,
               struct err *err)
{
    struct db_rows origin = {0};
    int ret = -1;

    if (db_query(store->db, SQL_TASK_ORIGIN, ARGS(arg_num(finish->seq)),
                 &origin, err) < 0)
        return -1;
    if (origin.count == 0)
        err_set(err, ERR_BUG, "a completed task has no body");
    else
        ret = put(store, finish, now, &origin, err);
    if (ret == 0)
        ret = tell(store, finish, db_text(&origin, 0, TO_TASK_ID), now, err);
    if (ret == 0)
        note_ready(store, finish);
    else
        err_wrap(err, "tasks");
    db_rows_release(&origin);
    return ret;
}

int store_dependencies(struct store *store, int64_t seq, int64_t after,
                       size_t limit, struct db_rows *rows, struct err *err)
{
    return store_query(
        store, SQL_DEPENDENCIES,
        ARGS(arg_num(seq), arg_num(after), arg_num((int64_t)limit)), rows, err);
}
