/*
 * broker-decide.c - one call of a batch: decided, and taken from what is
 * shared
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "work/broker-internal.h"

#define CALL_TIME (600 * USEC_PER_SEC) /* of an endpoint that says nothing */
#define MARGIN (60 * USEC_PER_SEC)
#define WAIT_LEAST USEC_PER_SEC
#define WAIT_BUDGET (300 * USEC_PER_SEC)
#define WAIT_UNKNOWN (60 * USEC_PER_SEC)

/* --- budgets --------------------------------------------------------------- */

struct asking {
    const struct calls_batch *batch;
    size_t index;
};

static size_t fetch(void *ctx, const char *endpoint,
                    struct call_budget out[CALL_SCOPES])
{
    const struct asking *asking = ctx;

    return calls_budgets(asking->batch, asking->index, endpoint, out);
}

/* --- one decision --------------------------------------------------------- */

static void take(struct beginning *self, const struct broker_call *call,
                 int64_t lease, int64_t now)
{
    const struct llm_config *config = self->broker->config;
    size_t target = (size_t)call->decision.target;
    size_t endpoint = config->targets[target].endpoint;
    const struct llm_rates rates = {config->endpoints[endpoint].rpm,
                                    config->endpoints[endpoint].tpm,
                                    config->endpoints[endpoint].parallel};
    const struct llm_rates none = {0};
    struct llm_state *at = pool_endpoint(&self->pool, endpoint);
    struct llm_state *model = pool_target(&self->pool, target);

    llm_state_take(at, &rates, self->broker->agent_id,
                   call->need.prompt_tokens + call->decision.max_output, lease,
                   now);
    pool_dirty(&self->pool, at);
    /* Of the model only the circuit counts. */
    if (llm_state_circuit(model, now) != LLM_CLOSED) {
        llm_state_take(model, &none, self->broker->agent_id, 0, lease, now);
        pool_dirty(&self->pool, model);
    }
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static void go(struct beginning *self, size_t index,
               const struct calls_view *view)
{
    const struct llm_config *config = self->broker->config;
    const struct broker_call *call = self->calls[index];
    const struct llm_decision *decision = &call->decision;
    const struct llm_target *target = &config->targets[decision->target];
    const struct llm_endpoint *endpoint = &config->endpoints[target->endpoint];
    struct call_begin *begin = &self->begins[index];

    begin->go = true;
    begin->alias =
        decision->alias >= 0 ? config->aliases[decision->alias].name : NULL;
    begin->fallback_from =
        decision->fell_back ? config->aliases[decision->asked].name : NULL;
    begin->endpoint = endpoint->name;
    begin->model = target->model;
    begin->price_sha256 = or_null(target->price_sha256);
    begin->prompt_estimate = call->need.prompt_tokens * endpoint->factor / 100;
    begin->max_output = decision->max_output;
    begin->reserve = target->priced ? decision->most : -1;
    begin->lease =
        (endpoint->limits.total ? endpoint->limits.total : CALL_TIME) + MARGIN;
    take(self, call, begin->lease, view->now);
}

static void later(struct beginning *self, struct broker_call *call, int64_t now)
{
    const struct llm_decision *decision = &call->decision;
    double jitter = broker_random(self->broker);

    if (decision->until > now)
        call->wait = decision->until - now;
    else
        call->wait = strcmp(decision->reason, "budget") == 0 ? WAIT_BUDGET
                                                             : WAIT_UNKNOWN;
    if (call->wait < WAIT_LEAST)
        call->wait = WAIT_LEAST;
    /* Not all at once, and nobody before the time. */
    call->wait += (int64_t)(jitter * (double)USEC_PER_SEC);
}

/* --- places of the dead ----------------------------------------------------- */

/* Nothing but other calls under way is in its way. */
static bool is_crowded(const struct llm_decision *decision)
{
    if (decision->kind == LLM_GO)
        return false;
    for (size_t i = 0; i < decision->count; i++)
        if (decision->weighed[i].drop == LLM_DROP_PARALLEL ||
            decision->weighed[i].drop == LLM_DROP_PROBE)
            return true;
    return false;
}

/* The calls of agents that are gone end with them, not with their lease: 1
 * there were such, 0, -1.  Asked once a batch, and only when it matters. */
static int forget_gone(struct beginning *self, const struct calls_batch *batch,
                       struct err *err)
{
    struct db_rows rows = {0};
    const char **live;
    bool found = false;

    if (self->forgot)
        return 0;
    self->forgot = true;
    if (calls_agents(batch, &rows, err) < 0)
        return -1;
    live = xcalloc(rows.count + 1, sizeof(*live));
    for (size_t i = 0; i < rows.count; i++)
        live[i] = db_text(&rows, i, 0);
    live[rows.count] = self->broker->agent_id;
    for (size_t i = 0; i < self->pool.endpoints + self->pool.targets; i++)
        if (llm_state_forget(&self->pool.states[i], live, rows.count + 1)) {
            self->pool.dirty[i] = true;
            found = true;
        }
    free(live);
    db_rows_release(&rows);
    return found;
}

/* --- a decision ------------------------------------------------------------- */

static int load(struct beginning *self, const struct calls_view *view,
                struct err *err)
{
    self->forgot = false;
    if (!self->redis) {
        pool_from_view(&self->pool, self->broker, view);
        return 0;
    }
    if (pool_from_redis(&self->pool, self->broker))
        return 0;
    self->redis_gone = true;
    return err_set(err, ERR_UNAVAIL, "Redis is gone");
}

static void route(struct beginning *self, const struct calls_batch *batch,
                  size_t index, const struct calls_view *view)
{
    struct broker *broker = self->broker;
    struct broker_call *call = self->calls[index];
    struct asking asking = {batch, index};
    struct llm_snapshot snapshot = {
        .now = view->now,
        .day_end = view->day_end,
        .endpoints = pool_endpoint(&self->pool, 0),
        .targets = pool_target(&self->pool, 0),
        .type = pool_type(&self->pool, call->task_type),
        .random = {broker_random(broker), broker_random(broker)},
    };

    broker_money(broker, call, fetch, &asking, &snapshot);
    llm_decision_release(&call->decision);
    llm_route(broker->config, &call->need, &snapshot, &call->decision,
              &call->err);
}

int broker_decide(void *ctx, const struct calls_batch *batch, size_t index,
                  struct calls_view *view, struct err *err)
{
    struct beginning *self = ctx;
    struct broker_call *call = self->calls[index];
    struct buf *text = &self->decisions[index];
    int gone;

    if (index == 0 && load(self, view, err) < 0)
        return -1;
    route(self, batch, index, view);
    if (!call->err.code && is_crowded(&call->decision)) {
        gone = forget_gone(self, batch, err);
        if (gone < 0)
            return -1;
        if (gone)
            route(self, batch, index, view);
    }
    if (call->err.code)
        return 0;
    if (call->decision.kind == LLM_GO)
        go(self, index, view);
    else if (call->decision.kind == LLM_LATER)
        later(self, call, view->now);
    buf_reset(text);
    llm_decision_json(self->broker->config, &call->decision, text);
    self->begins[index].decision = text->data;
    return 0;
}

int broker_decided(void *ctx, struct calls_view *view, struct err *err)
{
    struct beginning *self = ctx;
    int done;

    if (!self->redis) {
        pool_to_view(&self->pool, view);
        return 0;
    }
    done = pool_to_redis(&self->pool, self->broker);
    if (done >= 0)
        return done == 0;
    self->redis_gone = true;
    return err_set(err, ERR_UNAVAIL, "Redis is gone");
}
