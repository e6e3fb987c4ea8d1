/*
 * Actions that an attempt asked for: in the outbox with what completes it,
 * or not at all.
 *
 * A key that the handler gave is an action's name for ever: whoever comes
 * second gets nothing but a line in the log.  Without one the action is
 * named after the attempt, so that a task that is requeued acts again.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/actions.h"
#include "store/cycle.h"
#include "store/store-private.h"

/* Columns of task_origin. */
enum { TO_TASK_ID, TO_WORKFLOW_ID, TO_CORRELATION_ID };

static int log_it(struct store *store, const struct finish *finish,
                  const struct action_new *action, struct err *err)
{
    struct buf text = {0};
    int64_t logged;

    buf_fmt(&text, "%s %s, key ",
            action->duplicate ? "not enqueued again:" : "enqueued:",
            action->action_type);
    buf_printable(&text, action->idempotency_key,
                  strlen(action->idempotency_key));
    logged = db_exec(store->db, SQL_EFFECT_LOG,
                     ARGS(arg_num(finish->seq), arg_num(finish->attempt),
                          arg_text(action->action_id),
                          arg_textn(text.data, text.len)),
                     err);
    buf_release(&text);
    return logged < 0 ? -1 : 0;
}

static int add(struct store *store, const struct finish *finish, size_t i,
               const struct db_rows *origin, struct err *err)
{
    struct action_new action = finish->actions[i];
    char *own = NULL;
    int ret;

    action.task_id = db_text(origin, 0, TO_TASK_ID);
    action.correlation_id = db_text(origin, 0, TO_CORRELATION_ID);
    *action.action_id = '\0';
    if (!action.idempotency_key)
        action.idempotency_key = own = xasprintf(
            "action:%s:%d:%zu", action.task_id, finish->attempt, i + 1);
    ret = action_insert(store, &action, err);
    if (ret == 0)
        ret = log_it(store, finish, &action, err);
    free(own);
    return ret;
}

int effects_add(struct store *store, const struct finish *finish,
                struct err *err)
{
    struct db_rows origin = {0};
    int ret = 0;

    if (db_query(store->db, SQL_TASK_ORIGIN, ARGS(arg_num(finish->seq)),
                 &origin, err) < 0)
        return -1;
    if (origin.count == 0)
        ret = err_set(err, ERR_BUG, "a completed task has no body");
    for (size_t i = 0; ret == 0 && i < finish->action_count; i++)
        ret = add(store, finish, i, &origin, err);
    if (ret < 0)
        err_wrap(err, "actions");
    db_rows_release(&origin);
    return ret;
}
