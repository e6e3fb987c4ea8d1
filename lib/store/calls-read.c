/*
 * The ledger as rows.
 */
#include "config.h"

#include <string.h>

#include "core/mem.h"
#include "store/calls-private.h"

int store_calls_of(struct store *store, const char *task_id,
                   struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_CALLS_OF, ARGS(arg_text(task_id)), rows, err) <
        0)
        return err_wrap(err, "cannot read the calls of a task");
    return 0;
}

int store_last_route(struct store *store, const char *task_id,
                     struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_LAST_ROUTE, ARGS(arg_text(task_id)), rows, err) <
        0)
        return err_wrap(err, "cannot read the decision about a task");
    return 0;
}

int store_states(struct store *store, const char *const *keys, size_t count,
                 struct db_rows *rows, struct err *err)
{
    struct buf list = {0};
    int ret;

    if (keys)
        list_texts(&list, keys, count);
    ret = store_query(store, SQL_READ_STATES,
                      ARGS(keys ? arg_textn(list.data, list.len) : arg_null()),
                      rows, err);
    buf_release(&list);
    return ret < 0 ? err_wrap(err, "cannot read states of endpoints") : 0;
}

struct putting {
    const char *const *keys, *const *texts;
    size_t count;
};

static int put_work(struct store *store, void *ctx, struct err *err)
{
    struct sending sending = {.db = store->db};
    const struct putting *putting = ctx;

    for (size_t i = 0; i < putting->count; i++)
        if (send_one(
                &sending, SQL_STATE_PUT,
                ARGS(arg_text(putting->keys[i]), arg_text(putting->texts[i])),
                err) < 0)
            return -1;
    return send_end(&sending, err);
}

int store_states_put(struct store *store, const char *const *keys,
                     const char *const *texts, size_t count, struct err *err)
{
    struct putting putting = {keys, texts, count};

    if (count > 0 && store_tx(store, put_work, &putting, err) < 0)
        return err_wrap(err, "cannot store states of endpoints");
    return 0;
}

int store_budgets(struct store *store, const char *task_id,
                  struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_BUDGETS, ARGS(arg_text(task_id)), rows,
                    err) < 0)
        return err_wrap(err, "cannot read budgets");
    return 0;
}

int store_costs(struct store *store, enum cost_key by, const char *day,
                struct db_rows *rows, struct err *err)
{
    static const char *const words[] = {
        [COST_MODEL] = "model", [COST_AGENT] = "agent",
        [COST_TYPE] = "type",   [COST_WORKFLOW] = "workflow",
        [COST_DAY] = "day",     [COST_ENDPOINT] = "endpoint",
    };

    if (store_query(store, SQL_COSTS_BY,
                    ARGS(arg_text(words[by]), arg_text(day)), rows, err) < 0)
        return err_wrap(err, "cannot read costs");
    return 0;
}

int store_affinity(struct store *store, const char *session_id, char **target,
                   struct err *err)
{
    struct db_rows rows = {0};

    *target = NULL;
    if (store_query(store, SQL_SESSION_AFFINITY, ARGS(arg_text(session_id)),
                    &rows, err) < 0)
        return err_wrap(err, "cannot read a session");
    if (rows.count > 0)
        *target = xstrdup_null(db_text(&rows, 0, 0));
    db_rows_release(&rows);
    return 0;
}
