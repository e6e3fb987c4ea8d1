/*
 * state.h - what is known of an endpoint, and how it changes
 *
 * One struct for an endpoint ("e:NAME"), for one of its models
 * ("m:NAME/MODEL") and for a task type ("t:TYPE", of which only
 * out_tokens counts).  Workers share it as text, in Redis or in the table
 * llm_states; the rules are here, once, and pure: time and chance are
 * arguments.
 *
 *   closed --3 failures in a row, or more than half of 5 in 60 s--> open
 *   open --open_until--> half-open --one probe: success--> closed
 *                                  '--failure--> open, twice as long
 *
 * cooldown_until (a server said when to come back) is no failure and not
 * "open".  Calls in flight are counted by owner, and each owner's count
 * ends by itself at `expires`, so that a killed worker leaks nothing.
 */
#ifndef AAOS_LLM_STATE_H
#define AAOS_LLM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/uuid.h"
#include "llm/class.h"

enum { LLM_OWNERS = 256 }; /* workers that one endpoint serves at a time */

struct llm_owner {
    char id[UUID_SIZE];
    int64_t count;
    int64_t expires;
};

struct llm_state {
    /* Circuit. */
    int64_t failures;   /* in a row */
    int64_t opens;      /* in a row */
    int64_t open_until; /* 0: closed */
    char why[24];       /* class name that opened it, or "" */
    char mark[20];      /* of the configuration that it was opened under,
                             when a new one may mend it; or "" */
    int64_t cooldown_until;
    int64_t probe_until; /* a probe is under way till then at most */
    char prober[UUID_SIZE];
    int64_t window_at; /* 60 s that began then */
    int64_t window_calls, window_failures;
    /* Moving averages; seen_at 0: none yet. */
    int64_t seen_at;
    double first_token; /* microseconds */
    double speed;       /* tokens of output a second */
    double failing;     /* 0 to 1 */
    double out_tokens;  /* of an answer */
    double ratio;       /* reported prompt tokens / estimate; 0: unknown */
    /* Buckets: what is left of a minute's worth, at bucket_at. */
    int64_t bucket_at; /* 0: full */
    double requests, tokens;
    /* In flight. */
    struct llm_owner *owners;
    size_t nowners;
};
void llm_state_release(struct llm_state *state);

/* The text that is stored: JSON.  Parsing never fails: what cannot be read
 * is a state of which nothing is known (and false is returned). */
void llm_state_print(const struct llm_state *state, struct buf *out);
bool llm_state_parse(const char *text, size_t len, struct llm_state *state);

/* Closed again when it was opened by a wrong key, address or model name and
 * the endpoint is configured otherwise now (llm_endpoint.mark). */
void llm_state_fit(struct llm_state *state, const char *mark);

enum llm_circuit_state {
    LLM_CLOSED,
    LLM_HALF_OPEN, /* one probe may go */
    LLM_PROBING,   /* and is under way */
    LLM_OPENED
};
enum llm_circuit_state llm_state_circuit(const struct llm_state *state,
                                         int64_t now);
const char *llm_circuit_state_name(enum llm_circuit_state state);

int64_t llm_state_in_flight(const struct llm_state *state, int64_t now);

/* Limits of an endpoint; 0: none. */
struct llm_rates {
    int64_t rpm, tpm, parallel;
};
/* When a request of so many tokens has room in the buckets: an instant, now
 * at the earliest.  A request larger than a minute's worth needs a full
 * bucket. */
int64_t llm_state_room(const struct llm_state *state,
                       const struct llm_rates *rates, int64_t tokens,
                       int64_t now);

/* A call begins: bucket, in flight for `lease`, the probe if it is one. */
void llm_state_take(struct llm_state *state, const struct llm_rates *rates,
                    const char *owner, int64_t tokens, int64_t lease,
                    int64_t now);
/* It ended (counts down), or what it was taken for did not happen. */
void llm_state_give(struct llm_state *state, const char *owner, int64_t now);

/* Calls of owners that are not in this list are over: so are their places,
 * and their probes.  True if there were any. */
bool llm_state_forget(struct llm_state *state, const char *const *live,
                      size_t count);

/* What a call taught us. */
struct llm_lesson {
    enum llm_class class;
    int64_t wait;        /* what the server asked for; -1: nothing */
    int64_t open_for;    /* of the verdict */
    int64_t first_token; /* -1: none came */
    int64_t elapsed;
    int64_t out_tokens;
    int64_t prompt_tokens, prompt_estimate; /* 0: not known */
    int64_t requests_left, requests_reset;  /* the server's own, -1: not said */
    int64_t tokens_left, tokens_reset;
    const char *mark; /* of the endpoint's configuration */
    double random;    /* [0, 1) */
};
/*
 * Into the state of the endpoint and of the model.  AUTH, CONFIG and
 * MODEL_GONE open for an hour, or until the configuration changes.  CONNECT, CONFIG, AUTH,
 * QUOTA, RATE and OVERLOAD are of the endpoint, all others of the model;
 * averages are of the model.  true: a circuit opened or closed.
 */
bool llm_state_learn(struct llm_state *endpoint, struct llm_state *model,
                     const struct llm_lesson *lesson, const char *owner,
                     int64_t now);
/* Answers of this task type: state "t:TYPE". */
void llm_state_learn_out(struct llm_state *type, int64_t out_tokens,
                         int64_t now);

#endif
