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

#include "core/mem.h"
#include "work/broker-internal.h"

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
        .decide = broker_decide,
        .decided = broker_decided,
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
