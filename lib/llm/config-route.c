/*
 * config-route.c - fallbacks, routes, agents and budgets
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/complexity.h"
#include "llm/config-internal.h"

static int unknown_alias(const struct making *making, const char *name)
{
    const struct llm_config *config = making->config;
    const char **names = xcalloc(config->naliases + 1, sizeof(*names));
    const char *near;

    for (size_t i = 0; i < config->naliases; i++)
        names[i] = config->aliases[i].name;
    near = conf_nearest(name, names, config->naliases);
    err_set(making->err, ERR_CONFIG, "there is no [model %.60s]", name);
    if (near)
        err_hint(making->err, "did you mean '%s'?", near);
    free(names);
    return -1;
}

/* --- fallbacks ------------------------------------------------------------ */

static int read_chain(const struct making *making, const char *list,
                      size_t self, size_t **chain, size_t *count)
{
    char *copy = xstrdup(list);
    char *rest = copy;
    char *word;
    int ret = 0;

    while (ret == 0 && (word = strsep(&rest, ", "))) {
        int alias;

        if (!*word)
            continue;
        alias = llm_config_alias(making->config, word);
        if (alias < 0)
            ret = unknown_alias(making, word);
        else if ((size_t)alias == self)
            ret = err_set(making->err, ERR_CONFIG, "it cannot replace itself");
        if (ret < 0)
            break;
        *chain = xrealloc(*chain, *count + 1, sizeof(**chain));
        (*chain)[(*count)++] = (size_t)alias;
    }
    free(copy);
    return ret;
}

static int read_fallbacks(const struct making *making, size_t index)
{
    struct llm_alias *alias = &making->config->aliases[index];
    const struct {
        const char *setting;
        size_t **chain;
        size_t *count;
    } chains[] = {
        {"model.fallbacks", &alias->fallbacks, &alias->nfallbacks},
        {"model.context_fallbacks", &alias->context_fallbacks,
         &alias->ncontext_fallbacks},
        {"model.policy_fallbacks", &alias->policy_fallbacks,
         &alias->npolicy_fallbacks},
    };

    for (size_t i = 0; i < LENGTH(chains); i++) {
        const char *list =
            conf_named_text(making->conf, alias->name, chains[i].setting, 0);

        if (!list || read_chain(making, list, index, chains[i].chain,
                                chains[i].count) == 0)
            continue;
        err_wrap(making->err, "[model %s] %s", alias->name,
                 strchr(chains[i].setting, '.') + 1);
        return config_place(making, alias->name, chains[i].setting, 0);
    }
    return 0;
}

/* --- routes --------------------------------------------------------------- */

static int choice(const struct making *making, const char *name,
                  const char *setting,
                  int (*parse)(const char *name, int *value))
{
    const char *text = conf_named_text(making->conf, name, setting, 0);
    int value = -1;

    if (text)
        parse(text, &value);
    return value;
}

static int parse_policy(const char *name, int *value)
{
    enum llm_policy policy = LLM_COST;
    int found = llm_policy_parse(name, &policy);

    *value = (int)policy;
    return found;
}

static int parse_privacy(const char *name, int *value)
{
    enum llm_privacy privacy = LLM_PUBLIC;
    int found = llm_privacy_parse(name, &privacy);

    *value = (int)privacy;
    return found;
}

static int parse_tier(const char *name, int *value)
{
    enum llm_tier tier = LLM_SIMPLE;
    int found = llm_tier_parse(name, &tier);

    *value = (int)tier;
    return found;
}

static int add_route(const struct making *making, const char *name)
{
    struct llm_config *config = making->config;
    struct llm_route_conf *route;
    const char *alias = conf_named_text(making->conf, name, "route.use", 0);

    if (strcmp(name, "default") != 0 &&
        !(strncmp(name, "type:", 5) == 0 && name[5]) &&
        !(strncmp(name, "agent:", 6) == 0 && name[6])) {
        err_set(making->err, ERR_CONFIG,
                "[route %s]: must be default, type:NAME or agent:NAME", name);
        return config_place(making, name, "route.use", 0);
    }
    if (alias && llm_config_alias(config, alias) < 0) {
        unknown_alias(making, alias);
        err_wrap(making->err, "[route %s] use", name);
        return config_place(making, name, "route.use", 0);
    }
    config->routes =
        xrealloc(config->routes, config->nroutes + 1, sizeof(*config->routes));
    route = &config->routes[config->nroutes++];
    *route = (struct llm_route_conf){
        .name = name,
        .alias = alias,
        .policy = choice(making, name, "route.policy", parse_policy),
        .privacy = choice(making, name, "route.privacy", parse_privacy),
        .tier = choice(making, name, "route.complexity", parse_tier),
        .fallback =
            (int)conf_named_num(making->conf, name, "route.fallback", -1),
        .max_output = conf_named_num(making->conf, name, "route.max_output", 0),
        .budget_task =
            conf_named_num(making->conf, name, "route.budget_task", -1),
    };
    return 0;
}

/* --- agents, budgets ------------------------------------------------------ */

static void add_agent(const struct making *making, const char *name)
{
    struct llm_config *config = making->config;
    const struct conf *conf = making->conf;

    config->agents =
        xrealloc(config->agents, config->nagents + 1, sizeof(*config->agents));
    config->agents[config->nagents++] = (struct llm_agent){
        .name = name,
        .description = conf_named_text(conf, name, "agent.description", 0),
        .prompt = conf_named_text(conf, name, "agent.prompt", 0),
        .types = conf_named_text(conf, name, "agent.types", 0),
        .temperature = conf_named_text(conf, name, "agent.temperature", 0),
        .follow_up = conf_named_text(conf, name, "agent.follow_up", 0),
        .max_output = conf_named_num(conf, name, "agent.max_output", 0),
        .rounds = conf_named_num(conf, name, "agent.rounds", 0),
    };
}

static int64_t budget(const struct conf *conf, const char *name)
{
    return conf_text(conf, name) ? conf_num(conf, name) : -1;
}

int config_routes(struct making *making)
{
    struct llm_config *config = making->config;
    const char *const *names;

    for (size_t i = 0; i < config->naliases; i++)
        if (read_fallbacks(making, i) < 0)
            return -1;
    for (names = conf_names(making->conf, "route"); *names; names++)
        if (add_route(making, *names) < 0)
            return -1;
    for (names = conf_names(making->conf, "agent"); *names; names++)
        add_agent(making, *names);
    config->budget_task = budget(making->conf, "budget.task");
    config->budget_workflow = budget(making->conf, "budget.workflow");
    config->budget_agent_day = budget(making->conf, "budget.agent_day");
    config->budget_day = budget(making->conf, "budget.day");
    config->budget_total = budget(making->conf, "budget.total");
    return 0;
}
