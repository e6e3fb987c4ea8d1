/*
 * cmd-shared.c - the options that every program has
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/cmd-internal.h"
#include "core/mem.h"

struct cmd_shared cmd_shared;
struct cmd_asked cmd_asked;
struct cmd_given cmd_given;

static int more_verbose(void *to, const char *value, struct err *err)
{
    int *verbose = to;

    (void)value;
    (void)err;
    ++*verbose;
    return 0;
}

static const struct opt output_options[] = {
    {'o', "output", "FORM", "form of the output", "table|json|jsonl|tsv",
     .str = &cmd_given.output},
    {0},
};

static const struct opt change_options[] = {
    {'n', "dry-run", NULL, "only say what would be done",
     .flag = &cmd_shared.dry_run},
    {0},
};

static const struct opt shared_options[] = {
    {'d', "database", "URL", "where tasks are kept",
     .str = &cmd_shared.database},
    {'r', "redis", "URL", "Redis server, or none", .str = &cmd_shared.redis},
    {'c', "config", "FILE", "configuration file", .str = &cmd_shared.config},
    {'q', "quiet", NULL, "errors only", .flag = &cmd_shared.quiet},
    {'v', "verbose", NULL, "say more", .set = more_verbose,
     .to = &cmd_shared.verbose},
    {0, "log-format", "FORM", "form of messages and log lines", "text|json",
     .str = &cmd_given.log_format},
    {0, "color", "WHEN", "when to use colours", "auto|always|never",
     .str = &cmd_given.color},
    {0, "show-config", NULL, "print all settings and where they come from",
     .flag = &cmd_shared.show_config},
    {0, "list-options", NULL, "print the options, for completions",
     .flag = &cmd_asked.list_options},
    {0, "help", NULL, "print this help", .flag = &cmd_asked.help},
    {0, "version", NULL, "print the version", .flag = &cmd_asked.version},
    {0},
};

static const struct opt verb_options[] = {
    {0, "list-verbs", NULL, "print the verbs, for completions",
     .flag = &cmd_asked.list_verbs},
    {0},
};

static bool known(const struct opt_list *list, const struct opt *opt)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct opt *other = list->items[i];

        if (opt->name ? other->name && strcmp(opt->name, other->name) == 0
                      : !other->name && other->letter == opt->letter)
            return true;
    }
    return false;
}

static void add(struct opt_list *list, size_t *cap, const struct opt *opts)
{
    for (; opts && (opts->name || opts->letter); opts++) {
        if (known(list, opts))
            continue;
        list->items =
            xgrow(list->items, list->count, cap, sizeof(const struct opt *));
        list->items[list->count++] = opts;
    }
}

void opt_list_make(struct opt_list *list, const struct cmd *cmd, int verb)
{
    size_t cap = 0;

    *list = (struct opt_list){0};
    if (verb >= 0)
        add(list, &cap, cmd->verbs[verb].options);
    add(list, &cap, cmd->options);
    list->own = list->count;
    add(list, &cap, cmd->lists ? output_options : NULL);
    add(list, &cap, cmd->changes ? change_options : NULL);
    add(list, &cap, shared_options);
    add(list, &cap, cmd->verbs ? verb_options : NULL);
}

void opt_list_release(struct opt_list *list)
{
    free(list->items);
    *list = (struct opt_list){0};
}
