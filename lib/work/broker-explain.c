/*
 * broker-explain.c - what would be decided now: nothing is taken or stored
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "work/broker-internal.h"

struct looking {
    const struct broker_call *call;
    const struct db_rows *rows; /* of store_budgets() */
    char day[CALL_DAY_SIZE];
};

static struct call_budget find(const struct looking *looking, const char *scope,
                               const char *name, const char *period)
{
    struct call_budget budget = {
        .scope = scope, .name = name, .period = period};
    const struct db_rows *rows = looking->rows;

    for (size_t row = 0; row < rows->count; row++)
        if (strcmp(db_text(rows, row, 0), scope) == 0 &&
            strcmp(db_text(rows, row, 1), name) == 0 &&
            strcmp(db_text(rows, row, 2), period) == 0) {
            budget.spent = db_num(rows, row, 3);
            budget.reserved = db_num(rows, row, 4);
        }
    return budget;
}

static size_t fetch(void *ctx, const char *endpoint,
                    struct call_budget out[CALL_SCOPES])
{
    const struct looking *looking = ctx;
    const struct broker_call *call = looking->call;
    size_t count = 0;

    out[count++] = find(looking, "day", "", looking->day);
    out[count++] = find(looking, "total", "", "all");
    if (endpoint)
        out[count++] = find(looking, "endpoint", endpoint, looking->day);
    if (call->agent_type)
        out[count++] = find(looking, "agent", call->agent_type, looking->day);
    if (call->workflow_id)
        out[count++] = find(looking, "workflow", call->workflow_id, "all");
    out[count++] = find(looking, "task", call->task_id, "all");
    return count;
}

static int decide(struct broker *broker, struct broker_call *call,
                  struct pool *pool, struct err *err)
{
    struct looking looking = {.call = call};
    struct llm_snapshot snapshot = {
        .random = {broker_random(broker), broker_random(broker)}};
    struct db_rows rows = {0};
    int ret;

    snapshot.now = clock_wall();
    if (broker->store &&
        (store_now(broker->store, &snapshot.now, err) < 0 ||
         store_budgets(broker->store, call->task_id, &rows, err) < 0))
        return -1;
    looking.rows = &rows;
    snapshot.day_end = store_day(snapshot.now, looking.day);
    snapshot.endpoints = pool_endpoint(pool, 0);
    snapshot.targets = pool_target(pool, 0);
    snapshot.type = pool_type(pool, call->task_type);
    broker_money(broker, call, fetch, &looking, &snapshot);
    ret =
        llm_route(broker->config, &call->need, &snapshot, &call->decision, err);
    db_rows_release(&rows);
    return ret;
}

int broker_explain(struct broker *broker, struct broker_call *call,
                   struct err *err)
{
    struct pool pool = {0};
    char *affinity = NULL;
    int ret = -1;

    if (broker_prepare(broker, call, &affinity, err)) {
        pool_open(&pool, broker);
        pool_add_type(&pool, call->task_type);
        ret = pool_peek(&pool, broker, err);
    }
    if (ret == 0)
        ret = decide(broker, call, &pool, err);
    call->need.affinity = NULL;
    pool_release(&pool);
    free(affinity);
    return ret;
}
