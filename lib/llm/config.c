/*
 * config.c - from settings to endpoints, models and routes
 */
#include "config.h"

#include "llm/config-internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/mem.h"
#include "llm/tokens.h"

/* What is freed with the configuration. */
struct memory {
    void **kept;
    size_t count, cap;
    char **keys;
    size_t key_count, key_cap;
    size_t endpoint_cap, alias_cap;
    struct llm_prices *prices;
};

void *config_keep(struct llm_config *config, void *memory)
{
    struct memory *own = config->memory;

    own->kept = xgrow(own->kept, own->count, &own->cap, sizeof(*own->kept));
    own->kept[own->count++] = memory;
    return memory;
}

char *config_keep_key(struct llm_config *config, char *key)
{
    struct memory *own = config->memory;

    own->keys =
        xgrow(own->keys, own->key_count, &own->key_cap, sizeof(*own->keys));
    own->keys[own->key_count++] = key;
    return key;
}

struct llm_endpoint *config_add_endpoint(struct llm_config *config)
{
    struct memory *own = config->memory;

    config->endpoints = xgrow(config->endpoints, config->nendpoints,
                              &own->endpoint_cap, sizeof(*config->endpoints));
    config->endpoints[config->nendpoints] =
        (struct llm_endpoint){.budget_day = -1};
    return &config->endpoints[config->nendpoints++];
}

struct llm_alias *config_add_alias(struct llm_config *config, const char *name)
{
    struct memory *own = config->memory;

    config->aliases = xgrow(config->aliases, config->naliases, &own->alias_cap,
                            sizeof(*config->aliases));
    config->aliases[config->naliases] = (struct llm_alias){.name = name};
    return &config->aliases[config->naliases++];
}

int config_place(const struct making *making, const char *name,
                 const char *setting, size_t nth)
{
    return err_wrap(making->err, "%s",
                    conf_named_origin(making->conf, name, setting, nth));
}

/* --- endpoints ------------------------------------------------------------ */

void config_key(const struct making *making, struct llm_endpoint *endpoint,
                const char *reference)
{
    struct err err = {0};
    char *key;

    if (!reference || strcmp(reference, "none") == 0)
        return;
    endpoint->key_ref = reference;
    key = making->secret(reference, &err);
    if (key)
        endpoint->key = config_keep_key(making->config, key);
    else
        endpoint->key_problem = config_keep(making->config, xstrdup(err.msg));
}

int config_base(const char *what, const char *base, struct err *err)
{
    if (strncmp(base, "http://", 7) != 0 && strncmp(base, "https://", 8) != 0)
        return err_set(err, ERR_CONFIG, "%s: must begin with http(s)://", what);
    if (conf_url_secret(base) || strchr(base, '@')) {
        err_set(err, ERR_CONFIG, "%s: must not hold a user or a password",
                what);
        return err_hint(err, "use the setting 'key'");
    }
    if (base[strcspn(base, "?# ")])
        return err_set(err, ERR_CONFIG, "%s: must not have ? # or blanks",
                       what);
    return 0;
}

/* 64 bits of a hash: enough to see a change, too little to find a key. */
static void set_marks(struct llm_config *config)
{
    for (size_t i = 0; i < config->nendpoints; i++) {
        struct llm_endpoint *endpoint = &config->endpoints[i];
        char *both = xasprintf("%s\n%s", endpoint->base,
                               endpoint->key ? endpoint->key : "");
        char hash[HASH_TEXT_SIZE];

        hash_text(both, strlen(both), hash);
        snprintf(endpoint->mark, sizeof(endpoint->mark), "%.16s", hash);
        explicit_bzero(both, strlen(both));
        free(both);
    }
}

static const char *text(const struct making *making, const char *name,
                        const char *setting)
{
    return conf_named_text(making->conf, name, setting, 0);
}

static int64_t number(const struct making *making, const char *name,
                      const char *setting)
{
    return conf_named_num(making->conf, name, setting, 0);
}

/* "a, b" as a NULL-ended array. */
static const char *const *words(struct llm_config *config, const char *list)
{
    enum { WORDS = 64 };
    const char **array;
    char *rest;
    char *word;
    size_t count = 0;

    if (!list || !*list)
        return NULL;
    rest = config_keep(config, xstrdup(list));
    array = config_keep(config, xcalloc(WORDS + 1, sizeof(*array)));
    while ((word = strsep(&rest, ", ")) && count < WORDS)
        if (*word)
            array[count++] = word;
    return array;
}

static void set_limits(const struct making *making,
                       struct llm_endpoint *endpoint)
{
    const char *name = endpoint->name;

    endpoint->limits = (struct llm_limits){
        .connect = number(making, name, "endpoint.connect_timeout"),
        .first_byte = number(making, name, "endpoint.first_byte"),
        .idle = number(making, name, "endpoint.idle"),
        .total = number(making, name, "endpoint.timeout"),
        .max_wait = number(making, name, "endpoint.max_wait"),
    };
    endpoint->rpm = number(making, name, "endpoint.rpm");
    endpoint->tpm = number(making, name, "endpoint.tpm");
    endpoint->parallel = number(making, name, "endpoint.parallel");
    endpoint->budget_day =
        conf_named_num(making->conf, name, "endpoint.budget_day", -1);
}

static int add_endpoint(struct making *making, const char *name)
{
    struct llm_endpoint *endpoint = config_add_endpoint(making->config);
    struct conf *conf = making->conf;

    endpoint->name = name;
    endpoint->base = text(making, name, "endpoint.base");
    if (!endpoint->base)
        err_set(making->err, ERR_CONFIG, "[endpoint %s] has no base", name);
    if (!endpoint->base || config_base("base", endpoint->base, making->err) < 0)
        return config_place(making, name, "endpoint.base", 0);
    llm_wire_parse(text(making, name, "endpoint.wire"), &endpoint->wire);
    llm_privacy_parse(text(making, name, "endpoint.privacy"),
                      &endpoint->privacy);
    config_key(making, endpoint, text(making, name, "endpoint.key"));
    set_limits(making, endpoint);
    endpoint->max_tokens_field =
        text(making, name, "endpoint.max_tokens_field");
    endpoint->drop_params =
        words(making->config, text(making, name, "endpoint.drop_params"));
    endpoint->num_ctx = number(making, name, "endpoint.num_ctx");
    endpoint->keep_alive = text(making, name, "endpoint.keep_alive");
    endpoint->bearer = number(making, name, "endpoint.bearer") != 0;
    endpoint->any_model = number(making, name, "endpoint.any_model") != 0;
    endpoint->allow_private =
        conf_named_num(conf, name, "endpoint.allow_private",
                       endpoint->privacy == LLM_LOCAL) != 0;
    endpoint->factor = (int)conf_named_num(conf, name, "endpoint.token_factor",
                                           llm_tokens_factor(endpoint->wire));
    return 0;
}

static int add_endpoints(struct making *making)
{
    const char *const *names = conf_names(making->conf, "endpoint");

    if (!*names)
        return config_easy(making);
    if (conf_text(making->conf, "llm.url")) {
        err_set(making->err, ERR_CONFIG,
                "there are an llm.url and an [endpoint]");
        return err_hint(making->err, "llm.url is set by: %s",
                        conf_origin(making->conf, "llm.url"));
    }
    for (; *names; names++)
        if (add_endpoint(making, *names) < 0)
            return -1;
    return 0;
}

/* --- the whole ------------------------------------------------------------ */

static int read_prices(struct making *making)
{
    struct memory *own = making->config->memory;
    const char *path = conf_text(making->conf, "llm.prices");

    if (!path)
        return 0;
    own->prices = llm_prices_open(path, making->err);
    if (!own->prices) {
        making->err->code = ERR_CONFIG;
        return err_wrap(making->err, "llm.prices");
    }
    making->config->prices = own->prices;
    making->config->prices_path = path;
    snprintf(making->config->prices_sha256, HASH_TEXT_SIZE, "%s",
             llm_prices_hash(own->prices));
    return 0;
}

struct llm_config *llm_config_open(struct conf *conf, llm_secret *secret,
                                   struct err *err)
{
    struct llm_config *config = xcalloc(1, sizeof(*config));
    struct making making = {config, conf, secret, err};

    config->memory = xcalloc(1, sizeof(struct memory));
    config->affinity = conf_num(conf, "llm.affinity");
    config->max_output = conf_num(conf, "llm.max_output");
    if (read_prices(&making) < 0 || add_endpoints(&making) < 0 ||
        config_models(&making) < 0 || config_routes(&making) < 0) {
        llm_config_close(config);
        return NULL;
    }
    set_marks(config);
    config->nconfigured = config->ntargets;
    return config;
}

void llm_config_close(struct llm_config *config)
{
    struct memory *own;

    if (!config)
        return;
    own = config->memory;
    for (size_t i = 0; i < own->key_count; i++) {
        explicit_bzero(own->keys[i], strlen(own->keys[i]));
        free(own->keys[i]);
    }
    for (size_t i = 0; i < own->count; i++)
        free(own->kept[i]);
    for (size_t i = 0; i < config->naliases; i++) {
        free(config->aliases[i].candidates);
        free(config->aliases[i].fallbacks);
        free(config->aliases[i].context_fallbacks);
        free(config->aliases[i].policy_fallbacks);
    }
    llm_prices_close(own->prices);
    free(own->keys);
    free(own->kept);
    free(own);
    free(config->endpoints);
    free(config->targets);
    free(config->aliases);
    free(config->routes);
    free(config->agents);
    free(config);
}

int llm_config_alias(const struct llm_config *config, const char *name)
{
    for (size_t i = 0; i < config->naliases; i++)
        if (strcmp(config->aliases[i].name, name) == 0)
            return (int)i;
    return -1;
}

int llm_config_endpoint(const struct llm_config *config, const char *name)
{
    for (size_t i = 0; i < config->nendpoints; i++)
        if (strcmp(config->endpoints[i].name, name) == 0)
            return (int)i;
    return -1;
}

const struct llm_agent *llm_config_agent(const struct llm_config *config,
                                         const char *name)
{
    for (size_t i = 0; i < config->nagents; i++)
        if (strcmp(config->agents[i].name, name) == 0)
            return &config->agents[i];
    return NULL;
}

/* --- names ---------------------------------------------------------------- */

static const char *const privacies[] = {"public", "eu", "local"};
static const char *const policies[] = {"cost", "quality", "latency",
                                       "balanced"};

static int find_word(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], word) == 0)
            return (int)i;
    return -1;
}

const char *llm_privacy_name(enum llm_privacy privacy)
{
    return privacies[privacy];
}

int llm_privacy_parse(const char *name, enum llm_privacy *privacy)
{
    int found = find_word(name, privacies, LENGTH(privacies));

    if (found >= 0)
        *privacy = (enum llm_privacy)found;
    return found >= 0;
}

const char *llm_policy_name(enum llm_policy policy)
{
    return policies[policy];
}

int llm_policy_parse(const char *name, enum llm_policy *policy)
{
    int found = find_word(name, policies, LENGTH(policies));

    if (found >= 0)
        *policy = (enum llm_policy)found;
    return found >= 0;
}
