/*
 * conf.h - settings: option > environment > file > default
 *
 * The table in conf.c names every setting: "section.key", its kind, its
 * default, the environment variables that set it, and one line of help.
 * It is the truth for --show-config, aaos.conf(5), examples/aaos.conf and
 * the tests.  The file is INI (inih); an unknown section or key is an
 * error that names the file, the line and the nearest known name; values
 * are checked for their kind when read.  A line that ends in a backslash
 * goes on in the next one.  Secrets (database.url may hold a
 * password) are masked wherever settings are shown.
 *
 * File: --config, else AAOS_CONFIG, else $XDG_CONFIG_HOME/aaos/aaos.conf
 * (~/.config), else /etc/aaos/aaos.conf; named ones must exist.
 *
 * An empty environment variable counts as unset.  REDIS_HOST (with
 * REDIS_PORT, 6379 without) gives redis://HOST:PORT; REDIS_PORT alone
 * gives nothing, because service managers set it to something else.
 */
#ifndef AAOS_CORE_CONF_H
#define AAOS_CORE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/err.h"

enum conf_kind {
    CONF_TEXT,
    CONF_INT,
    CONF_DURATION, /* read with conf_num(): microseconds */
    CONF_SIZE,     /* bytes; k, m, g are powers of 1024 */
    CONF_BOOL,
    CONF_LIST,     /* comma-separated words */
    CONF_MONEY,    /* USD; conf_num(): 10^-12 of them */
    CONF_REFERENCE /* where a secret is, never the secret itself */
};

struct conf_setting {
    const char *name; /* "worker.lease" */
    enum conf_kind kind;
    bool secret;
    bool repeat;              /* of a named section: may be given again */
    const char *fallback;     /* the default, as text; NULL: none */
    const char *env;          /* "AAOS_REDIS_URL" or NULL */
    const char *env_fallback; /* asked when env is unset; or NULL */
    const char *values;       /* "text|json": anything else is refused */
    /* Bounds of a number, or of each word of a list, which must then be
     * an integer; both 0: none. */
    int64_t min, max;
    const char *help;
};

/* The table, and its length. */
const struct conf_setting *conf_settings(size_t *count);
/* The same for sections that have a name of their own, [endpoint gpu1]:
 * "endpoint.base" is there once, and may be set in each of them. */
const struct conf_setting *conf_named_settings(size_t *count);

struct conf; /* opaque */

/*
 * file: from --config, or NULL.  Reads environment and file.  ERR_CONFIG
 * for a bad value, saying where it came from (an environment variable is
 * named: "DATABASE_URL: ...").
 */
struct conf *conf_open(const char *file, struct err *err);
void conf_close(struct conf *conf);

/* An option was given.  Strongest of all.  ERR_USAGE for a bad value. */
int conf_set(struct conf *conf, const char *name, const char *value,
             struct err *err);

/*
 * The value in force; the name must be in the table.  Borrowed.  NULL when
 * there is none; the setting whose default is "none" (redis.url) gives
 * NULL for that word.
 */
const char *conf_text(const struct conf *conf, const char *name);
int64_t conf_num(const struct conf *conf, const char *name);
bool conf_bool(const struct conf *conf, const char *name);
/* Is word in the CONF_LIST? */
bool conf_list_has(const struct conf *conf, const char *name, const char *word);

/*
 * Sections with a name, [KIND NAME].  conf_names(): their names in the order
 * of the file, NULL-ended; valid as long as conf.
 */
const char *const *conf_names(struct conf *conf, const char *kind);
/* Was it given in that section (the nth time, from 0)?  `setting` must be in
 * the table: "endpoint.base".  NULL: neither given nor a default. */
const char *conf_named_text(const struct conf *conf, const char *name,
                            const char *setting, size_t nth);
/* The number, or of what is not given `otherwise`. */
int64_t conf_named_num(const struct conf *conf, const char *name,
                       const char *setting, int64_t otherwise);
/* "/etc/aaos/aaos.conf:12", or the section's when it was not given. */
const char *conf_named_origin(const struct conf *conf, const char *name,
                              const char *setting, size_t nth);

/* "option", "environment DATABASE_URL", "/etc/aaos/aaos.conf:12", "default". */
const char *conf_origin(const struct conf *conf, const char *name);
/* One line a setting: name = value  # origin.  Secrets masked. */
void conf_show(const struct conf *conf, FILE *out);

/* $AAOS_STATE_DIR or setting paths.state_dir or $XDG_STATE_HOME/aaos or
 * ~/.local/state/aaos.  Created 0700 when `create`.  Borrowed. */
const char *conf_state_dir(struct conf *conf, bool create, struct err *err);

/*
 * "1048576", "64k", "1m" to bytes; "5" to a number.  ERR_USAGE, to be
 * wrapped by the caller with the name of what was being read.
 */
int conf_parse_size(const char *text, int64_t *bytes, struct err *err);
/* min and max both 0: no bounds. */
int conf_parse_int(const char *text, int64_t min, int64_t max, int64_t *num,
                   struct err *err);
/* A reference to a secret, "env:NAME" or "file:PATH": nothing else is
 * accepted, so that no secret is ever written where settings are shown. */
bool conf_is_reference(const char *text);
/* The nearest of n names within an edit distance of 3 (and less than the
 * length of the word: something must be in common), or NULL. */
const char *conf_nearest(const char *word, const char *const *names, size_t n);
/* "text|json" holds word, as a whole. */
bool conf_choice_has(const char *values, const char *word);

/* Does the URL (or connection string) hold a password? */
bool conf_url_secret(const char *url);
/* The URL with "****" for its password.  malloc'd. */
char *conf_url_mask(const char *url);

#endif
