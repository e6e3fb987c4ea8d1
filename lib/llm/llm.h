/*
 * llm.h - the nouns: a request, an answer, and what it used
 *
 * Neutral of any vendor.  wire.h turns a request into the bytes that one
 * of the three wires wants, and the bytes of an answer into this answer;
 * class.h says what a failure means; price.h what the usage costs; call.h
 * does one HTTP call.  Nothing here reads the environment, a clock or a
 * random number: time and chance are arguments.
 *
 * Requests borrow everything they point to for the length of a call.
 * Answers own what they hold: llm_answer_release().  Zero is valid.
 */
#ifndef AAOS_LLM_LLM_H
#define AAOS_LLM_LLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum llm_wire {
    LLM_OPENAI,    /* BASE/chat/completions; BASE ends in /v1 */
    LLM_ANTHROPIC, /* BASE/v1/messages */
    LLM_OLLAMA     /* BASE/api/chat */
};

/* "openai", "anthropic", "ollama"; parse: 1 found, 0 not. */
const char *llm_wire_name(enum llm_wire wire);
int llm_wire_parse(const char *name, enum llm_wire *wire);

enum llm_role {
    LLM_USER,
    LLM_ASSISTANT,
    LLM_TOOL /* the result of one call of a tool */
};

/* A tool that the model wants called.  In an answer all three are malloc'd
 * and never NULL. */
struct llm_tool_call {
    char *id;
    char *name;
    char *arguments; /* as the model wrote them: possibly not JSON */
};

struct llm_message {
    enum llm_role role;
    bool is_error;    /* LLM_TOOL: the call failed */
    const char *text; /* UTF-8; NULL: none (an assistant that only calls) */
    /* LLM_ASSISTANT: the tools it called. */
    const struct llm_tool_call *calls;
    size_t ncalls;
    /* LLM_TOOL: which call this answers.  Each call of an assistant's
     * message must be answered before the next user's. */
    const char *call_id;
};

struct llm_tool {
    const char *name;
    const char *description; /* or NULL */
    const char *parameters;  /* JSON Schema of an object; checked text */
};

enum llm_tool_choice {
    LLM_TOOLS_AUTO,
    LLM_TOOLS_REQUIRED,
    LLM_TOOLS_NONE /* the tools are described, but none may be called */
};

struct llm_request {
    const char *model;  /* the vendor's name */
    const char *system; /* or NULL */
    const struct llm_message *messages;
    size_t nmessages; /* at least 1 */
    const struct llm_tool *tools;
    size_t ntools;
    enum llm_tool_choice tool_choice;
    int64_t max_output;      /* tokens; 0: not said (anthropic: 4096) */
    const char *temperature; /* a decimal, "0.2"; NULL: not said */
    bool stream;
    /* The answer shall be JSON: of this schema (checked JSON text), or, with
     * `json` alone, any object. */
    const char *schema;
    const char *schema_name; /* [A-Za-z0-9_-]{1,64}; NULL: "output" */
    bool json;

    /* What the endpoint is like. */
    const char *max_tokens_field; /* openai; NULL: "max_completion_tokens" */
    /* Members of the body, by the wire's names ("temperature",
     * "stream_options"), that are left out; NULL-ended; or NULL.  For
     * ollama also members of "options". */
    const char *const *drop_params;
    int64_t num_ctx;        /* ollama: the window to allocate; 0: not said */
    const char *keep_alive; /* ollama: "5m", "-1"; NULL: not said */
};

/* Why the model stopped. */
enum llm_finish {
    LLM_FINISH_NONE, /* it did not say: never success */
    LLM_FINISH_STOP,
    LLM_FINISH_LENGTH,  /* max_output was reached */
    LLM_FINISH_TOOLS,   /* it wants tools called */
    LLM_FINISH_FILTER,  /* content filter or refusal */
    LLM_FINISH_CONTEXT, /* the model's window is full */
    LLM_FINISH_PAUSE,   /* send the answer back to let it go on */
    LLM_FINISH_ERROR,   /* an upstream broke (OpenRouter) */
    LLM_FINISH_OTHER    /* a word we do not know: success */
};
const char *llm_finish_name(enum llm_finish finish); /* "stop", "length" */

/*
 * Tokens by what they are billed as; the five add up to all there are.
 * The whole prompt is in + cache_read + cache_5m + cache_1h.
 */
struct llm_usage {
    int64_t in; /* of the prompt, neither read from nor put in a cache */
    int64_t cache_read;
    int64_t cache_5m;  /* written, kept for 5 minutes */
    int64_t cache_1h;  /* written, kept for an hour */
    int64_t out;       /* with the reasoning */
    int64_t reasoning; /* part of out, for information */
    bool reported;     /* false: the server said nothing; all is 0 until
                             llm_usage_estimate() */
    bool estimated;
    bool anomaly; /* numbers that contradict each other were mended */
};

int64_t llm_usage_prompt(const struct llm_usage *usage);
/*
 * Fill in what the server did not report, if it did not: usage->estimated.
 * The arguments are estimates (tokens.h) of the prompt and of what came.
 */
void llm_usage_estimate(struct llm_usage *usage, int64_t prompt, int64_t out);

struct llm_answer {
    struct buf text;      /* UTF-8 */
    struct buf reasoning; /* thoughts that a server shows; not the answer */
    struct llm_tool_call *calls;
    size_t ncalls;
    enum llm_finish finish;
    char *finish_word; /* the server's own; or NULL */
    char *model;       /* that served; or NULL */
    char *id;          /* of the answer; or NULL */
    struct llm_usage usage;
};

void llm_answer_release(struct llm_answer *answer);

/*
 * Is this the model that was asked for?  Servers answer to "gpt-x" as
 * "gpt-x-2026-01-31" and to "qwen" as "qwen:latest" or "vendor/qwen"; NULL
 * or "" (the server did not say) matches.
 */
bool llm_model_matches(const char *requested, const char *served);

#endif
