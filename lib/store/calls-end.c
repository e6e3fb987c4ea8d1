/*
 * Calls that have ended, and those of which nobody will hear again.
 *
 * What was held is given back and what was spent is added, in the budgets
 * that the row of the call itself names; so it makes no difference who
 * ends it, or when.
 */
#include "config.h"

#include "store/calls.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/calls-private.h"

/* Columns of calls_lock. */
enum {
    CL_CALL_ID,
    CL_STATE,
    CL_TASK_ID,
    CL_WORKFLOW_ID,
    CL_AGENT_TYPE,
    CL_TASK_TYPE,
    CL_ENDPOINT,
    CL_MODEL,
    CL_DAY,
    CL_RESERVED
};

struct ending {
    struct money money;
    struct costs costs;
    struct calls_view view;
    struct db_rows rows;
};

static int lock_calls(struct store *store, const char *const *ids, size_t count,
                      struct ending *ending, struct err *err)
{
    struct buf list = {0};
    int ret;

    list_texts(&list, ids, count);
    ret = db_query(store->db, SQL_CALLS_LOCK,
                   ARGS(arg_textn(list.data, list.len)), &ending->rows, err);
    buf_release(&list);
    return ret;
}

/* The row of an intent, or rows.count. */
static size_t find_row(const struct ending *ending, const char *call_id)
{
    size_t row = 0;

    while (row < ending->rows.count &&
           strcmp(db_text(&ending->rows, row, CL_CALL_ID), call_id) != 0)
        row++;
    return row;
}

static bool is_intent(const struct ending *ending, size_t row)
{
    return row < ending->rows.count &&
           strcmp(db_text(&ending->rows, row, CL_STATE), "intent") == 0;
}

static struct money_call who(const struct db_rows *rows, size_t row)
{
    return (struct money_call){
        db_text(rows, row, CL_TASK_ID), db_text(rows, row, CL_WORKFLOW_ID),
        db_text(rows, row, CL_AGENT_TYPE), db_text(rows, row, CL_ENDPOINT),
        db_text(rows, row, CL_DAY)};
}

/* cost < 0: there was no price. */
static void settle(struct ending *ending, size_t row, int64_t cost)
{
    struct money_call call = who(&ending->rows, row);
    size_t at[CALL_SCOPES];
    size_t count = money_scopes(&ending->money, &call, at);

    for (size_t i = 0; i < count; i++) {
        struct money_row *budget = &ending->money.rows[at[i]];

        budget->more_reserved -= db_num(&ending->rows, row, CL_RESERVED);
        budget->more_spent += cost > 0 ? cost : 0;
        budget->more_calls++;
    }
}

static void count_cost(struct ending *ending, size_t row,
                       const struct call_end *call)
{
    const struct db_rows *rows = &ending->rows;
    const struct cost_of what = {
        db_text(rows, row, CL_DAY),       db_text(rows, row, CL_ENDPOINT),
        db_text(rows, row, CL_MODEL),     db_text(rows, row, CL_AGENT_TYPE),
        db_text(rows, row, CL_TASK_TYPE), db_text(rows, row, CL_WORKFLOW_ID)};

    costs_add(&ending->costs, &what, call);
}

static int write_end(struct sending *sending, const struct ending *ending,
                     const struct call_end *call, const char *state,
                     struct err *err)
{
    return send_one(sending, SQL_CALL_END,
                    ARGS(arg_text(call->call_id), arg_text(state),
                         arg_text(call->served_model),
                         arg_opt(call->http_status > 0, call->http_status),
                         arg_text(call->class), arg_text(call->request_id),
                         arg_text(call->error),
                         arg_opt(call->first_token >= 0, call->first_token),
                         arg_opt(call->elapsed >= 0, call->elapsed),
                         arg_opt(call->usage_source != NULL, call->in),
                         arg_opt(call->usage_source != NULL, call->cache_read),
                         arg_opt(call->usage_source != NULL, call->cache_5m),
                         arg_opt(call->usage_source != NULL, call->cache_1h),
                         arg_opt(call->usage_source != NULL, call->out),
                         arg_opt(call->usage_source != NULL, call->reasoning),
                         arg_text(call->usage_source),
                         arg_opt(call->cost >= 0, call->cost),
                         arg_text(call->finish), arg_text(call->body_sha256),
                         arg_text(call->response), arg_num(ending->view.now)),
                    err);
}

static int write_session(struct sending *sending, const struct ending *ending,
                         const struct call_end *call, struct err *err)
{
    if (!call->session_id || !call->target || call->affinity <= 0)
        return 0;
    return send_one(sending, SQL_SESSION_TARGET,
                    ARGS(arg_text(call->session_id), arg_text(call->target),
                         arg_num(ending->view.now + call->affinity),
                         arg_num(ending->view.now)),
                    err);
}

static int end_one(struct sending *sending, struct ending *ending,
                   struct call_end *call, struct err *err)
{
    size_t row = find_row(ending, call->call_id);

    call->late = !is_intent(ending, row);
    if (call->late)
        return 0;
    settle(ending, row, call->cost);
    count_cost(ending, row, call);
    if (write_end(sending, ending, call, call->done ? "done" : "failed", err) <
        0)
        return -1;
    return write_session(sending, ending, call, err);
}

static void ending_release(struct ending *ending)
{
    costs_release(&ending->costs);
    db_rows_release(&ending->rows);
    money_release(&ending->money);
    view_release(&ending->view);
}

static int run_ends(struct store *store, struct ends_batch *batch,
                    struct ending *ending, struct err *err)
{
    struct sending sending = {.db = store->db};
    const char **ids = xcalloc(batch->count + 1, sizeof(*ids));
    int ret;

    for (size_t i = 0; i < batch->count; i++)
        ids[i] = batch->calls[i].call_id;
    ret = view_open(store, batch->state_keys, batch->nstate_keys, &ending->view,
                    err);
    if (ret == 0)
        ret = lock_calls(store, ids, batch->count, ending, err);
    if (ret == 0 && batch->learn)
        ret = batch->learn(batch->ctx, &ending->view, err);
    for (size_t i = 0; ret == 0 && i < batch->count; i++)
        ret = end_one(&sending, ending, &batch->calls[i], err);
    free(ids);
    if (ret < 0 || costs_store(&sending, &ending->costs, err) < 0 ||
        send_end(&sending, err) < 0 ||
        money_store(store, &ending->money, ending->view.now, err) < 0)
        return -1;
    return view_store(store, &ending->view, err);
}

static int end_work(struct store *store, void *ctx, struct err *err)
{
    struct ending ending = {0};
    int ret = run_ends(store, ctx, &ending, err);

    ending_release(&ending);
    return ret;
}

int store_calls_end(struct store *store, struct ends_batch *batch,
                    struct err *err)
{
    if (store_tx(store, end_work, batch, err) < 0)
        return err_wrap(err, "cannot record how calls to models ended");
    return 0;
}

/* --- lost ----------------------------------------------------------------- */

struct expiring {
    size_t limit;
    int64_t count;
};

/* It may have been answered and billed: all that was held is spent. */
static int lose(struct sending *sending, struct ending *ending, size_t row,
                struct err *err)
{
    const struct db_rows *rows = &ending->rows;
    struct call_end call = {
        .call_id = db_text(rows, row, CL_CALL_ID),
        .class = "lost",
        .error = "nobody said how it ended",
        .first_token = -1,
        .elapsed = -1,
        .cost = db_null(rows, row, CL_RESERVED)
                    ? -1
                    : db_num(rows, row, CL_RESERVED),
    };

    settle(ending, row, call.cost);
    count_cost(ending, row, &call);
    call.usage_source = "reserved";
    return write_end(sending, ending, &call, "lost", err);
}

static int expire_rows(struct store *store, struct expiring *expiring,
                       struct ending *ending, const struct db_rows *old,
                       struct err *err)
{
    struct sending sending = {.db = store->db};
    const char **ids = xcalloc(old->count + 1, sizeof(*ids));
    int ret;

    for (size_t i = 0; i < old->count; i++)
        ids[i] = db_text(old, i, 0);
    ret = lock_calls(store, ids, old->count, ending, err);
    for (size_t row = 0; ret == 0 && row < ending->rows.count; row++) {
        if (!is_intent(ending, row))
            continue;
        ret = lose(&sending, ending, row, err);
        expiring->count++;
    }
    free(ids);
    if (ret < 0 || costs_store(&sending, &ending->costs, err) < 0 ||
        send_end(&sending, err) < 0)
        return -1;
    return money_store(store, &ending->money, ending->view.now, err);
}

static int expire_work(struct store *store, void *ctx, struct err *err)
{
    struct expiring *expiring = ctx;
    struct ending ending = {0};
    struct db_rows old = {0};
    int ret = view_open(store, NULL, 0, &ending.view, err);

    expiring->count = 0;
    if (ret == 0)
        ret = db_query(
            store->db, SQL_CALLS_EXPIRED,
            ARGS(arg_num(ending.view.now), arg_num((int64_t)expiring->limit)),
            &old, err);
    if (ret == 0 && old.count > 0)
        ret = expire_rows(store, expiring, &ending, &old, err);
    db_rows_release(&old);
    ending_release(&ending);
    return ret;
}

int64_t store_calls_expire(struct store *store, size_t limit, struct err *err)
{
    struct expiring expiring = {.limit = limit};
    struct db_rows rows = {0};
    bool none;

    /* Without a lock: most of the time there is nothing to do. */
    if (store_query(store, SQL_CALLS_EXPIRED_ANY, NULL, 0, &rows, err) < 0)
        return err_wrap(err, "cannot look for lost calls");
    none = rows.count == 0;
    db_rows_release(&rows);
    if (none)
        return 0;
    if (store_tx(store, expire_work, &expiring, err) < 0)
        return err_wrap(err, "cannot settle lost calls");
    return expiring.count;
}
