/*
 * route.h - which model a call goes to, and why
 *
 * One pure function of what is needed, the configuration, a snapshot of
 * what is known, and two random numbers.  The same code decides a real call
 * and prints --explain.
 *
 *     filter    each candidate of the alias that cannot serve is dropped
 *               with a reason: privacy first, then the endpoint asked for,
 *               capability, context, budget, rate, circuit, parallel
 *     order     the lowest `order` that still has a candidate
 *     score     0 to 1, lower is better, by the policy
 *     equals    all within 0.05 of the best
 *     pick      two by weight; the one with fewer calls in flight a weight
 *
 * If an alias has none left, its fallbacks are tried in turn, through the
 * same filter: privacy is the strictest of all levels and never relaxed.
 * After a failure the caller asks again with `tried`: so within an attempt
 * each endpoint is called at most once, in the order of the route.
 */
#ifndef AAOS_LLM_ROUTE_H
#define AAOS_LLM_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "llm/class.h"
#include "llm/complexity.h"
#include "llm/settings.h"
#include "llm/state.h"

/* Why a candidate cannot serve, in the order of the tests. */
enum llm_drop {
    LLM_KEPT,
    LLM_DROP_PRIVACY,
    LLM_DROP_ENDPOINT, /* the task names another one */
    LLM_DROP_TRIED,    /* in this attempt already */
    LLM_DROP_KEY,      /* its key is not there */
    LLM_DROP_TOOLS,
    LLM_DROP_JSON,
    LLM_DROP_VISION,
    LLM_DROP_QUALITY,
    LLM_DROP_CONTEXT,
    LLM_DROP_PRICE, /* not known, and a budget holds */
    LLM_DROP_BUDGET,
    LLM_DROP_RATE,
    LLM_DROP_COOLDOWN,
    LLM_DROP_CIRCUIT,
    LLM_DROP_PROBE, /* half-open, and the one probe is under way */
    LLM_DROP_PARALLEL
};
enum { LLM_DROPS = LLM_DROP_PARALLEL + 1 };
const char *llm_drop_name(enum llm_drop drop); /* "privacy" */

/* What a call needs.  Text borrowed; NULL: not said. */
struct llm_need {
    const char *model;    /* the task's: an alias, or "ENDPOINT/MODEL" */
    const char *endpoint; /* the task's llm_endpoint */
    const char *task_type, *agent_type;
    const char *instruction; /* what the classifier reads */
    size_t instruction_len;
    int privacy;           /* enum llm_privacy of the task, -1: not said */
    int policy;            /* enum llm_policy, -1 */
    int tier;              /* enum llm_tier, -1: the route's, else classified */
    int64_t prompt_tokens; /* estimate, factor 100 */
    int64_t max_output;    /* 0: the route's, else llm.max_output */
    bool tools, json, vision;
    bool no_fallback;
    const char *affinity; /* "ENDPOINT/MODEL" that the session used; or NULL */
    /* Of this attempt, so far. */
    const char *const *tried; /* names of endpoints */
    size_t ntried;
    enum llm_class after;   /* class of the last failure; LLM_OK: none */
    int64_t failed_context; /* window of the model that said CONTEXT; 0 */
};

/* What is known now.  Arrays parallel to those of the configuration. */
struct llm_snapshot {
    int64_t now;
    const struct llm_state *endpoints;
    const struct llm_state *targets;
    const struct llm_state *type; /* "t:TYPE", or NULL */
    int64_t left;                 /* of all budgets that hold for every
                                         endpoint; INT64_MAX: no limit */
    int64_t left_at;              /* when more will be; 0: not known */
    int64_t left_held; /* how much of that budget is held for calls under way:
                            it may come back in a moment */
    const char *left_scope;       /* which is the least, or NULL */
    const int64_t *endpoint_left; /* each; INT64_MAX: no limit; or NULL */
    const int64_t *endpoint_held;
    int64_t day_end;  /* when budgets of a day begin anew */
    double random[2]; /* [0, 1) */
};

enum llm_verdict_kind {
    LLM_GO,
    LLM_LATER, /* not now: reason, until */
    LLM_NEVER  /* as things stand no candidate can serve */
};

/* One candidate, judged. */
struct llm_weighed {
    size_t alias, target;
    int order, weight;
    enum llm_drop drop;
    const char *detail; /* of drop: which budget, which state; or NULL */
    int64_t until;      /* when the reason is over; 0: not known */
    int64_t cost, most; /* expected, worst; -1: no price */
    double terms[4];    /* cost, latency, quality, failures; normalised */
    double score;
    int64_t in_flight;
    bool level; /* of the order level that was scored */
    bool equal;
};

struct llm_decision {
    enum llm_verdict_kind kind;
    int target;         /* index, or -1 */
    int alias;          /* that it was found in, or -1 */
    int asked;          /* the alias asked for, or -1 */
    bool fell_back;     /* alias is not asked: never silent */
    bool relaxed;       /* no model was good enough by its quality: the best
                             there is */
    bool sticky;        /* the session stayed where it was */
    const char *reason; /* LLM_LATER: a TASK_REASON_ word ("rate_limited",
                             "no_endpoint", "budget", "warming") */
    int64_t until;      /* LLM_LATER: earliest instant; 0: not known */
    enum llm_policy policy;
    enum llm_privacy privacy; /* the strictest of all levels */
    enum llm_tier tier;
    bool classified; /* tier is of `complexity` */
    struct llm_complexity complexity;
    int64_t max_output, prompt_tokens;
    int64_t most;                /* to be reserved; 0 when there is no price */
    struct llm_weighed *weighed; /* malloc'd; all that were looked at */
    size_t count;
};
void llm_decision_release(struct llm_decision *decision);

/*
 * 0 and *decision, whatever its kind, or -1: ERR_DATA for an alias or an
 * endpoint that is not configured (with the nearest names); nothing else
 * fails.  config is changed only by a new "ENDPOINT/MODEL".
 */
int llm_route(struct llm_config *config, const struct llm_need *need,
              const struct llm_snapshot *snapshot,
              struct llm_decision *decision, struct err *err);

/* The limit of what a task may cost in all: the task's own, the route's, the
 * configuration's; the least; -1: none. */
int64_t llm_route_budget(const struct llm_config *config, const char *task_type,
                         const char *agent_type, int64_t own);

/* As one JSON object: for reasoning_chains and --explain -o json. */
void llm_decision_json(const struct llm_config *config,
                       const struct llm_decision *decision, struct buf *out);
/* For people: a sentence, then a line a candidate. */
void llm_decision_text(const struct llm_config *config,
                       const struct llm_decision *decision, int64_t now,
                       struct buf *out);
/* "privacy: 2, rate: 1": why all were dropped; for an error or a reason. */
void llm_decision_drops(const struct llm_decision *decision, struct buf *out);

#endif
