/*
 * route-case.h - a configuration of models from a text
 */
#ifndef AAOS_TESTS_ROUTE_CASE_H
#define AAOS_TESTS_ROUTE_CASE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "llm/settings.h"

static struct conf *llm_conf; /* of the last llm_case() */

/* Every reference but these has a secret behind it. */
ATTR_UNUSED
static char *llm_case_secret(const char *reference, struct err *err)
{
    if (strcmp(reference, "env:MISSING") == 0 ||
        strcmp(reference, "env:OPENAI_API_KEY") == 0 ||
        strcmp(reference, "env:ANTHROPIC_API_KEY") == 0) {
        err_set(err, ERR_CONFIG, "%s is not set", reference + 4);
        return NULL;
    }
    return xstrdup("secret-canary");
}

ATTR_UNUSED
static struct llm_config *llm_case_with(const char *text, llm_secret *secret,
                                        struct err *err)
{
    char path[] = "/tmp/aaos-llm-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    struct llm_config *made = NULL;

    if (file) {
        fputs(text, file);
        fclose(file);
    }
    conf_close(llm_conf);
    err_clear(err);
    llm_conf = conf_open(path, err);
    if (llm_conf)
        made = llm_config_open(llm_conf, secret, err);
    unlink(path);
    return made;
}

/* Nothing of the caller's environment reaches it. */
ATTR_UNUSED
static struct llm_config *llm_case(const char *text, struct err *err)
{
    static const char *const names[] = {"AAOS_LLM_URL", "AAOS_LLM_MODEL",
                                        "AAOS_LLM_KEY", "AAOS_LLM_WIRE"};

    for (size_t i = 0; i < LENGTH(names); i++)
        unsetenv(names[i]);
    return llm_case_with(text, llm_case_secret, err);
}

#endif
