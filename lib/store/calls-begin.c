/*
 * Calls that want to begin: decided on what is locked, and written down
 * before anything is sent anywhere.
 */
#include "config.h"

#include "store/calls.h"

#include <string.h>

#include "core/uuid.h"
#include "store/calls-private.h"

enum { DECIDE_MAX = 20 };

static struct money_call who(const struct call_begin *call,
                             const char *endpoint, const char *day)
{
    return (struct money_call){call->task_id, call->workflow_id,
                               call->agent_type, endpoint, day};
}

/* What store_calls_begin() holds while it runs. */
struct holding {
    struct store *store;
    struct money money;
    struct calls_view view;
};

size_t calls_budgets(const struct calls_batch *batch, size_t index,
                     const char *endpoint, struct call_budget out[CALL_SCOPES])
{
    struct holding *holding = batch->held;
    struct money_call call =
        who(&batch->calls[index], endpoint, holding->view.day);
    size_t rows[CALL_SCOPES];
    size_t count = money_scopes(&holding->money, &call, rows);

    for (size_t i = 0; i < count; i++) {
        const struct money_row *row = &holding->money.rows[rows[i]];

        out[i] =
            (struct call_budget){row->scope, row->name, row->period, row->spent,
                                 row->reserved + row->more_reserved};
    }
    return count;
}

int calls_agents(const struct calls_batch *batch, struct db_rows *rows,
                 struct err *err)
{
    const struct holding *holding = batch->held;

    return db_query(holding->store->db, SQL_CALLS_AGENTS, NULL, 0, rows, err);
}

/* Every budget that a decision may need. */
static void add_budgets(const struct calls_batch *batch,
                        struct holding *holding)
{
    size_t rows[CALL_SCOPES];

    for (size_t e = 0; e < batch->nendpoints; e++)
        money_find(&holding->money, "endpoint", batch->endpoints[e],
                   holding->view.day);
    for (size_t i = 0; i < batch->count; i++) {
        struct money_call call = who(&batch->calls[i], NULL, holding->view.day);

        money_scopes(&holding->money, &call, rows);
    }
}

static int decide_all(struct calls_batch *batch, struct holding *holding,
                      struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct call_begin *call = &batch->calls[i];
        struct money_call what;
        size_t rows[CALL_SCOPES];
        size_t count;

        call->go = false;
        if (batch->decide(batch->ctx, batch, i, &holding->view, err) < 0)
            return -1;
        if (!call->go)
            continue;
        what = who(call, call->endpoint, holding->view.day);
        count = money_scopes(&holding->money, &what, rows);
        for (size_t k = 0; k < count; k++)
            holding->money.rows[rows[k]].more_reserved +=
                call->reserve > 0 ? call->reserve : 0;
    }
    return 0;
}

static void forget(struct holding *holding)
{
    for (size_t i = 0; i < holding->money.count; i++)
        holding->money.rows[i].more_reserved = 0;
}

static int decide(struct calls_batch *batch, struct holding *holding,
                  struct err *err)
{
    int again = 1;

    for (int tries = 0; again == 1; tries++) {
        if (tries == DECIDE_MAX)
            return err_set(err, ERR_TEMP,
                           "states of endpoints change too fast");
        forget(holding);
        if (decide_all(batch, holding, err) < 0)
            return -1;
        again = batch->decided ? batch->decided(batch->ctx, &holding->view, err)
                               : 0;
    }
    return again;
}

static int write_call(struct sending *sending, const struct calls_batch *batch,
                      const struct call_begin *call,
                      const struct calls_view *view, struct err *err)
{
    if (call->decision &&
        send_one(sending, SQL_CHAIN_ADD,
                 ARGS(arg_text(call->task_id), arg_num(call->attempt),
                      arg_text(batch->agent_id), arg_text("route"),
                      arg_text(call->decision),
                      arg_text(call->go ? call->model : NULL),
                      arg_text(call->go ? call->endpoint : NULL),
                      arg_num(view->now)),
                 err) < 0)
        return -1;
    if (!call->go)
        return 0;
    return send_one(
        sending, SQL_CALL_BEGIN,
        ARGS(arg_text(call->call_id), arg_text(call->task_id),
             arg_num(call->attempt), arg_num(call->step),
             arg_text(call->purpose), arg_text(batch->agent_id),
             arg_text(call->task_type), arg_text(call->agent_type),
             arg_text(call->workflow_id), arg_text(call->session_id),
             arg_text(call->trace_id), arg_text(call->span_id),
             arg_text(call->alias), arg_text(call->endpoint),
             arg_text(call->model), arg_text(call->fallback_from),
             arg_text(call->request_sha256), arg_num(call->prompt_estimate),
             arg_num(call->max_output), arg_text(view->day),
             arg_opt(call->reserve >= 0, call->reserve),
             arg_text(call->price_sha256), arg_num(view->now),
             arg_num(view->now + call->lease)),
        err);
}

/* Did an earlier try, whose COMMIT was never answered, get through? */
static int known(struct store *store, const struct calls_batch *batch,
                 struct err *err)
{
    struct db_rows rows = {0};
    int ret = 0;

    for (size_t i = 0; ret == 0 && i < batch->count; i++) {
        if (!batch->calls[i].go)
            continue;
        if (db_query(store->db, SQL_CALL_KNOWN,
                     ARGS(arg_text(batch->calls[i].call_id)), &rows, err) < 0)
            return -1;
        ret = rows.count > 0;
        db_rows_release(&rows);
        break;
    }
    return ret;
}

static int run(struct store *store, struct calls_batch *batch,
               struct holding *holding, struct err *err)
{
    struct sending sending = {.db = store->db};

    if (view_open(store, batch->state_keys, batch->nstate_keys, &holding->view,
                  err) < 0)
        return -1;
    add_budgets(batch, holding);
    if (money_lock(store, &holding->money, holding->view.now, err) < 0 ||
        decide(batch, holding, err) < 0)
        return -1;
    for (size_t i = 0; i < batch->count; i++)
        if (write_call(&sending, batch, &batch->calls[i], &holding->view, err) <
            0)
            return -1;
    if (send_end(&sending, err) < 0 ||
        money_store(store, &holding->money, holding->view.now, err) < 0)
        return -1;
    return view_store(store, &holding->view, err);
}

static int begin_work(struct store *store, void *ctx, struct err *err)
{
    struct calls_batch *batch = ctx;
    struct holding holding = {.store = store};
    int ret = store->fate_unknown ? known(store, batch, err) : 0;

    if (ret != 0)
        return ret < 0 ? -1 : 0;
    batch->held = &holding;
    ret = run(store, batch, &holding, err);
    batch->held = NULL;
    money_release(&holding.money);
    view_release(&holding.view);
    return ret;
}

int store_calls_begin(struct store *store, struct calls_batch *batch,
                      struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        batch->calls[i].go = false;
        uuid_make(batch->calls[i].call_id);
    }
    if (store_tx(store, begin_work, batch, err) < 0)
        return err_wrap(err, "cannot record calls to models");
    return 0;
}
