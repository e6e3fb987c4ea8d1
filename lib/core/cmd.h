/*
 * cmd.h - the frame of a program: options in, one message out
 *
 * A program is a struct cmd: its name, its option table and, if it has
 * verbs, a table of those with options of their own.  The table is the
 * truth: --help, --list-options (for completions) and a test of the
 * manual pages come from it.
 *
 *     struct conf *conf = NULL;
 *     int first = cmd_begin(&cmd, argc, argv);   // exits on --help, bad usage
 *     ... work, goto out on failure ...
 * out:
 *     return cmd_end(&cmd, &err);                // prints err, gives status
 *
 * Every program has the shared options: -d/--database URL, -r/--redis
 * URL|none, -c/--config FILE, -q/--quiet, -v/--verbose, --log-format
 * text|json, --color auto|always|never, --show-config, --list-options,
 * --help, --version; those that list have -o/--output, those that change
 * something -n/--dry-run (flags in struct cmd), those with verbs
 * --list-verbs.
 *
 * --list-options prints a line an option: "--name" with "=ARG" behind it
 * if it takes one, TAB, help, TAB, letter, TAB, values; --list-verbs a line
 * a verb: name, TAB, help.  After a verb, --help and --list-options
 * include what belongs to that verb.
 *
 * cmd_begin() also: sets the locale (LC_CTYPE only), ignores SIGPIPE,
 * opens /dev/null on any of fds 0-2 that is closed (a closed stdout is
 * remembered: cmd_end() then reports 74 if anything was written), refuses
 * a password in --database or --redis with a hint, sets up the log.
 */
#ifndef AAOS_CORE_CMD_H
#define AAOS_CORE_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/conf.h"
#include "core/err.h"

/* Where the value of an option goes: exactly one of the pointers is set. */
struct opt {
    int letter;         /* 'd', or 0 when there is only the long name */
    const char *name;   /* "database" */
    const char *arg;    /* "URL"; NULL: takes none; "[=all]": optional, only
                           as --name=value */
    const char *help;   /* one line, lower case, no full stop */
    const char *values; /* "table|json|jsonl|tsv": anything else is refused,
                           completions offer them; else NULL */
    bool *flag;
    const char **str;
    int64_t *num;     /* an integer */
    int64_t min, max; /* bounds of num, usec and bytes; both 0: none */
    int64_t *usec;    /* a duration */
    int64_t *bytes;   /* a size */
    /* For everything else, and for what may be given many times.  Called
     * in order, value NULL when the optional argument is absent. */
    int (*set)(void *to, const char *value, struct err *err);
    void *to;
};

struct cmd_verb {
    const char *name;
    const char *operands; /* "ID..." */
    const char *help;
    const struct opt *options; /* ended by a zeroed one; or NULL */
};

enum output {
    OUTPUT_AUTO,
    OUTPUT_TABLE,
    OUTPUT_JSON,
    OUTPUT_JSONL,
    OUTPUT_TSV
};

struct cmd {
    const char *name;     /* "aaos-submit" */
    const char *operands; /* "[DESCRIPTION...]"; NULL when there are verbs */
    const char *about;    /* one sentence */
    const struct opt *options;    /* ended by a zeroed one */
    const struct cmd_verb *verbs; /* ended by a zeroed one; or NULL */
    const char *default_verb;     /* "overview"; NULL: a verb must be given */
    bool lists;                   /* has -o/--output */
    bool changes;                 /* has -n/--dry-run */
    bool logs;                    /* long-running: level info, else warn */
    /* Operands stop option parsing at "--" only (GNU permutes), but with
     * stop_at_operand the first operand ends the options (POSIX). */
    bool stop_at_operand;
};

/* What the shared options said; valid after cmd_begin(). */
struct cmd_shared {
    const char *database; /* NULL: not given */
    const char *redis;
    const char *config;
    enum output output; /* OUTPUT_AUTO when not given */
    bool quiet;
    int verbose;
    bool dry_run;
    bool show_config; /* cmd_conf() prints and exits */
    bool log_json;    /* errors and warnings are log lines */
    bool color_out;   /* decided for stdout: option, NO_COLOR, isatty */
    bool color_err;
    bool stdin_closed;  /* fd 0 was closed at the start */
    bool stdout_closed; /* fd 1 was closed at the start */
    int verb;           /* index into cmd->verbs, -1 when none */
    int dashdash;       /* index in argv of what follows "--", or 0 */
};
extern struct cmd_shared cmd_shared;

/*
 * Parse.  Returns the index in argv of the first operand (after the
 * verb).  Exits: 0 after --help, --version, --list-options; 64 with one
 * message and "try 'NAME --help'" on bad usage (nearest name of an unknown
 * option or verb is offered).  --show-config is handled by cmd_conf().
 */
int cmd_begin(const struct cmd *cmd, int argc, char **argv);

/*
 * conf_open() with --config, then --database and --redis set into it.
 * After --show-config it prints the settings and exits 0.
 */
struct conf *cmd_conf(const struct cmd *cmd, struct err *err);

/*
 * Flush stdout: a failed write becomes ERR_IO unless err is already set
 * (EPIPE says "stdout is closed").  Print err as
 *
 *     aaos-submit: message
 *     hint: what to do
 *
 * (log_event() instead under --log-format json) and return the exit
 * status: err->code, or 0.
 */
int cmd_end(const struct cmd *cmd, struct err *err);

/* "aaos-submit: " + text + newline on stderr, escaped; not under -q for
 * cmd_note(). */
void cmd_warn(const char *fmt, ...) ATTR_PRINTF(1, 2);
void cmd_note(const char *fmt, ...) ATTR_PRINTF(1, 2);

/* OUTPUT_AUTO resolved: table on a terminal, else tsv. */
enum output cmd_output(void);

/*
 * Progress on stderr, only when it is a terminal and not -q: after two
 * seconds a line "label: done/total  rate/s  ETA", redrawn at most 5
 * times a second; total < 0: unknown.  cmd_progress_end() wipes it.
 */
void cmd_progress(const char *label, int64_t done, int64_t total);
void cmd_progress_end(void);

#endif
