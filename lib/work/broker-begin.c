/*
 * broker-begin.c - calls that want to begin: decided and reserved
 *
 * A batch is one transaction.  With Redis the states are swapped just
 * before it is committed: should the commit fail, what was taken there is
 * given back by its lease.
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

/* One run of broker_begin(). */
struct beginning {
    struct broker *broker;
    struct broker_call **calls; /* those that are fine so far */
    struct call_begin *begins;  /* parallel */
    struct buf *decisions;      /* parallel */
    size_t count;
    struct pool pool;
    bool redis;
    bool redis_gone; /* in the middle of it */
};

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

static int decide(void *ctx, const struct calls_batch *batch, size_t index,
                  struct calls_view *view, struct err *err)
{
    struct beginning *self = ctx;
    struct broker_call *call = self->calls[index];
    struct asking asking = {batch, index};
    struct llm_snapshot snapshot = {
        .now = view->now,
        .day_end = view->day_end,
        .random = {broker_random(self->broker), broker_random(self->broker)},
    };

    if (index == 0 && !self->redis)
        pool_from_view(&self->pool, self->broker, view);
    if (index == 0 && self->redis &&
        !pool_from_redis(&self->pool, self->broker)) {
        self->redis_gone = true;
        return err_set(err, ERR_UNAVAIL, "Redis is gone");
    }
    snapshot.endpoints = pool_endpoint(&self->pool, 0);
    snapshot.targets = pool_target(&self->pool, 0);
    snapshot.type = pool_type(&self->pool, call->task_type);
    broker_money(self->broker, call, fetch, &asking, &snapshot);
    llm_decision_release(&call->decision);
    if (llm_route(self->broker->config, &call->need, &snapshot, &call->decision,
                  &call->err) < 0)
        return 0;
    if (call->decision.kind == LLM_GO)
        go(self, index, view);
    else if (call->decision.kind == LLM_LATER)
        later(self, call, view->now);
    buf_reset(&self->decisions[index]);
    llm_decision_json(self->broker->config, &call->decision,
                      &self->decisions[index]);
    self->begins[index].decision = self->decisions[index].data;
    return 0;
}

static int decided(void *ctx, struct calls_view *view, struct err *err)
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

/* --- the batch ------------------------------------------------------------ */

bool broker_prepare(struct broker *broker, struct broker_call *call,
                    char **affinity, struct err *err)
{
    call->need.task_type = call->task_type;
    call->need.agent_type = call->agent_type;
    call->call_id[0] = '\0';
    call->decision = (struct llm_decision){.target = -1};
    call->err = (struct err){0};
    call->wait = 0;
    /* A model of a task's own needs a state like all others. */
    if (call->need.model &&
        llm_config_alias(broker->config, call->need.model) < 0)
        llm_config_target(broker->config, call->need.model);
    if (call->session_id && broker->store && broker->config->affinity > 0 &&
        store_affinity(broker->store, call->session_id, affinity, err) < 0)
        return false;
    call->need.affinity = *affinity;
    return true;
}

static struct call_begin begin_of(const struct broker_call *call)
{
    return (struct call_begin){
        .task_id = call->task_id,
        .attempt = call->attempt,
        .step = call->step,
        .purpose = call->purpose,
        .task_type = call->task_type,
        .agent_type = call->agent_type,
        .workflow_id = call->workflow_id,
        .session_id = call->session_id,
        .trace_id = call->trace_id,
        .span_id = call->span_id,
        .request_sha256 = call->request_sha256,
    };
}

static int run(struct beginning *self, struct err *err)
{
    struct broker *broker = self->broker;
    struct calls_batch batch = {
        .agent_id = broker->agent_id,
        .calls = self->begins,
        .count = self->count,
        .endpoints = broker->endpoint_names,
        .nendpoints = broker->config->nendpoints,
        .decide = decide,
        .decided = decided,
        .ctx = self,
    };

    if (!self->redis) {
        batch.state_keys = (const char *const *)self->pool.keys;
        batch.nstate_keys = self->pool.count;
    }
    return store_calls_begin(broker->store, &batch, err);
}

/* With Redis, or if it goes away in the middle of it, without. */
static int begin_all(struct beginning *self, struct err *err)
{
    int ret;

    self->redis = pool_from_redis(&self->pool, self->broker);
    ret = run(self, err);
    if (ret < 0 && self->redis_gone) {
        err_clear(err);
        self->redis = self->redis_gone = false;
        ret = run(self, err);
    }
    for (size_t i = 0; ret == 0 && i < self->count; i++)
        if (self->begins[i].go)
            memcpy(self->calls[i]->call_id, self->begins[i].call_id, UUID_SIZE);
    return ret;
}

int broker_begin(struct broker *broker, struct broker_call *calls, size_t count,
                 struct err *err)
{
    struct beginning self = {.broker = broker, .count = count};
    char **affinities = xcalloc(count + 1, sizeof(*affinities));
    int ret = 0;

    if (count == 0)
        goto out;
    self.calls = xcalloc(count, sizeof(struct broker_call *));
    self.begins = xcalloc(count, sizeof(*self.begins));
    self.decisions = xcalloc(count, sizeof(*self.decisions));
    for (size_t i = 0; ret == 0 && i < count; i++) {
        self.calls[i] = &calls[i];
        self.begins[i] = begin_of(&calls[i]);
        if (!broker_prepare(broker, &calls[i], &affinities[i], err))
            ret = -1;
    }
    pool_open(&self.pool, broker);
    for (size_t i = 0; i < count; i++)
        pool_add_type(&self.pool, calls[i].task_type);
    if (ret == 0)
        ret = begin_all(&self, err);
    for (size_t i = 0; i < count; i++) {
        calls[i].need.affinity = NULL;
        buf_release(&self.decisions[i]);
    }
    pool_release(&self.pool);
out:
    for (size_t i = 0; i < count; i++)
        free(affinities[i]);
    free(affinities);
    free(self.calls);
    free(self.begins);
    free(self.decisions);
    return ret;
}
