/*
 * anthropic.c - messages, version 2023-06-01
 *
 * Results of tools are blocks of one user's message, all of them first;
 * text that follows joins them.
 */
#include "config.h"

#include <string.h>

#include "llm/wire-internal.h"

enum { MAX_TOKENS = 4096 };

/* --- writing ------------------------------------------------------------ */

static void put_text_block(struct buf *body, const char *text)
{
    if (!text || !*text)
        return; /* an empty block is refused */
    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "type", "text");
    llm_key_text(body, "text", text);
    buf_byte(body, '}');
}

static void put_use(struct buf *body, const struct llm_tool_call *call)
{
    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "type", "tool_use");
    llm_key_text(body, "id", call->id);
    llm_key_text(body, "name", call->name);
    llm_key(body, "input");
    llm_arguments(body, call->arguments);
    buf_byte(body, '}');
}

static void put_result(struct buf *body, const struct llm_message *message)
{
    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "type", "tool_result");
    llm_key_text(body, "tool_use_id", message->call_id);
    llm_key_text(body, "content", message->text ? message->text : "");
    if (message->is_error) {
        llm_key(body, "is_error");
        buf_str(body, "true");
    }
    buf_byte(body, '}');
}

static void put_assistant(struct buf *body, const struct llm_message *message)
{
    size_t i;

    buf_byte(body, '[');
    put_text_block(body, message->text);
    for (i = 0; i < message->ncalls; i++)
        put_use(body, &message->calls[i]);
    buf_byte(body, ']');
}

/* The message at `at`, with those that belong into it; where it ends. */
static size_t put_message(struct buf *body, const struct llm_request *request,
                          size_t at)
{
    const struct llm_message *message = &request->messages[at];
    bool assistant = message->role == LLM_ASSISTANT;

    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "role", assistant ? "assistant" : "user");
    llm_key(body, "content");
    if (assistant && message->ncalls > 0) {
        put_assistant(body, message);
        at++;
    } else if (message->role == LLM_TOOL) {
        buf_byte(body, '[');
        for (; at < request->nmessages && message->role == LLM_TOOL;
             message++) {
            put_result(body, message);
            at++;
        }
        if (at < request->nmessages && message->role == LLM_USER) {
            put_text_block(body, message->text);
            at++;
        }
        buf_byte(body, ']');
    } else {
        const char *text = message->text ? message->text : "";

        buf_json(body, text, strlen(text));
        at++;
    }
    buf_byte(body, '}');
    return at;
}

static void put_tools(struct buf *body, const struct llm_request *request)
{
    size_t i;

    if (!llm_param(body, request, "tools"))
        return;
    buf_byte(body, '[');
    for (i = 0; i < request->ntools; i++) {
        const struct llm_tool *tool = &request->tools[i];

        llm_comma(body);
        buf_byte(body, '{');
        llm_key_text(body, "name", tool->name);
        if (tool->description)
            llm_key_text(body, "description", tool->description);
        llm_key(body, "input_schema");
        buf_str(body, tool->parameters);
        buf_byte(body, '}');
    }
    buf_byte(body, ']');
    if (request->tool_choice == LLM_TOOLS_AUTO ||
        !llm_param(body, request, "tool_choice"))
        return;
    buf_str(body, request->tool_choice == LLM_TOOLS_NONE
                      ? "{\"type\":\"none\"}"
                      : "{\"type\":\"any\"}");
}

static void build(const struct llm_request *request, struct buf *body)
{
    int64_t most = request->max_output > 0 ? request->max_output : MAX_TOKENS;
    size_t at = 0;

    llm_key_text(body, "model", request->model);
    llm_key_num(body, "max_tokens", most);
    if (request->system && *request->system)
        llm_key_text(body, "system", request->system);
    llm_key(body, "messages");
    buf_byte(body, '[');
    while (at < request->nmessages)
        at = put_message(body, request, at);
    buf_byte(body, ']');
    if (request->ntools > 0)
        put_tools(body, request);
    if (request->temperature && llm_param(body, request, "temperature"))
        buf_str(body, request->temperature);
    if (request->schema && llm_param(body, request, "output_config")) {
        buf_str(body, "{\"format\":{\"type\":\"json_schema\",\"schema\":");
        buf_str(body, request->schema);
        buf_str(body, "}}");
    }
    if (!request->stream)
        return;
    llm_key(body, "stream");
    buf_str(body, "true");
}

const struct llm_wire_ops llm_anthropic = {
    .name = "anthropic",
    .chat = "/v1/messages",
    .probe = "/v1/models",
    .count = "/v1/messages/count_tokens",
    .versioned = true,
    .build = build,
    .take = llm_anthropic_take,
};
