/*
 * reading.c - pieces of answers that all wires have
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/wire-internal.h"

enum { WORD_MAX = 512 };

bool llm_text_of(const struct json_slice *value, struct buf *text)
{
    if (value->type != JSON_STRING)
        return false;
    json_decode(value, text);
    return value->len > 2;
}

bool llm_take_text(const struct json_slice *object, const char *name,
                   struct buf *text)
{
    struct json_slice value;

    return json_member(object, name, &value) && llm_text_of(&value, text);
}

/* At a character. */
static void cut(struct buf *text)
{
    if (text->len > WORD_MAX)
        text->data[utf8_prefix(text->data, text->len, WORD_MAX / 4)] = '\0';
}

void llm_word_of(const struct json_slice *value, char **to)
{
    struct buf text = {0};

    if (*to && **to)
        return;
    if (llm_text_of(value, &text)) {
        cut(&text);
        free(*to);
        *to = buf_detach(&text);
    }
    buf_release(&text);
}

void llm_take_word(const struct json_slice *object, const char *name, char **to)
{
    struct json_slice value;

    if (json_member(object, name, &value))
        llm_word_of(&value, to);
}

int64_t llm_take_count(const struct json_slice *object, const char *name,
                       bool *anomaly)
{
    struct json_slice value;
    int64_t count;
    double number;

    if (!json_member(object, name, &value) || value.type == JSON_NULL)
        return -1;
    if (value.type == JSON_NUMBER && json_integer(&value, &count) &&
        count >= 0 && count < INT64_C(1) << 40)
        return count;
    /* "12.0" is what a language without integers writes. */
    number = value.type == JSON_NUMBER ? json_double(&value) : -1;
    if (number >= 0 && number < 1e12 && (double)(int64_t)number == number)
        return (int64_t)number;
    *anomaly = true;
    return -1;
}

void llm_said(struct llm_reading *reading, size_t before)
{
    const struct buf *text = &reading->answer->text;

    if (reading->on_text && text->len > before)
        reading->on_text(reading->ctx, text->data + before, text->len - before);
}

struct llm_tool_call *llm_call_at(struct llm_reading *reading, size_t number)
{
    struct llm_answer *answer = reading->answer;
    struct llm_tool_call *call;

    if (number >= LLM_CALLS_MAX)
        return NULL;
    if (number >= answer->ncalls) {
        answer->calls =
            xrealloc(answer->calls, number + 1, sizeof(*answer->calls));
        reading->arguments =
            xrealloc(reading->arguments, number + 1, sizeof(struct buf));
    }
    while (answer->ncalls <= number) {
        reading->arguments[answer->ncalls] = (struct buf){0};
        call = &answer->calls[answer->ncalls++];
        *call = (struct llm_tool_call){.id = xstrdup(""), .name = xstrdup("")};
    }
    return &answer->calls[number];
}

/* Some servers count from 1, which leaves a call that nobody made. */
void llm_calls_end(struct llm_reading *reading)
{
    struct llm_answer *answer = reading->answer;
    size_t count = 0;
    size_t i;

    for (i = 0; i < answer->ncalls; i++) {
        struct llm_tool_call call = answer->calls[i];

        call.arguments = buf_detach(&reading->arguments[i]);
        if (*call.id || *call.name || *call.arguments) {
            answer->calls[count++] = call;
            continue;
        }
        free(call.id);
        free(call.name);
        free(call.arguments);
    }
    answer->ncalls = count;
    free(reading->arguments);
    reading->arguments = NULL;
}

static const struct {
    const char *word;
    enum llm_finish finish;
} words[] = {
    {"stop", LLM_FINISH_STOP},
    {"end_turn", LLM_FINISH_STOP},
    {"stop_sequence", LLM_FINISH_STOP},
    {"eos", LLM_FINISH_STOP},
    {"length", LLM_FINISH_LENGTH},
    {"max_tokens", LLM_FINISH_LENGTH},
    {"tool_calls", LLM_FINISH_TOOLS},
    {"tool_use", LLM_FINISH_TOOLS},
    {"function_call", LLM_FINISH_TOOLS},
    {"content_filter", LLM_FINISH_FILTER},
    {"refusal", LLM_FINISH_FILTER},
    {"model_context_window_exceeded", LLM_FINISH_CONTEXT},
    {"pause_turn", LLM_FINISH_PAUSE},
    {"error", LLM_FINISH_ERROR},
    {"abort", LLM_FINISH_ERROR},
    {"unload", LLM_FINISH_ERROR},
};

void llm_finish_take(struct llm_answer *answer, const struct json_slice *word)
{
    struct buf text = {0};
    size_t i;

    json_decode(word, &text);
    if (text.len == 0) {
        buf_release(&text);
        return;
    }
    cut(&text);
    free(answer->finish_word);
    answer->finish_word = buf_detach(&text);
    answer->finish = LLM_FINISH_OTHER;
    for (i = 0; i < LENGTH(words); i++)
        if (strcmp(answer->finish_word, words[i].word) == 0)
            answer->finish = words[i].finish;
}
