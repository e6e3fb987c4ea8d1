/*
 * complexity.c - how hard a task is, by its words
 *
 * The signals, their weights and the boundaries between the tiers are
 * those of LiteLLM's complexity router, which has shown them to work; the
 * words are ours.  Words match whole and whatever their case: "class" is
 * no part of "classic".
 */
#include "config.h"

#include "llm/complexity.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "core/attr.h"
#include "llm/tokens.h"

enum { SHORT = 15, LONG = 400, MANY_QUESTIONS = 4, READ_MAX = 64 * 1024 };

static const double weights[LLM_SIGNALS] = {
    [LLM_SIGNAL_LENGTH] = .10,    [LLM_SIGNAL_CODE] = .30,
    [LLM_SIGNAL_REASONING] = .25, [LLM_SIGNAL_TECHNICAL] = .25,
    [LLM_SIGNAL_SIMPLE] = .05,    [LLM_SIGNAL_STEPS] = .03,
    [LLM_SIGNAL_QUESTIONS] = .02,
};

static const char *const names[LLM_SIGNALS] = {
    "length", "code", "reasoning", "technical", "simple", "steps", "questions"};

static const char *const code[] = {
    "function",     "class",        "struct",      "compile",   "compiler",
    "bug",          "debug",        "refactor",    "implement", "unit test",
    "tests",        "api",          "sql",         "regex",     "algorithm",
    "script",       "source code",  "stack trace", "segfault",  "makefile",
    "commit",       "pull request", "patch",       "python",    "javascript",
    "typescript",   "rust",         "java",        "golang",    "shell",
    "null pointer", "exception",    NULL};
static const char *const reasoning[] = {
    "step by step", "prove",         "proof",
    "derive",       "deduce",        "infer",
    "trade-offs",   "tradeoffs",     "weigh",
    "evaluate",     "justify",       "root cause",
    "analyse",      "analyze",       "compare",
    "reason about", "reasoning",     "explain why",
    "strategy",     "pros and cons", NULL};
static const char *const technical[] = {
    "architecture", "distributed", "concurrency", "throughput",  "latency",
    "encryption",   "protocol",    "database",    "transaction", "index",
    "cache",        "kernel",      "scheduler",   "consistency", "schema",
    "network",      "tcp",         "http",        "memory",      "thread",
    "statistics",   "regression",  "theorem",     "complexity",  "migration",
    "security",     "performance", NULL};
static const char *const simple[] = {
    "what is",     "who is",  "when was",   "where is", "define",
    "translate",   "list",    "yes or no",  "hello",    "thanks",
    "in one word", "briefly", "capital of", "spell",    NULL};
static const char *const steps[] = {"first",   "then",       "after that",
                                    "finally", "and then",   "step 1",
                                    "next",    "afterwards", NULL};

const char *llm_signal_name(enum llm_signal_kind kind)
{
    return names[kind];
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool begins(const char *text, size_t len, const char *word)
{
    size_t n = strlen(word);

    return n <= len && strncasecmp(text, word, n) == 0 &&
           (n == len || !in_word(text[n]));
}

enum { WORDS_MAX = 64 };

/* How many of these words there are, each counted once. */
static size_t count_words(const char *text, size_t len,
                          const char *const *words)
{
    bool found[WORDS_MAX] = {false};
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        int first = tolower((unsigned char)text[i]);

        if (i > 0 && in_word(text[i - 1]))
            continue;
        for (size_t k = 0; k < WORDS_MAX && words[k]; k++)
            if (*words[k] == first && !found[k] &&
                begins(text + i, len - i, words[k])) {
                found[k] = true;
                count++;
            }
    }
    return count;
}

/* 0, half or all of a signal: none, one, several of these words. */
static double share(size_t count)
{
    return count == 0 ? 0 : count == 1 ? .5 : 1;
}

static double length_signal(int64_t tokens)
{
    return tokens < SHORT ? -1 : tokens > LONG ? 1 : 0;
}

static double question_signal(const char *text, size_t len)
{
    int count = 0;

    for (size_t i = 0; i < len; i++)
        count += text[i] == '?';
    return count >= MANY_QUESTIONS ? .5 : 0;
}

static enum llm_tier tier_of(double score)
{
    return score < .15   ? LLM_SIMPLE
           : score < .35 ? LLM_MEDIUM
           : score < .60 ? LLM_COMPLEX
                         : LLM_REASONING;
}

void llm_complexity(const char *text, size_t len, struct llm_complexity *out)
{
    size_t reasons;
    double signals[LLM_SIGNALS] = {0};

    *out = (struct llm_complexity){0};
    if (len > READ_MAX)
        len = READ_MAX;
    signals[LLM_SIGNAL_LENGTH] = length_signal(llm_tokens(text, len));
    reasons = count_words(text, len, reasoning);
    signals[LLM_SIGNAL_CODE] = share(count_words(text, len, code));
    signals[LLM_SIGNAL_REASONING] = share(reasons);
    signals[LLM_SIGNAL_TECHNICAL] = share(count_words(text, len, technical));
    signals[LLM_SIGNAL_SIMPLE] = count_words(text, len, simple) > 0 ? -1 : 0;
    signals[LLM_SIGNAL_STEPS] = count_words(text, len, steps) > 0 ? .5 : 0;
    signals[LLM_SIGNAL_QUESTIONS] = question_signal(text, len);
    for (size_t i = 0; i < LLM_SIGNALS; i++) {
        out->signals[i] = signals[i];
        out->score += weights[i] * signals[i];
    }
    out->tier = tier_of(out->score);
    /* Who asks for it twice wants to see somebody think. */
    if (reasons >= 2)
        out->tier = LLM_REASONING;
}

static const char *const tiers[] = {"simple", "medium", "complex", "reasoning"};
static const int qualities[] = {0, 40, 65, 80};

const char *llm_tier_name(enum llm_tier tier)
{
    return tiers[tier];
}

int llm_tier_parse(const char *name, enum llm_tier *tier)
{
    for (size_t i = 0; i < LENGTH(tiers); i++)
        if (strcmp(tiers[i], name) == 0) {
            *tier = (enum llm_tier)i;
            return 1;
        }
    return 0;
}

int llm_tier_quality(enum llm_tier tier)
{
    return qualities[tier];
}
