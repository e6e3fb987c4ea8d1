/*
 * cmd-opt.c - one option of the command line
 *
 * Own work instead of getopt_long(3), because the tables change when a verb
 * is met, abbreviations must look at all of them, and a misspelt name is
 * worth a proposal.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/cmd-internal.h"
#include "core/conf-internal.h"
#include "core/mem.h"

/* A number of the given kind, with the bounds of the option. */
static int assign_num(const struct opt *opt, enum conf_kind kind, int64_t *to,
                      const char *value, struct err *err)
{
    const struct conf_setting setting = {
        .kind = kind, .min = opt->min, .max = opt->max};

    return conf_check(&setting, value, to, err);
}

static int assign(const struct opt *opt, const char *value, struct err *err)
{
    if (value && opt->values && !conf_choice_has(opt->values, value))
        return err_set(err, ERR_USAGE, "must be one of %s (got '%.80s')",
                       opt->values, value);
    if (opt->flag)
        *opt->flag = true;
    if (opt->str)
        *opt->str = value;
    if (opt->num)
        return assign_num(opt, CONF_INT, opt->num, value, err);
    if (opt->usec)
        return assign_num(opt, CONF_DURATION, opt->usec, value, err);
    if (opt->bytes)
        return assign_num(opt, CONF_SIZE, opt->bytes, value, err);
    if (opt->set)
        return opt->set(opt->to, value, err);
    return 0;
}

static int apply(struct cmd_line *line, const struct opt *opt,
                 const char *value, struct err *err)
{
    if (assign(opt, value, err) < 0) {
        if (err->code == ERR_NONE)
            err->code = ERR_USAGE;
        return err_wrap(err, "option '%s'", line->spelling);
    }
    return 0;
}

void cmd_keep_option(struct cmd_line *line)
{
    line->options[line->noptions++] = line->argv[line->next++];
}

static bool optional(const struct opt *opt)
{
    return opt->arg && *opt->arg == '[';
}

/* The option's argument is the next word. */
static int take_next(struct cmd_line *line, const struct opt *opt,
                     struct err *err)
{
    const char *value;

    if (line->next >= line->argc) {
        err_set(err, ERR_USAGE, "option '%s' needs an argument",
                line->spelling);
        return err_hint(err, "write: %s %s", line->spelling, opt->arg);
    }
    value = line->argv[line->next];
    cmd_keep_option(line);
    return apply(line, opt, value, err);
}

/* Would some verb know the option? */
static bool verbs_know(const struct cmd *cmd, const char *name, int letter)
{
    for (const struct cmd_verb *v = cmd->verbs; v && v->name; v++)
        for (const struct opt *opt = v->options;
             opt && (opt->name || opt->letter); opt++)
            if (name ? opt->name && strcmp(opt->name, name) == 0
                     : opt->letter == letter)
                return true;
    return false;
}

static int unknown_option(const struct cmd_line *line, const char *name,
                          int letter, struct err *err)
{
    const char **names = xcalloc(line->list.count, sizeof(*names));
    const char *near = NULL;
    size_t count = 0;

    for (size_t i = 0; i < line->list.count; i++)
        if (line->list.items[i]->name)
            names[count++] = line->list.items[i]->name;
    err_set(err, ERR_USAGE, "unknown option '%s'", line->spelling);
    if (cmd_shared.verb < 0 && verbs_know(line->cmd, name, letter))
        err_hint(err, "write it behind the verb: %s VERB %s", line->cmd->name,
                 line->spelling);
    else if (name && (near = conf_nearest(name, names, count)))
        err_hint(err, "did you mean '--%s'?", near);
    free(names);
    return -1;
}

/* The option called name, or the only one that begins so. */
static const struct opt *find_long(const struct cmd_line *line,
                                   const char *name, struct err *err)
{
    const struct opt *found = NULL;
    const struct opt *other = NULL;
    size_t len = strlen(name);

    for (size_t i = 0; len > 0 && i < line->list.count; i++) {
        const struct opt *opt = line->list.items[i];

        if (!opt->name || strncmp(opt->name, name, len) != 0)
            continue;
        if (!opt->name[len])
            return opt;
        if (found)
            other = opt;
        else
            found = opt;
    }
    if (other) {
        err_set(err, ERR_USAGE, "option '%s' is ambiguous", line->spelling);
        err_hint(err, "did you mean '--%s' or '--%s'?", found->name,
                 other->name);
        return NULL;
    }
    if (!found)
        unknown_option(line, name, 0, err);
    return found;
}

int cmd_long_option(struct cmd_line *line, struct err *err)
{
    const char *word = line->argv[line->next] + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct opt *opt;

    if (len > CMD_NAME_LIMIT)
        len = CMD_NAME_LIMIT;
    memcpy(line->spelling, "--", 2);
    memcpy(line->spelling + 2, word, len);
    line->spelling[len + 2] = '\0';
    opt = find_long(line, line->spelling + 2, err);
    if (!opt)
        return -1;
    snprintf(line->spelling, sizeof(line->spelling), "--%s", opt->name);
    cmd_keep_option(line);
    if (equals && !opt->arg)
        return err_set(err, ERR_USAGE, "option '%s' takes no argument",
                       line->spelling);
    if (equals || !opt->arg || optional(opt))
        return apply(line, opt, equals ? equals + 1 : NULL, err);
    return take_next(line, opt, err);
}

static const struct opt *find_letter(const struct cmd_line *line, int letter)
{
    for (size_t i = 0; i < line->list.count; i++)
        if (line->list.items[i]->letter == letter)
            return line->list.items[i];
    return NULL;
}

/* "-v", "-qv", "-j4", "-j 4". */
int cmd_short_options(struct cmd_line *line, struct err *err)
{
    const char *word = line->argv[line->next] + 1;

    cmd_keep_option(line);
    for (; *word; word++) {
        const struct opt *opt;

        memcpy(line->spelling, (char[]){'-', *word, '\0'}, 3);
        opt = find_letter(line, (unsigned char)*word);
        if (!opt)
            return unknown_option(line, NULL, (unsigned char)*word, err);
        if (opt->arg && !optional(opt))
            return word[1] ? apply(line, opt, word + 1, err)
                           : take_next(line, opt, err);
        if (apply(line, opt, NULL, err) < 0)
            return -1;
    }
    return 0;
}
