/*
 * complexity.h - how hard a task is, by its words
 *
 * Free, local and deterministic: seven signals of the instruction (not of
 * what is attached to it), each from -1 to 1, times its weight.  The tier
 * says how good a model must be at least.
 */
#ifndef AAOS_LLM_COMPLEXITY_H
#define AAOS_LLM_COMPLEXITY_H

#include <stddef.h>

enum llm_tier { LLM_SIMPLE, LLM_MEDIUM, LLM_COMPLEX, LLM_REASONING };

const char *llm_tier_name(enum llm_tier tier);             /* "simple" */
int llm_tier_parse(const char *name, enum llm_tier *tier); /* 1, 0 */
int llm_tier_quality(enum llm_tier tier);                  /* 0, 40, 65, 80 */

enum llm_signal_kind {
    LLM_SIGNAL_LENGTH,
    LLM_SIGNAL_CODE,
    LLM_SIGNAL_REASONING,
    LLM_SIGNAL_TECHNICAL,
    LLM_SIGNAL_SIMPLE,
    LLM_SIGNAL_STEPS,
    LLM_SIGNAL_QUESTIONS
};
enum { LLM_SIGNALS = LLM_SIGNAL_QUESTIONS + 1 };
const char *llm_signal_name(enum llm_signal_kind kind);

struct llm_complexity {
    enum llm_tier tier;
    double score;
    double signals[LLM_SIGNALS]; /* before their weights */
};

/* Any bytes. */
void llm_complexity(const char *text, size_t len, struct llm_complexity *out);

#endif
