/*
 * cmd-internal.h - what the files of cmd share among themselves
 */
#ifndef AAOS_CORE_CMD_INTERNAL_H
#define AAOS_CORE_CMD_INTERNAL_H

#include "core/buf.h"
#include "core/cmd.h"

/*
 * The options that count at some point of the command line: the verb's (if
 * one was given), the program's, the shared ones, in this order.  A name
 * that occurs twice means the first.
 */
struct opt_list {
    const struct opt **items;
    size_t count;
    size_t own; /* how many of them are not shared */
};
void opt_list_make(struct opt_list *list, const struct cmd *cmd, int verb);
void opt_list_release(struct opt_list *list);

/* Options that are acted upon where they are met. */
struct cmd_asked {
    bool help;
    bool version;
    bool list_options;
    bool list_verbs;
};
extern struct cmd_asked cmd_asked;

/* What the shared options hold before they are judged. */
struct cmd_given {
    const char *color;
    const char *log_format;
    const char *output;
};
extern struct cmd_given cmd_given;

enum { CMD_NAME_LIMIT = 64 };

/* The command line while it is read. */
struct cmd_line {
    const struct cmd *cmd;
    struct opt_list list;
    char **argv;
    int argc;
    int next;       /* what is read next */
    char **options; /* what is no operand */
    int noptions;
    char **operands;
    int noperands;
    int dashed;        /* operands before "--"; -1: it was not seen */
    const char *early; /* an option of the default verb was used */
    char spelling[CMD_NAME_LIMIT + 3]; /* of the option at hand: "--name" */
};

/* The option at line->next, and its argument.  -1: bad usage. */
int cmd_long_option(struct cmd_line *line, struct err *err);
int cmd_short_options(struct cmd_line *line, struct err *err);
/* The word at line->next is no operand; go on behind it. */
void cmd_keep_option(struct cmd_line *line);

/*
 * Read the command line into the options' targets, cmd_shared.verb and
 * .dashdash; operands move to the end of argv.  Returns the index of the
 * first.  Stops early, returning 0, when something in cmd_asked is set.
 */
int cmd_parse(const struct cmd *cmd, int argc, char **argv, struct err *err);

/* Print what was asked for. */
void cmd_answer(const struct cmd *cmd, FILE *out);

/* The line cmd_progress() shows; rate and ETA from `done` in `usec`. */
void cmd_progress_line(struct buf *line, const char *label, int64_t done,
                       int64_t total, double rate);

#endif
