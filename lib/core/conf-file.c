/*
 * conf-file.c - the INI file, read by inih
 *
 * inih takes lines from next_line() here, which counts them, bounds them
 * and drops the white space that would turn a key into a continuation of
 * the value above.  A line behind one that ended in a backslash is such a
 * continuation: it is given to inih with a blank in front, and comes back
 * with the same name, to be joined to what is pending.  Whatever is wrong
 * ends the reading: the first error is the one that is told, with its line.
 */
#include "config.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/conf-internal.h"
#include "core/mem.h"

#define SYSTEM_FILE "/etc/aaos/aaos.conf"

enum { MAX_LINES = 10000, MAX_VALUE = 4096, MAX_SECTION = 49 };

struct source {
    struct conf *conf;
    const char *path;
    FILE *file;
    int line;
    bool failed;
    bool goes_on;   /* the line ended in a backslash */
    bool continued; /* and the one before it did */
    /* A value that may go on. */
    char *section, *name;
    struct buf value;
    int value_line;
    struct err *err;
};

static void fail_line(struct source *src, const char *what)
{
    err_set(src->err, ERR_CONFIG, "%s:%d: %s", src->path, src->line, what);
    src->failed = true;
}

/* A last backslash is taken away: what follows belongs to this line. */
static void find_backslash(struct source *src, char *line, int len)
{
    while (len > 0 && strchr(" \t\r\n", line[len - 1]))
        len--;
    if (len == 0 || line[len - 1] != '\\' || line[0] == '#' || line[0] == ';')
        return;
    line[len - 1] = '\0';
    src->goes_on = true;
}

/* As fgets(), for inih. */
static char *next_line(char *line, int size, void *stream)
{
    struct source *src = stream;
    int len = 0;
    int c = 0;

    if (src->failed)
        return NULL;
    src->line++;
    src->continued = src->goes_on;
    src->goes_on = false;
    if (src->continued)
        line[len++] = ' ';
    while (c != '\n' && (c = getc(src->file)) != EOF) {
        if (len == src->continued && (c == ' ' || c == '\t'))
            continue;
        if (c == '\0') {
            fail_line(src, "a NUL byte");
            return NULL;
        }
        if (len == size - 1) {
            fail_line(src, "the line is too long");
            err_hint(src->err, "a line has at most %d bytes", size - 2);
            return NULL;
        }
        line[len++] = (char)c;
    }
    line[len] = '\0';
    if (src->line > MAX_LINES)
        fail_line(src, "too many lines");
    find_backslash(src, line, len);
    return len == src->continued && c == EOF ? NULL : src->failed ? NULL : line;
}

/* The sentence for a name that is not in the table. */
static void unknown(struct source *src, const char *section, const char *name)
{
    size_t count, named;
    const struct conf_setting *table = conf_settings(&count);
    const struct conf_setting *more = conf_named_settings(&named);
    size_t all = count + named;
    const char **names = xcalloc(count, sizeof(*names));
    char **sections = xcalloc(all, sizeof(*sections));
    const char *near;
    bool known = false;

    for (size_t i = 0; i < count; i++) {
        names[i] = table[i].name;
        sections[i] = xmemdup0(table[i].name, strcspn(table[i].name, "."));
        known |= strcmp(sections[i], section) == 0;
    }
    for (size_t i = 0; i < named; i++)
        sections[count + i] =
            xmemdup0(more[i].name, strcspn(more[i].name, "."));
    src->failed = true;
    if (known) {
        char *full = xasprintf("%s.%s", section, name);

        err_set(src->err, ERR_CONFIG, "%s:%d: unknown setting '%s'", src->path,
                src->value_line, full);
        near = conf_nearest(full, names, count);
        free(full);
    } else {
        err_set(src->err, ERR_CONFIG, "%s:%d: unknown section '%s'", src->path,
                src->value_line, section);
        near = conf_nearest(section, (const char *const *)sections, all);
    }
    if (near)
        err_hint(src->err, "did you mean '%s'?", near);
    for (size_t i = 0; i < all; i++)
        free(sections[i]);
    free(sections);
    free(names);
}

static void take_setting(struct source *src, size_t index, const char *text)
{
    struct conf_value *value = &src->conf->values[index];

    if (value->origin) {
        err_set(src->err, ERR_CONFIG, "%s:%d: %s.%s: set a second time",
                src->path, src->value_line, src->section, src->name);
        src->failed = true;
        err_hint(src->err, "first set at %s", value->origin);
    } else if (conf_assign(src->conf, index, text,
                           xasprintf("%s:%d", src->path, src->value_line),
                           src->err) < 0) {
        err_wrap(src->err, "%s:%d", src->path, src->value_line);
        src->failed = true;
    }
}

/* The pending value is whole. */
static void flush(struct source *src)
{
    const char *text = src->value.data ? src->value.data : "";
    char *full;
    int index;
    int taken;

    if (!src->name || src->failed)
        return;
    full = xasprintf("%s.%s", src->section, src->name);
    index = conf_index(full);
    free(full);
    if (index >= 0) {
        take_setting(src, (size_t)index, text);
    } else {
        taken = conf_named_take(src->conf, src->section, src->name, text,
                                xasprintf("%s:%d", src->path, src->value_line),
                                src->err);
        if (taken == 0)
            unknown(src, src->section, src->name);
        else if (taken < 0)
            err_wrap(src->err, "%s:%d", src->path, src->value_line);
        src->failed |= taken <= 0;
    }
    free(src->name);
    src->name = NULL;
}

/* Called by inih for each "name = value", and again with the same name for
 * each line by which the value goes on; 0 would be a syntax error. */
static int take(void *user, const char *section, const char *name,
                const char *value)
{
    struct source *src = user;

    if (src->failed)
        return 1;
    if (src->continued && src->name) {
        /* inih takes comments away from first lines only. */
        const char *comment = strstr(value, " ;");

        buf_byte(&src->value, ' ');
        buf_put(&src->value, value,
                comment ? (size_t)(comment - value) : strlen(value));
        if (src->value.len > MAX_VALUE)
            fail_line(src, "the value is too long");
        if (!src->goes_on)
            flush(src);
        return 1;
    }
    flush(src);
    if (src->failed)
        return 1;
    if (!*section) {
        fail_line(src, "a key before the first section");
        return 1;
    }
    /* inih cuts what is longer. */
    if (strlen(section) >= MAX_SECTION) {
        fail_line(src, "the name of the section is too long");
        return 1;
    }
    free(src->section);
    src->section = xstrdup(section);
    src->name = xstrdup(name);
    src->value_line = src->line;
    buf_reset(&src->value);
    buf_str(&src->value, value);
    if (!src->goes_on)
        flush(src);
    return 1;
}

static int read_stream(struct source *src)
{
    int bad = ini_parse_stream(next_line, src, take, src);

    flush(src);
    free(src->section);
    free(src->name);
    buf_release(&src->value);
    if (!src->failed && ferror(src->file))
        return err_errno(src->err, ERR_CONFIG, "cannot read '%s'", src->path);
    if (!src->failed && bad > 0) {
        src->line = bad;
        fail_line(src, "neither a section, a key nor a comment");
        err_hint(src->err, "write 'key = value' below a [section]");
    }
    return src->failed ? -1 : 0;
}

/* 1 read, 0 not there and need not be, -1 failed. */
static int read_path(struct conf *conf, const char *path, bool named,
                     struct err *err)
{
    struct source src = {.conf = conf, .path = path, .err = err};
    int ret;

    src.file = fopen(path, "re");
    if (!src.file && !named && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!src.file)
        return err_errno(err, ERR_CONFIG, "cannot open configuration '%s'",
                         path);
    ret = read_stream(&src);
    fclose(src.file);
    return ret < 0 ? -1 : 1;
}

int conf_read_file(struct conf *conf, const char *file, struct err *err)
{
    const char *env = conf_env("AAOS_CONFIG");
    char *path = NULL;
    int ret = 0;

    if (file)
        return read_path(conf, file, true, err) < 0 ? -1 : 0;
    if (env) {
        if (read_path(conf, env, true, err) < 0)
            return err_wrap(err, "AAOS_CONFIG");
        return 0;
    }
    path = conf_user_path("XDG_CONFIG_HOME", ".config", "aaos/aaos.conf");
    if (path)
        ret = read_path(conf, path, false, err);
    free(path);
    if (ret == 0)
        ret = read_path(conf, SYSTEM_FILE, false, err);
    return ret < 0 ? -1 : 0;
}
