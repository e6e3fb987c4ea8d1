/*
 * class.c - the table of failures, and the waits in it
 */
#include "config.h"

#include "llm/class.h"

#include <string.h>

#include "core/attr.h"
#include "core/clock.h"

/* Retries that only time and the number of attempts end. */
enum { MANY = 1000, WARM_STEPS = 120 };

static const struct {
    const char *name;
    struct llm_rule rule;
} table[LLM_CLASSES] = {
    [LLM_OK] = {"ok", {0}},
    [LLM_CONNECT] = {"connect",
                     {.retries = 1,
                      .backoff = LLM_WAIT_JITTER,
                      .failover = LLM_FAILOVER_YES,
                      .circuit = LLM_CIRCUIT_COUNT}},
    [LLM_CONFIG] = {"config",
                    {.failover = LLM_FAILOVER_YES,
                     .circuit = LLM_CIRCUIT_OPEN,
                     .alert = true}},
    [LLM_CONTEXT] = {"context",
                     {.retries = 1,
                      .after_compaction = true,
                      .failover = LLM_FAILOVER_CONTEXT}},
    [LLM_BAD_REQUEST] = {"bad_request", {.failover = LLM_FAILOVER_NO}},
    [LLM_POLICY] = {"policy", {.failover = LLM_FAILOVER_POLICY}},
    [LLM_AUTH] = {"auth",
                  {.failover = LLM_FAILOVER_YES,
                   .circuit = LLM_CIRCUIT_OPEN,
                   .alert = true}},
    [LLM_QUOTA] = {"quota",
                   {.failover = LLM_FAILOVER_YES,
                    .circuit = LLM_CIRCUIT_OPEN_FOR,
                    .alert = true}},
    [LLM_MODEL_GONE] = {"model_gone",
                        {.failover = LLM_FAILOVER_YES,
                         .circuit = LLM_CIRCUIT_OPEN_MODEL,
                         .alert = true}},
    [LLM_TIMEOUT] = {"timeout",
                     {.retries = 1,
                      .idempotent_only = true,
                      .backoff = LLM_WAIT_FULL,
                      .failover = LLM_FAILOVER_YES,
                      .circuit = LLM_CIRCUIT_COUNT}},
    [LLM_CONFLICT] = {"conflict", {.retries = 2, .backoff = LLM_WAIT_FULL}},
    [LLM_RATE] = {"rate",
                  {.retries = MANY,
                   .backoff = LLM_WAIT_FULL,
                   .failover = LLM_FAILOVER_YES,
                   .circuit = LLM_CIRCUIT_COOL,
                   .not_a_failure = true}},
    [LLM_OVERLOAD] = {"overload",
                      {.retries = 1,
                       .backoff = LLM_WAIT_DOUBLE,
                       .failover = LLM_FAILOVER_YES,
                       .circuit = LLM_CIRCUIT_COUNT,
                       .not_a_failure = true}},
    [LLM_WARMING] = {"warming",
                     {.retries = WARM_STEPS,
                      .backoff = LLM_WAIT_SECOND,
                      .failover = LLM_FAILOVER_YES,
                      .circuit = LLM_CIRCUIT_HALF,
                      .not_a_failure = true}},
    [LLM_SERVER] = {"server",
                    {.retries = 2,
                     .backoff = LLM_WAIT_FULL,
                     .failover = LLM_FAILOVER_YES,
                     .circuit = LLM_CIRCUIT_COUNT}},
    [LLM_STREAM] = {"stream",
                    {.retries = 1,
                     .backoff = LLM_WAIT_FULL,
                     .failover = LLM_FAILOVER_YES,
                     .circuit = LLM_CIRCUIT_COUNT}},
    [LLM_PROTOCOL] = {"protocol",
                      {.retries = 1,
                       .backoff = LLM_WAIT_FULL,
                       .failover = LLM_FAILOVER_YES,
                       .circuit = LLM_CIRCUIT_COUNT}},
    [LLM_OUTPUT] = {"output", {.failover = LLM_FAILOVER_REASK}},
    [LLM_MISMATCH] = {"mismatch",
                      {.failover = LLM_FAILOVER_YES,
                       .circuit = LLM_CIRCUIT_OPEN_MODEL,
                       .alert = true}},
    [LLM_CANCELLED] = {"cancelled", {0}},
};

const char *llm_class_name(enum llm_class class)
{
    return table[class].name;
}

int llm_class_parse(const char *name, enum llm_class *class)
{
    enum llm_class i;

    for (i = 0; i < LENGTH(table); i++) {
        if (strcmp(name, table[i].name) == 0) {
            *class = i;
            return 1;
        }
    }
    return 0;
}

const struct llm_rule *llm_rule(enum llm_class class)
{
    return &table[class].rule;
}

/* --- waits -------------------------------------------------------------------- */

/* 0 to span, by a number; without the bias matters little here. */
static int64_t part_of(int64_t span, uint64_t random)
{
    return (int64_t)(random % (uint64_t)(span + 1));
}

int64_t llm_backoff_wait(enum llm_backoff backoff, int n, uint64_t random)
{
    int64_t span;

    n = n < 0 ? 0 : n;
    switch (backoff) {
    case LLM_WAIT_NONE:
        break;
    case LLM_WAIT_JITTER:
        return part_of(250 * USEC_PER_MSEC, random);
    case LLM_WAIT_FULL:
        span = 500 * USEC_PER_MSEC << (n < 6 ? n : 6);
        return part_of(span < 30 * USEC_PER_SEC ? span : 30 * USEC_PER_SEC,
                       random);
    case LLM_WAIT_DOUBLE:
        return 2 * USEC_PER_SEC << (n < 3 ? n : 3);
    case LLM_WAIT_SECOND:
        return USEC_PER_SEC;
    }
    return 0;
}
