/*
 * wire-internal.h - what the three wires share
 *
 * A wire is a small table of functions.  Bodies are written straight into a
 * buf: a comma goes before a member unless a bracket was just opened.
 */
#ifndef AAOS_LLM_WIRE_INTERNAL_H
#define AAOS_LLM_WIRE_INTERNAL_H

#include "core/json.h"
#include "llm/wire.h"

enum { LLM_CALLS_MAX = 128 }; /* tool calls in one answer */

/* What is known of an answer so far. */
struct llm_reading {
    struct llm_answer *answer;
    struct llm_error *error;
    void (*on_text)(void *ctx, const char *text, size_t len);
    void *ctx;
    bool ended;    /* the end marker was seen */
    bool refused;  /* some of the text is a refusal */
    size_t events; /* documents that had something of an answer in them */
    struct buf *arguments; /* one for each of answer->calls */
    /* anthropic: counts as they came last, plus one; which call a block is,
     * plus one; arguments so far are only the "{}" that it began with */
    int64_t counts[6];
    uint8_t blocks[LLM_CALLS_MAX];
    bool lead[LLM_CALLS_MAX];
};

enum llm_step {
    LLM_STEP_GO,
    LLM_STEP_BAD,  /* not what this wire sends */
    LLM_STEP_ERROR /* reading->error tells */
};

struct llm_wire_ops {
    const char *name;
    const char *chat, *probe, *count; /* paths, behind the base */
    bool versioned; /* the paths begin with /v1, and a base may end so, too */
    void (*build)(const struct llm_request *request, struct buf *body);
    /* One JSON object: a whole answer, or one event of a stream. */
    enum llm_step (*take)(struct llm_reading *reading,
                          const struct json_slice *event);
};

extern const struct llm_wire_ops llm_openai, llm_anthropic, llm_ollama;
const struct llm_wire_ops *llm_wire_ops(enum llm_wire wire);
enum llm_step llm_openai_take(struct llm_reading *reading,
                              const struct json_slice *event);
enum llm_step llm_anthropic_take(struct llm_reading *reading,
                                 const struct json_slice *event);

/* --- writing ------------------------------------------------------------ */

void llm_comma(struct buf *body);
/* `,"name":`, or false if the endpoint does not want that parameter. */
bool llm_param(struct buf *body, const struct llm_request *request,
               const char *name);
/* Names are ours: nothing in them needs an escape. */
void llm_key(struct buf *body, const char *name);
void llm_key_text(struct buf *body, const char *name, const char *text);
void llm_key_num(struct buf *body, const char *name, int64_t num);
/* The arguments of a call if they are a JSON object, else {}. */
void llm_arguments(struct buf *body, const char *arguments);
/* A first message with the system prompt, if there is one. */
void llm_system(struct buf *body, const char *system);
/* The list of tools as openai and ollama have it. */
void llm_functions(struct buf *body, const struct llm_request *request);

/* --- reading ------------------------------------------------------------ */

/* Append a value if it is a string, true if it is not empty. */
bool llm_text_of(const struct json_slice *value, struct buf *text);
/* Append the string member `name` to text; false: there is none. */
bool llm_take_text(const struct json_slice *object, const char *name,
                   struct buf *text);
/* Keep the string member in *to if nothing is there yet (512 bytes). */
void llm_take_word(const struct json_slice *object, const char *name,
                   char **to);
void llm_word_of(const struct json_slice *value, char **to);
/* A count; -1: not there.  Numbers that are none set *anomaly. */
int64_t llm_take_count(const struct json_slice *object, const char *name,
                       bool *anomaly);
/* A piece of the answer's text. */
void llm_said(struct llm_reading *reading, size_t before);
/* The call with this number, made if there is none; NULL: too many.  Its
 * arguments are collected in reading->arguments[number]. */
struct llm_tool_call *llm_call_at(struct llm_reading *reading, size_t number);
/* No more will come: arguments go into their calls, empty calls away. */
void llm_calls_end(struct llm_reading *reading);
void llm_finish_take(struct llm_answer *answer, const struct json_slice *word);
/* An object as a value of an error, in any of the known shapes. */
bool llm_error_take(const struct json_slice *document, struct llm_error *error);
/* The same for whoever has looked for these members of it, as the first. */
#define LLM_ERROR_MEMBERS "error", "object", "type"
enum { LLM_MEMBER_ERROR, LLM_MEMBER_OBJECT, LLM_MEMBER_TYPE, LLM_MEMBERS };
bool llm_error_of(const struct json_slice *document,
                  const struct json_slice members[LLM_MEMBERS],
                  struct llm_error *error);

/*
 * Copy a text that json_check() refused, with what it refuses most: NUL and
 * lone surrogates as escapes, and bytes that are no UTF-8, all of them as
 * U+FFFD.
 */
void llm_mend(const char *text, size_t len, struct buf *out);
/* Behind the bracket that closes the one at `at`; NULL: none does. */
const char *llm_balance(const char *at, const char *end);
/* json_check(), and once more after llm_mend() into scratch. */
int llm_json(const char *text, size_t len, struct buf *scratch,
             struct json_slice *value, struct err *err);

#endif
