/*
 * config-internal.h - what the files of config share
 *
 *   config.c        the whole, endpoints
 *   config-easy.c   without [endpoint]
 *   config-model.c  [model ALIAS]: candidates, targets, prices
 *   config-route.c  fallbacks, routes, agents, budgets
 *   config-show.c   for people
 */
#ifndef AAOS_LLM_CONFIG_INTERNAL_H
#define AAOS_LLM_CONFIG_INTERNAL_H

#include "llm/settings.h"

/* While it is being made. */
struct making {
    struct llm_config *config;
    struct conf *conf;
    llm_secret *secret;
    struct err *err;
};

/* Freed with the configuration. */
void *config_keep(struct llm_config *config, void *memory);
char *config_keep_key(struct llm_config *config, char *key); /* wiped, too */

/* A new one, at the end of its array; the array may move. */
struct llm_endpoint *config_add_endpoint(struct llm_config *config);
struct llm_alias *config_add_alias(struct llm_config *config, const char *name);

/* The key behind the reference, or key_problem. */
void config_key(const struct making *making, struct llm_endpoint *endpoint,
                const char *reference);
/* A URL that a base may be; `what` for the message. */
int config_base(const char *what, const char *base, struct err *err);

int config_easy(struct making *making);
int config_models(struct making *making);
/* The target, made with what the prices file says; "ENDPOINT/MODEL" whose
 * endpoint is there. */
size_t config_add_target(struct llm_config *config, size_t endpoint,
                         const char *model);
int config_routes(struct making *making);

/* "FILE:LINE: what" in front of the error; -1. */
int config_place(const struct making *making, const char *name,
                 const char *setting, size_t nth);

#endif
