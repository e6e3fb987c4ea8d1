/*
 * ollama.c - /api/chat, where the window can be said
 *
 * The OpenAI-compatible path of Ollama ignores num_ctx and cuts the front
 * of what does not fit, with status 200; this one does not.  A stream is a
 * line of JSON each; arguments of tools are objects, and calls may come
 * without an id.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/wire-internal.h"

/* --- writing ------------------------------------------------------------ */

/* The name of the tool that this message answers. */
static const char *tool_name(const struct llm_request *request, size_t at)
{
    const char *id = request->messages[at].call_id;

    while (at-- > 0) {
        const struct llm_message *message = &request->messages[at];
        size_t i;

        for (i = 0; i < message->ncalls; i++)
            if (strcmp(message->calls[i].id, id) == 0)
                return message->calls[i].name;
    }
    return NULL;
}

static void put_calls(struct buf *body, const struct llm_message *message)
{
    size_t i;

    llm_key(body, "tool_calls");
    buf_byte(body, '[');
    for (i = 0; i < message->ncalls; i++) {
        llm_comma(body);
        buf_str(body, "{\"function\":{");
        llm_key_text(body, "name", message->calls[i].name);
        llm_key(body, "arguments");
        llm_arguments(body, message->calls[i].arguments);
        buf_str(body, "}}");
    }
    buf_byte(body, ']');
}

static void put_message(struct buf *body, const struct llm_request *request,
                        size_t at)
{
    static const char *const roles[] = {"user", "assistant", "tool"};
    const struct llm_message *message = &request->messages[at];
    const char *name;

    llm_comma(body);
    buf_byte(body, '{');
    llm_key_text(body, "role", roles[message->role]);
    llm_key_text(body, "content", message->text ? message->text : "");
    if (message->role == LLM_ASSISTANT && message->ncalls > 0)
        put_calls(body, message);
    name = message->role == LLM_TOOL ? tool_name(request, at) : NULL;
    if (name)
        llm_key_text(body, "tool_name", name);
    buf_byte(body, '}');
}

static void put_messages(struct buf *body, const struct llm_request *request)
{
    size_t i;

    llm_key(body, "messages");
    buf_byte(body, '[');
    llm_system(body, request->system);
    for (i = 0; i < request->nmessages; i++)
        put_message(body, request, i);
    buf_byte(body, ']');
}

static void put_options(struct buf *body, const struct llm_request *request)
{
    buf_byte(body, '{');
    if (request->num_ctx > 0 && llm_param(body, request, "num_ctx"))
        buf_num(body, request->num_ctx);
    if (request->max_output > 0 && llm_param(body, request, "num_predict"))
        buf_num(body, request->max_output);
    if (request->temperature && llm_param(body, request, "temperature"))
        buf_str(body, request->temperature);
    buf_byte(body, '}');
}

/* A number is seconds, and -1 for ever; else "5m". */
static void put_keep_alive(struct buf *body, const char *text)
{
    const char *digits = text + (*text == '-');

    if (*digits && !digits[strspn(digits, "0123456789")])
        buf_str(body, text);
    else
        buf_json(body, text, strlen(text));
}

static void build(const struct llm_request *request, struct buf *body)
{
    bool options =
        request->num_ctx > 0 || request->max_output > 0 || request->temperature;

    llm_key_text(body, "model", request->model);
    put_messages(body, request);
    if (request->ntools > 0 && request->tool_choice != LLM_TOOLS_NONE &&
        llm_param(body, request, "tools"))
        llm_functions(body, request);
    if ((request->schema || request->json) &&
        llm_param(body, request, "format"))
        buf_str(body, request->schema ? request->schema : "\"json\"");
    if (options && llm_param(body, request, "options"))
        put_options(body, request);
    if (request->keep_alive && llm_param(body, request, "keep_alive"))
        put_keep_alive(body, request->keep_alive);
    llm_key(body, "stream"); /* not to say it means true */
    buf_str(body, request->stream ? "true" : "false");
}

/* --- reading ------------------------------------------------------------ */

static int take_call(struct llm_reading *reading, const struct json_slice *from)
{
    size_t number = reading->answer->ncalls;
    struct llm_tool_call *call = llm_call_at(reading, number);
    struct json_slice function;
    struct json_slice arguments;

    if (!call)
        return -1;
    llm_take_word(from, "id", &call->id);
    if (!*call->id) {
        free(call->id);
        call->id = xasprintf("call_%zu", number);
    }
    if (!json_member(from, "function", &function) ||
        function.type != JSON_OBJECT)
        return -1;
    llm_take_word(&function, "name", &call->name);
    if (!json_member(&function, "arguments", &arguments))
        return 0;
    if (arguments.type == JSON_STRING)
        json_decode(&arguments, &reading->arguments[number]);
    else
        buf_put(&reading->arguments[number], arguments.data, arguments.len);
    return 0;
}

static enum llm_step take_message(struct llm_reading *reading,
                                  const struct json_slice *message)
{
    struct llm_answer *answer = reading->answer;
    size_t before = answer->text.len;
    struct json_walk walk = {0};
    struct json_slice call;

    llm_take_text(message, "content", &answer->text);
    llm_said(reading, before);
    llm_take_text(message, "thinking", &answer->reasoning);
    if (!json_member(message, "tool_calls", &walk.within) ||
        walk.within.type != JSON_ARRAY)
        return LLM_STEP_GO;
    while (json_next(&walk, NULL, &call))
        if (call.type != JSON_OBJECT || take_call(reading, &call) < 0)
            return LLM_STEP_BAD;
    return LLM_STEP_GO;
}

static void take_usage(struct llm_usage *usage, const struct json_slice *event)
{
    bool bad = false;
    int64_t in = llm_take_count(event, "prompt_eval_count", &bad);
    int64_t out = llm_take_count(event, "eval_count", &bad);

    /* A prompt that is cached as a whole may come without its count. */
    usage->in = in > 0 ? in : 0;
    usage->out = out > 0 ? out : 0;
    usage->reported = in > 0 || out > 0;
    usage->anomaly = bad;
}

static enum llm_step take(struct llm_reading *reading,
                          const struct json_slice *event)
{
    struct llm_answer *answer = reading->answer;
    struct json_slice value;

    if (llm_error_take(event, reading->error))
        return LLM_STEP_ERROR;
    if (json_member(event, "message", &value) && value.type == JSON_OBJECT) {
        reading->events++;
        if (take_message(reading, &value) != LLM_STEP_GO)
            return LLM_STEP_BAD;
    }
    llm_take_word(event, "model", &answer->model);
    if (!json_member(event, "done", &value) || value.type != JSON_TRUE)
        return LLM_STEP_GO;
    reading->events++;
    reading->ended = true;
    take_usage(&answer->usage, event);
    if (json_member(event, "done_reason", &value) && value.type == JSON_STRING)
        llm_finish_take(answer, &value);
    if (answer->finish == LLM_FINISH_NONE || answer->finish == LLM_FINISH_STOP)
        answer->finish =
            answer->ncalls > 0 ? LLM_FINISH_TOOLS : LLM_FINISH_STOP;
    return LLM_STEP_GO;
}

const struct llm_wire_ops llm_ollama = {
    .name = "ollama",
    .chat = "/api/chat",
    .probe = "/api/version",
    .build = build,
    .take = take,
};
