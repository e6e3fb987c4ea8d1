/*
 * route-internal.h - what the files of route share
 *
 *   route.c        what is needed, the chain of aliases, the verdict
 *   route-judge.c  filters: one candidate
 *   route-pick.c   order, scores, equals, the choice of two
 *   route-text.c   a decision as JSON and for people
 */
#ifndef AAOS_LLM_ROUTE_INTERNAL_H
#define AAOS_LLM_ROUTE_INTERNAL_H

#include "llm/route.h"

#define NO_ALIAS SIZE_MAX /* a target that the task named itself */

/* One run of the router. */
struct routing {
    const struct llm_config *config;
    const struct llm_need *need;
    const struct llm_snapshot *snapshot;
    struct llm_decision *decision;
    int named;    /* index of the endpoint the task names, or -1 */
    bool relaxed; /* quality does not count */
};

/* What a prompt is at this target, by what was learnt of it. */
int64_t route_prompt(const struct routing *self, size_t target);
int64_t route_output(const struct routing *self, size_t target);

/* Fill in all but the score. */
void route_judge(const struct routing *self, struct llm_weighed *item);

/* Of those that were kept from `first` on: an index, or -1. */
int route_pick(const struct routing *self, size_t first);

#endif
