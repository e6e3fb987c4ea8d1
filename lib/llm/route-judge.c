/*
 * route-judge.c - can this candidate serve?
 *
 * Tests in a fixed order, each with the reason that it gives; the first
 * that fails counts.  Privacy comes first and is never relaxed.
 */
#include "config.h"

#include "llm/route-internal.h"

#include <string.h>

#include "core/attr.h"
#include "core/clock.h"

#define HELD_WAIT (2 * USEC_PER_SEC)
#define MOMENT USEC_PER_SEC /* when something may be over, but nobody knows */

int64_t route_prompt(const struct routing *self, size_t target)
{
    const struct llm_target *what = &self->config->targets[target];
    double ratio = self->snapshot->targets[target].ratio;
    double tokens = (double)self->need->prompt_tokens *
                    self->config->endpoints[what->endpoint].factor / 100;

    return (int64_t)(tokens * (ratio > 0 ? ratio : 1) + .999);
}

int64_t route_output(const struct routing *self, size_t target)
{
    int64_t most = self->config->targets[target].max_output;
    int64_t want = self->decision->max_output;

    return most > 0 && most < want ? most : want;
}

struct judging {
    const struct routing *self;
    struct llm_weighed *item;
    const struct llm_target *target;
    const struct llm_endpoint *endpoint;
    const struct llm_state *at, *model; /* states */
    int64_t now;
};

static bool was_tried(const struct judging *judging)
{
    const struct llm_need *need = judging->self->need;

    for (size_t i = 0; i < need->ntried; i++)
        if (strcmp(need->tried[i], judging->endpoint->name) == 0)
            return true;
    return false;
}

static enum llm_drop judge_place(struct judging *judging)
{
    const struct routing *self = judging->self;

    if (judging->endpoint->privacy < self->decision->privacy)
        return LLM_DROP_PRIVACY;
    if (self->named >= 0 && (size_t)self->named != judging->target->endpoint)
        return LLM_DROP_ENDPOINT;
    if (was_tried(judging))
        return LLM_DROP_TRIED;
    if (judging->endpoint->key_problem) {
        judging->item->detail = judging->endpoint->key_problem;
        return LLM_DROP_KEY;
    }
    return LLM_KEPT;
}

static bool fits(const struct judging *judging)
{
    const struct routing *self = judging->self;
    int64_t context = judging->target->context;
    double prompt = (double)route_prompt(self, judging->item->target) * 1.10;

    if (context == 0)
        return true;
    if (self->need->after == LLM_CONTEXT &&
        context <= self->need->failed_context)
        return false;
    return prompt + (double)route_output(self, judging->item->target) <=
           (double)context;
}

static enum llm_drop judge_ability(struct judging *judging)
{
    const struct llm_need *need = judging->self->need;
    const struct llm_target *target = judging->target;

    if (need->tools && !target->tools)
        return LLM_DROP_TOOLS;
    if (need->json && !target->json)
        return LLM_DROP_JSON;
    if (need->vision && !target->vision)
        return LLM_DROP_VISION;
    if (!judging->self->relaxed && target->quality >= 0 &&
        target->quality < llm_tier_quality(judging->self->decision->tier))
        return LLM_DROP_QUALITY;
    return fits(judging) ? LLM_KEPT : LLM_DROP_CONTEXT;
}

/* What a call costs here, expected and at worst. */
static void price(struct judging *judging)
{
    const struct routing *self = judging->self;
    struct llm_weighed *item = judging->item;
    double expected = judging->model->out_tokens;
    struct llm_usage usage = {.in = route_prompt(self, item->target)};
    struct err err = {0};

    item->cost = item->most = -1;
    if (!judging->target->priced)
        return;
    if (self->snapshot->type && self->snapshot->type->out_tokens > 0)
        expected = self->snapshot->type->out_tokens;
    usage.out =
        expected > 0 ? (int64_t)expected : route_output(self, item->target) / 2;
    if (llm_cost(&judging->target->price, &usage, false, &item->cost, &err) <
            0 ||
        llm_cost_most(&judging->target->price, usage.in,
                      route_output(self, item->target), &item->most, &err) < 0)
        item->cost = item->most = -1;
}

/* Money that is held for calls under way mostly comes back. */
static enum llm_drop short_of(struct judging *judging, const char *scope,
                              int64_t with_held, int64_t at)
{
    struct llm_weighed *item = judging->item;

    item->detail = scope;
    item->until = item->most <= with_held ? judging->now + HELD_WAIT : at;
    return LLM_DROP_BUDGET;
}

static enum llm_drop judge_money(struct judging *judging)
{
    const struct llm_snapshot *snapshot = judging->self->snapshot;
    const struct llm_weighed *item = judging->item;
    size_t endpoint = judging->target->endpoint;
    int64_t there =
        snapshot->endpoint_left ? snapshot->endpoint_left[endpoint] : INT64_MAX;
    int64_t held =
        snapshot->endpoint_held ? snapshot->endpoint_held[endpoint] : 0;

    price(judging);
    if (snapshot->left == INT64_MAX && there == INT64_MAX)
        return LLM_KEPT;
    if (item->most < 0)
        return LLM_DROP_PRICE;
    if (item->most > snapshot->left)
        return short_of(judging, snapshot->left_scope,
                        snapshot->left + snapshot->left_held,
                        snapshot->left_at);
    if (item->most > there)
        return short_of(judging, "endpoint", there + held, snapshot->day_end);
    return LLM_KEPT;
}

static enum llm_drop judge_circuit(struct judging *judging,
                                   const struct llm_state *state)
{
    struct llm_weighed *item = judging->item;

    switch (llm_state_circuit(state, judging->now)) {
    case LLM_OPENED:
        item->until = state->open_until;
        item->detail = state->why;
        return LLM_DROP_CIRCUIT;
    case LLM_PROBING:
        item->until = judging->now + MOMENT;
        item->detail = state->why;
        return LLM_DROP_PROBE;
    case LLM_CLOSED:
    case LLM_HALF_OPEN:
        break;
    }
    return LLM_KEPT;
}

static enum llm_drop judge_state(struct judging *judging)
{
    const struct llm_endpoint *endpoint = judging->endpoint;
    const struct llm_rates rates = {endpoint->rpm, endpoint->tpm,
                                    endpoint->parallel};
    struct llm_weighed *item = judging->item;
    int64_t tokens = route_prompt(judging->self, item->target) +
                     route_output(judging->self, item->target);
    int64_t room = llm_state_room(judging->at, &rates, tokens, judging->now);
    enum llm_drop drop;

    if (room > judging->now) {
        item->until = room;
        return LLM_DROP_RATE;
    }
    if (judging->at->cooldown_until > judging->now) {
        item->until = judging->at->cooldown_until;
        return LLM_DROP_COOLDOWN;
    }
    drop = judge_circuit(judging, judging->at);
    if (drop == LLM_KEPT)
        drop = judge_circuit(judging, judging->model);
    if (drop != LLM_KEPT)
        return drop;
    if (endpoint->parallel > 0 && item->in_flight >= endpoint->parallel) {
        item->until = judging->now + MOMENT;
        return LLM_DROP_PARALLEL;
    }
    return LLM_KEPT;
}

void route_judge(const struct routing *self, struct llm_weighed *item)
{
    const struct llm_target *target = &self->config->targets[item->target];
    struct judging judging = {
        .self = self,
        .item = item,
        .target = target,
        .endpoint = &self->config->endpoints[target->endpoint],
        .at = &self->snapshot->endpoints[target->endpoint],
        .model = &self->snapshot->targets[item->target],
        .now = self->snapshot->now,
    };

    item->cost = item->most = -1;
    item->in_flight = llm_state_in_flight(judging.at, judging.now);
    item->drop = judge_place(&judging);
    if (item->drop == LLM_KEPT)
        item->drop = judge_ability(&judging);
    if (item->drop == LLM_KEPT)
        item->drop = judge_money(&judging);
    if (item->drop == LLM_KEPT)
        item->drop = judge_state(&judging);
}

const char *llm_drop_name(enum llm_drop drop)
{
    static const char *const names[LLM_DROPS] = {
        [LLM_KEPT] = "kept",
        [LLM_DROP_PRIVACY] = "privacy",
        [LLM_DROP_ENDPOINT] = "endpoint",
        [LLM_DROP_TRIED] = "tried",
        [LLM_DROP_KEY] = "key",
        [LLM_DROP_TOOLS] = "tools",
        [LLM_DROP_JSON] = "json",
        [LLM_DROP_VISION] = "vision",
        [LLM_DROP_QUALITY] = "quality",
        [LLM_DROP_CONTEXT] = "context",
        [LLM_DROP_PRICE] = "price",
        [LLM_DROP_BUDGET] = "budget",
        [LLM_DROP_RATE] = "rate",
        [LLM_DROP_COOLDOWN] = "cooldown",
        [LLM_DROP_CIRCUIT] = "circuit",
        [LLM_DROP_PROBE] = "probe",
        [LLM_DROP_PARALLEL] = "parallel",
    };

    return names[drop];
}
