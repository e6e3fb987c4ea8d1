/*
 * cmd-parse.c - the command line as a whole: options, verb, operands
 *
 * Operands are gathered and moved behind the options, so that a program
 * finds them in one piece.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/cmd-internal.h"
#include "core/mem.h"

enum { VERB_LIMIT = 64 };

static int no_such_verb(const struct cmd *cmd, const char *word,
                        struct err *err)
{
    const char *names[VERB_LIMIT];
    const char *near;
    size_t count = 0;

    for (; count < VERB_LIMIT && cmd->verbs[count].name; count++)
        names[count] = cmd->verbs[count].name;
    near = conf_nearest(word, names, count);
    err_set(err, ERR_USAGE, "unknown verb '%.80s'", word);
    if (near)
        err_hint(err, "did you mean '%s'?", near);
    return -1;
}

static int find_verb(const struct cmd *cmd, const char *word)
{
    for (int i = 0; cmd->verbs[i].name; i++)
        if (strcmp(cmd->verbs[i].name, word) == 0)
            return i;
    return -1;
}

static int operand(struct cmd_line *line, struct err *err)
{
    const struct cmd *cmd = line->cmd;
    char *word = line->argv[line->next];

    if (!cmd->verbs || cmd_shared.verb >= 0) {
        line->operands[line->noperands++] = word;
        line->next++;
        return 0;
    }
    cmd_shared.verb = find_verb(cmd, word);
    if (cmd_shared.verb < 0)
        return no_such_verb(cmd, word, err);
    if (line->early && strcmp(word, cmd->default_verb) != 0)
        return err_set(err, ERR_USAGE, "option '%s' belongs to verb '%s'",
                       line->early, cmd->default_verb);
    cmd_keep_option(line);
    opt_list_release(&line->list);
    opt_list_make(&line->list, cmd, cmd_shared.verb);
    return 0;
}

/* Before a verb is seen, the options of the default one count, too. */
static int option(struct cmd_line *line, struct err *err)
{
    const char *word = line->argv[line->next];
    bool is_long = word[1] == '-';
    int ret =
        is_long ? cmd_long_option(line, err) : cmd_short_options(line, err);
    const struct cmd *cmd = line->cmd;

    if (ret == 0 && cmd->default_verb && cmd_shared.verb < 0) {
        const struct opt *opt =
            cmd->verbs[find_verb(cmd, cmd->default_verb)].options;

        for (; opt && (opt->name || opt->letter); opt++)
            if (is_long ? opt->name && !strcmp(opt->name, line->spelling + 2)
                        : opt->letter && opt->letter == line->spelling[1])
                line->early = word;
    }
    return ret;
}

static bool asked(void)
{
    return cmd_asked.help || cmd_asked.version || cmd_asked.list_options ||
           cmd_asked.list_verbs;
}

static int walk(struct cmd_line *line, struct err *err)
{
    bool options = true;
    int ret = 0;

    while (line->next < line->argc && ret == 0 && !asked()) {
        const char *word = line->argv[line->next];

        if (options && strcmp(word, "--") == 0) {
            options = false;
            cmd_keep_option(line);
            line->dashed = line->noperands;
        } else if (options && word[0] == '-' && word[1]) {
            ret = option(line, err);
        } else {
            ret = operand(line, err);
            if (line->cmd->stop_at_operand && line->noperands > 0)
                options = false;
        }
    }
    return ret;
}

static int check_verb(const struct cmd *cmd, struct err *err)
{
    if (!cmd->verbs || cmd_shared.verb >= 0 || asked() ||
        (cmd_shared.show_config && !cmd->default_verb))
        return 0;
    if (!cmd->default_verb)
        return err_set(err, ERR_USAGE, "a verb is missing");
    cmd_shared.verb = find_verb(cmd, cmd->default_verb);
    return 0;
}

int cmd_parse(const struct cmd *cmd, int argc, char **argv, struct err *err)
{
    struct cmd_line line = {.cmd = cmd,
                            .argv = argv,
                            .argc = argc,
                            .next = 1,
                            .noptions = 1,
                            .dashed = -1};
    int first = -1;
    int early_verb = cmd->default_verb ? find_verb(cmd, cmd->default_verb) : -1;

    line.options = xcalloc((size_t)argc + 1, sizeof(char *));
    line.operands = xcalloc((size_t)argc + 1, sizeof(char *));
    opt_list_make(&line.list, cmd, early_verb);
    if (walk(&line, err) < 0 || check_verb(cmd, err) < 0)
        goto out;
    first = asked() ? 0 : line.noptions;
    for (int i = 1; first > 0 && i < argc; i++)
        argv[i] = i < first ? line.options[i] : line.operands[i - first];
    if (first > 0 && line.dashed >= 0)
        cmd_shared.dashdash = first + line.dashed;
out:
    opt_list_release(&line.list);
    free(line.options);
    free(line.operands);
    return first;
}
