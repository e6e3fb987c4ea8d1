/*
 * error.c - the words of servers that fail
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/redact.h"
#include "llm/wire-internal.h"

enum { BODY_MAX = 64 << 10, WORDS = 512 };

static void copy(char *to, size_t size, const char *text, size_t len)
{
    redact_show(NULL, text, len < WORDS ? len : WORDS, to, size);
}

static void copy_member(const struct json_slice *object, const char *name,
                        char *to, size_t size)
{
    struct json_slice value;
    struct buf text = {0};

    if (*to || !json_member(object, name, &value))
        return;
    if (value.type == JSON_STRING)
        json_decode(&value, &text);
    else if (value.type == JSON_NUMBER)
        buf_put(&text, value.data, value.len);
    if (text.len > 0)
        copy(to, size, text.data, text.len);
    buf_release(&text);
}

#define COPY(object, name, to) copy_member((object), (name), (to), sizeof(to))

static void take_details(const struct json_slice *object,
                         struct llm_error *error)
{
    struct json_slice inner;
    struct json_slice value;

    if (json_member(object, "details", &inner) && inner.type == JSON_OBJECT)
        COPY(&inner, "error_code", error->code);
    if (json_member(object, "metadata", &inner) && inner.type == JSON_OBJECT)
        error->moderation = json_member(&inner, "reasons", &value) ||
                            json_member(&inner, "flagged_input", &value);
}

static void take_members(const struct json_slice *object,
                         struct llm_error *error)
{
    int64_t status;
    struct json_slice value;

    take_details(object, error);
    COPY(object, "type", error->type);
    COPY(object, "code", error->code);
    COPY(object, "param", error->param);
    COPY(object, "message", error->message);
    if (json_member(object, "code", &value) && value.type == JSON_NUMBER &&
        json_integer(&value, &status) && status >= 400 && status < 600)
        error->status = (int)status;
}

static bool says(const struct json_slice *value, const char *word)
{
    return value->type == JSON_STRING && json_equals(value, word);
}

bool llm_error_of(const struct json_slice *document,
                  const struct json_slice members[LLM_MEMBERS],
                  struct llm_error *error)
{
    const struct json_slice *value = &members[LLM_MEMBER_ERROR];

    if (value->type != JSON_NULL && value->type != JSON_FALSE) {
        if (value->type == JSON_OBJECT)
            take_members(value, error);
        else
            COPY(document, "error", error->message);
        return true;
    }
    if (says(&members[LLM_MEMBER_OBJECT], "error") ||
        says(&members[LLM_MEMBER_TYPE], "error")) {
        take_members(document, error);
        return true;
    }
    return false;
}

bool llm_error_take(const struct json_slice *document, struct llm_error *error)
{
    static const char *const names[] = {LLM_ERROR_MEMBERS};
    struct json_slice members[LLM_MEMBERS];

    json_members(document, names, LENGTH(names), members);
    return llm_error_of(document, members, error);
}

/* {"detail":..} of FastAPI, {"message":..} of gateways. */
static bool take_detail(const struct json_slice *document,
                        struct llm_error *error)
{
    struct json_slice value;

    if (json_member(document, "detail", &value)) {
        if (value.type == JSON_STRING)
            COPY(document, "detail", error->message);
        else
            copy(error->message, sizeof(error->message), value.data, value.len);
        return true;
    }
    take_members(document, error);
    return *error->message != '\0';
}

void llm_error_read(const char *body, size_t len, struct llm_error *error)
{
    struct json_slice document;
    struct buf scratch = {0};
    struct err err;

    *error = (struct llm_error){0};
    if (len == 0)
        return;
    if (len > BODY_MAX || llm_json(body, len, &scratch, &document, &err) < 0 ||
        document.type != JSON_OBJECT ||
        (!llm_error_take(&document, error) && !take_detail(&document, error)))
        copy(error->message, sizeof(error->message), body, len);
    buf_release(&scratch);
}
