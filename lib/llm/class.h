/*
 * class.h - what a failed call means, and what to do about it
 *
 * One enum, used by router, queue and circuit breaker.  llm_classify() is
 * pure: it is given all that is known of how a call ended and answers with
 * a class, a rule and, where the server said one, a wait.  It never decides
 * to sleep: the caller gives the task back to the queue.
 */
#ifndef AAOS_LLM_CLASS_H
#define AAOS_LLM_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/http.h"
#include "llm/llm.h"
#include "llm/wire.h"

enum llm_class {
    LLM_OK,          /* complete, and nothing to complain about */
    LLM_CONNECT,     /* DNS, refused, connect timeout, TLS handshake */
    LLM_CONFIG,      /* certificate, address not allowed, unusable URL */
    LLM_CONTEXT,     /* the prompt does not fit, or was cut by the server */
    LLM_BAD_REQUEST, /* the same request would fail again anywhere */
    LLM_POLICY,      /* content filter, refusal */
    LLM_AUTH,
    LLM_QUOTA,      /* no money left, or a wait longer than max_wait */
    LLM_MODEL_GONE, /* no such model there */
    LLM_TIMEOUT,    /* 408, 504, our own total limit */
    LLM_CONFLICT,
    LLM_RATE,
    LLM_OVERLOAD,
    LLM_WARMING,  /* a local server loads its model */
    LLM_SERVER,   /* 500, 502, 52x */
    LLM_STREAM,   /* idle, cut, or an error in the middle */
    LLM_PROTOCOL, /* 200, but not an answer */
    LLM_OUTPUT,   /* complete, but not what was asked for: length, schema */
    LLM_MISMATCH, /* another model served than was asked for */
    LLM_CANCELLED /* by us: says nothing about the endpoint */
};
enum { LLM_CLASSES = LLM_CANCELLED + 1 };

const char *llm_class_name(enum llm_class class); /* "rate", "model_gone" */
int llm_class_parse(const char *name, enum llm_class *class); /* 1, 0 */

enum llm_failover {
    LLM_FAILOVER_NO,
    LLM_FAILOVER_YES,
    LLM_FAILOVER_CONTEXT, /* to a larger window (context_fallbacks) */
    LLM_FAILOVER_POLICY,  /* only if policy_fallbacks names one */
    LLM_FAILOVER_REASK    /* after the one re-ask failed, too */
};

enum llm_circuit {
    LLM_CIRCUIT_NONE,       /* not its fault, or a success */
    LLM_CIRCUIT_COUNT,      /* one more failure */
    LLM_CIRCUIT_COOL,       /* leave it alone for verdict.wait; not counted */
    LLM_CIRCUIT_OPEN,       /* until the configuration is read anew */
    LLM_CIRCUIT_OPEN_FOR,   /* for verdict.open_for */
    LLM_CIRCUIT_OPEN_MODEL, /* that model of it only, until read anew */
    LLM_CIRCUIT_HALF        /* half-open, not counted: it is warming up */
};

enum llm_backoff {
    LLM_WAIT_NONE,
    LLM_WAIT_JITTER, /* up to 0.25 s */
    LLM_WAIT_FULL,   /* full jitter: 0 to min(30 s, 0.5 s * 2^n) */
    LLM_WAIT_DOUBLE, /* 2 s, 4 s, 8 s, 16 s */
    LLM_WAIT_SECOND  /* 1 s each time, for at most 120 s in all */
};

/* A row of the table. */
struct llm_rule {
    int retries;              /* of the same endpoint, as new attempts */
    bool idempotent_only;     /* ... and only if the task may run twice */
    bool after_compaction;    /* ... and only with a shorter prompt */
    enum llm_backoff backoff; /* when the server named no time */
    enum llm_failover failover;
    enum llm_circuit circuit;
    bool alert;         /* somebody must look at the configuration */
    bool not_a_failure; /* the task goes back "not now": no attempt counted,
                             if the wait is known (RATE, WARMING, OVERLOAD) */
};
const struct llm_rule *llm_rule(enum llm_class class);

/*
 * How long to wait before attempt n (0: the first retry), in microseconds.
 * `random` is any uniformly distributed number; the same one gives the same
 * wait.
 */
int64_t llm_backoff_wait(enum llm_backoff backoff, int n, uint64_t random);

/* --- the headers of an answer ------------------------------------------- */

/* One kind of limit; -1: not said. */
struct llm_limit {
    int64_t limit;
    int64_t remaining;
    int64_t reset; /* a duration from now, microseconds */
};

/* All that is kept of the headers.  {0} is not valid: llm_head_init(). */
struct llm_head {
    char request_id[128]; /* safe to show; "" if none */
    int64_t retry_after;  /* a duration; of retry-after-ms, else retry-after;
                               -1: none */
    int should_retry;     /* x-should-retry: 1, 0; -1: none */
    struct llm_limit requests, tokens, input_tokens, output_tokens;
};

/* The names (lower case) that llm_head_put() knows, NULL-ended: ask an
 * answer for these. */
extern const char *const llm_head_names[];

void llm_head_init(struct llm_head *head);
/*
 * Take one header; unknown ones and values that cannot be read are left
 * alone.  `now` is the wall clock, for values that are instants (RFC 3339,
 * HTTP dates).
 */
void llm_head_put(struct llm_head *head, const char *name, const char *value,
                  int64_t now);
/* "6m0s", "1.5s", "120ms", "1h2m": microseconds, or -1. */
int64_t llm_head_duration(const char *text);

/* --- the verdict --------------------------------------------------------- */

struct llm_signal {
    enum http_failure failure; /* of the transport */
    bool idle;        /* HTTP_TIMEOUT: nothing came for too long (first byte or
                      between pieces), not the total limit */
    bool connected;   /* HTTP_TIMEOUT: a connection was made */
    bool certificate; /* HTTP_TLS: the certificate, not the handshake */
    int status;       /* 0: none came */
    struct llm_error error; /* of the body or the stream; {0}: none */
    enum llm_parse parse;   /* if status is 2xx */
    enum llm_finish finish; /* if parse is LLM_PARSE_OK */
    bool context_truncated; /* llm_context_truncated() */
    struct llm_head head;
    int64_t max_wait; /* longer waits are LLM_QUOTA; 0: 15 minutes */
};

struct llm_verdict {
    enum llm_class class;
    int retries;      /* of the rule, as x-should-retry changes it */
    int64_t wait;     /* what the server asked for, microseconds; -1: it named
                          none: llm_backoff_wait(rule->backoff, ...) */
    int64_t open_for; /* LLM_CIRCUIT_OPEN_FOR: microseconds; else 0 */
    bool drop_param;  /* BAD_REQUEST that names error.param: a caller that has
                          it in drop_params may fail over */
};

void llm_classify(const struct llm_signal *signal, struct llm_verdict *verdict);

/*
 * Has the server silently cut the prompt?  Its count is under 0.6 of our
 * estimate.  Never of usage that was not reported, nor of prompts estimated
 * at under 200 tokens, where the estimate is too coarse.
 */
bool llm_context_truncated(const struct llm_usage *usage, int64_t estimate);

#endif
