/*
 * verify-models.c - endpoints, models and routes as --llm would read them
 */
#include "config.h"

#include "cmd/secret.h"
#include "cmd/verify.h"
#include "llm/settings.h"

static void check_budgets(struct verify_run *run,
                          const struct llm_config *config)
{
    bool limited = config->budget_day >= 0 || config->budget_total >= 0 ||
                   config->budget_task >= 0 || config->budget_workflow >= 0 ||
                   config->budget_agent_day >= 0;

    for (size_t i = 0; limited && i < config->ntargets; i++)
        if (!config->targets[i].priced)
            verify_offend(&run->verify, config->targets[i].name,
                          "has no price: under a budget it is never used");
}

void verify_check_models(struct verify_run *run)
{
    struct err err = {0};
    struct llm_config *config = llm_config_open(run->conf, secret_get, &err);

    verify_begin(&run->verify, "models",
                 "models, routes and the keys of endpoints make sense");
    if (!config)
        verify_offend(&run->verify, "settings", "%s", err.msg);
    for (size_t i = 0; config && i < config->nendpoints; i++)
        if (config->endpoints[i].key_problem)
            verify_offend(&run->verify, config->endpoints[i].name, "%s",
                          config->endpoints[i].key_problem);
    if (config)
        check_budgets(run, config);
    verify_end(&run->verify);
    llm_config_close(config);
}
