/*
 * conf-internal.h - what the files of conf share among themselves
 */
#ifndef AAOS_CORE_CONF_INTERNAL_H
#define AAOS_CORE_CONF_INTERNAL_H

#include "core/conf.h"

struct conf_value {
    char *text;   /* NULL: none */
    int64_t num;  /* of a number or a CONF_BOOL */
    char *origin; /* NULL: default */
};

/* One line of a section [KIND NAME]. */
struct conf_item {
    char *name;     /* of the section */
    size_t setting; /* in conf_named_settings() */
    struct conf_value value;
};

struct conf_names {
    const char *kind;
    const char **names;
};

struct conf {
    struct conf_value *values; /* one a setting, in the table's order */
    size_t count;
    struct conf_item *items; /* in the order of the file */
    size_t item_count, item_cap;
    struct conf_names *lists; /* what conf_names() gave */
    size_t list_count, list_cap;
};

/* conf-named.c: a line of section "KIND NAME"; `origin` is kept.  1 taken, 0
 * it is no such section, -1. */
int conf_named_take(struct conf *conf, const char *section, const char *key,
                    const char *text, char *origin, struct err *err);
void conf_named_release(struct conf *conf);
void conf_named_show(const struct conf *conf, FILE *out);
/* One line: "NAME = TEXT  # ORIGIN", secrets masked. */
void conf_show_line(const char *name, const struct conf_setting *setting,
                    const char *text, const char *origin, FILE *out);

/* Is text right for the setting?  num is set for numbers and booleans. */
int conf_check(const struct conf_setting *setting, const char *text,
               int64_t *num, struct err *err);

/* The text in force becomes `text`, which came from `origin` (kept). */
int conf_assign(struct conf *conf, size_t index, const char *text, char *origin,
                struct err *err);

/* Position in the table, or -1. */
int conf_index(const char *name);

/* Read the INI file that counts (see conf.h), if there is one. */
int conf_read_file(struct conf *conf, const char *file, struct err *err);

/*
 * The path for `name` in one of the user's directories: $XDG_VAR/NAME when
 * that is absolute, else $HOME/HOME_DIR/NAME; NULL without HOME.
 */
char *conf_user_path(const char *xdg_var, const char *home_dir,
                     const char *name);

/* The value of an environment variable; NULL when it is unset or empty. */
const char *conf_env(const char *name);

#endif
