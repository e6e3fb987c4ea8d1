/*
 * wire.h - the bytes of a request, and what the bytes of an answer say
 *
 * Formats: OpenAI chat completions (and the many servers that speak it),
 * Anthropic messages 2023-06-01, Ollama's /api/chat.  Requests are built
 * with a fixed order of members and without white space: the same request
 * gives the same bytes, so that its hash can be compared.
 *
 * The parser takes an answer in pieces of any size, down to one byte, and
 * holds no more of it than one line and what it has understood.  An answer
 * is complete when its end marker was seen (a finish_reason, message_stop,
 * "done":true) and never otherwise.
 */
#ifndef AAOS_LLM_WIRE_H
#define AAOS_LLM_WIRE_H

#include "core/buf.h"
#include "core/err.h"
#include "llm/llm.h"

/* --- requests ---------------------------------------------------------- */

/* Append the body.  ERR_DATA: a text that is no UTF-8, a malformed schema,
 * temperature or name. */
int llm_wire_build(enum llm_wire wire, const struct llm_request *request,
                   struct buf *body, struct err *err);

enum llm_place {
    LLM_CHAT,  /* POST a request */
    LLM_PROBE, /* GET: is it alive? (/models, /v1/models, /api/version) */
    LLM_COUNT  /* POST: count tokens (anthropic only; others: NULL) */
};
/* The URL for a base from the configuration, with or without a slash or (for
 * anthropic) "/v1" at its end.  malloc'd, or NULL if there is none. */
char *llm_wire_url(enum llm_wire wire, const char *base, enum llm_place place);

/* --- answers ----------------------------------------------------------- */

/* What is wrong with an answer whose status was 200. */
enum llm_parse {
    LLM_PARSE_OK,        /* complete */
    LLM_PARSE_TRUNCATED, /* it ended before its end marker */
    LLM_PARSE_MALFORMED, /* not JSON, or nothing of what must be there */
    LLM_PARSE_ERROR,     /* the server reports an error inside of it */
    LLM_PARSE_TOO_LARGE  /* a line, the text or the whole is over its limit */
};

/* An error as servers report it, in a body or in the middle of a stream.
 * All are safe to show (no control characters) and cut to fit; "" if not
 * there. */
struct llm_error {
    char type[64];     /* "rate_limit_error" */
    char code[64];     /* "insufficient_quota", "context_length_exceeded" */
    char param[64];    /* "temperature" */
    char message[256]; /* of the server, redacted; for people only */
    int status;        /* that it claims for itself; 0: none */
    bool moderation;   /* metadata says that a moderation refused it */
};

/*
 * Read an error body: {"error":{..}}, {"type":"error","error":{..}},
 * {"object":"error",..}, {"error":"text"}, {"detail":..}, else the first
 * bytes of whatever it is (HTML) as the message.  Never fails.
 */
void llm_error_read(const char *body, size_t len, struct llm_error *error);

/* Of a stream a token has some 300 bytes, so that 128,000 of them are 40 MB
 * of events and half a megabyte of text. */
enum {
    LLM_LINE_MAX = 4 << 20,   /* a line, or a whole answer as JSON */
    LLM_TEXT_MAX = 4 << 20,   /* of text, thoughts and arguments */
    LLM_TOTAL_MAX = 128 << 20 /* of the bytes of an answer */
};

struct llm_parser; /* opaque */

/*
 * `stream` says what was asked for; a server that sends one JSON document
 * all the same is understood.  on_text (or NULL) is given each piece of the
 * answer's text as it arrives: after the first, no silent retry.
 */
struct llm_parser *llm_parser_open(enum llm_wire wire, bool stream,
                                   void (*on_text)(void *ctx, const char *text,
                                                   size_t len),
                                   void *ctx);
void llm_parser_close(struct llm_parser *parser); /* NULL is fine */

/* 0, or -1 when nothing that follows can matter: a limit, nonsense, an error
 * event.  llm_parser_end() then says what. */
int llm_parser_feed(struct llm_parser *parser, const char *data, size_t len);

/*
 * No more bytes.  *answer receives what was understood, also of an answer
 * that is not complete (its text is then worth keeping as an artefact, and
 * never a success).  `error` is filled for LLM_PARSE_ERROR, and its message
 * for the other failures.  Call once; then close.
 */
enum llm_parse llm_parser_end(struct llm_parser *parser,
                              struct llm_answer *answer,
                              struct llm_error *error);

#endif
