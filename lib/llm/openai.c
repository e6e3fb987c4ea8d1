/*
 * openai.c - chat completions, as OpenAI and the many others have them
 *
 * An answer comes whole (choices[0].message) or as chunks
 * (choices[0].delta); both have the same members, so one function reads
 * them.  Arguments of tool calls are strings, in pieces that are put
 * together by their index.  The last chunk may hold only the usage.
 */
#include "config.h"

#include <string.h>

#include "llm/wire-internal.h"

/* --- writing ------------------------------------------------------------ */

static void put_call(struct buf *body, const struct llm_tool_call *call)
{
    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "id", call->id);
    llm_key_text(body, "type", "function");
    llm_key(body, "function");
    buf_byte(body, '{');
    llm_key_text(body, "name", call->name);
    llm_key_text(body, "arguments", call->arguments);
    buf_str(body, "}}");
}

static void put_message(struct buf *body, const struct llm_message *message)
{
    static const char *const roles[] = {"user", "assistant", "tool"};
    size_t i;

    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "role", roles[message->role]);
    if (message->role == LLM_TOOL)
        llm_key_text(body, "tool_call_id", message->call_id);
    llm_key_text(body, "content", message->text);
    if (message->role == LLM_ASSISTANT && message->ncalls > 0) {
        llm_key(body, "tool_calls");
        buf_byte(body, '[');
        for (i = 0; i < message->ncalls; i++)
            put_call(body, &message->calls[i]);
        buf_byte(body, ']');
    }
    buf_byte(body, '}');
}

static void put_messages(struct buf *body, const struct llm_request *request)
{
    size_t i;

    llm_key(body, "messages");
    buf_byte(body, '[');
    if (request->system) {
        buf_byte(body, '{');
        llm_key_text(body, "role", "system");
        llm_key_text(body, "content", request->system);
        buf_byte(body, '}');
    }
    for (i = 0; i < request->nmessages; i++)
        put_message(body, &request->messages[i]);
    buf_byte(body, ']');
}

static bool has_string(const struct json_slice *array,
                       const struct json_slice *key)
{
    struct json_walk walk = {.within = *array};
    struct json_slice item;

    while (json_next(&walk, NULL, &item))
        if (item.type == JSON_STRING &&
            json_compare(item.data + 1, item.len - 2, key->data + 1,
                         key->len - 2) == 0)
            return true;
    return false;
}

/* Does this object of a schema name all its properties as required, and
 * allow no others? */
static bool closed(const struct json_slice *schema)
{
    struct json_slice properties;
    struct json_slice required;
    struct json_slice others;
    struct json_slice key;
    struct json_slice value;
    struct json_walk walk = {0};

    if (json_member(schema, "properties", &properties) == 0)
        return true;
    if (json_member(schema, "required", &required) == 0 ||
        required.type != JSON_ARRAY || properties.type != JSON_OBJECT ||
        json_member(schema, "additionalProperties", &others) == 0 ||
        others.type != JSON_FALSE)
        return false;
    walk.within = properties;
    while (json_next(&walk, &key, &value))
        if (!has_string(&required, &key))
            return false;
    return true;
}

/*
 * "strict" is refused for a schema that leaves anything open; without it
 * the schema still guides, and the answer is checked here anyway.
 */
static bool strict(const struct json_slice *schema)
{
    struct json_walk walk = {.within = *schema};
    struct json_slice key;
    struct json_slice value;

    if (schema->type != JSON_OBJECT && schema->type != JSON_ARRAY)
        return true;
    if (schema->type == JSON_OBJECT && !closed(schema))
        return false;
    while (json_next(&walk, &key, &value))
        if (!strict(&value))
            return false;
    return true;
}

static void put_format(struct buf *body, const struct llm_request *request)
{
    struct json_slice schema;
    struct err err;

    if (!request->schema) {
        buf_str(body, "{\"type\":\"json_object\"}");
        return;
    }
    buf_str(body, "{\"type\":\"json_schema\",\"json_schema\":{");
    llm_key_text(body, "name",
                 request->schema_name ? request->schema_name : "output");
    if (json_check(request->schema, strlen(request->schema), &schema, &err) ==
            0 &&
        strict(&schema)) {
        llm_key(body, "strict");
        buf_str(body, "true");
    }
    llm_key(body, "schema");
    buf_put(body, schema.data, schema.len);
    buf_str(body, "}}");
}

static void put_tools(struct buf *body, const struct llm_request *request)
{
    if (!llm_param(body, request, "tools"))
        return;
    llm_functions(body, request);
    if (request->tool_choice == LLM_TOOLS_AUTO ||
        !llm_param(body, request, "tool_choice"))
        return;
    buf_str(body, request->tool_choice == LLM_TOOLS_NONE ? "\"none\""
                                                         : "\"required\"");
}

static void build(const struct llm_request *request, struct buf *body)
{
    const char *most = request->max_tokens_field;

    llm_key_text(body, "model", request->model);
    put_messages(body, request);
    if (request->ntools > 0)
        put_tools(body, request);
    if (request->max_output > 0 &&
        llm_param(body, request, most ? most : "max_completion_tokens"))
        buf_num(body, request->max_output);
    if (request->temperature && llm_param(body, request, "temperature"))
        buf_str(body, request->temperature);
    if ((request->schema || request->json) &&
        llm_param(body, request, "response_format"))
        put_format(body, request);
    if (!request->stream)
        return;
    llm_key(body, "stream");
    buf_str(body, "true");
    if (llm_param(body, request, "stream_options"))
        buf_str(body, "{\"include_usage\":true}");
}

/* --- reading ------------------------------------------------------------ */

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

static void take_content(struct llm_reading *reading,
                         const struct json_slice *message)
{
    struct llm_answer *answer = reading->answer;
    size_t before = answer->text.len;
    struct json_slice value;

    if (!llm_take_text(message, "content", &answer->text) &&
        json_member(message, "content", &value) && value.type == JSON_ARRAY)
        take_parts(&value, &answer->text);
    if (llm_take_text(message, "refusal", &answer->text))
        reading->refused = true;
    llm_said(reading, before);
    if (!llm_take_text(message, "reasoning_content", &answer->reasoning))
        llm_take_text(message, "reasoning", &answer->reasoning);
}

static enum llm_step take_message(struct llm_reading *reading,
                                  const struct json_slice *message)
{
    struct json_walk walk = {0};
    struct json_slice call;

    take_content(reading, message);
    if (!json_member(message, "tool_calls", &walk.within) ||
        walk.within.type != JSON_ARRAY)
        return LLM_STEP_GO;
    while (json_next(&walk, NULL, &call))
        if (call.type != JSON_OBJECT || take_call(reading, &call) < 0)
            return LLM_STEP_BAD;
    return LLM_STEP_GO;
}

static enum llm_step take_choice(struct llm_reading *reading,
                                 const struct json_slice *choice)
{
    struct json_slice value;
    int64_t index = 0;

    if (json_member(choice, "index", &value) && value.type == JSON_NUMBER)
        json_integer(&value, &index);
    if (index != 0)
        return LLM_STEP_GO;
    if ((json_member(choice, "delta", &value) ||
         json_member(choice, "message", &value)) &&
        value.type == JSON_OBJECT && take_message(reading, &value) != 0)
        return LLM_STEP_BAD;
    if (!json_member(choice, "finish_reason", &value) ||
        value.type != JSON_STRING || value.len <= 2)
        return LLM_STEP_GO;
    llm_finish_take(reading->answer, &value);
    reading->ended = true;
    if (reading->answer->finish != LLM_FINISH_ERROR)
        return LLM_STEP_GO;
    llm_error_take(choice, reading->error);
    return LLM_STEP_ERROR;
}

static enum llm_step take(struct llm_reading *reading,
                          const struct json_slice *event)
{
    struct llm_answer *answer = reading->answer;
    struct json_walk walk = {0};
    struct json_slice value;
    enum llm_step step = LLM_STEP_GO;

    if (llm_error_take(event, reading->error))
        return LLM_STEP_ERROR;
    llm_take_word(event, "id", &answer->id);
    llm_take_word(event, "model", &answer->model);
    if (json_member(event, "usage", &value) && value.type == JSON_OBJECT)
        take_usage(&answer->usage, &value);
    if (!json_member(event, "choices", &walk.within))
        return LLM_STEP_GO;
    if (walk.within.type != JSON_ARRAY)
        return LLM_STEP_BAD;
    reading->events++;
    while (step == LLM_STEP_GO && json_next(&walk, NULL, &value))
        step = value.type == JSON_OBJECT ? take_choice(reading, &value)
                                         : LLM_STEP_BAD;
    return step;
}

const struct llm_wire_ops llm_openai = {
    .name = "openai",
    .chat = "/chat/completions",
    .probe = "/models",
    .build = build,
    .take = take,
};
