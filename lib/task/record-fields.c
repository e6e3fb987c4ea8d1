/*
 * record-fields.c - the table of fields
 */
#include "config.h"

#include "task/record-field.h"

#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/mem.h"

#define A_STRING (1U << JSON_STRING)
#define A_NUMBER (1U << JSON_NUMBER)
#define AN_OBJECT (1U << JSON_OBJECT)
#define AN_ARRAY (1U << JSON_ARRAY)
#define ANYTHING (~(1U << JSON_NULL))

#define NAMED(field) .name = #field, .name_len = sizeof(#field) - 1
#define AT(member) .at = offsetof(struct task_record, member)
#define TEXT(field, how, least, most)                                     \
    NAMED(field), AT(field),                                              \
        .store = STORE_TEXT, .accepts = A_STRING, .set = record_set_text, \
        .check = record_check_##how, .min = (least), .max = (most)

#define NAME_RULE "must have 1 to 100 bytes of printable text"
#define KEY_RULE "must have 1 to 255 bytes of printable text"
#define SPAN_RULE "must be seconds, or a number with s, m, h or d"
#define WHEN_RULE \
    "must be a string: RFC 3339 with zone, '@EPOCH', or a duration from now"

const struct field record_fields[RECORD_FIELD_COUNT] = {
    {TEXT(agent_type, name, 1, 100), .rule = NAME_RULE},
    {NAMED(budget_usd), AT(budget), .store = STORE_NUM, .absent = -1,
     .accepts = A_NUMBER, .set = record_set_money,
     .max = INT64_C(1000000000000000000),
     .rule = "must be a number from 0 to 1000000 with at most 12 decimals"},
    {TEXT(correlation_id, name, 1, 255), .rule = KEY_RULE},
    {NAMED(delay), AT(delay), .store = STORE_NUM,
     .accepts = A_NUMBER | A_STRING, .set = record_set_span, .rival = "run_at",
     .rule = SPAN_RULE},
    {NAMED(depends_on), AT(depends_on), .store = STORE_LIST,
     .accepts = AN_ARRAY | A_STRING, .set = record_set_list,
     .check = record_check_name, .min = 1, .max = 100,
     .rule = "must be at most 1000 ids or refs, each 1 to 100 printable bytes"},
    {TEXT(description, description, 3, 2000),
     .rule = "must have 3 to 2000 characters"},
    {NAMED(expires_at), AT(expires_at), .store = STORE_WHEN,
     .span_at = offsetof(struct task_record, expires_in), .accepts = A_STRING,
     .set = record_set_when, .min = 1, .rule = WHEN_RULE},
    {TEXT(idempotency_key, name, 1, 255), .rule = KEY_RULE},
    {TEXT(llm_endpoint, name, 1, 100), .rule = NAME_RULE},
    {NAMED(max_attempts), AT(max_attempts), .store = STORE_INT,
     .accepts = A_NUMBER, .set = record_set_integer, .min = 1, .max = 1000,
     .rule = "must be an integer from 1 to 1000"},
    {NAMED(metadata), AT(metadata), .store = STORE_TEXT, .accepts = AN_OBJECT,
     .set = record_set_object, .max = RECORD_METADATA_KEYS,
     .rule = "must be an object of at most 100 keys"},
    {TEXT(model, name, 1, 100), .rule = NAME_RULE},
    {TEXT(on_dependency_failure, policy, 0, 0),
     .rule = "must be 'cancel' or 'run'"},
    {NAMED(output_schema), AT(output_schema), .store = STORE_TEXT,
     .accepts = AN_OBJECT, .set = record_set_object, .max = INT64_MAX,
     .rule = "must be an object"},
    {NAMED(payload), AT(payload), .store = STORE_PAYLOAD, .accepts = ANYTHING,
     .set = record_set_payload, .rule = "must be a JSON value"},
    {NAMED(priority), AT(priority), .store = STORE_INT, .absent = -1,
     .accepts = A_NUMBER, .set = record_set_integer, .min = 0, .max = 10,
     .rule = "must be an integer from 0 to 10"},
    {TEXT(privacy, privacy, 0, 0), .rule = "must be 'local', 'eu' or 'public'"},
    {TEXT(ref, name, 1, 100), .rule = NAME_RULE},
    {NAMED(run_at), AT(run_at), .store = STORE_WHEN,
     .span_at = offsetof(struct task_record, delay), .accepts = A_STRING,
     .set = record_set_when, .rival = "delay", .rule = WHEN_RULE},
    {TEXT(session_id, name, 1, 255), .rule = KEY_RULE},
    {TEXT(task_type, type, 1, 64),
     .rule = "must be lower case letters, digits, '_' and '-', at most 64"},
    {NAMED(timeout), AT(timeout), .store = STORE_NUM,
     .accepts = A_NUMBER | A_STRING, .set = record_set_span, .min = 1,
     .rule = "must be longer than 0: seconds, or a number with s, m, h or d"},
    {TEXT(webhook, webhook, 1, TASK_URL_MAX),
     .rule = "must be an http or https URL of at most 2048 bytes"},
    {TEXT(workflow, name, 1, 100), .rule = NAME_RULE},
};

const struct field *record_field(const char *name, size_t len)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++)
        if (record_fields[i].name_len == len &&
            memcmp(record_fields[i].name, name, len) == 0)
            return &record_fields[i];
    return NULL;
}

int record_unknown_key(const char *name, size_t len, struct err *err)
{
    const char *names[RECORD_FIELD_COUNT];
    const char *near = NULL;
    struct buf shown = {0};
    char *key;

    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++)
        names[i] = record_fields[i].name;
    record_show(name, len, &shown);
    key = xmemdup0(name, len);
    if (len < sizeof(err->msg))
        near = conf_nearest(key, names, RECORD_FIELD_COUNT);
    if (near)
        err_set(err, ERR_DATA, "unknown key '%s' (did you mean '%s'?)",
                shown.data, near);
    else
        err_set(err, ERR_DATA, "unknown key '%s'", shown.data);
    free(key);
    buf_release(&shown);
    return -1;
}

void *record_member(const struct field *field, struct task_record *record)
{
    return (char *)record + field->at;
}

const void *record_peek(const struct field *field,
                        const struct task_record *record)
{
    return (const char *)record + field->at;
}

void record_show(const char *text, size_t len, struct buf *out)
{
    size_t cut = len < 40 ? len : 40;

    if (utf8_valid(text, len))
        cut = utf8_prefix(text, len, 40);
    buf_printable(out, text, cut);
    buf_str(out, cut < len ? "..." : "");
}

/*
 * A JSON value is shown as it was written, so that "7" and 7 look as
 * different as they are; plain text is quoted unless it is a number.
 */
int record_refuse(const struct field *field, const struct value *value,
                  struct err *err)
{
    struct buf shown = {0};
    const char *quote = "";

    if (value->json) {
        record_show(value->json->data, value->json->len, &shown);
    } else {
        record_show(value->text, value->len, &shown);
        if (shown.len == 0 || shown.data[strspn(shown.data, "0123456789.-")])
            quote = "'";
    }
    err_set(err, ERR_DATA, "%s: %s (got %s%s%s)", field->name, field->rule,
            quote, shown.data, quote);
    buf_release(&shown);
    return -1;
}
