/*
 * openai.c - chat completions, as OpenAI and the many others have them
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
    llm_system(body, request->system);
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

const struct llm_wire_ops llm_openai = {
    .name = "openai",
    .chat = "/chat/completions",
    .probe = "/models",
    .build = build,
    .take = llm_openai_take,
};
