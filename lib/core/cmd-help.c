/*
 * cmd-help.c - the option tables as text
 */
#include "config.h"

#include <string.h>

#include "core/cmd-internal.h"

enum { WIDTH = 79, COLUMN_MAX = 30 };

/* "  -d, --database=URL" */
static void put_name(struct buf *buf, const struct opt *opt)
{
    if (opt->letter)
        buf_fmt(buf, "  -%c%s", opt->letter, opt->name ? ", " : "");
    else
        buf_str(buf, "      ");
    if (opt->name)
        buf_fmt(buf, "--%s", opt->name);
    if (opt->arg && *opt->arg == '[')
        buf_str(buf, opt->arg);
    else if (opt->arg)
        buf_fmt(buf, "%s%s", opt->name ? "=" : " ", opt->arg);
}

/* Words from `column` to WIDTH, the line being at `at` now. */
static void put_wrapped(FILE *out, const char *text, size_t at, size_t column)
{
    const char *gap = "";

    fprintf(out, "%*s", (int)(column - at), "");
    at = column;
    while (*text) {
        size_t len = strcspn(text, " ");

        if (*gap && at + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", (int)column, "");
            at = column;
            gap = "";
        }
        fprintf(out, "%s%.*s", gap, (int)len, text);
        at += strlen(gap) + len;
        gap = " ";
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

static void put_entry(FILE *out, const char *name, const char *help,
                      size_t column)
{
    size_t at = strlen(name);

    fputs(name, out);
    if (at + 2 > column) {
        fputc('\n', out);
        at = 0;
    }
    put_wrapped(out, help, at, column);
}

static void put_options(FILE *out, const char *title,
                        const struct opt *const *opts, size_t count)
{
    struct buf name = {0};
    struct buf help = {0};
    size_t column = 0;

    for (size_t i = 0; i < count; i++) {
        buf_reset(&name);
        put_name(&name, opts[i]);
        if (name.len + 2 > column && name.len + 2 <= COLUMN_MAX)
            column = name.len + 2;
    }
    if (count > 0)
        fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&name);
        buf_reset(&help);
        put_name(&name, opts[i]);
        buf_str(&help, opts[i]->help);
        if (opts[i]->values)
            buf_fmt(&help, " (%s)", opts[i]->values);
        put_entry(out, name.data, help.data, column);
    }
    buf_release(&name);
    buf_release(&help);
}

static void put_verbs(FILE *out, const struct cmd *cmd)
{
    struct buf name = {0};
    size_t column = 0;

    for (const struct cmd_verb *v = cmd->verbs; v->name; v++) {
        size_t len =
            4 + strlen(v->name) + (v->operands ? strlen(v->operands) + 1 : 0);

        if (len > column && len <= COLUMN_MAX)
            column = len;
    }
    fputs("\nVerbs:\n", out);
    for (const struct cmd_verb *v = cmd->verbs; v->name; v++) {
        buf_reset(&name);
        buf_fmt(&name, "  %s%s%s", v->name, v->operands ? " " : "",
                v->operands ? v->operands : "");
        put_entry(out, name.data, v->help, column);
    }
    if (cmd->default_verb)
        fprintf(out, "\nWithout a verb: %s.\n", cmd->default_verb);
    buf_release(&name);
}

static void put_help(const struct cmd *cmd, FILE *out)
{
    const struct cmd_verb *verb =
        cmd_shared.verb >= 0 ? &cmd->verbs[cmd_shared.verb] : NULL;
    const char *operands = verb ? verb->operands : cmd->operands;
    const char *word = verb ? verb->name : "";
    struct opt_list list;

    if (cmd->verbs && !verb)
        word = cmd->default_verb ? "[VERB]" : "VERB";
    if (cmd->verbs && !verb && !operands)
        operands = "[OPERAND...]";
    fprintf(out, "usage: %s%s%s [OPTION...]%s%s\n", cmd->name, *word ? " " : "",
            word, operands ? " " : "", operands ? operands : "");
    fprintf(out, "%s\n", verb ? verb->help : cmd->about);
    if (cmd->verbs && !verb)
        put_verbs(out, cmd);
    opt_list_make(&list, cmd, cmd_shared.verb);
    put_options(out, "Options", list.items, list.own);
    put_options(out, "Options of all programs", list.items + list.own,
                list.count - list.own);
    opt_list_release(&list);
}

static void list_options(const struct cmd *cmd, FILE *out)
{
    struct opt_list list;

    opt_list_make(&list, cmd, cmd_shared.verb);
    for (size_t i = 0; i < list.count; i++) {
        const struct opt *opt = list.items[i];

        if (opt->name)
            fprintf(out, "--%s", opt->name);
        else
            fprintf(out, "-%c", opt->letter);
        if (opt->arg)
            fprintf(out, "%s%s", *opt->arg == '[' ? "" : "=", opt->arg);
        fprintf(out, "\t%s\t", opt->help);
        if (opt->letter)
            fputc(opt->letter, out);
        fprintf(out, "\t%s\n", opt->values ? opt->values : "");
    }
    opt_list_release(&list);
}

void cmd_answer(const struct cmd *cmd, FILE *out)
{
    if (cmd_asked.help)
        put_help(cmd, out);
    if (cmd_asked.version)
        fprintf(out, "%s (aaos) %s\n", cmd->name, PACKAGE_VERSION);
    if (cmd_asked.list_options)
        list_options(cmd, out);
    for (const struct cmd_verb *v = cmd->verbs;
         cmd_asked.list_verbs && v && v->name; v++)
        fprintf(out, "%s\t%s\n", v->name, v->help);
}
