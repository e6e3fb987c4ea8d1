/*
 * config-model.c - [model ALIAS]: "use = ENDPOINT/MODEL NAME=VALUE..."
 *
 * weight and order belong to the line; all else says what the model is
 * like, and is the same wherever the model is used: to say it again
 * otherwise is an error.  What the line leaves open the prices file says.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/hash.h"
#include "core/mem.h"
#include "llm/config-internal.h"

enum {
    WEIGHT_MAX = 1000,
    ORDER_MAX = 1000,
    CANDIDATES_MAX = 256,
    ANY_MAX = 100
};

enum attribute {
    A_WEIGHT,
    A_ORDER,
    A_CONTEXT,
    A_MAX_OUTPUT,
    A_QUALITY,
    A_TOOLS,
    A_JSON,
    A_VISION,
    A_FREE,
    A_IN,
    A_OUT,
    A_CACHED,
    A_WRITE,
    A_WRITE_1H
};

static const struct {
    const char *name;
    int64_t max; /* 0: a price; 1: yes or no */
} attributes[] = {
    [A_WEIGHT] = {"weight", WEIGHT_MAX},
    [A_ORDER] = {"order", ORDER_MAX},
    [A_CONTEXT] = {"context", 100000000},
    [A_MAX_OUTPUT] = {"max_output", 10000000},
    [A_QUALITY] = {"quality", 100},
    [A_TOOLS] = {"tools", 1},
    [A_JSON] = {"json", 1},
    [A_VISION] = {"vision", 1},
    [A_FREE] = {"free", 1},
    [A_IN] = {"in", 0},
    [A_OUT] = {"out", 0},
    [A_CACHED] = {"cached", 0},
    [A_WRITE] = {"write", 0},
    [A_WRITE_1H] = {"write_1h", 0},
};

/* --- targets -------------------------------------------------------------- */

static int find_target(const struct llm_config *config, size_t endpoint,
                       const char *model)
{
    for (size_t i = 0; i < config->ntargets; i++)
        if (config->targets[i].endpoint == endpoint &&
            strcmp(config->targets[i].model, model) == 0)
            return (int)i;
    return -1;
}

/* What the prices file knows; a model at home costs nothing unless it
 * does. */
static void price_target(const struct llm_config *config,
                         struct llm_target *target)
{
    const struct llm_endpoint *endpoint = &config->endpoints[target->endpoint];
    struct llm_price *price = &target->price;
    bool found =
        config->prices &&
        (llm_prices_get(config->prices, endpoint->name, target->model, price) ||
         llm_prices_get(config->prices, llm_wire_name(endpoint->wire),
                        target->model, price));

    target->tools = target->json = true;
    if (found) {
        target->priced = price->free || (price->in >= 0 && price->out >= 0);
        target->context = price->max_input;
        target->max_output = price->max_output;
        target->tools = price->tools;
        target->json = price->schema;
        target->vision = price->vision;
        memcpy(target->price_sha256, config->prices_sha256, HASH_TEXT_SIZE);
    } else if (endpoint->privacy == LLM_LOCAL) {
        price->free = true;
        target->priced = true;
    }
}

size_t config_add_target(struct llm_config *config, size_t endpoint,
                         const char *model)
{
    int known = find_target(config, endpoint, model);
    struct llm_target *target;
    char *name;

    if (known >= 0)
        return (size_t)known;
    name = config_keep(
        config, xasprintf("%s/%s", config->endpoints[endpoint].name, model));
    config->targets = xrealloc(config->targets, config->ntargets + 1,
                               sizeof(*config->targets));
    target = &config->targets[config->ntargets];
    *target =
        (struct llm_target){.endpoint = endpoint, .name = name, .quality = -1};
    target->model = strchr(name, '/') + 1;
    llm_price_init(&target->price);
    price_target(config, target);
    return config->ntargets++;
}

int llm_config_target(struct llm_config *config, const char *name)
{
    size_t len = strcspn(name, "/");
    int known;

    for (size_t i = 0; i < config->nendpoints && name[len]; i++) {
        const struct llm_endpoint *endpoint = &config->endpoints[i];

        if (strlen(endpoint->name) != len ||
            strncmp(endpoint->name, name, len) != 0 || !name[len + 1])
            continue;
        known = find_target(config, i, name + len + 1);
        if (known < 0 && endpoint->any_model &&
            config->ntargets - config->nconfigured < ANY_MAX)
            known = (int)config_add_target(config, i, name + len + 1);
        return known;
    }
    return -1;
}

/* --- attributes ----------------------------------------------------------- */

/* One "use" line. */
struct line {
    const struct making *making;
    struct llm_candidate candidate;
    struct buf prices; /* their text */
    bool fresh;        /* the first line about this target */
};

static int unknown_attribute(const char *name, struct err *err)
{
    const char *names[LENGTH(attributes)];
    const char *near;

    for (size_t i = 0; i < LENGTH(attributes); i++)
        names[i] = attributes[i].name;
    near = conf_nearest(name, names, LENGTH(attributes));
    err_set(err, ERR_CONFIG, "unknown attribute '%.40s'", name);
    return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}

/* A member that an earlier line of another alias may have set. */
static int set_number(struct line *line, int64_t *member, int64_t value,
                      const char *name)
{
    if (!line->fresh && *member != value)
        return err_set(line->making->err, ERR_CONFIG,
                       "%s: an earlier line says otherwise of this model",
                       name);
    *member = value;
    return 0;
}

static int set_flag(struct line *line, bool *member, int64_t value,
                    const char *name)
{
    int64_t have = *member;

    if (set_number(line, &have, value, name) < 0)
        return -1;
    *member = value != 0;
    return 0;
}

static int set_price(struct line *line, enum attribute which, int64_t pusd)
{
    struct llm_price *price =
        &line->making->config->targets[line->candidate.target].price;
    int64_t *const members[] = {&price->in, &price->out, &price->cache_read,
                                &price->cache_5m, &price->cache_1h};

    if (line->fresh && line->prices.len == 0)
        llm_price_init(price); /* all of the file's, or all of ours */
    buf_fmt(&line->prices, "%s=%" PRId64 " ", attributes[which].name, pusd);
    return set_number(line, members[which - A_IN], pusd,
                      attributes[which].name);
}

static int set_attribute(struct line *line, enum attribute which, int64_t value)
{
    struct llm_target *target =
        &line->making->config->targets[line->candidate.target];
    const char *name = attributes[which].name;
    int64_t quality = target->quality;

    switch (which) {
    case A_WEIGHT:
        line->candidate.weight = (int)value;
        return 0;
    case A_ORDER:
        line->candidate.order = (int)value;
        return 0;
    case A_CONTEXT:
        return set_number(line, &target->context, value, name);
    case A_MAX_OUTPUT:
        return set_number(line, &target->max_output, value, name);
    case A_QUALITY:
        if (set_number(line, &quality, value, name) < 0)
            return -1;
        target->quality = (int)value;
        return 0;
    case A_TOOLS:
        return set_flag(line, &target->tools, value, name);
    case A_JSON:
        return set_flag(line, &target->json, value, name);
    case A_VISION:
        return set_flag(line, &target->vision, value, name);
    case A_FREE:
        return set_flag(line, &target->price.free, value, name);
    case A_IN:
    case A_OUT:
    case A_CACHED:
    case A_WRITE:
    case A_WRITE_1H:
        return set_price(line, which, value);
    }
    return 0;
}

static int read_value(enum attribute which, const char *text, int64_t *value,
                      struct err *err)
{
    if (attributes[which].max == 0)
        return llm_price_parse(text, strlen(text), 1000000, value, err);
    if (attributes[which].max == 1) {
        *value = conf_choice_has("true|yes|on|1", text);
        return *value || conf_choice_has("false|no|off|0", text)
                   ? 0
                   : err_set(err, ERR_CONFIG, "must be yes or no (got '%.40s')",
                             text);
    }
    return conf_parse_int(text, which == A_WEIGHT, attributes[which].max, value,
                          err);
}

static int take_word(struct line *line, char *word)
{
    struct err *err = line->making->err;
    char *equals = strchr(word, '=');
    int64_t value = 0;
    size_t which = 0;

    if (!equals)
        return err_set(err, ERR_CONFIG, "'%.40s' is no NAME=VALUE", word);
    *equals = '\0';
    while (which < LENGTH(attributes) &&
           strcmp(attributes[which].name, word) != 0)
        which++;
    if (which == LENGTH(attributes))
        return unknown_attribute(word, err);
    if (read_value((enum attribute)which, equals + 1, &value, err) < 0)
        return err_wrap(err, "%s", word);
    return set_attribute(line, (enum attribute)which, value);
}

/* --- lines ---------------------------------------------------------------- */

/* "ENDPOINT/MODEL" at the beginning of a line. */
static int find_place(struct line *line, const char *place)
{
    struct llm_config *config = line->making->config;
    struct err *err = line->making->err;
    const char *slash = strchr(place, '/');
    const char **names;
    const char *near;
    char *name;
    int endpoint;

    if (!slash || slash == place || !slash[1])
        return err_set(err, ERR_CONFIG,
                       "must begin with ENDPOINT/MODEL (got '%.40s')", place);
    name = xmemdup0(place, (size_t)(slash - place));
    endpoint = llm_config_endpoint(config, name);
    if (endpoint < 0) {
        names = xcalloc(config->nendpoints + 1, sizeof(*names));
        for (size_t i = 0; i < config->nendpoints; i++)
            names[i] = config->endpoints[i].name;
        near = conf_nearest(name, names, config->nendpoints);
        err_set(err, ERR_CONFIG, "there is no [endpoint %.40s]", name);
        if (near)
            err_hint(err, "did you mean '%s'?", near);
        free(names);
    } else {
        line->fresh = find_target(config, (size_t)endpoint, slash + 1) < 0;
        line->candidate.target =
            config_add_target(config, (size_t)endpoint, slash + 1);
    }
    free(name);
    return endpoint < 0 ? -1 : 0;
}

static void conclude(struct line *line)
{
    struct llm_target *target =
        &line->making->config->targets[line->candidate.target];

    if (line->prices.len > 0) {
        target->price.free = false;
        hash_text(line->prices.data, line->prices.len, target->price_sha256);
    }
    target->priced =
        target->price.free || (target->price.in >= 0 && target->price.out >= 0);
}

static int take_line(const struct making *making, struct llm_alias *alias,
                     const char *text)
{
    struct line line = {.making = making,
                        .candidate = {.weight = 1, .order = 1}};
    char *copy = xstrdup(text);
    char *rest = copy;
    char *word = strsep(&rest, " \t");
    int ret = find_place(&line, word);

    while (ret == 0 && (word = strsep(&rest, " \t")))
        if (*word)
            ret = take_word(&line, word);
    if (ret == 0) {
        conclude(&line);
        alias->candidates = xrealloc(alias->candidates, alias->count + 1,
                                     sizeof(*alias->candidates));
        alias->candidates[alias->count++] = line.candidate;
    }
    buf_release(&line.prices);
    free(copy);
    return ret;
}

static int add_alias(struct making *making, const char *name)
{
    struct llm_alias *alias = config_add_alias(making->config, name);
    const char *text;
    size_t nth = 0;

    for (; (text = conf_named_text(making->conf, name, "model.use", nth));
         nth++)
        if (nth == CANDIDATES_MAX || take_line(making, alias, text) < 0) {
            if (nth == CANDIDATES_MAX)
                err_set(making->err, ERR_CONFIG, "too many models");
            making->err->code = ERR_CONFIG;
            err_wrap(making->err, "[model %s] use", name);
            return config_place(making, name, "model.use", nth);
        }
    if (nth == 0) {
        err_set(making->err, ERR_CONFIG, "[model %s] has no use", name);
        return config_place(making, name, "model.use", 0);
    }
    return 0;
}

int config_models(struct making *making)
{
    const char *const *names = conf_names(making->conf, "model");

    for (; *names; names++) {
        if (llm_config_alias(making->config, *names) >= 0)
            return err_set(making->err, ERR_CONFIG,
                           "[model %s]: llm.model makes that alias, too",
                           *names);
        if (add_alias(making, *names) < 0)
            return -1;
    }
    return 0;
}
