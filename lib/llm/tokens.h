/*
 * tokens.h - how many tokens a text is, about
 *
 * No tokenizer and no tables: one pass over code points, with weights in
 * hundredths of a token found against o200k_base and cl100k_base.  Within
 * 15 % on text and code; use times 1.10 to ask whether something fits.
 */
#ifndef AAOS_LLM_TOKENS_H
#define AAOS_LLM_TOKENS_H

#include <stddef.h>
#include <stdint.h>

#include "llm/llm.h"

/* Any bytes; rounded up; 0 only for the empty text. */
int64_t llm_tokens(const char *text, size_t len);

/* Per cent by which a vendor's tokens differ: 100 openai, 120 anthropic,
 * 110 ollama. */
int llm_tokens_factor(enum llm_wire wire);

/*
 * The prompt of a request: system, messages, tools and schema, with 4 for
 * each message and 3 for the request, times factor / 100 (rounded up).
 */
int64_t llm_tokens_request(const struct llm_request *request, int factor);

/* What an answer's text, reasoning and tool calls are, times factor / 100. */
int64_t llm_tokens_answer(const struct llm_answer *answer, int factor);

#endif
