/*
 * dispatch-config.c - from settings to what a tick needs
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/dispatch.h"
#include "cmd/secret.h"
#include "core/clock.h"
#include "core/mem.h"

enum { SCHEDULE_MAX = 64, SECRETS_MAX = 8, COMMANDS_MAX = 64, WORDS_MAX = 64 };

/* --- secrets -------------------------------------------------------------- */

static int read_webhook_secrets(struct conf *conf, struct action_config *config,
                                struct err *err)
{
    static const char *secrets[SECRETS_MAX];
    const char *list = conf_text(conf, "action.webhook_secret");
    char *copy = xstrdup(list ? list : "");
    char *rest = copy;
    char *word;
    size_t count = 0;
    int ret = 0;

    while (ret == 0 && (word = strsep(&rest, ", \t"))) {
        if (!*word)
            continue;
        if (count == SECRETS_MAX)
            ret = err_set(err, ERR_CONFIG, "more than %d secrets", SECRETS_MAX);
        else if (!(secrets[count] = secret_get(word, err)))
            ret = -1;
        else
            count++;
    }
    free(copy);
    config->webhook_secrets = secrets;
    config->webhook_secret_count = count;
    return ret < 0 ? err_wrap(err, "action.webhook_secret") : 0;
}

static int read_secrets(struct conf *conf, struct action_config *config,
                        struct err *err)
{
    const char *token = conf_text(conf, "action.social_token");

    if (read_webhook_secrets(conf, config, err) < 0)
        return -1;
    if (!token)
        return 0;
    config->social_token = secret_get(token, err);
    return config->social_token ? 0 : err_wrap(err, "action.social_token");
}

/* --- commands and times --------------------------------------------------- */

/* "NAME=PATH [ARG...]": words, no quotes. */
static int add_command(struct action_command *command, char *text,
                       struct err *err)
{
    char **argv = xcalloc(WORDS_MAX + 1, sizeof(char *));
    char *rest = strchr(text, '=');
    char *word;
    size_t n = 0;

    if (!rest || rest == text) {
        free(argv);
        return err_set(err, ERR_CONFIG, "'%s' is not NAME=PATH [ARG...]", text);
    }
    *rest++ = '\0';
    while (n < WORDS_MAX && (word = strsep(&rest, " \t")))
        if (*word)
            argv[n++] = word;
    command->name = text;
    command->argv = argv;
    if (n > 0 && *argv[0] == '/' && !rest)
        return 0;
    return err_set(err, ERR_CONFIG, "command '%s' needs an absolute path%s",
                   text, rest ? " and fewer words" : "");
}

static int read_commands(struct conf *conf, struct action_config *config,
                         struct err *err)
{
    static struct action_command commands[COMMANDS_MAX];
    static char *text; /* what the commands point into */
    const char *list = conf_text(conf, "action.commands");
    char *rest;
    char *entry;

    free(text);
    text = xstrdup(list ? list : "");
    rest = text;
    config->commands = commands;
    config->command_count = 0;
    while ((entry = strsep(&rest, ","))) {
        entry += strspn(entry, " \t");
        if (!*entry)
            continue;
        if (config->command_count == COMMANDS_MAX)
            return err_set(err, ERR_CONFIG,
                           "action.commands: more than %d commands",
                           COMMANDS_MAX);
        if (add_command(&commands[config->command_count], entry, err) < 0)
            return err_wrap(err, "action.commands");
        config->command_count++;
    }
    return 0;
}

static int read_schedule(struct conf *conf, struct tick_options *options,
                         struct err *err)
{
    static int64_t schedule[SCHEDULE_MAX];
    char *copy = xstrdup(conf_text(conf, "dispatch.webhook_schedule"));
    char *rest = copy;
    char *word;
    int ret = 0;

    options->schedule = schedule;
    options->schedule_count = 0;
    while (ret == 0 && (word = strsep(&rest, ", \t"))) {
        if (!*word)
            continue;
        if (options->schedule_count == SCHEDULE_MAX)
            ret = err_set(err, ERR_CONFIG, "more than %d times", SCHEDULE_MAX);
        else
            ret = clock_parse_duration(word, &schedule[options->schedule_count],
                                       err);
        options->schedule_count++;
    }
    free(copy);
    if (ret == 0)
        return 0;
    err->code = ERR_CONFIG;
    return err_wrap(err, "dispatch.webhook_schedule");
}

/* --- all of it ------------------------------------------------------------ */

static int read_actions(struct conf *conf, struct tick_options *options,
                        struct err *err)
{
    static struct action_config config;
    static struct err why;

    config = (struct action_config){
        .state_dir = options->state_dir,
        .proof = true,
        .allow_private = conf_bool(conf, "action.allow_private"),
        .allow_http = conf_bool(conf, "action.allow_http"),
        .webhook_timeout = conf_num(conf, "action.webhook_timeout"),
        .social_url = conf_text(conf, "action.social_url"),
        .command_timeout = conf_num(conf, "action.command_timeout"),
        .file_dir = conf_text(conf, "action.file_dir"),
    };
    if (read_commands(conf, &config, err) < 0)
        return -1;
    err_clear(&why);
    if (read_secrets(conf, &config, &why) < 0)
        options->actions_error = &why;
    options->actions = &config;
    return 0;
}

int dispatch_config(struct dispatch *dispatch, struct tick_options *options,
                    struct err *err)
{
    static char owner[TICK_OWNER_SIZE];
    const struct dispatch_given *given = dispatch->given;
    struct conf *conf = dispatch->conf;
    int64_t actions = given->max_actions;

    *options = (struct tick_options){
        .owner = tick_owner(owner),
        .state_dir = conf_state_dir(conf, true, err),
        .lease = conf_num(conf, "dispatch.lease"),
        .max_time = given->max_time >= 0 ? given->max_time
                                         : conf_num(conf, "dispatch.max_time"),
        .max_actions =
            (size_t)(actions >= 0 ? actions
                                  : conf_num(conf, "dispatch.max_actions")),
        .attempts = (int)conf_num(conf, "dispatch.action_attempts"),
        .spacing = conf_num(conf, "dispatch.action_spacing"),
        .retention = conf_num(conf, "task.retention"),
    };
    if (!options->state_dir || read_schedule(conf, options, err) < 0 ||
        read_actions(conf, options, err) < 0)
        return -1;
    if (options->lease <= options->max_time) {
        err_set(err, ERR_CONFIG,
                "dispatch.lease is not longer than dispatch.max_time");
        return err_hint(err, "a tick must end before its lease does");
    }
    return 0;
}
