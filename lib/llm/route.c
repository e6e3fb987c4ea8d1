/*
 * route.c - from what a task needs to a model, or to why there is none
 */
#include "config.h"

#include "llm/route.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "llm/route-internal.h"

#define KEY_WAIT (60 * USEC_PER_SEC)

void llm_decision_release(struct llm_decision *decision)
{
    free(decision->weighed);
    decision->weighed = NULL;
    decision->count = 0;
}

/* --- what is needed ------------------------------------------------------- */

static const struct llm_route_conf *find_route(const struct llm_config *config,
                                               const char *prefix,
                                               const char *name)
{
    size_t len = strlen(prefix);

    for (size_t i = 0; name && i < config->nroutes; i++)
        if (strncmp(config->routes[i].name, prefix, len) == 0 &&
            strcmp(config->routes[i].name + len, name) == 0)
            return &config->routes[i];
    return NULL;
}

/* The routes that hold for a task, the widest first. */
enum { LEVELS = 3 };
static void find_routes(const struct llm_config *config, const char *type,
                        const char *agent,
                        const struct llm_route_conf *levels[LEVELS])
{
    levels[0] = find_route(config, "", "default");
    levels[1] = find_route(config, "type:", type);
    levels[2] = find_route(config, "agent:", agent);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t llm_route_budget(const struct llm_config *config, const char *task_type,
                         const char *agent_type, int64_t own)
{
    const struct llm_route_conf *levels[LEVELS];
    int64_t limit = own >= 0 ? own : config->budget_task;

    find_routes(config, task_type, agent_type, levels);
    for (size_t i = 0; i < LEVELS; i++)
        if (levels[i])
            limit = least(limit, levels[i]->budget_task);
    return limit;
}

struct wishes {
    const char *alias;
    bool no_fallback;
};

/* The narrowest wins, but privacy: there the strictest does. */
static void resolve(const struct routing *self, struct wishes *wishes)
{
    struct llm_decision *decision = self->decision;
    const struct llm_need *need = self->need;
    const struct llm_route_conf *levels[LEVELS];
    int policy = LLM_BALANCED;
    int privacy = need->privacy < 0 ? LLM_PUBLIC : need->privacy;
    int tier = -1;
    int64_t output = self->config->max_output;

    find_routes(self->config, need->task_type, need->agent_type, levels);
    for (size_t i = 0; i < LEVELS; i++) {
        const struct llm_route_conf *route = levels[i];

        if (!route)
            continue;
        wishes->alias = route->alias ? route->alias : wishes->alias;
        policy = route->policy >= 0 ? route->policy : policy;
        privacy = route->privacy > privacy ? route->privacy : privacy;
        tier = route->tier >= 0 ? route->tier : tier;
        output = route->max_output > 0 ? route->max_output : output;
        if (route->fallback >= 0)
            wishes->no_fallback = route->fallback == 0;
    }
    wishes->no_fallback |= need->no_fallback;
    if (need->model)
        wishes->alias = need->model;
    tier = need->tier >= 0 ? need->tier : tier;
    decision->policy =
        (enum llm_policy)(need->policy >= 0 ? need->policy : policy);
    decision->privacy = (enum llm_privacy)privacy;
    decision->max_output = need->max_output > 0 ? need->max_output : output;
    decision->prompt_tokens = need->prompt_tokens;
    decision->classified = tier < 0;
    llm_complexity(need->instruction ? need->instruction : "",
                   need->instruction ? need->instruction_len : 0,
                   &decision->complexity);
    decision->tier =
        tier >= 0 ? (enum llm_tier)tier : decision->complexity.tier;
}

static int unknown(const struct llm_config *config, const char *what,
                   const char *name, struct err *err)
{
    bool endpoint = strcmp(what, "endpoint") == 0;
    size_t count = endpoint ? config->nendpoints : config->naliases;
    const char **names = xcalloc(count + 1, sizeof(*names));
    const char *near;

    for (size_t i = 0; i < count; i++)
        names[i] =
            endpoint ? config->endpoints[i].name : config->aliases[i].name;
    near = conf_nearest(name, names, count);
    err_set(err, ERR_DATA, "no %s is called '%.80s'", what, name);
    if (near)
        err_hint(err, "did you mean '%s'?", near);
    else if (count > 0)
        err_hint(err, "there is '%s'%s", names[0], count > 1 ? ", ..." : "");
    free(names);
    return -1;
}

/* --- candidates ----------------------------------------------------------- */

static void weigh(const struct routing *self, size_t alias, size_t target,
                  int order, int weight)
{
    struct llm_decision *decision = self->decision;
    struct llm_weighed item = {
        .alias = alias, .target = target, .order = order, .weight = weight};

    route_judge(self, &item);
    decision->weighed = xrealloc(decision->weighed, decision->count + 1,
                                 sizeof(*decision->weighed));
    decision->weighed[decision->count++] = item;
}

static bool seen(const struct llm_decision *decision, size_t alias)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->weighed[i].alias == alias)
            return true;
    return false;
}

/* All candidates of an alias; true when one is taken. */
static bool try_alias(const struct routing *self, size_t index)
{
    const struct llm_alias *alias = &self->config->aliases[index];
    struct llm_decision *decision = self->decision;
    size_t first = decision->count;
    int taken;

    if (seen(decision, index))
        return false;
    for (size_t i = 0; i < alias->count; i++)
        weigh(self, index, alias->candidates[i].target,
              alias->candidates[i].order, alias->candidates[i].weight);
    taken = route_pick(self, first);
    if (taken < 0)
        return false;
    decision->kind = LLM_GO;
    decision->alias = (int)index;
    decision->target = (int)decision->weighed[taken].target;
    decision->most =
        decision->weighed[taken].most > 0 ? decision->weighed[taken].most : 0;
    return true;
}

static bool try_chain(const struct routing *self, const size_t *chain,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (try_alias(self, chain[i])) {
            self->decision->fell_back = true;
            return true;
        }
    return false;
}

static bool dropped(const struct llm_decision *decision, enum llm_drop drop)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->weighed[i].drop == drop)
            return true;
    return false;
}

static bool try_aliases(const struct routing *self, size_t asked,
                        bool no_fallback)
{
    const struct llm_alias *alias = &self->config->aliases[asked];
    enum llm_class after = self->need->after;

    if (after == LLM_POLICY)
        return !no_fallback && try_chain(self, alias->policy_fallbacks,
                                         alias->npolicy_fallbacks);
    if (try_alias(self, asked))
        return true;
    if (no_fallback)
        return false;
    if ((after == LLM_CONTEXT || dropped(self->decision, LLM_DROP_CONTEXT)) &&
        try_chain(self, alias->context_fallbacks, alias->ncontext_fallbacks))
        return true;
    return after != LLM_CONTEXT &&
           try_chain(self, alias->fallbacks, alias->nfallbacks);
}

static bool try_target(const struct routing *self, size_t target)
{
    struct llm_decision *decision = self->decision;

    weigh(self, NO_ALIAS, target, 1, 1);
    if (route_pick(self, 0) < 0)
        return false;
    decision->kind = LLM_GO;
    decision->target = (int)target;
    decision->most =
        decision->weighed[0].most > 0 ? decision->weighed[0].most : 0;
    return true;
}

/* --- nothing can serve ---------------------------------------------------- */

/* The word for a drop that will be over, or NULL. */
static const char *wait_reason(const struct llm_weighed *item)
{
    switch (item->drop) {
    case LLM_DROP_RATE:
    case LLM_DROP_COOLDOWN:
    case LLM_DROP_PARALLEL:
        return "rate_limited";
    case LLM_DROP_CIRCUIT:
    case LLM_DROP_PROBE:
        return strcmp(item->detail, "warming") == 0 ? "warming" : "no_endpoint";
    case LLM_DROP_KEY:
        return "no_endpoint";
    case LLM_DROP_BUDGET:
        return "budget";
    case LLM_KEPT:
    case LLM_DROP_PRIVACY:
    case LLM_DROP_ENDPOINT:
    case LLM_DROP_TRIED:
    case LLM_DROP_TOOLS:
    case LLM_DROP_JSON:
    case LLM_DROP_VISION:
    case LLM_DROP_QUALITY:
    case LLM_DROP_CONTEXT:
    case LLM_DROP_PRICE:
        break;
    }
    return NULL;
}

/* Until the first of them is over, known times before unknown ones. */
static void wait_for(const struct routing *self)
{
    struct llm_decision *decision = self->decision;

    decision->kind = LLM_NEVER;
    for (size_t i = 0; i < decision->count; i++) {
        struct llm_weighed *item = &decision->weighed[i];
        const char *reason = wait_reason(item);

        if (!reason)
            continue;
        if (item->drop == LLM_DROP_KEY)
            item->until = self->snapshot->now + KEY_WAIT;
        if (decision->kind == LLM_LATER &&
            (item->until == 0 ||
             (decision->until != 0 && item->until >= decision->until)))
            continue;
        decision->kind = LLM_LATER;
        decision->reason = reason;
        decision->until = item->until;
    }
}

static void no_candidates(struct llm_decision *decision)
{
    decision->kind = LLM_LATER;
    decision->reason = "no_endpoint";
}

/* --- the whole ------------------------------------------------------------ */

static void decide(struct routing *self, int asked, int target,
                   bool no_fallback)
{
    struct llm_decision *decision = self->decision;
    bool found = target >= 0 ? try_target(self, (size_t)target)
                             : try_aliases(self, (size_t)asked, no_fallback);

    if (found)
        return;
    wait_for(self);
    /* A judgement by words must not leave a task without any model. */
    if (decision->kind == LLM_NEVER && decision->classified && !self->relaxed &&
        dropped(decision, LLM_DROP_QUALITY)) {
        self->relaxed = true;
        decision->count = 0;
        decision->relaxed = true;
        decide(self, asked, target, no_fallback);
    }
}

/* The alias or target that is asked for: 1 found, 0 nothing is, -1. */
static int find_asked(struct llm_config *config, const char *name,
                      struct llm_decision *decision, int *target,
                      struct err *err)
{
    *target = -1;
    if (!name) {
        decision->asked = config->naliases == 1 ? 0 : -1;
        return decision->asked == 0;
    }
    decision->asked = llm_config_alias(config, name);
    if (decision->asked < 0)
        *target = llm_config_target(config, name);
    if (decision->asked >= 0 || *target >= 0)
        return 1;
    /* Without any endpoint nobody can tell a good name from a bad one. */
    return config->nendpoints == 0 ? 0 : unknown(config, "model", name, err);
}

int llm_route(struct llm_config *config, const struct llm_need *need,
              const struct llm_snapshot *snapshot,
              struct llm_decision *decision, struct err *err)
{
    struct routing self = {.config = config,
                           .need = need,
                           .snapshot = snapshot,
                           .decision = decision,
                           .named = -1};
    struct wishes wishes = {0};
    int target;
    int found;

    *decision = (struct llm_decision){.target = -1, .alias = -1, .asked = -1};
    resolve(&self, &wishes);
    found = find_asked(config, wishes.alias, decision, &target, err);
    if (found < 0)
        return -1;
    if (need->endpoint && config->nendpoints > 0) {
        self.named = llm_config_endpoint(config, need->endpoint);
        if (self.named < 0)
            return unknown(config, "endpoint", need->endpoint, err);
    }
    if (found == 0)
        no_candidates(decision);
    else
        decide(&self, decision->asked, target, wishes.no_fallback);
    return 0;
}
