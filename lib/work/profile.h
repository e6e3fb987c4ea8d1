/*
 * profile.h - kinds of agent: what one takes, and how it is told to work
 *
 * A profile is two files: NAME.ini with one section [agent], and NAME.md
 * with the system prompt for a model.  Eleven are built in (the seven task
 * types; cto, backend, frontend, qa, devops); a folder of the user's own
 * adds to them and wins over them.
 *
 *     [agent]
 *     name = cto                    the file's name
 *     description = Plans the work
 *     types = analysis              task types that --agent takes
 *     follow_up = backend, qa       it answers with tasks for these
 *     temperature = 0.2
 *     max_output = 4096             tokens
 */
#ifndef AAOS_WORK_PROFILE_H
#define AAOS_WORK_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct work_profile {
    char *name, *description;
    char **types;
    size_t type_count;
    char **follow_up; /* 0: it does the work itself */
    size_t follow_count;
    char *temperature;  /* a decimal, or NULL */
    int64_t max_output; /* 0: not said */
    int64_t rounds;     /* calls that one attempt may make; 0: not said */
    char *prompt;
};

/* Names of the built-in profiles. */
const char *const *work_profiles(size_t *count);

/*
 * One by its name; folder: the user's own, or NULL.  ERR_USAGE with the
 * nearest name when there is none of that name, ERR_CONFIG that names the
 * file when it is broken.
 */
int work_profile_get(const char *folder, const char *name,
                     struct work_profile *profile, struct err *err);

/* The same with what [agent NAME] of the configuration says differently; a
 * profile may stand there alone. */
struct llm_config; /* llm/settings.h */
int work_profile_find(const char *folder, const struct llm_config *config,
                      const char *name, struct work_profile *profile,
                      struct err *err);
void work_profile_release(struct work_profile *profile);

#endif
