/*
 * call.h - one attempt: one HTTP call, and what became of it
 *
 * A call makes exactly one request and never repeats it.  It runs in the
 * caller's struct http, beside a thousand others, and costs little while it
 * waits (no buffer before the first byte came).  It ends once, by on_end().
 *
 * The key goes into one header and nowhere else: not into the URL, not into
 * any message.  Header names and values with a line end are refused.
 */
#ifndef AAOS_LLM_CALL_H
#define AAOS_LLM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/http.h"
#include "llm/class.h"
#include "llm/llm.h"

/* Limits in microseconds; 0: the default. */
struct llm_limits {
    int64_t connect;    /* 5 s */
    int64_t first_byte; /* 60 s, from the start */
    int64_t idle;       /* 30 s between pieces */
    int64_t total;      /* 600 s */
    int64_t max_wait;   /* a Retry-After over this is LLM_QUOTA; 15 min */
};

struct llm_result {
    struct llm_verdict verdict; /* class LLM_OK: answer is complete */
    struct llm_answer *answer;  /* also of a failed call: what came.  To keep
                                     it: copy the struct and zero this one */
    struct llm_error error;     /* the server's words, if any */
    char reason[256];           /* one safe sentence; "" if LLM_OK */
    struct llm_head head;
    int status;          /* 0: none came */
    int64_t elapsed;     /* microseconds */
    int64_t first_token; /* until the first byte of the body; -1 */
    int64_t bytes;       /* of the body */
    bool context_truncated;
};

struct llm_call {
    enum llm_wire wire;
    const char *base; /* of the URL */
    const char *key;  /* NULL: none is sent */
    bool bearer;      /* anthropic: "Authorization: Bearer", not x-api-key */
    /* More headers, "Name: value", NULL-ended (traceparent); or NULL. */
    const char *const *headers;
    bool allow_private; /* the address may be of this host or network */
    const char *body;   /* of llm_wire_build(); copied */
    size_t body_len;
    bool stream;
    struct llm_limits limits;
    /* For the detector of silently cut prompts and for usage that the server
     * does not report: llm_tokens_request().  0: neither. */
    int64_t prompt_estimate;
    /* The model asked for; another one that answers is LLM_MISMATCH.  NULL:
     * any may. */
    const char *model;
    int64_t now; /* the wall clock, for headers that are instants */
    /* Text as it arrives; or NULL. */
    void (*on_text)(void *ctx, const char *text, size_t len);
    /* Once, from http_run() or http_close().  May start other calls. */
    void (*on_end)(void *ctx, struct llm_result *result);
    void *ctx;
};

/* A number for http_cancel() (the result is then LLM_CANCELLED, and the
 * connection closed), or -1: ERR_DATA, ERR_BUG.  on_end is then not called. */
int64_t llm_call_start(struct http *http, const struct llm_call *call,
                       struct err *err);

#endif
