/*
 * command-args.c - the command line of an attempt
 *
 * A description is data: it may stand within an argument, but never becomes
 * the command, more arguments, or an option of the command.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/internal.h"

struct arguments {
    char *const *template;
    const char *placeholder;
    size_t count;
    bool *holds;  /* a placeholder is in it */
    bool *guards; /* it would be an option, if it began with "-" */
    char **argv;
    bool any;
};

struct arguments *arguments_open(const struct work_options *options)
{
    struct arguments *arguments = xcalloc(1, sizeof(*arguments));
    const char *placeholder = options->placeholder;
    bool before = true;
    size_t i;

    arguments->template = options->argv;
    arguments->placeholder = placeholder;
    while (options->argv[arguments->count])
        arguments->count++;
    arguments->holds = xcalloc(arguments->count, sizeof(bool));
    arguments->guards = xcalloc(arguments->count, sizeof(bool));
    arguments->argv = xcalloc(arguments->count + 1, sizeof(char *));
    for (i = 1; i < arguments->count; i++) {
        const char *arg = options->argv[i];

        before = before && strcmp(arg, "--") != 0;
        arguments->holds[i] = *placeholder && strstr(arg, placeholder);
        arguments->guards[i] = before && strcmp(arg, placeholder) == 0;
        arguments->any = arguments->any || arguments->holds[i];
    }
    return arguments;
}

/* What the last call made. */
static void forget(struct arguments *arguments)
{
    size_t i;

    for (i = 1; i < arguments->count; i++) {
        if (arguments->holds[i])
            free(arguments->argv[i]);
        arguments->argv[i] = NULL;
    }
}

void arguments_close(struct arguments *arguments)
{
    if (!arguments)
        return;
    forget(arguments);
    free(arguments->holds);
    free(arguments->guards);
    free(arguments->argv);
    free(arguments);
}

void arguments_replace(const char *arg, const char *placeholder,
                       const char *text, struct buf *out)
{
    const char *at;

    while (*placeholder && (at = strstr(arg, placeholder))) {
        buf_put(out, arg, (size_t)(at - arg));
        buf_str(out, text);
        arg = at + strlen(placeholder);
    }
    buf_str(out, arg);
}

char *const *arguments_get(struct arguments *arguments,
                           const struct claim *claim, struct err *err)
{
    size_t i;

    if (!arguments->any)
        return arguments->template;
    forget(arguments);
    arguments->argv[0] = arguments->template[0];
    for (i = 1; i < arguments->count; i++) {
        struct buf text = {0};

        if (arguments->guards[i] && *claim->description == '-') {
            err_set(err, ERR_DATA,
                    "the description begins with '-' and would be an option "
                    "of the command");
            return NULL;
        }
        arguments->argv[i] = arguments->template[i];
        if (!arguments->holds[i])
            continue;
        arguments_replace(arguments->template[i], arguments -> placeholder,
                          claim -> description, &text);
        arguments->argv[i] = buf_detach(&text);
    }
    return arguments->argv;
}
