/*
 * state.c - what is known of an endpoint: circuit, calls in flight, buckets
 */
#include "config.h"

#include "llm/state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"

#define MINUTE (60 * USEC_PER_SEC)
/* Then the next probe may go, whatever became of the one before. */
#define PROBE_MAX (2 * MINUTE)

void llm_state_release(struct llm_state *state)
{
    free(state->owners);
    *state = (struct llm_state){0};
}

/* --- circuit -------------------------------------------------------------- */

enum llm_circuit_state llm_state_circuit(const struct llm_state *state,
                                         int64_t now)
{
    if (state->open_until == 0)
        return LLM_CLOSED;
    if (now < state->open_until)
        return LLM_OPENED;
    return now < state->probe_until ? LLM_PROBING : LLM_HALF_OPEN;
}

const char *llm_circuit_state_name(enum llm_circuit_state state)
{
    static const char *const names[] = {"closed", "half-open", "probing",
                                        "open"};

    return names[state];
}

void llm_state_fit(struct llm_state *state, const char *mark)
{
    if (!state->mark[0] || strcmp(state->mark, mark) == 0)
        return;
    state->open_until = state->opens = state->failures = 0;
    state->mark[0] = state->why[0] = '\0';
}

/* --- in flight ------------------------------------------------------------ */

int64_t llm_state_in_flight(const struct llm_state *state, int64_t now)
{
    int64_t sum = 0;

    for (size_t i = 0; i < state->nowners; i++)
        if (state->owners[i].expires > now)
            sum += state->owners[i].count;
    return sum;
}

/* The owner's entry; those that are over go. */
static struct llm_owner *owner_of(struct llm_state *state, const char *id,
                                  bool make, int64_t now)
{
    struct llm_owner *found = NULL;
    size_t kept = 0;

    for (size_t i = 0; i < state->nowners; i++) {
        struct llm_owner *owner = &state->owners[i];

        if (owner->expires <= now || owner->count <= 0)
            continue;
        state->owners[kept++] = *owner;
    }
    state->nowners = kept;
    for (size_t i = 0; i < kept; i++)
        if (strcmp(state->owners[i].id, id) == 0)
            found = &state->owners[i];
    if (found || !make || kept == LLM_OWNERS)
        return found;
    state->owners = xrealloc(state->owners, kept + 1, sizeof(*state->owners));
    found = &state->owners[kept];
    *found = (struct llm_owner){0};
    snprintf(found->id, sizeof(found->id), "%s", id);
    state->nowners++;
    return found;
}

/* --- buckets -------------------------------------------------------------- */

static double refilled(double level, int64_t limit, int64_t since, int64_t now)
{
    double more = (double)limit * (double)(now - since) / (double)MINUTE;
    double sum = level + (more > 0 ? more : 0);

    return sum > (double)limit ? (double)limit : sum;
}

static double requests_now(const struct llm_state *state,
                           const struct llm_rates *rates, int64_t now)
{
    return state->bucket_at == 0
               ? (double)rates->rpm
               : refilled(state->requests, rates->rpm, state->bucket_at, now);
}

static double tokens_now(const struct llm_state *state,
                         const struct llm_rates *rates, int64_t now)
{
    return state->bucket_at == 0
               ? (double)rates->tpm
               : refilled(state->tokens, rates->tpm, state->bucket_at, now);
}

/* How long until a bucket of so many a minute has `want` more. */
static int64_t time_for(double missing, int64_t limit)
{
    return missing <= 0
               ? 0
               : (int64_t)ceil(missing * (double)MINUTE / (double)limit);
}

int64_t llm_state_room(const struct llm_state *state,
                       const struct llm_rates *rates, int64_t tokens,
                       int64_t now)
{
    int64_t wait = 0;
    int64_t more;

    if (rates->rpm > 0)
        wait = time_for(1 - requests_now(state, rates, now), rates->rpm);
    if (rates->tpm > 0) {
        if (tokens > rates->tpm)
            tokens = rates->tpm;
        more = time_for((double)tokens - tokens_now(state, rates, now),
                        rates->tpm);
        if (more > wait)
            wait = more;
    }
    return now + wait;
}

void llm_state_take(struct llm_state *state, const struct llm_rates *rates,
                    const char *owner, int64_t tokens, int64_t lease,
                    int64_t now)
{
    struct llm_owner *mine = owner_of(state, owner, true, now);

    /* Nothing is owed to a limit that is not there. */
    state->requests = rates->rpm > 0 ? requests_now(state, rates, now) - 1 : 0;
    state->tokens =
        rates->tpm > 0 ? tokens_now(state, rates, now) - (double)tokens : 0;
    state->bucket_at = now;
    if (mine) {
        mine->count++;
        if (mine->expires < now + lease)
            mine->expires = now + lease;
    }
    if (llm_state_circuit(state, now) == LLM_HALF_OPEN) {
        state->probe_until = now + (lease < PROBE_MAX ? lease : PROBE_MAX);
        snprintf(state->prober, sizeof(state->prober), "%s", owner);
    }
}

void llm_state_give(struct llm_state *state, const char *owner, int64_t now)
{
    struct llm_owner *mine = owner_of(state, owner, false, now);

    if (mine)
        mine->count--;
    owner_of(state, owner, false, now);
}

static bool is_among(const char *id, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], id) == 0)
            return true;
    return false;
}

bool llm_state_forget(struct llm_state *state, const char *const *live,
                      size_t count)
{
    size_t had = state->nowners;
    size_t kept = 0;
    bool probe = state->prober[0] && !is_among(state->prober, live, count);

    for (size_t i = 0; i < had; i++)
        if (is_among(state->owners[i].id, live, count))
            state->owners[kept++] = state->owners[i];
    state->nowners = kept;
    if (probe) {
        state->probe_until = 0;
        state->prober[0] = '\0';
    }
    return probe || kept < had;
}
