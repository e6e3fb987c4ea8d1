/*
 * state-learn.c - what the end of a call teaches about its endpoint
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "llm/state.h"

#define MINUTE (60 * USEC_PER_SEC)
#define OPEN_BASE (10 * USEC_PER_SEC)
#define OPEN_CAP (300 * USEC_PER_SEC)
#define OPEN_LONG (60 * MINUTE)
#define WARM_WAIT USEC_PER_SEC
#define MEMORY (300.0 * (double)USEC_PER_SEC) /* of averages */

enum { IN_A_ROW = 3, WINDOW_CALLS = 5, OPENS_MAX = 16 };

/* --- circuit -------------------------------------------------------------- */

static void open_for(struct llm_state *state, enum llm_class class,
                     int64_t duration, int64_t now)
{
    state->open_until = now + duration;
    state->probe_until = 0;
    state->mark[0] = '\0';
    state->prober[0] = '\0';
    snprintf(state->why, sizeof(state->why), "%s", llm_class_name(class));
}

static void open_marked(struct llm_state *state,
                        const struct llm_lesson *lesson, int64_t now)
{
    open_for(state, lesson->class, OPEN_LONG, now);
    snprintf(state->mark, sizeof(state->mark), "%s",
             lesson->mark ? lesson->mark : "");
}

/* min(10 s * 2^opens, 300 s), give or take a fifth. */
static int64_t open_time(const struct llm_state *state, double random)
{
    int64_t base = state->opens < 5 ? OPEN_BASE << state->opens : OPEN_CAP;

    if (base > OPEN_CAP)
        base = OPEN_CAP;
    return (int64_t)((double)base * (0.8 + 0.4 * random));
}

static void open_again(struct llm_state *state, enum llm_class class,
                       double random, int64_t now)
{
    open_for(state, class, open_time(state, random), now);
    if (state->opens < OPENS_MAX)
        state->opens++;
}

/* The minute in which calls are counted. */
static void count_call(struct llm_state *state, bool failed, int64_t now)
{
    if (now - state->window_at >= MINUTE || now < state->window_at) {
        state->window_at = now;
        state->window_calls = state->window_failures = 0;
    }
    state->window_calls++;
    state->window_failures += failed;
}

static void count_failure(struct llm_state *state, enum llm_class class,
                          double random, int64_t now)
{
    bool probe = state->open_until != 0 && now >= state->open_until;

    count_call(state, true, now);
    state->failures++;
    if (probe || state->failures >= IN_A_ROW ||
        (state->window_calls >= WINDOW_CALLS &&
         2 * state->window_failures > state->window_calls))
        open_again(state, class, random, now);
}

/* An answer came: whatever it said, the server is there. */
static void count_success(struct llm_state *state, int64_t now)
{
    count_call(state, false, now);
    state->failures = state->opens = 0;
    state->open_until = state->probe_until = 0;
    state->prober[0] = state->why[0] = state->mark[0] = '\0';
}

/* --- lessons -------------------------------------------------------------- */

static double moved(double average, double value, double share)
{
    return average + share * (value - average);
}

/* The weight of a value that comes so long after the last one. */
static double share_of(const struct llm_state *state, int64_t now)
{
    double apart = (double)(now - state->seen_at);

    if (state->seen_at == 0)
        return 1;
    /* Values that come at once count for at least a second's worth. */
    if (apart < (double)USEC_PER_SEC)
        apart = (double)USEC_PER_SEC;
    return 1 - exp(-apart / MEMORY);
}

static void learn_speed(struct llm_state *model,
                        const struct llm_lesson *lesson, double share)
{
    double busy;

    if (lesson->first_token >= 0)
        model->first_token =
            model->first_token > 0
                ? moved(model->first_token, (double)lesson->first_token, share)
                : (double)lesson->first_token;
    busy = (double)(lesson->elapsed -
                    (lesson->first_token > 0 ? lesson->first_token : 0));
    if (lesson->out_tokens > 0 && busy > 0) {
        double speed = (double)lesson->out_tokens * (double)USEC_PER_SEC / busy;

        model->speed =
            model->speed > 0 ? moved(model->speed, speed, share) : speed;
    }
    if (lesson->out_tokens > 0)
        model->out_tokens =
            model->out_tokens > 0
                ? moved(model->out_tokens, (double)lesson->out_tokens, share)
                : (double)lesson->out_tokens;
}

static void learn_ratio(struct llm_state *model,
                        const struct llm_lesson *lesson, double share)
{
    double ratio;

    if (lesson->prompt_tokens <= 0 || lesson->prompt_estimate < 200)
        return;
    ratio = (double)lesson->prompt_tokens / (double)lesson->prompt_estimate;
    ratio = ratio < .5 ? .5 : ratio > 2 ? 2 : ratio;
    model->ratio = model->ratio > 0 ? moved(model->ratio, ratio, share) : ratio;
}

static void learn_averages(struct llm_state *model,
                           const struct llm_lesson *lesson, bool failed,
                           int64_t now)
{
    double share = share_of(model, now);

    model->failing = moved(model->failing, failed, share);
    if (lesson->class == LLM_OK || lesson->class == LLM_OUTPUT) {
        learn_speed(model, lesson, share);
        learn_ratio(model, lesson, share);
    } else if (lesson->class == LLM_TIMEOUT && lesson->elapsed > 0) {
        model->first_token =
            model->first_token > 0
                ? moved(model->first_token, (double)lesson->elapsed, share)
                : (double)lesson->elapsed;
    }
    model->seen_at = now;
}

/* What the server itself says is left bounds our own bucket. */
static void learn_limits(struct llm_state *endpoint,
                         const struct llm_lesson *lesson, int64_t now)
{
    if (lesson->requests_left == 0 && lesson->requests_reset > 0 &&
        endpoint->cooldown_until < now + lesson->requests_reset)
        endpoint->cooldown_until = now + lesson->requests_reset;
    if (lesson->tokens_left == 0 && lesson->tokens_reset > 0 &&
        endpoint->cooldown_until < now + lesson->tokens_reset)
        endpoint->cooldown_until = now + lesson->tokens_reset;
}

static bool of_endpoint(enum llm_class class)
{
    return class == LLM_CONNECT || class == LLM_CONFIG || class == LLM_AUTH ||
           class == LLM_QUOTA || class == LLM_RATE || class == LLM_OVERLOAD;
}

static void judge(struct llm_state *endpoint, struct llm_state *model,
                  const struct llm_lesson *lesson, int64_t now)
{
    struct llm_state *of = of_endpoint(lesson->class) ? endpoint : model;
    int64_t wait = lesson->wait > 0 ? lesson->wait : 0;

    switch (llm_rule(lesson->class)->circuit) {
    case LLM_CIRCUIT_NONE:
        if (lesson->class == LLM_CANCELLED)
            return;
        count_success(model, now);
        count_success(endpoint, now);
        return;
    case LLM_CIRCUIT_COUNT:
        count_failure(of, lesson->class, lesson->random, now);
        /* It was reached, at least. */
        if (of == model && endpoint->open_until != 0)
            count_success(endpoint, now);
        if (lesson->class == LLM_OVERLOAD && wait > 0 &&
            endpoint->cooldown_until < now + wait)
            endpoint->cooldown_until = now + wait;
        return;
    case LLM_CIRCUIT_COOL:
        if (wait == 0)
            wait = llm_backoff_wait(llm_rule(lesson->class)->backoff, 1,
                                    (uint64_t)(lesson->random * 1e9));
        if (endpoint->cooldown_until < now + wait)
            endpoint->cooldown_until = now + wait;
        return;
    case LLM_CIRCUIT_OPEN:
        open_marked(endpoint, lesson, now);
        return;
    case LLM_CIRCUIT_OPEN_FOR:
        open_for(endpoint, lesson->class,
                 lesson->open_for > 0 ? lesson->open_for : OPEN_LONG, now);
        return;
    case LLM_CIRCUIT_OPEN_MODEL:
        open_marked(model, lesson, now);
        return;
    case LLM_CIRCUIT_HALF:
        open_for(model, lesson->class, wait > 0 ? wait : WARM_WAIT, now);
        return;
    }
}

/* A probe that ended without a verdict lets the next one go. */
static void end_probe(struct llm_state *state, const char *owner)
{
    if (strcmp(state->prober, owner) != 0)
        return;
    state->probe_until = 0;
    state->prober[0] = '\0';
}

bool llm_state_learn(struct llm_state *endpoint, struct llm_state *model,
                     const struct llm_lesson *lesson, const char *owner,
                     int64_t now)
{
    const int64_t before[2] = {endpoint->open_until, model->open_until};
    enum llm_circuit circuit = llm_rule(lesson->class)->circuit;
    bool failed = circuit != LLM_CIRCUIT_NONE && circuit != LLM_CIRCUIT_COOL &&
                  circuit != LLM_CIRCUIT_HALF;

    llm_state_give(endpoint, owner, now);
    judge(endpoint, model, lesson, now);
    end_probe(endpoint, owner);
    end_probe(model, owner);
    learn_limits(endpoint, lesson, now);
    if (lesson->class != LLM_CANCELLED)
        learn_averages(model, lesson, failed, now);
    return before[0] != endpoint->open_until || before[1] != model->open_until;
}

void llm_state_learn_out(struct llm_state *type, int64_t out_tokens,
                         int64_t now)
{
    double share = share_of(type, now);

    type->out_tokens = type->out_tokens > 0
                           ? moved(type->out_tokens, (double)out_tokens, share)
                           : (double)out_tokens;
    type->seen_at = now;
}
