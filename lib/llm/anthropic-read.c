/*
 * anthropic-read.c - what a message, whole or in events, says
 *
 * The counts in message_delta are running totals, so the last one wins; the
 * input of a tool comes as pieces of JSON text.
 */
#include "config.h"

#include "llm/wire-internal.h"

/* --- usage -------------------------------------------------------------- */

enum { INPUT, READ, WRITE, WRITE_5M, WRITE_1H, OUTPUT };

static void keep(int64_t *count, int64_t value)
{
    if (value >= 0)
        *count = value + 1; /* 0 is "never said" */
}

static void take_usage(struct llm_reading *reading,
                       const struct json_slice *from)
{
    struct llm_usage *usage = &reading->answer->usage;
    int64_t *counts = reading->counts;
    struct json_slice details;
    int64_t value[6];
    int64_t thought = -1;
    bool bad = usage->anomaly;
    int i;

    keep(&counts[INPUT], llm_take_count(from, "input_tokens", &bad));
    keep(&counts[READ], llm_take_count(from, "cache_read_input_tokens", &bad));
    keep(&counts[WRITE],
         llm_take_count(from, "cache_creation_input_tokens", &bad));
    keep(&counts[OUTPUT], llm_take_count(from, "output_tokens", &bad));
    if (json_member(from, "cache_creation", &details) &&
        details.type == JSON_OBJECT) {
        keep(&counts[WRITE_5M],
             llm_take_count(&details, "ephemeral_5m_input_tokens", &bad));
        keep(&counts[WRITE_1H],
             llm_take_count(&details, "ephemeral_1h_input_tokens", &bad));
    }
    if (json_member(from, "output_tokens_details", &details) &&
        details.type == JSON_OBJECT)
        thought = llm_take_count(&details, "thinking_tokens", &bad);
    for (i = 0; i < 6; i++)
        value[i] = counts[i] > 0 ? counts[i] - 1 : 0;
    usage->in = value[INPUT];
    usage->cache_read = value[READ];
    usage->cache_1h = value[WRITE_1H];
    usage->cache_5m = value[WRITE] - value[WRITE_1H];
    /* The split must add up to the whole, which is what is billed. */
    if (counts[WRITE_5M] > 0 && value[WRITE_5M] != usage->cache_5m) {
        bad = true;
        if (usage->cache_5m < value[WRITE_5M])
            usage->cache_5m = value[WRITE_5M];
    }
    if (usage->cache_5m < 0) {
        usage->cache_5m = 0;
        bad = true;
    }
    usage->out = value[OUTPUT];
    usage->reasoning = thought >= 0 ? thought : usage->reasoning;
    usage->anomaly = bad || usage->reasoning > usage->out;
    usage->reported = llm_usage_prompt(usage) > 0 || usage->out > 0;
}

/* --- reading ------------------------------------------------------------ */

static int take_use(struct llm_reading *reading, const struct json_slice *block,
                    size_t index)
{
    size_t number = reading->answer->ncalls;
    struct llm_tool_call *call = llm_call_at(reading, number);
    struct json_slice input;

    if (!call || index >= LLM_CALLS_MAX)
        return -1;
    llm_take_word(block, "id", &call->id);
    llm_take_word(block, "name", &call->name);
    reading->blocks[index] = (uint8_t)(number + 1);
    if (json_member(block, "input", &input) && input.type == JSON_OBJECT) {
        buf_put(&reading->arguments[number], input.data, input.len);
        reading->lead[index] = true;
    }
    return 0;
}

/* Of a whole answer, or the beginning of one in a stream. */
static enum llm_step take_block(struct llm_reading *reading,
                                const struct json_slice *block, size_t index)
{
    struct llm_answer *answer = reading->answer;
    size_t before = answer->text.len;
    struct json_slice type;

    if (!json_member(block, "type", &type) || type.type != JSON_STRING)
        return LLM_STEP_BAD;
    if (json_equals(&type, "text")) {
        llm_take_text(block, "text", &answer->text);
        llm_said(reading, before);
    } else if (json_equals(&type, "thinking")) {
        llm_take_text(block, "thinking", &answer->reasoning);
    } else if (json_equals(&type, "tool_use") &&
               take_use(reading, block, index) < 0) {
        return LLM_STEP_BAD;
    }
    return LLM_STEP_GO;
}

static void take_delta(struct llm_reading *reading,
                       const struct json_slice *delta, size_t index)
{
    enum { TYPE, TEXT, MEMBERS };
    static const char *const names[MEMBERS] = {"type", "text"};
    struct json_slice values[MEMBERS];
    const struct json_slice *type = &values[TYPE];
    struct llm_answer *answer = reading->answer;
    size_t before = answer->text.len;
    struct buf *arguments;
    struct json_slice part;

    json_members(delta, names, MEMBERS, values);
    if (type->type != JSON_STRING)
        return;
    if (json_equals(type, "text_delta")) {
        llm_text_of(&values[TEXT], &answer->text);
        llm_said(reading, before);
    } else if (json_equals(type, "thinking_delta")) {
        llm_take_text(delta, "thinking", &answer->reasoning);
    } else if (json_equals(type, "input_json_delta") && index < LLM_CALLS_MAX &&
               reading->blocks[index] > 0 &&
               json_member(delta, "partial_json", &part) &&
               part.type == JSON_STRING && part.len > 2) {
        arguments = &reading->arguments[reading->blocks[index] - 1];
        if (reading->lead[index])
            buf_reset(arguments);
        reading->lead[index] = false;
        json_decode(&part, arguments);
    }
}

static enum llm_step take_content(struct llm_reading *reading,
                                  const struct json_slice *list)
{
    struct json_walk walk = {.within = *list};
    struct json_slice block;
    enum llm_step step = LLM_STEP_GO;
    size_t index = 0;

    if (list->type != JSON_ARRAY)
        return LLM_STEP_BAD;
    while (step == LLM_STEP_GO && json_next(&walk, NULL, &block))
        step = block.type == JSON_OBJECT ? take_block(reading, &block, index++)
                                         : LLM_STEP_BAD;
    return step;
}

/* A whole answer, or the empty one that message_start holds. */
static enum llm_step take_message(struct llm_reading *reading,
                                  const struct json_slice *message, bool whole)
{
    struct llm_answer *answer = reading->answer;
    struct json_slice value;

    reading->events++;
    llm_take_word(message, "id", &answer->id);
    llm_take_word(message, "model", &answer->model);
    if (json_member(message, "usage", &value) && value.type == JSON_OBJECT)
        take_usage(reading, &value);
    if (!whole)
        return LLM_STEP_GO;
    if (!json_member(message, "content", &value))
        return LLM_STEP_BAD;
    if (take_content(reading, &value) != LLM_STEP_GO)
        return LLM_STEP_BAD;
    if (json_member(message, "stop_reason", &value) &&
        value.type == JSON_STRING) {
        llm_finish_take(answer, &value);
        reading->ended = true;
    }
    return LLM_STEP_GO;
}

static void take_stop(struct llm_reading *reading,
                      const struct json_slice *event)
{
    struct json_slice delta;
    struct json_slice value;

    if (json_member(event, "delta", &delta) && delta.type == JSON_OBJECT &&
        json_member(&delta, "stop_reason", &value) && value.type == JSON_STRING)
        llm_finish_take(reading->answer, &value);
    if (json_member(event, "usage", &value) && value.type == JSON_OBJECT)
        take_usage(reading, &value);
}

static size_t index_of(const struct json_slice *value)
{
    int64_t index = -1;

    if (value->type == JSON_NUMBER)
        json_integer(value, &index);
    return index < 0 ? LLM_CALLS_MAX : (size_t)index;
}

/* What events have, besides their type. */
enum {
    EVENT_INDEX = LLM_MEMBERS,
    EVENT_DELTA,
    EVENT_BLOCK,
    EVENT_MESSAGE,
    EVENT_MEMBERS
};

/* Events and deltas of unknown types are for clients newer than this. */
static enum llm_step take_event(struct llm_reading *reading,
                                const struct json_slice *event,
                                const struct json_slice values[EVENT_MEMBERS])
{
    const struct json_slice *type = &values[LLM_MEMBER_TYPE];
    size_t index = index_of(&values[EVENT_INDEX]);

    if (json_equals(type, "message_start") &&
        values[EVENT_MESSAGE].type == JSON_OBJECT)
        return take_message(reading, &values[EVENT_MESSAGE], false);
    if (json_equals(type, "content_block_start") &&
        values[EVENT_BLOCK].type == JSON_OBJECT)
        return take_block(reading, &values[EVENT_BLOCK], index);
    if (json_equals(type, "content_block_delta") &&
        values[EVENT_DELTA].type == JSON_OBJECT)
        take_delta(reading, &values[EVENT_DELTA], index);
    else if (json_equals(type, "message_delta"))
        take_stop(reading, event);
    else if (json_equals(type, "message_stop"))
        reading->ended = true;
    if (reading->ended && reading->answer->finish == LLM_FINISH_NONE)
        reading->answer->finish = LLM_FINISH_OTHER;
    return LLM_STEP_GO;
}

enum llm_step llm_anthropic_take(struct llm_reading *reading,
                                 const struct json_slice *event)
{
    static const char *const names[EVENT_MEMBERS] = {
        LLM_ERROR_MEMBERS, "index", "delta", "content_block", "message"};
    struct json_slice values[EVENT_MEMBERS];
    const struct json_slice *type = &values[LLM_MEMBER_TYPE];

    json_members(event, names, EVENT_MEMBERS, values);
    if (llm_error_of(event, values, reading->error))
        return LLM_STEP_ERROR;
    if (type->type != JSON_STRING)
        return LLM_STEP_BAD;
    if (json_equals(type, "message"))
        return take_message(reading, event, true);
    return take_event(reading, event, values);
}
