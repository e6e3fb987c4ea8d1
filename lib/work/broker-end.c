/*
 * broker-end.c - calls that have ended: settled, learnt from, recorded
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/tokens.h"
#include "work/broker-internal.h"

struct ended {
    struct broker *broker;
    struct broker_end *ends;
    struct call_end *calls; /* parallel */
    size_t count;
    struct pool pool;
    bool turned; /* a circuit opened or closed */
};

/* --- what it cost --------------------------------------------------------- */

/* The server may have worked, and will bill it, though it was not heard to
 * the end. */
static bool may_be_billed(enum llm_class class)
{
    return class == LLM_OK || class == LLM_TIMEOUT || class == LLM_STREAM ||
           class == LLM_PROTOCOL || class == LLM_CANCELLED ||
           class == LLM_OUTPUT || class == LLM_MISMATCH ||
           class == LLM_CONTEXT || class == LLM_POLICY;
}

static void complete_usage(const struct ended *self,
                           const struct broker_end *end,
                           struct llm_usage *usage)
{
    const struct llm_target *target =
        &self->broker->config->targets[end->target];
    int factor = self->broker->config->endpoints[target->endpoint].factor;
    const struct llm_answer *answer = end->result->answer;

    if (usage->reported || usage->estimated || !may_be_billed(end->class) ||
        end->result->status >= 300)
        return;
    llm_usage_estimate(usage, end->prompt_estimate * factor / 100,
                       answer ? llm_tokens_answer(answer, factor) : 0);
}

static int64_t cost_of(const struct ended *self, const struct broker_end *end,
                       const struct llm_usage *usage)
{
    const struct llm_target *target =
        &self->broker->config->targets[end->target];
    struct err err = {0};
    int64_t cost;

    if (!target->priced ||
        llm_cost(&target->price, usage, false, &cost, &err) < 0)
        return -1;
    return cost;
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

/* `usage` must live as long as the call does. */
static struct call_end call_of(const struct ended *self, struct broker_end *end)
{
    const struct llm_result *result = end->result;
    struct llm_usage usage = {0};
    const struct llm_answer *answer = result->answer;

    if (answer)
        usage = answer->usage;
    complete_usage(self, end, &usage);
    end->cost = cost_of(self, end, &usage);
    return (struct call_end){
        .call_id = end->call_id,
        .done = end->class == LLM_OK,
        .served_model = answer ? answer->model : NULL,
        .http_status = result->status,
        .class = llm_class_name(end->class),
        .request_id = or_null(result->head.request_id),
        .error = or_null(result->reason),
        .finish = answer && answer->finish != LLM_FINISH_NONE
                      ? llm_finish_name(answer->finish)
                      : NULL,
        .first_token = result->first_token,
        .elapsed = result->elapsed,
        .in = usage.in,
        .cache_read = usage.cache_read,
        .cache_5m = usage.cache_5m,
        .cache_1h = usage.cache_1h,
        .out = usage.out,
        .reasoning = usage.reasoning,
        .usage_source = usage.estimated  ? "estimated"
                        : usage.reported ? "reported"
                                         : NULL,
        .cost = end->cost,
        .body_sha256 = end->body_sha256,
        .response = end->response,
        .session_id = end->class == LLM_OK ? end->session_id : NULL,
        .target = self->broker->config->targets[end->target].name,
        .affinity = self->broker->config->affinity,
    };
}

/* --- what it taught ------------------------------------------------------- */

static void learn_one(struct ended *self, const struct broker_end *end,
                      int64_t now)
{
    const struct llm_config *config = self->broker->config;
    size_t endpoint = config->targets[end->target].endpoint;
    const struct llm_result *result = end->result;
    const struct llm_usage *usage =
        result->answer ? &result->answer->usage : NULL;
    struct llm_state *at = pool_endpoint(&self->pool, endpoint);
    struct llm_state *model = pool_target(&self->pool, (size_t)end->target);
    struct llm_state *type = pool_type(&self->pool, end->task_type);
    struct llm_lesson lesson = {
        .class = end->class,
        .wait = result->verdict.wait,
        .open_for = result->verdict.open_for,
        .first_token = result->first_token,
        .elapsed = result->elapsed,
        .out_tokens = usage ? usage->out : 0,
        .prompt_tokens = usage && usage->reported ? llm_usage_prompt(usage) : 0,
        .prompt_estimate =
            end->prompt_estimate * config->endpoints[endpoint].factor / 100,
        .requests_left = result->head.requests.remaining,
        .requests_reset = result->head.requests.reset,
        .tokens_left = result->head.tokens.remaining,
        .tokens_reset = result->head.tokens.reset,
        .mark = config->endpoints[endpoint].mark,
        .random = broker_random(self->broker),
    };

    self->turned |=
        llm_state_learn(at, model, &lesson, self->broker->agent_id, now);
    pool_dirty(&self->pool, at);
    pool_dirty(&self->pool, model);
    if (end->class == LLM_OK && lesson.out_tokens > 0) {
        llm_state_learn_out(type, lesson.out_tokens, now);
        pool_dirty(&self->pool, type);
    }
}

static void learn_all(struct ended *self, int64_t now)
{
    for (size_t i = 0; i < self->count; i++)
        learn_one(self, &self->ends[i], now);
}

static int learn(void *ctx, struct calls_view *view, struct err *err)
{
    struct ended *self = ctx;

    (void)err;
    pool_from_view(&self->pool, self->broker, view);
    learn_all(self, view->now);
    pool_to_view(&self->pool, view);
    return 0;
}

/* True when Redis has it. */
static bool learn_in_redis(struct ended *self, int64_t now)
{
    enum { TRIES = 20 };

    for (int i = 0; i < TRIES; i++) {
        int done;

        if (!pool_from_redis(&self->pool, self->broker))
            return false;
        self->turned = false;
        learn_all(self, now);
        done = pool_to_redis(&self->pool, self->broker);
        if (done != 0)
            return done > 0;
    }
    return false;
}

/* What the database must know when Redis is lost. */
static void copy_states(struct ended *self)
{
    struct pool *pool = &self->pool;
    const char **keys = xcalloc(pool->count + 1, sizeof(*keys));
    char **texts = xcalloc(pool->count + 1, sizeof(*texts));
    struct err err = {0};
    size_t count = 0;

    for (size_t i = 0; i < pool->count; i++) {
        struct buf text = {0};

        if (!pool->dirty[i])
            continue;
        llm_state_print(&pool->states[i], &text);
        keys[count] = pool->keys[i];
        texts[count++] = buf_detach(&text);
    }
    /* The next turn of a circuit tries again. */
    store_states_put(self->broker->store, keys, (const char *const *)texts,
                     count, &err);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
    free(keys);
}

/* --- the batch ------------------------------------------------------------ */

static int end_batch(struct ended *self, struct err *err)
{
    struct broker *broker = self->broker;
    struct ends_batch batch = {
        .calls = self->calls, .count = self->count, .ctx = self};
    int64_t now;

    /* First the ledger: it must not be lost, whatever becomes of Redis. */
    if (broker->queue && queue_has_redis(broker->queue) &&
        !queue_degraded(broker->queue)) {
        if (store_calls_end(broker->store, &batch, err) < 0 ||
            store_now(broker->store, &now, err) < 0)
            return -1;
        if (learn_in_redis(self, now)) {
            if (self->turned)
                copy_states(self);
            return 0;
        }
        batch.count = 0;
    }
    batch.state_keys = (const char *const *)self->pool.keys;
    batch.nstate_keys = self->pool.count;
    batch.learn = learn;
    return store_calls_end(broker->store, &batch, err);
}

int broker_end(struct broker *broker, struct broker_end *ends, size_t count,
               struct err *err)
{
    struct ended self = {.broker = broker, .ends = ends, .count = count};
    int ret;

    if (count == 0)
        return 0;
    self.calls = xcalloc(count, sizeof(*self.calls));
    pool_open(&self.pool, broker);
    for (size_t i = 0; i < count; i++) {
        self.calls[i] = call_of(&self, &ends[i]);
        pool_add_type(&self.pool, ends[i].task_type);
    }
    ret = end_batch(&self, err);
    pool_release(&self.pool);
    free(self.calls);
    return ret;
}
