/*
 * profile.c - the built-in kinds of agent
 *
 * Each is a small INI file in profiles/, embedded in the program.
 */
#include "config.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/conf.h"
#include "core/mem.h"
#include "work/profiles-data.h"
#include "work/work.h"

enum { TYPES_MAX = 64 };

const char *const *work_profiles(size_t *count)
{
    static const char *names[LENGTH(profiles)];
    size_t i;

    for (i = 0; i < LENGTH(profiles); i++)
        names[i] = profiles[i].name;
    *count = LENGTH(profiles);
    return names;
}

static void set_types(struct work_profile *profile, const char *list)
{
    char *copy = xstrdup(list);
    char *rest = copy;
    const char *word;

    profile->types = xcalloc(TYPES_MAX, sizeof(*profile->types));
    while ((word = strsep(&rest, ", ")) && profile->type_count < TYPES_MAX)
        if (*word)
            profile->types[profile->type_count++] = xstrdup(word);
    free(copy);
}

/* Keys that other handlers read are none of ours. */
static int take(void *ctx, const char *section, const char *key,
                const char *value)
{
    struct work_profile *profile = ctx;

    if (strcmp(section, "agent") != 0)
        return 1;
    if (strcmp(key, "name") == 0 && !profile->name)
        profile->name = xstrdup(value);
    else if (strcmp(key, "description") == 0 && !profile->description)
        profile->description = xstrdup(value);
    else if (strcmp(key, "types") == 0 && !profile->types)
        set_types(profile, value);
    return 1;
}

int work_profile_get(const char *name, struct work_profile *profile,
                     struct err *err)
{
    const char *const *names;
    const char *nearest;
    size_t count, i;

    for (i = 0; i < LENGTH(profiles); i++) {
        if (strcmp(profiles[i].name, name) != 0)
            continue;
        *profile = (struct work_profile){0};
        if (ini_parse_string(profiles[i].text, take, profile) == 0 &&
            profile->name && profile->type_count > 0)
            return 0;
        work_profile_release(profile);
        return err_set(err, ERR_BUG, "profile '%s' is broken", name);
    }
    err_set(err, ERR_USAGE, "no agent profile is called '%s'", name);
    names = work_profiles(&count);
    nearest = conf_nearest(name, names, count);
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    return -1;
}

void work_profile_release(struct work_profile *profile)
{
    size_t i;

    for (i = 0; i < profile->type_count; i++)
        free(profile->types[i]);
    free(profile->types);
    free(profile->name);
    free(profile->description);
    *profile = (struct work_profile){0};
}
