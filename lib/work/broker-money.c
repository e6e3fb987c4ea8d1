/*
 * broker-money.c - what is left of the budgets that a call counts in
 */
#include "config.h"

#include <string.h>

#include "work/broker-internal.h"

static int64_t left_of(int64_t limit, const struct call_budget *budget)
{
    return limit < 0 ? INT64_MAX : limit - budget->spent - budget->reserved;
}

/* What is allowed in a scope; -1: anything. */
static int64_t limit_of(const struct llm_config *config,
                        const struct broker_call *call, const char *scope)
{
    if (strcmp(scope, "day") == 0)
        return config->budget_day;
    if (strcmp(scope, "total") == 0)
        return config->budget_total;
    if (strcmp(scope, "agent") == 0)
        return config->budget_agent_day;
    if (strcmp(scope, "workflow") == 0)
        return config->budget_workflow;
    if (strcmp(scope, "task") == 0)
        return llm_route_budget(config, call->task_type, call->agent_type,
                                call->budget);
    return -1;
}

/* The least of all that hold wherever the call goes. */
static void set_left(const struct broker *broker,
                     const struct broker_call *call, broker_fetch *fetch,
                     void *ctx, struct llm_snapshot *snapshot)
{
    struct call_budget budgets[CALL_SCOPES];
    size_t count = fetch(ctx, NULL, budgets);

    snapshot->left = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct call_budget *budget = &budgets[i];
        int64_t left =
            left_of(limit_of(broker->config, call, budget->scope), budget);

        if (left >= snapshot->left)
            continue;
        snapshot->left = left;
        snapshot->left_held = budget->reserved;
        snapshot->left_scope = budget->scope;
        snapshot->left_at =
            strcmp(budget->period, "all") == 0 ? 0 : snapshot->day_end;
    }
}

static int64_t left_there(const struct llm_endpoint *endpoint,
                          broker_fetch *fetch, void *ctx, int64_t *held)
{
    struct call_budget budgets[CALL_SCOPES];
    size_t count;

    *held = 0;
    if (endpoint->budget_day < 0)
        return INT64_MAX;
    count = fetch(ctx, endpoint->name, budgets);
    for (size_t i = 0; i < count; i++)
        if (strcmp(budgets[i].scope, "endpoint") == 0) {
            *held = budgets[i].reserved;
            return left_of(endpoint->budget_day, &budgets[i]);
        }
    return endpoint->budget_day;
}

void broker_money(struct broker *broker, const struct broker_call *call,
                  broker_fetch *fetch, void *ctx, struct llm_snapshot *snapshot)
{
    set_left(broker, call, fetch, ctx, snapshot);
    for (size_t i = 0; i < broker->config->nendpoints; i++)
        broker->endpoint_left[i] =
            left_there(&broker->config->endpoints[i], fetch, ctx,
                       &broker->endpoint_held[i]);
    snapshot->endpoint_left = broker->endpoint_left;
    snapshot->endpoint_held = broker->endpoint_held;
}
