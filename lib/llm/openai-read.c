/*
 * openai-read.c - what a completion, whole or in chunks, says
 *
 * An answer comes whole (choices[0].message) or as chunks
 * (choices[0].delta); both have the same members, so one function reads
 * them.  Arguments of tool calls are strings, in pieces that are put
 * together by their index.  The last chunk may hold only the usage.
 */
#include "config.h"

#include "llm/wire-internal.h"

static void take_usage(struct llm_usage *usage, const struct json_slice *from)
{
    struct json_slice details = {0};
    bool bad = false;
    int64_t prompt = llm_take_count(from, "prompt_tokens", &bad);
    int64_t out = llm_take_count(from, "completion_tokens", &bad);
    int64_t total = llm_take_count(from, "total_tokens", &bad);
    int64_t read = llm_take_count(from, "prompt_cache_hit_tokens", &bad);
    int64_t write = -1;
    int64_t thought = -1;

    if (json_member(from, "prompt_tokens_details", &details) &&
        details.type == JSON_OBJECT) {
        int64_t cached = llm_take_count(&details, "cached_tokens", &bad);

        read = cached >= 0 ? cached : read;
        write = llm_take_count(&details, "cache_write_tokens", &bad);
    }
    if (json_member(from, "completion_tokens_details", &details) &&
        details.type == JSON_OBJECT)
        thought = llm_take_count(&details, "reasoning_tokens", &bad);
    if (prompt <= 0 && out <= 0)
        return; /* zeros are what servers send that do not count */
    *usage = (struct llm_usage){
        .in = prompt > 0 ? prompt : 0,
        .cache_read = read > 0 ? read : 0,
        .cache_5m = write > 0 ? write : 0,
        .out = out > 0 ? out : 0,
        .reasoning = thought > 0 ? thought : 0,
        .reported = true,
    };
    bad = bad || (total >= 0 && total != usage->in + usage->out) ||
          usage->reasoning > usage->out;
    usage->in -= usage->cache_read + usage->cache_5m;
    if (usage->in < 0) {
        usage->in = 0;
        bad = true;
    }
    usage->anomaly = bad;
}

static int take_call(struct llm_reading *reading, const struct json_slice *from)
{
    struct json_slice function;
    struct json_slice value;
    int64_t number = -1;
    struct llm_tool_call *call;
    struct buf id = {0};

    llm_take_text(from, "id", &id);
    if (json_member(from, "index", &value) && value.type == JSON_NUMBER)
        json_integer(&value, &number);
    /* Without an index a new id is a new call. */
    if (number < 0)
        number = (int64_t)reading->answer->ncalls - (id.len > 0 ? 0 : 1);
    buf_release(&id);
    call = number < 0 || number >= LLM_CALLS_MAX
               ? NULL
               : llm_call_at(reading, (size_t)number);
    if (!call)
        return -1;
    llm_take_word(from, "id", &call->id);
    if (!json_member(from, "function", &function) ||
        function.type != JSON_OBJECT)
        return 0;
    llm_take_word(&function, "name", &call->name);
    llm_take_text(&function, "arguments", &reading->arguments[number]);
    return 0;
}

/* Some send a list of parts instead of a string. */
static void take_parts(const struct json_slice *list, struct buf *text)
{
    struct json_walk walk = {.within = *list};
    struct json_slice part;

    while (json_next(&walk, NULL, &part))
        if (part.type == JSON_OBJECT)
            llm_take_text(&part, "text", text);
}

static enum llm_step take_message(struct llm_reading *reading,
                                  const struct json_slice *message)
{
    enum { CONTENT, REFUSAL, THOUGHT, REASONING, CALLS, MEMBERS };
    static const char *const names[MEMBERS] = {
        "content", "refusal", "reasoning_content", "reasoning", "tool_calls"};
    struct llm_answer *answer = reading->answer;
    size_t before = answer->text.len;
    struct json_slice values[MEMBERS];
    struct json_walk walk = {0};
    struct json_slice call;

    json_members(message, names, MEMBERS, values);
    if (values[CONTENT].type == JSON_ARRAY)
        take_parts(&values[CONTENT], &answer->text);
    else
        llm_text_of(&values[CONTENT], &answer->text);
    if (llm_text_of(&values[REFUSAL], &answer->text))
        reading->refused = true;
    llm_said(reading, before);
    if (!llm_text_of(&values[THOUGHT], &answer->reasoning))
        llm_text_of(&values[REASONING], &answer->reasoning);
    walk.within = values[CALLS];
    if (walk.within.type != JSON_ARRAY)
        return LLM_STEP_GO;
    while (json_next(&walk, NULL, &call))
        if (call.type != JSON_OBJECT || take_call(reading, &call) < 0)
            return LLM_STEP_BAD;
    return LLM_STEP_GO;
}

static enum llm_step take_choice(struct llm_reading *reading,
                                 const struct json_slice *choice)
{
    enum { INDEX, DELTA, MESSAGE, FINISH, MEMBERS };
    static const char *const names[MEMBERS] = {"index", "delta", "message",
                                               "finish_reason"};
    struct json_slice values[MEMBERS];
    const struct json_slice *said;
    int64_t index = 0;

    json_members(choice, names, MEMBERS, values);
    if (values[INDEX].type == JSON_NUMBER)
        json_integer(&values[INDEX], &index);
    if (index != 0)
        return LLM_STEP_GO;
    said = values[DELTA].data ? &values[DELTA] : &values[MESSAGE];
    if (said->type == JSON_OBJECT && take_message(reading, said) != 0)
        return LLM_STEP_BAD;
    if (values[FINISH].type != JSON_STRING || values[FINISH].len <= 2)
        return LLM_STEP_GO;
    llm_finish_take(reading->answer, &values[FINISH]);
    reading->ended = true;
    if (reading->answer->finish != LLM_FINISH_ERROR)
        return LLM_STEP_GO;
    llm_error_take(choice, reading->error);
    return LLM_STEP_ERROR;
}

enum llm_step llm_openai_take(struct llm_reading *reading,
                              const struct json_slice *event)
{
    enum { ID = LLM_MEMBERS, MODEL, USAGE, CHOICES, MEMBERS };
    static const char *const names[MEMBERS] = {LLM_ERROR_MEMBERS, "id", "model",
                                               "usage", "choices"};
    struct llm_answer *answer = reading->answer;
    struct json_slice values[MEMBERS];
    struct json_walk walk = {0};
    struct json_slice value;
    enum llm_step step = LLM_STEP_GO;

    json_members(event, names, MEMBERS, values);
    if (llm_error_of(event, values, reading->error))
        return LLM_STEP_ERROR;
    llm_word_of(&values[ID], &answer->id);
    llm_word_of(&values[MODEL], &answer->model);
    if (values[USAGE].type == JSON_OBJECT)
        take_usage(&answer->usage, &values[USAGE]);
    walk.within = values[CHOICES];
    if (!walk.within.data)
        return LLM_STEP_GO;
    if (walk.within.type != JSON_ARRAY)
        return LLM_STEP_BAD;
    reading->events++;
    while (step == LLM_STEP_GO && json_next(&walk, NULL, &value))
        step = value.type == JSON_OBJECT ? take_choice(reading, &value)
                                         : LLM_STEP_BAD;
    return step;
}
