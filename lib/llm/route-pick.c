/*
 * route-pick.c - the best of those that can serve
 *
 * Never simply the best: many workers with the same numbers would all go
 * there.  Those that are nearly as good are equals, and of two drawn by
 * their weights the one with less to do is taken (Mitzenmacher's two
 * choices).
 */
#include "config.h"

#include "llm/route-internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"

enum { COST, LATENCY, QUALITY, FAILURES, TERMS };

#define EQUAL 0.05
#define NO_QUALITY 0.5 /* of a model whose quality nobody said */

static const double weights[LLM_POLICIES][TERMS] = {
    [LLM_COST] = {.75, .10, .05, .10},
    [LLM_QUALITY] = {.10, .10, .70, .10},
    [LLM_LATENCY] = {.10, .75, .05, .10},
    [LLM_BALANCED] = {.35, .30, .25, .10},
};

/* --- terms ---------------------------------------------------------------- */

/* Seconds that an answer takes; -1: not known. */
static double latency(const struct routing *self, size_t target)
{
    const struct llm_state *state = &self->snapshot->targets[target];
    double out = state->out_tokens > 0 ? state->out_tokens
                                       : (double)route_output(self, target) / 2;

    if (state->first_token <= 0 && state->speed <= 0)
        return -1;
    return state->first_token / (double)USEC_PER_SEC +
           (state->speed > 0 ? out / state->speed : 0);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

/* What is not known is taken to be as the middle of the others. */
static void fill_unknown(struct llm_weighed **items, size_t count, int term)
{
    double *known = xcalloc(count, sizeof(*known));
    size_t n = 0;
    double middle;

    for (size_t i = 0; i < count; i++)
        if (items[i]->terms[term] >= 0)
            known[n++] = items[i]->terms[term];
    qsort(known, n, sizeof(*known), by_value);
    middle = n > 0 ? known[n / 2] : 0;
    for (size_t i = 0; i < count; i++)
        if (items[i]->terms[term] < 0)
            items[i]->terms[term] = middle;
    free(known);
}

static void normalise(struct llm_weighed **items, size_t count, int term)
{
    double low = items[0]->terms[term];
    double high = low;

    for (size_t i = 1; i < count; i++) {
        if (items[i]->terms[term] < low)
            low = items[i]->terms[term];
        if (items[i]->terms[term] > high)
            high = items[i]->terms[term];
    }
    for (size_t i = 0; i < count; i++)
        items[i]->terms[term] =
            high > low ? (items[i]->terms[term] - low) / (high - low) : 0;
}

static void score(const struct routing *self, struct llm_weighed **items,
                  size_t count)
{
    const double *weight = weights[self->decision->policy];

    for (size_t i = 0; i < count; i++) {
        size_t target = items[i]->target;
        int quality = self->config->targets[target].quality;
        double *terms = items[i]->terms;

        terms[COST] = (double)items[i]->cost;
        terms[LATENCY] = latency(self, target);
        terms[QUALITY] = quality < 0 ? NO_QUALITY : 1 - quality / 100.0;
        terms[FAILURES] = self->snapshot->targets[target].failing;
    }
    fill_unknown(items, count, COST);
    fill_unknown(items, count, LATENCY);
    for (int term = 0; term < TERMS; term++)
        normalise(items, count, term);
    for (size_t i = 0; i < count; i++) {
        items[i]->score = 0;
        for (int term = 0; term < TERMS; term++)
            items[i]->score += weight[term] * items[i]->terms[term];
    }
}

/* --- the choice ----------------------------------------------------------- */

/* One of the equals by weight, but not `besides`. */
static struct llm_weighed *draw(struct llm_weighed **items, size_t count,
                                const struct llm_weighed *besides,
                                double random)
{
    struct llm_weighed *last = NULL;
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        if (items[i]->equal && items[i] != besides)
            sum += items[i]->weight;
    random *= sum;
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->equal || items[i] == besides)
            continue;
        last = items[i];
        random -= items[i]->weight;
        if (random < 0)
            break;
    }
    return last;
}

static struct llm_weighed *choose(const struct routing *self,
                                  struct llm_weighed **items, size_t count)
{
    const double *random = self->snapshot->random;
    struct llm_weighed *first, *second;
    double best = items[0]->score;

    for (size_t i = 1; i < count; i++)
        if (items[i]->score < best)
            best = items[i]->score;
    for (size_t i = 0; i < count; i++)
        items[i]->equal = items[i]->score <= best + EQUAL;
    first = draw(items, count, NULL, random[0]);
    second = draw(items, count, first, random[1]);
    if (second && (double)second->in_flight / second->weight <
                      (double)first->in_flight / first->weight)
        return second;
    return first;
}

/* Where the session was, if that can serve. */
static struct llm_weighed *stay(const struct routing *self, size_t first)
{
    struct llm_decision *decision = self->decision;

    for (size_t i = first; self->need->affinity && i < decision->count; i++)
        if (decision->weighed[i].drop == LLM_KEPT &&
            strcmp(self->config->targets[decision->weighed[i].target].name,
                   self->need->affinity) == 0)
            return &decision->weighed[i];
    return NULL;
}

int route_pick(const struct routing *self, size_t first)
{
    struct llm_decision *decision = self->decision;
    struct llm_weighed **items =
        xcalloc(decision->count + 1, sizeof(struct llm_weighed *));
    struct llm_weighed *taken = NULL;
    struct llm_weighed *where;
    size_t count = 0;
    int order = 0;
    int ret;

    for (size_t i = first; i < decision->count; i++)
        if (decision->weighed[i].drop == LLM_KEPT &&
            (count++ == 0 || decision->weighed[i].order < order))
            order = decision->weighed[i].order;
    count = 0;
    for (size_t i = first; i < decision->count; i++) {
        struct llm_weighed *item = &decision->weighed[i];

        item->level = item->drop == LLM_KEPT && item->order == order;
        if (item->level)
            items[count++] = item;
    }
    if (count > 0) {
        score(self, items, count);
        taken = choose(self, items, count);
        where = stay(self, first);
        decision->sticky = where != NULL;
        taken = where ? where : taken;
    }
    ret = taken ? (int)(taken - decision->weighed) : -1;
    free(items);
    return ret;
}
