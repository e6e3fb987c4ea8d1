/*
 * record-set.c - text and times into their fields
 *
 * A setter replaces what the field held, or changes nothing and fails.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/decimal.h"
#include "core/mem.h"
#include "task/record-field.h"

/* As clock_parse_duration() allows. */
#define SPAN_MAX (INT64_C(36525) * 24 * 3600 * USEC_PER_SEC)

char *record_take(const struct field *field, struct value *value,
                  struct err *err)
{
    const struct json_slice *json = value->json;
    struct buf decoded = {0};
    char *text;

    if (json && memchr(json->data, '\\', json->len)) {
        json_decode(json, &decoded);
        value->len = decoded.len;
        text = buf_detach(&decoded);
    } else if (json) {
        value->len = json->len - 2;
        text = xmemdup0(json->data + 1, value->len);
    } else if (memchr(value->text, '\0', value->len)) {
        err_set(err, ERR_DATA, "%s: must not contain a NUL byte", field->name);
        return NULL;
    } else if (!utf8_valid(value->text, value->len)) {
        struct buf shown = {0};

        record_show(value->text, value->len, &shown);
        err_set(err, ERR_DATA, "%s: must be UTF-8 (got '%s')", field->name,
                shown.data);
        buf_release(&shown);
        return NULL;
    } else {
        text = xmemdup0(value->text, value->len);
    }
    value->text = text;
    return text;
}

int record_set_text(const struct field *field, struct task_record *record,
                    struct value *value, const struct task_rules *rules,
                    struct err *err)
{
    char **member = record_member(field, record);
    char *text = record_take(field, value, err);

    if (!text)
        return -1;
    if (field->check(field, value, rules, err) < 0) {
        free(text);
        return -1;
    }
    free(*member);
    *member = text;
    return 0;
}

/* A number of seconds, or text; finer than a microsecond is cut off. */
static int read_span(const struct field *field, struct value *value,
                     int64_t *usec, struct err *err)
{
    const struct json_slice *json = value->json;
    char *text = NULL;
    bool good;

    if (json && json->type == JSON_NUMBER)
        good = decimal_parse(json->data, json->len, 6, SPAN_MAX, usec) >= 0;
    else if ((text = record_take(field, value, err)))
        good = clock_parse_duration(text, usec, err) == 0;
    else
        return -1;
    good = good && *usec >= field->min;
    if (!good)
        record_refuse(field, value, err);
    free(text);
    return good ? 0 : -1;
}

int record_set_span(const struct field *field, struct task_record *record,
                    struct value *value, const struct task_rules *rules,
                    struct err *err)
{
    int64_t *member = record_member(field, record);
    int64_t usec = 0;

    (void)rules;
    if (read_span(field, value, &usec, err) < 0)
        return -1;
    *member = usec;
    if (member == &record->delay)
        record->run_at = 0;
    return 0;
}

/*
 * A duration stays one: it counts from the database's clock, which nobody
 * here can read.  Zero means "absent", so an instant must lie after 1970.
 */
int record_set_when(const struct field *field, struct task_record *record,
                    struct value *value, const struct task_rules *rules,
                    struct err *err)
{
    int64_t *instant_at = record_member(field, record);
    int64_t *span_at = (void *)((char *)record + field->span_at);
    int64_t instant = 0;
    int64_t span = 0;
    struct err tried = {0};
    char *text = record_take(field, value, err);
    bool good;

    (void)rules;
    if (!text)
        return -1;
    if (clock_parse_duration(text, &span, &tried) == 0)
        good = span >= field->min;
    else
        good =
            clock_parse_when(text, 0, 1, &instant, &tried) == 0 && instant > 0;
    if (good) {
        *instant_at = instant;
        *span_at = span;
    } else {
        record_refuse(field, value, err);
    }
    free(text);
    return good ? 0 : -1;
}
