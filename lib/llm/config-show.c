/*
 * config-show.c - the configuration as it was understood
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "llm/complexity.h"
#include "llm/config-internal.h"

static void show_number(struct buf *out, const char *name, int64_t value)
{
    if (value > 0)
        buf_fmt(out, " %s=%" PRId64, name, value);
}

static void show_money(struct buf *out, const char *name, int64_t pusd)
{
    char usd[LLM_USD_SIZE];

    if (pusd >= 0)
        buf_fmt(out, " %s=%s", name, llm_usd(pusd, usd));
}

static void show_endpoint(const struct llm_endpoint *endpoint, struct buf *out)
{
    buf_fmt(out, "endpoint %s %s ", endpoint->name,
            llm_wire_name(endpoint->wire));
    buf_printable(out, endpoint->base, strlen(endpoint->base));
    buf_fmt(out, " privacy=%s", llm_privacy_name(endpoint->privacy));
    show_number(out, "rpm", endpoint->rpm);
    show_number(out, "tpm", endpoint->tpm);
    show_number(out, "parallel", endpoint->parallel);
    show_money(out, "budget_day", endpoint->budget_day);
    if (endpoint->key)
        buf_fmt(out, " key=%s", endpoint->key_ref);
    buf_byte(out, '\n');
    if (endpoint->key_problem) {
        buf_str(out, "  no key: ");
        buf_printable(out, endpoint->key_problem,
                      strlen(endpoint->key_problem));
        buf_byte(out, '\n');
    }
}

static void show_target(const struct llm_target *target, struct buf *out)
{
    show_number(out, "context", target->context);
    show_number(out, "max_output", target->max_output);
    if (target->quality >= 0)
        buf_fmt(out, " quality=%d", target->quality);
    buf_fmt(out, "%s%s%s", target->tools ? " tools" : "",
            target->json ? " json" : "", target->vision ? " vision" : "");
    if (!target->priced)
        buf_str(out, " price=unknown");
    else if (target->price.free)
        buf_str(out, " free");
    else {
        /* A token's pico-dollars are a million tokens' micro-dollars. */
        show_money(out, "in", target->price.in * 1000000);
        show_money(out, "out", target->price.out * 1000000);
    }
}

static void show_chain(const struct llm_config *config, const char *name,
                       const size_t *chain, size_t count, struct buf *out)
{
    if (count == 0)
        return;
    buf_fmt(out, "  %s:", name);
    for (size_t i = 0; i < count; i++)
        buf_fmt(out, "%s %s", i ? "," : "", config->aliases[chain[i]].name);
    buf_byte(out, '\n');
}

static void show_alias(const struct llm_config *config,
                       const struct llm_alias *alias, struct buf *out)
{
    buf_fmt(out, "model %s\n", alias->name);
    for (size_t i = 0; i < alias->count; i++) {
        const struct llm_candidate *candidate = &alias->candidates[i];

        buf_str(out, "  ");
        buf_printable(out, config->targets[candidate->target].name,
                      strlen(config->targets[candidate->target].name));
        buf_fmt(out, " order=%d weight=%d", candidate->order,
                candidate->weight);
        show_target(&config->targets[candidate->target], out);
        buf_byte(out, '\n');
    }
    show_chain(config, "fallbacks", alias->fallbacks, alias->nfallbacks, out);
    show_chain(config, "context_fallbacks", alias->context_fallbacks,
               alias->ncontext_fallbacks, out);
    show_chain(config, "policy_fallbacks", alias->policy_fallbacks,
               alias->npolicy_fallbacks, out);
}

static void show_route(const struct llm_config *config,
                       const struct llm_route_conf *route, struct buf *out)
{
    int alias = route->alias ? llm_config_alias(config, route->alias) : -1;

    buf_fmt(out, "route %s", route->name);
    if (route->policy >= 0)
        buf_fmt(out, " policy=%s",
                llm_policy_name((enum llm_policy)route->policy));
    if (route->privacy >= 0)
        buf_fmt(out, " privacy=%s",
                llm_privacy_name((enum llm_privacy)route->privacy));
    if (route->tier >= 0)
        buf_fmt(out, " complexity=%s",
                llm_tier_name((enum llm_tier)route->tier));
    show_number(out, "max_output", route->max_output);
    show_money(out, "budget_task", route->budget_task);
    if (alias >= 0) {
        const struct llm_alias *of = &config->aliases[alias];

        buf_fmt(out, " -> %s", of->name);
        for (size_t i = 0; route->fallback != 0 && i < of->nfallbacks; i++)
            buf_fmt(out, " -> %s", config->aliases[of->fallbacks[i]].name);
    }
    buf_byte(out, '\n');
}

void llm_config_show(const struct llm_config *config, struct buf *out)
{
    struct buf money = {0};

    buf_str(out, "");
    for (size_t i = 0; i < config->nendpoints; i++)
        show_endpoint(&config->endpoints[i], out);
    for (size_t i = 0; i < config->naliases; i++)
        show_alias(config, &config->aliases[i], out);
    for (size_t i = 0; i < config->nroutes; i++)
        show_route(config, &config->routes[i], out);
    buf_str(&money, "");
    show_money(&money, "task", config->budget_task);
    show_money(&money, "workflow", config->budget_workflow);
    show_money(&money, "agent_day", config->budget_agent_day);
    show_money(&money, "day", config->budget_day);
    show_money(&money, "total", config->budget_total);
    if (money.len > 0)
        buf_fmt(out, "budget%s\n", money.data);
    if (config->prices_path)
        buf_fmt(out, "prices %s sha256=%s\n", config->prices_path,
                config->prices_sha256);
    if (config->nendpoints == 0)
        buf_str(out, "no endpoint: tasks of --llm wait\n");
    buf_release(&money);
}
