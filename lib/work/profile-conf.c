/*
 * profile-conf.c - a profile as the section [agent NAME] changes it
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/file.h"
#include "core/mem.h"
#include "llm/settings.h"
#include "work/profile.h"

enum { PROMPT_MAX = 256 << 10, LIST_MAX = 64 };

static void release_list(char **list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static void set_list(char ***list, size_t *count, const char *value)
{
    char *copy = xstrdup(value);
    char *rest = copy;
    const char *word;

    release_list(*list, *count);
    *list = xcalloc(LIST_MAX, sizeof(**list));
    *count = 0;
    while ((word = strsep(&rest, ", ")) && *count < LIST_MAX)
        if (*word)
            (*list)[(*count)++] = xstrdup(word);
    free(copy);
}

static void set_text(char **text, const char *value)
{
    if (!value)
        return;
    free(*text);
    *text = xstrdup(value);
}

static int set_prompt(struct work_profile *profile, const char *path,
                      struct err *err)
{
    struct buf text = {0};

    if (!path)
        return 0;
    if (file_read(path, PROMPT_MAX, &text, err) == 0 && text.len > 0 &&
        (!utf8_valid(text.data, text.len) || memchr(text.data, '\0', text.len)))
        err_set(err, ERR_CONFIG, "'%s' is not UTF-8 text", path);
    if (err->code) {
        buf_release(&text);
        err->code = ERR_CONFIG;
        return err_wrap(err, "[agent %s] prompt", profile->name);
    }
    free(profile->prompt);
    profile->prompt = buf_detach(&text);
    return 0;
}

/* Whoever plans without saying for whom plans for the roles. */
static void set_follow_up(struct work_profile *profile, const char *word)
{
    if (word && strcmp(word, "none") == 0) {
        release_list(profile->follow_up, profile->follow_count);
        profile->follow_up = NULL;
        profile->follow_count = 0;
    } else if (word && profile->follow_count == 0) {
        set_list(&profile->follow_up, &profile->follow_count,
                 "backend, frontend, qa, devops");
    }
}

static int overlay(struct work_profile *profile, const struct llm_agent *agent,
                   struct err *err)
{
    set_text(&profile->description, agent->description);
    set_text(&profile->temperature, agent->temperature);
    if (agent->types)
        set_list(&profile->types, &profile->type_count, agent->types);
    if (agent->max_output > 0)
        profile->max_output = agent->max_output;
    profile->rounds = agent->rounds;
    set_follow_up(profile, agent->follow_up);
    return set_prompt(profile, agent->prompt, err);
}

int work_profile_find(const char *folder, const struct llm_config *config,
                      const char *name, struct work_profile *profile,
                      struct err *err)
{
    const struct llm_agent *agent = llm_config_agent(config, name);

    if (work_profile_get(folder, name, profile, err) < 0) {
        if (!agent || err->code != ERR_USAGE)
            return -1;
        err_clear(err);
        profile->name = xstrdup(name);
        profile->prompt = xstrdup("");
    }
    if (agent && overlay(profile, agent, err) < 0) {
        work_profile_release(profile);
        return -1;
    }
    return 0;
}
