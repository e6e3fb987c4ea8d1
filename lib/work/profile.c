/*
 * profile.c - kinds of agent, built in and the user's own
 */
#include "config.h"

#include "work/profile.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/conf.h"
#include "core/file.h"
#include "core/mem.h"
#include "work/profiles-data.h"

enum { NAMES_MAX = 64, INI_MAX = 64 << 10, PROMPT_MAX = 256 << 10 };

const char *const *work_profiles(size_t *count)
{
    static const char *names[LENGTH(profiles)];
    size_t i;

    for (i = 0; i < LENGTH(profiles); i++)
        names[i] = profiles[i].name;
    *count = LENGTH(profiles);
    return names;
}

/* --- [agent] --------------------------------------------------------------- */

struct reading {
    struct work_profile *profile;
    const char *name;
    struct err *err;
};

static int set_list(char ***list, size_t *count, const char *value)
{
    char *copy = xstrdup(value);
    char *rest = copy;
    const char *word;

    if (!*list)
        *list = xcalloc(NAMES_MAX, sizeof(**list));
    while ((word = strsep(&rest, ", ")) && *count < NAMES_MAX)
        if (*word)
            (*list)[(*count)++] = xstrdup(word);
    free(copy);
    return 0;
}

static int set_text(char **text, const char *value)
{
    free(*text);
    *text = xstrdup(value);
    return 0;
}

static int set_temperature(struct work_profile *profile, const char *value,
                           struct err *err)
{
    size_t whole = strspn(value, "0123456789");
    size_t len = whole;

    if (value[len] == '.')
        len += 1 + strspn(value + len + 1, "0123456789");
    if (whole == 0 || value[len] || value[len - 1] == '.')
        return err_set(err, ERR_CONFIG, "temperature: must be a number");
    return set_text(&profile->temperature, value);
}

static int set_output(struct work_profile *profile, const char *value,
                      struct err *err)
{
    if (conf_parse_int(value, 1, INT32_MAX, &profile->max_output, err) < 0)
        return err_wrap(err, "max_output");
    return 0;
}

static int set_name(const struct reading *reading, const char *value)
{
    if (strcmp(reading->name, value) != 0)
        return err_set(reading->err, ERR_CONFIG,
                       "name: must be that of the file, '%s'", reading->name);
    return 0;
}

static int unknown(const char *key, struct err *err)
{
    static const char *const keys[] = {"name",        "description",
                                       "types",       "follow_up",
                                       "temperature", "max_output"};
    const char *nearest = conf_nearest(key, keys, LENGTH(keys));

    err_set(err, ERR_CONFIG, "unknown key '%s'", key);
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    return -1;
}

static int take_key(struct reading *reading, const char *key, const char *value)
{
    struct work_profile *profile = reading->profile;

    if (strcmp(key, "name") == 0)
        return set_name(reading, value);
    if (strcmp(key, "description") == 0)
        return set_text(&profile->description, value);
    if (strcmp(key, "types") == 0)
        return set_list(&profile->types, &profile->type_count, value);
    if (strcmp(key, "follow_up") == 0)
        return set_list(&profile->follow_up, &profile->follow_count, value);
    if (strcmp(key, "temperature") == 0)
        return set_temperature(profile, value, reading->err);
    if (strcmp(key, "max_output") == 0)
        return set_output(profile, value, reading->err);
    return unknown(key, reading->err);
}

/* The first complaint stands. */
static int take(void *ctx, const char *section, const char *key,
                const char *value)
{
    struct reading *reading = ctx;

    if (reading->err->code)
        return 0;
    if (strcmp(section, "agent") != 0)
        err_set(reading->err, ERR_CONFIG, "unknown section [%s]", section);
    else
        take_key(reading, key, value);
    return reading->err->code ? 0 : 1;
}

static int read_ini(const char *name, const char *text,
                    struct work_profile *profile, struct err *err)
{
    struct reading reading = {.profile = profile, .name = name, .err = err};
    int line;

    profile->name = xstrdup(name);
    line = ini_parse_string(text, take, &reading);
    if (err->code) {
        err->code = ERR_CONFIG;
        return -1;
    }
    if (line != 0)
        return err_set(err, ERR_CONFIG, "line %d is malformed", line);
    if (profile->type_count == 0)
        return err_set(err, ERR_CONFIG, "no types are named");
    return 0;
}

/* --- where they come from -------------------------------------------------- */

/* It becomes the name of a file, and may come from a task. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= NAMES_MAX && *name >= 'a' && *name <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static int read_text(const char *path, size_t limit, struct buf *out,
                     struct err *err)
{
    if (file_read(path, limit, out, err) < 0) {
        err->code = ERR_CONFIG;
        return -1;
    }
    if (out->len == 0)
        buf_str(out, "");
    if (!utf8_valid(out->data, out->len) || memchr(out->data, '\0', out->len))
        return err_set(err, ERR_CONFIG, "'%s' is not UTF-8 text", path);
    return 0;
}

/* 1 read, 0 there is none. */
static int from_folder(const char *folder, const char *name,
                       struct work_profile *profile, struct err *err)
{
    char *ini = xasprintf("%s/%s.ini", folder, name);
    char *prompt = xasprintf("%s/%s.md", folder, name);
    struct buf text = {0};
    struct buf words = {0};
    int ret = 0;

    if (access(ini, F_OK) == 0) {
        ret = read_text(ini, INI_MAX, &text, err);
        if (ret == 0)
            ret = read_ini(name, text.data, profile, err);
        if (ret < 0)
            err_wrap(err, "%s", ini);
        else
            ret = read_text(prompt, PROMPT_MAX, &words, err);
        if (ret == 0) {
            profile->prompt = buf_detach(&words);
            ret = 1;
        }
    }
    buf_release(&text);
    buf_release(&words);
    free(prompt);
    free(ini);
    return ret;
}

static int from_built_in(const char *name, struct work_profile *profile,
                         struct err *err)
{
    size_t i;

    for (i = 0; i < LENGTH(profiles); i++) {
        if (strcmp(profiles[i].name, name) != 0)
            continue;
        profile->prompt = xstrdup(profiles[i].prompt);
        return read_ini(name, profiles[i].ini, profile, err) < 0 ? -1 : 1;
    }
    return 0;
}

static int none(const char *name, struct err *err)
{
    const char *const *names;
    const char *nearest;
    size_t count;

    err_set(err, ERR_USAGE, "no agent profile is called '%s'", name);
    names = work_profiles(&count);
    nearest = conf_nearest(name, names, count);
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    return -1;
}

int work_profile_get(const char *folder, const char *name,
                     struct work_profile *profile, struct err *err)
{
    int ret = 0;

    *profile = (struct work_profile){0};
    if (folder && is_name(name))
        ret = from_folder(folder, name, profile, err);
    if (ret == 0)
        ret = from_built_in(name, profile, err);
    if (ret == 1)
        return 0;
    work_profile_release(profile);
    return ret < 0 ? -1 : none(name, err);
}

static void release_list(char **list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

void work_profile_release(struct work_profile *profile)
{
    release_list(profile->types, profile->type_count);
    release_list(profile->follow_up, profile->follow_count);
    free(profile->name);
    free(profile->description);
    free(profile->temperature);
    free(profile->prompt);
    *profile = (struct work_profile){0};
}
