/*
 * settings.h - endpoints, models, routes and budgets, as configured
 *
 * From the sections [endpoint NAME], [model ALIAS], [route NAME], [agent
 * NAME], [llm] and [budget] of aaos.conf(5).  Everything is checked here:
 * an alias that names an endpoint that is not there, a fallback to an
 * unknown alias, a key that is written out.  After that the router works
 * with indexes and cannot meet a surprise.
 *
 * Without any [endpoint], one is made of the settings llm.url, llm.model,
 * llm.key and llm.wire, or of OPENAI_API_KEY or ANTHROPIC_API_KEY; then
 * `easy` is true.  Without those there are none, and tasks wait.
 *
 * Nothing here reads the environment or a key: `secret` of
 * llm_config_open() does.
 * Money is pico-dollars (price.h), durations are microseconds.
 */
#ifndef AAOS_LLM_SETTINGS_H
#define AAOS_LLM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/err.h"
#include "llm/call.h"
#include "llm/llm.h"
#include "llm/price.h"

/* The stricter the greater: a task of LLM_LOCAL goes to local endpoints
 * only, of LLM_EU to eu and local ones, of LLM_PUBLIC anywhere. */
enum llm_privacy { LLM_PUBLIC, LLM_EU, LLM_LOCAL };
const char *llm_privacy_name(enum llm_privacy privacy);
int llm_privacy_parse(const char *name, enum llm_privacy *privacy); /* 1, 0 */

enum llm_policy { LLM_COST, LLM_QUALITY, LLM_LATENCY, LLM_BALANCED };
enum { LLM_POLICIES = LLM_BALANCED + 1 };
const char *llm_policy_name(enum llm_policy policy);
int llm_policy_parse(const char *name, enum llm_policy *policy); /* 1, 0 */

/* Where: one server. */
struct llm_endpoint {
    const char *name;
    enum llm_wire wire;
    const char *base;
    const char *key; /* the secret itself, or NULL.  Never printed */
    const char *key_ref;
    const char *key_problem; /* why there is no key though key_ref names one:
                                  a safe sentence; else NULL */
    enum llm_privacy privacy;
    int64_t rpm, tpm;               /* 0: no limit */
    int64_t parallel;               /* 0: no limit */
    int64_t budget_day;             /* -1: none */
    const char *max_tokens_field;   /* or NULL */
    const char *const *drop_params; /* NULL-ended, or NULL */
    int64_t num_ctx;                /* 0: not said */
    const char *keep_alive;         /* or NULL */
    bool bearer;        /* anthropic: Authorization instead of x-api-key */
    bool allow_private; /* its address may be of this host or network */
    bool any_model;     /* tasks may name "NAME/MODEL" of their own */
    char mark[20];      /* changes when base or key do; tells neither */
    int factor;         /* per cent of estimated tokens */
    struct llm_limits limits;
};

/* What: one model of one endpoint. */
struct llm_target {
    size_t endpoint;    /* index */
    const char *model;  /* its real name */
    const char *name;   /* "ENDPOINT/MODEL" */
    int64_t context;    /* tokens; 0: not known, anything fits */
    int64_t max_output; /* tokens; 0: not known */
    bool tools, json, vision;
    int quality; /* 0 to 100; -1: not said */
    struct llm_price price;
    bool priced;                       /* price is known (free counts) */
    char price_sha256[HASH_TEXT_SIZE]; /* of the prices file; of the text of
                                  the prices in aaos.conf; "" when free */
};

struct llm_candidate {
    size_t target; /* index */
    int weight;    /* 1 to 1000 */
    int order;     /* the lowest that can serve does */
};

/* The name that tasks use. */
struct llm_alias {
    const char *name;
    struct llm_candidate *candidates;
    size_t count;
    /* Indexes of other aliases, in order. */
    size_t *fallbacks, *context_fallbacks, *policy_fallbacks;
    size_t nfallbacks, ncontext_fallbacks, npolicy_fallbacks;
};

/* [route default], [route type:code], [route agent:qa]. */
struct llm_route_conf {
    const char *name;
    const char *alias;   /* NULL: not said */
    int policy;          /* enum llm_policy, -1: not said */
    int privacy;         /* enum llm_privacy, -1 */
    int tier;            /* enum llm_tier (complexity.h), -1: classified */
    int fallback;        /* 0: never another alias; -1: not said */
    int64_t max_output;  /* 0: not said */
    int64_t budget_task; /* -1: not said */
};

/* [agent NAME]: what a profile of that name says differently. */
struct llm_agent {
    const char *name;
    const char *description, *prompt, *types, *temperature, *follow_up;
    int64_t max_output; /* 0: not said */
    int64_t rounds;     /* 0: not said */
};

struct llm_config {
    struct llm_endpoint *endpoints;
    size_t nendpoints;
    struct llm_target *targets;
    size_t ntargets, nconfigured; /* the first so many are configured */
    struct llm_alias *aliases;
    size_t naliases;
    struct llm_route_conf *routes;
    size_t nroutes;
    struct llm_agent *agents;
    size_t nagents;
    /* -1: none. */
    int64_t budget_task, budget_workflow, budget_agent_day, budget_day,
        budget_total;
    int64_t affinity;   /* how long a session stays where it was */
    int64_t max_output; /* tokens, of a call that says nothing; 1024 */
    const struct llm_prices *prices;    /* or NULL */
    const char *prices_path;            /* or NULL */
    char prices_sha256[HASH_TEXT_SIZE]; /* "" without a file */
    bool easy;                          /* made without [endpoint] */
    void *memory;                       /* private */
};

/*
 * conf: borrowed for as long as the result lives.  secret(): the secret
 * behind "env:NAME" or "file:PATH", malloc'd, or NULL with err.  A key that
 * cannot be had is no failure but key_problem; everything else that is wrong
 * is ERR_CONFIG with the place.
 */
typedef char *llm_secret(const char *reference, struct err *err);
struct llm_config *llm_config_open(struct conf *conf, llm_secret *secret,
                                   struct err *err);
void llm_config_close(struct llm_config *config);

/* Index, or -1. */
int llm_config_alias(const struct llm_config *config, const char *name);
int llm_config_endpoint(const struct llm_config *config, const char *name);
const struct llm_agent *llm_config_agent(const struct llm_config *config,
                                         const char *name);
/* The target "ENDPOINT/MODEL", made if the endpoint has any_model and it is
 * not there yet (at most 100 of them); -1. */
int llm_config_target(struct llm_config *config, const char *name);

/* All aliases with their candidates, all routes with the chain that each
 * resolves to; for people.  Keys are shown as "set" or as their problem. */
void llm_config_show(const struct llm_config *config, struct buf *out);

#endif
