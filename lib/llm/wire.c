/*
 * wire.c - what is the same on all wires, and checks before anything is sent
 */
#include "config.h"

#include "llm/wire.h"

#include <string.h>

#include "core/mem.h"
#include "llm/wire-internal.h"

static const struct llm_wire_ops *const wires[] = {
    [LLM_OPENAI] = &llm_openai,
    [LLM_ANTHROPIC] = &llm_anthropic,
    [LLM_OLLAMA] = &llm_ollama,
};

const char *llm_wire_name(enum llm_wire wire)
{
    return wires[wire]->name;
}

int llm_wire_parse(const char *name, enum llm_wire *wire)
{
    enum llm_wire i;

    for (i = 0; i < LENGTH(wires); i++) {
        if (strcmp(name, wires[i]->name) == 0) {
            *wire = i;
            return 1;
        }
    }
    return 0;
}

char *llm_wire_url(enum llm_wire wire, const char *base, enum llm_place place)
{
    const struct llm_wire_ops *ops = wires[wire];
    const char *path = ops->chat;
    size_t len = strlen(base);

    if (place == LLM_PROBE)
        path = ops->probe;
    else if (place == LLM_COUNT)
        path = ops->count;
    if (!path)
        return NULL;
    while (len > 0 && base[len - 1] == '/')
        len--;
    if (ops->versioned && len > 3 && memcmp(base + len - 3, "/v1", 3) == 0)
        len -= 3;
    return xasprintf("%.*s%s", (int)len, base, path);
}

/* --- checks ------------------------------------------------------------- */

static bool is_text(const char *text)
{
    return !text || utf8_valid(text, strlen(text));
}

static bool is_word(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return len > 0 && len <= 64 && !text[len];
}

static int check_json(const char *what, const char *text, enum json_type type,
                      struct err *err)
{
    struct json_slice value;

    if (json_check(text, strlen(text), &value, err) < 0)
        return err_wrap(err, "%s", what);
    if (value.type != type)
        return err_set(err, ERR_DATA, "%s: expected %s, not %s", what,
                       json_type_name(type), json_type_name(value.type));
    return 0;
}

static int check_message(const struct llm_message *message, size_t number,
                         struct err *err)
{
    size_t i;

    if (!is_text(message->text) || !is_text(message->call_id))
        return err_set(err, ERR_DATA, "message %zu is not UTF-8", number);
    if (message->role == LLM_TOOL && !message->call_id)
        return err_set(err, ERR_DATA, "message %zu answers no call", number);
    for (i = 0; i < message->ncalls; i++)
        if (!is_text(message->calls[i].id) ||
            !is_text(message->calls[i].name) ||
            !is_text(message->calls[i].arguments))
            return err_set(err, ERR_DATA, "message %zu is not UTF-8", number);
    return 0;
}

static int check_tool(const struct llm_tool *tool, struct err *err)
{
    if (!is_word(tool->name))
        return err_set(err, ERR_DATA, "'%s' cannot be the name of a tool",
                       tool->name);
    if (!is_text(tool->description))
        return err_set(err, ERR_DATA, "tool '%s' is not UTF-8", tool->name);
    return check_json("the parameters of a tool", tool->parameters, JSON_OBJECT,
                      err);
}

static int check(const struct llm_request *request, struct err *err)
{
    size_t i;

    if (!request->model || !*request->model || !is_text(request->model))
        return err_set(err, ERR_DATA, "a request without a model");
    if (request->nmessages == 0)
        return err_set(err, ERR_DATA, "a request without a message");
    if (!is_text(request->system))
        return err_set(err, ERR_DATA, "the system prompt is not UTF-8");
    if (request->max_output < 0 || request->num_ctx < 0)
        return err_set(err, ERR_DATA, "a negative number of tokens");
    for (i = 0; i < request->nmessages; i++)
        if (check_message(&request->messages[i], i + 1, err) < 0)
            return -1;
    for (i = 0; i < request->ntools; i++)
        if (check_tool(&request->tools[i], err) < 0)
            return -1;
    if (request->schema_name && !is_word(request->schema_name))
        return err_set(err, ERR_DATA, "'%s' cannot be the name of a schema",
                       request->schema_name);
    if (request->schema &&
        check_json("the schema", request->schema, JSON_OBJECT, err) < 0)
        return -1;
    if (request->temperature &&
        check_json("the temperature", request->temperature, JSON_NUMBER, err))
        return -1;
    return 0;
}

int llm_wire_build(enum llm_wire wire, const struct llm_request *request,
                   struct buf *body, struct err *err)
{
    if (check(request, err) < 0)
        return err_wrap(err, "cannot build a request");
    buf_byte(body, '{');
    wires[wire]->build(request, body);
    buf_byte(body, '}');
    return 0;
}

/* --- writing ------------------------------------------------------------ */

void llm_comma(struct buf *body)
{
    char last = body->data[body->len - 1];

    if (last != '{' && last != '[')
        buf_byte(body, ',');
}

void llm_key(struct buf *body, const char *name)
{
    llm_comma(body);
    buf_byte(body, '"');
    buf_str(body, name);
    buf_put(body, "\":", 2);
}

bool llm_param(struct buf *body, const struct llm_request *request,
               const char *name)
{
    const char *const *drop;

    for (drop = request->drop_params; drop && *drop; drop++)
        if (strcmp(*drop, name) == 0)
            return false;
    llm_key(body, name);
    return true;
}

void llm_key_text(struct buf *body, const char *name, const char *text)
{
    llm_key(body, name);
    if (text)
        buf_json(body, text, strlen(text));
    else
        buf_str(body, "null");
}

void llm_key_num(struct buf *body, const char *name, int64_t num)
{
    llm_key(body, name);
    buf_num(body, num);
}

void llm_arguments(struct buf *body, const char *arguments)
{
    struct json_slice value;
    struct err err;

    if (arguments &&
        json_check(arguments, strlen(arguments), &value, &err) == 0 &&
        value.type == JSON_OBJECT)
        buf_put(body, value.data, value.len);
    else
        buf_str(body, "{}");
}

void llm_system(struct buf *body, const char *system)
{
    if (!system)
        return;
    buf_byte(body, '{');
    llm_key_text(body, "role", "system");
    llm_key_text(body, "content", system);
    buf_byte(body, '}');
}

void llm_functions(struct buf *body, const struct llm_request *request)
{
    size_t i;

    buf_byte(body, '[');
    for (i = 0; i < request->ntools; i++) {
        const struct llm_tool *tool = &request->tools[i];

        llm_comma(body);
        buf_str(body, "{\"type\":\"function\",\"function\":{");
        llm_key_text(body, "name", tool->name);
        if (tool->description)
            llm_key_text(body, "description", tool->description);
        llm_key(body, "parameters");
        buf_str(body, tool->parameters);
        buf_str(body, "}}");
    }
    buf_byte(body, ']');
}

/* --- the parser's way to a wire ------------------------------------------- */

const struct llm_wire_ops *llm_wire_ops(enum llm_wire wire)
{
    return wires[wire];
}
