/*
 * config-easy.c - endpoints without a line of configuration
 *
 * Either AAOS_LLM_URL (a local server, a gateway), or the keys that people
 * have in their environment anyway.  A model is named in AAOS_LLM_MODEL or
 * by the task; none is ever assumed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/config-internal.h"
#include "llm/tokens.h"

/* Is its host this machine? */
static bool is_loopback(const char *base)
{
    const char *host = strstr(base, "://") + 3;
    size_t len = strcspn(host, "/");

    return (
        strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0 ||
        (strncmp(host, "localhost", 9) == 0 && (len == 9 || host[9] == ':')));
}

static struct llm_endpoint *add(struct making *making, const char *name,
                                enum llm_wire wire, const char *base)
{
    struct llm_endpoint *endpoint = config_add_endpoint(making->config);

    endpoint->name = name;
    endpoint->wire = wire;
    endpoint->base = base;
    endpoint->any_model = true;
    endpoint->factor = llm_tokens_factor(wire);
    if (is_loopback(base)) {
        endpoint->privacy = LLM_LOCAL;
        endpoint->allow_private = true;
    }
    return endpoint;
}

static bool add_vendor(struct making *making, const char *name,
                       enum llm_wire wire, const char *base,
                       const char *reference)
{
    struct err err = {0};
    char *key = making->secret(reference, &err);

    if (!key)
        return false;
    explicit_bzero(key, strlen(key));
    free(key);
    config_key(making, add(making, name, wire, base), reference);
    return true;
}

/* "NAME" of the only endpoint, or "ENDPOINT/NAME". */
static int add_default(struct making *making, const char *model)
{
    struct llm_config *config = making->config;
    size_t len = strcspn(model, "/");
    struct llm_alias *alias;
    size_t endpoint = 0;

    for (size_t i = 0; i < config->nendpoints; i++)
        if (strlen(config->endpoints[i].name) == len &&
            strncmp(config->endpoints[i].name, model, len) == 0 &&
            model[len] == '/') {
            endpoint = i + 1;
            model += len + 1;
            break;
        }
    if (endpoint == 0 && config->nendpoints > 1) {
        err_set(making->err, ERR_CONFIG,
                "llm.model: there are keys of several vendors");
        return err_hint(making->err, "write openai/%.40s or anthropic/%.40s",
                        model, model);
    }
    endpoint -= endpoint > 0;
    alias = config_add_alias(config, "default");
    alias->candidates = xcalloc(1, sizeof(*alias->candidates));
    alias->candidates[0] = (struct llm_candidate){
        config_add_target(config, endpoint, model), 1, 1};
    alias->count = 1;
    return 0;
}

int config_easy(struct making *making)
{
    const char *url = conf_text(making->conf, "llm.url");
    const char *model = conf_text(making->conf, "llm.model");
    enum llm_wire wire = LLM_OPENAI;

    making->config->easy = true;
    if (url) {
        if (config_base("llm.url", url, making->err) < 0)
            return -1;
        llm_wire_parse(conf_text(making->conf, "llm.wire"), &wire);
        config_key(making, add(making, "default", wire, url),
                   conf_text(making->conf, "llm.key"));
    } else {
        add_vendor(making, "openai", LLM_OPENAI, "https://api.openai.com/v1",
                   "env:OPENAI_API_KEY");
        add_vendor(making, "anthropic", LLM_ANTHROPIC,
                   "https://api.anthropic.com", "env:ANTHROPIC_API_KEY");
    }
    if (making->config->nendpoints == 0 || !model)
        return 0;
    return add_default(making, model);
}
