/*
 * conf-named.c - sections with a name of their own: [endpoint gpu1]
 *
 * What they may hold is in the table below, as conf-table.c has it for the
 * others.  A section is there when something is set in it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/buf.h"
#include "core/conf-internal.h"
#include "core/mem.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)

enum { MAX_ITEMS = 10000 };

static const struct conf_setting settings[] = {
    {"endpoint.wire", CONF_TEXT, .fallback = "openai",
     .values = "openai|anthropic|ollama", .help = "what its server speaks"},
    {"endpoint.base", CONF_TEXT, .secret = true,
     .help = "URL that its paths begin with"},
    {"endpoint.key", CONF_REFERENCE, .fallback = "none",
     .help = "env:NAME or file:PATH of its key, or none"},
    {"endpoint.privacy", CONF_TEXT, .fallback = "public",
     .values = "local|eu|public", .help = "which tasks it may see"},
    {"endpoint.rpm", CONF_INT, .fallback = "0", .max = 10000000,
     .help = "requests a minute, 0 for no limit"},
    {"endpoint.tpm", CONF_INT, .fallback = "0", .max = INT64_C(100000000000),
     .help = "tokens a minute, 0 for no limit"},
    {"endpoint.parallel", CONF_INT, .fallback = "0", .max = 1000000,
     .help = "calls at a time, of all workers; 0 for no limit"},
    {"endpoint.budget_day", CONF_MONEY,
     .help = "US dollars that may be spent there a day"},
    {"endpoint.max_tokens_field", CONF_TEXT,
     .values = "max_completion_tokens|max_tokens",
     .help = "how an openai server wants the limit of output to be called"},
    {"endpoint.drop_params", CONF_LIST,
     .help = "members that requests to it must not have"},
    {"endpoint.num_ctx", CONF_INT, .fallback = "0", .max = 100000000,
     .help = "window that an ollama server shall allocate"},
    {"endpoint.keep_alive", CONF_TEXT,
     .help = "how long an ollama server keeps the model loaded"},
    {"endpoint.bearer", CONF_BOOL, .fallback = "false",
     .help = "an anthropic gateway that wants Authorization: Bearer"},
    {"endpoint.allow_private", CONF_BOOL,
     .help = "its address may be of this host or network (if local)"},
    {"endpoint.any_model", CONF_BOOL, .fallback = "false",
     .help = "tasks may name any model of it, as NAME/MODEL"},
    {"endpoint.token_factor", CONF_INT, .min = 10, .max = 1000,
     .help = "per cent of the estimated tokens (by its wire)"},
    {"endpoint.connect_timeout", CONF_DURATION, .fallback = "5s",
     .min = SECOND / 10, .max = HOUR, .help = "time to connect"},
    {"endpoint.first_byte", CONF_DURATION, .fallback = "60s",
     .min = SECOND / 10, .max = HOUR, .help = "time until it answers"},
    {"endpoint.idle", CONF_DURATION, .fallback = "30s", .min = SECOND / 10,
     .max = HOUR, .help = "time between pieces of an answer"},
    {"endpoint.timeout", CONF_DURATION, .fallback = "10m", .min = SECOND / 10,
     .max = 24 * HOUR, .help = "time that a whole call may take"},
    {"endpoint.max_wait", CONF_DURATION, .fallback = "15m", .min = SECOND,
     .max = 24 * HOUR,
     .help = "Retry-After beyond which its quota counts as spent"},

    {"model.use", CONF_TEXT, .repeat = true,
     .help = "ENDPOINT/MODEL [NAME=VALUE...]: a model behind this alias"},
    {"model.fallbacks", CONF_LIST,
     .help = "aliases to try when none of these can serve"},
    {"model.context_fallbacks", CONF_LIST,
     .help = "aliases to try when the prompt does not fit"},
    {"model.policy_fallbacks", CONF_LIST,
     .help = "aliases to try when the request was refused by its content"},

    {"route.use", CONF_TEXT, .help = "alias of tasks that name no model"},
    {"route.policy", CONF_TEXT, .values = "cost|quality|latency|balanced",
     .help = "what makes one model better than another"},
    {"route.privacy", CONF_TEXT, .values = "local|eu|public",
     .help = "the strictest of all levels counts"},
    {"route.complexity", CONF_TEXT, .values = "simple|medium|complex|reasoning",
     .help = "instead of judging by the words of the task"},
    {"route.fallback", CONF_BOOL, .help = "false: never another alias"},
    {"route.max_output", CONF_INT, .min = 1, .max = 10000000,
     .help = "tokens that an answer may have"},
    {"route.budget_task", CONF_MONEY,
     .help = "US dollars that one task may cost"},

    {"agent.description", CONF_TEXT, .help = "what it is for"},
    {"agent.types", CONF_LIST, .help = "task types that it takes"},
    {"agent.prompt", CONF_TEXT, .help = "file with its system prompt"},
    {"agent.temperature", CONF_TEXT, .help = "a decimal such as 0.2"},
    {"agent.max_output", CONF_INT, .min = 1, .max = 10000000,
     .help = "tokens that an answer may have"},
    {"agent.rounds", CONF_INT, .min = 1, .max = 1000,
     .help = "calls that one task may take"},
    {"agent.follow_up", CONF_TEXT, .values = "none|tasks",
     .help = "tasks: its answers become tasks of other agents"},
};

const struct conf_setting *conf_named_settings(size_t *count)
{
    *count = LENGTH(settings);
    return settings;
}

static int find_setting(const char *kind, size_t kind_len, const char *key)
{
    for (size_t i = 0; i < LENGTH(settings); i++)
        if (strncmp(settings[i].name, kind, kind_len) == 0 &&
            settings[i].name[kind_len] == '.' &&
            strcmp(settings[i].name + kind_len + 1, key) == 0)
            return (int)i;
    return -1;
}

static bool kind_known(const char *kind, size_t len)
{
    for (size_t i = 0; i < LENGTH(settings); i++)
        if (strncmp(settings[i].name, kind, len) == 0 &&
            settings[i].name[len] == '.')
            return true;
    return false;
}

static int unknown_key(const char *kind, size_t len, const char *key,
                       struct err *err)
{
    const char *names[LENGTH(settings)];
    const char *near;
    size_t count = 0;

    for (size_t i = 0; i < LENGTH(settings); i++)
        if (strncmp(settings[i].name, kind, len) == 0 &&
            settings[i].name[len] == '.')
            names[count++] = settings[i].name + len + 1;
    near = conf_nearest(key, names, count);
    err_set(err, ERR_CONFIG, "unknown setting '%s' in [%s]", key, kind);
    if (near)
        err_hint(err, "did you mean '%s'?", near);
    return -1;
}

static const struct conf_item *find_item(const struct conf *conf,
                                         const char *name, int setting,
                                         size_t nth)
{
    for (size_t i = 0; i < conf->item_count; i++)
        if (conf->items[i].setting == (size_t)setting &&
            strcmp(conf->items[i].name, name) == 0 && nth-- == 0)
            return &conf->items[i];
    return NULL;
}

static int add_item(struct conf *conf, const char *name, int setting,
                    const char *text, char *origin, struct err *err)
{
    const struct conf_item *first = find_item(conf, name, setting, 0);
    int64_t num = 0;

    if (first && !settings[setting].repeat) {
        err_set(err, ERR_CONFIG, "set a second time");
        return err_hint(err, "first set at %s", first->value.origin);
    }
    if (conf->item_count == MAX_ITEMS)
        return err_set(err, ERR_CONFIG, "too many settings");
    if (conf_check(&settings[setting], text, &num, err) < 0)
        return -1;
    conf->items = xgrow(conf->items, conf->item_count, &conf->item_cap,
                        sizeof(*conf->items));
    conf->items[conf->item_count++] = (struct conf_item){
        xstrdup(name), (size_t)setting, {xstrdup(text), num, xstrdup(origin)}};
    return 1;
}

/* A name is shown, stored and sent as it is. */
static bool name_good(const char *name)
{
    if (name[strcspn(name, " \t/,=")] || !utf8_valid(name, strlen(name)))
        return false;
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || *name == 0x7f)
            return false;
    return true;
}

int conf_named_take(struct conf *conf, const char *section, const char *key,
                    const char *text, char *origin, struct err *err)
{
    size_t len = strcspn(section, " \t");
    const char *name = section + len + strspn(section + len, " \t");
    int setting = find_setting(section, len, key);
    int ret;

    if (!kind_known(section, len)) {
        ret = 0;
    } else if (!*name) {
        ret = err_set(err, ERR_CONFIG, "[%s] needs a name: [%s NAME]", section,
                      section);
    } else if (!name_good(name)) {
        ret =
            err_set(err, ERR_CONFIG,
                    "[%s]: a name is UTF-8 without blanks, controls and / , =",
                    section);
    } else if (setting < 0) {
        ret = unknown_key(section, len, key, err);
    } else {
        ret = add_item(conf, name, setting, text, origin, err);
        if (ret < 0) {
            err->code = ERR_CONFIG;
            err_wrap(err, "[%s] %s", section, key);
        }
    }
    free(origin);
    return ret;
}

void conf_named_release(struct conf *conf)
{
    for (size_t i = 0; i < conf->item_count; i++) {
        free(conf->items[i].name);
        free(conf->items[i].value.text);
        free(conf->items[i].value.origin);
    }
    for (size_t i = 0; i < conf->list_count; i++)
        free(conf->lists[i].names);
    free(conf->items);
    free(conf->lists);
}

void conf_named_show(const struct conf *conf, FILE *out)
{
    for (size_t i = 0; i < conf->item_count; i++) {
        const struct conf_item *item = &conf->items[i];
        const struct conf_setting *setting = &settings[item->setting];
        size_t len = strcspn(setting->name, ".");
        char *full = xasprintf("%.*s %s%s", (int)len, setting->name, item->name,
                               setting->name + len);

        conf_show_line(full, setting, item->value.text, item->value.origin,
                       out);
        free(full);
    }
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char *const *conf_names(struct conf *conf, const char *kind)
{
    const char **names;
    size_t count = 0;

    for (size_t i = 0; i < conf->list_count; i++)
        if (strcmp(conf->lists[i].kind, kind) == 0)
            return conf->lists[i].names;
    names = xcalloc(conf->item_count + 1, sizeof(*names));
    for (size_t i = 0; i < conf->item_count; i++) {
        const char *setting = settings[conf->items[i].setting].name;
        size_t len = strlen(kind);

        if (strncmp(setting, kind, len) == 0 && setting[len] == '.' &&
            !has_name(names, count, conf->items[i].name))
            names[count++] = conf->items[i].name;
    }
    conf->lists = xgrow(conf->lists, conf->list_count, &conf->list_cap,
                        sizeof(*conf->lists));
    conf->lists[conf->list_count++] = (struct conf_names){kind, names};
    return names;
}

static int index_of(const char *setting)
{
    size_t len = strcspn(setting, ".");
    int index = find_setting(setting, len, setting + len + 1);

    if (index < 0)
        abort(); /* a name that is in no table is a mistake in the caller */
    return index;
}

const char *conf_named_text(const struct conf *conf, const char *name,
                            const char *setting, size_t nth)
{
    int index = index_of(setting);
    const struct conf_item *item = find_item(conf, name, index, nth);

    return item ? item->value.text : nth ? NULL : settings[index].fallback;
}

int64_t conf_named_num(const struct conf *conf, const char *name,
                       const char *setting, int64_t otherwise)
{
    int index = index_of(setting);
    const struct conf_item *item = find_item(conf, name, index, 0);
    struct err err = {0};
    int64_t num = otherwise;

    if (item)
        return item->value.num;
    if (settings[index].fallback &&
        conf_check(&settings[index], settings[index].fallback, &num, &err) < 0)
        abort();
    return num;
}

const char *conf_named_origin(const struct conf *conf, const char *name,
                              const char *setting, size_t nth)
{
    const struct conf_item *item =
        find_item(conf, name, index_of(setting), nth);
    size_t len = strcspn(setting, ".") + 1;

    for (size_t i = 0; !item && i < conf->item_count; i++)
        if (strcmp(conf->items[i].name, name) == 0 &&
            strncmp(settings[conf->items[i].setting].name, setting, len) == 0)
            item = &conf->items[i];
    return item ? item->value.origin : "default";
}
