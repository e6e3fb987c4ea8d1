/*
 * schema-scalar.c - the keywords about numbers and strings
 */
#include "config.h"

#include <math.h>

#include "llm/schema-frame.h"

static int check_minimum(const struct llm_frame *frame,
                         const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) >= 0)
        return 0;
    return FAIL(frame, "%.*s is less than %.*s", TEXT(frame->value), TEXT(to));
}

static int check_maximum(const struct llm_frame *frame,
                         const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) <= 0)
        return 0;
    return FAIL(frame, "%.*s is more than %.*s", TEXT(frame->value), TEXT(to));
}

static int check_over(const struct llm_frame *frame,
                      const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) > 0)
        return 0;
    return FAIL(frame, "%.*s is not more than %.*s", TEXT(frame->value),
                TEXT(to));
}

static int check_under(const struct llm_frame *frame,
                       const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) < 0)
        return 0;
    return FAIL(frame, "%.*s is not less than %.*s", TEXT(frame->value),
                TEXT(to));
}

/* Decimals are not exact: 0.3 is a multiple of 0.1. */
static int check_multiple(const struct llm_frame *frame,
                          const struct json_slice *of)
{
    int64_t value;
    int64_t unit;
    double ratio;
    bool good;

    if (json_integer(frame->value, &value) && json_integer(of, &unit)) {
        good = unit == -1 || value % unit == 0;
    } else {
        ratio = json_double(frame->value) / json_double(of);
        good = isfinite(ratio) &&
               fabs(ratio - round(ratio)) <= 1e-9 * fmax(1, fabs(ratio));
    }
    return good ? 0
                : FAIL(frame, "%.*s is no multiple of %.*s", TEXT(frame->value),
                       TEXT(of));
}

static int64_t limit_of(const struct json_slice *count)
{
    double value = json_double(count);

    return value < 1e15 ? (int64_t)value : INT64_MAX;
}

static int64_t length_of(const struct json_slice *string)
{
    struct buf text = {0};
    size_t length;

    json_decode(string, &text);
    length = utf8_length(text.data, text.len);
    buf_release(&text);
    return (int64_t)length;
}

int llm_frame_count(const struct llm_frame *frame, const struct json_slice *to,
                    int64_t have, bool least, const char *what)
{
    if (least ? have >= limit_of(to) : have <= limit_of(to))
        return 0;
    return FAIL(frame, "%lld %s, expected at %s %.*s", (long long)have, what,
                least ? "least" : "most", TEXT(to));
}

static int check_min_length(const struct llm_frame *frame,
                            const struct json_slice *to)
{
    return llm_frame_count(frame, to, length_of(frame->value), true,
                           "characters");
}

static int check_max_length(const struct llm_frame *frame,
                            const struct json_slice *to)
{
    return llm_frame_count(frame, to, length_of(frame->value), false,
                           "characters");
}

static int check_pattern(const struct llm_frame *frame,
                         const struct json_slice *pattern)
{
    const struct llm_schema *schema = frame->check->schema;
    struct buf text = {0};
    bool good = false;
    size_t i;

    json_decode(frame->value, &text);
    for (i = 0; i < schema->npatterns; i++)
        if (schema->patterns[i].at == pattern->data)
            good = regexec(&schema->patterns[i].regex,
                           text.data ? text.data : "", 0, NULL, 0) == 0;
    buf_release(&text);
    return good ? 0
                : FAIL(frame, "%.*s does not match %.*s", TEXT(frame->value),
                       TEXT(pattern));
}

const struct llm_keyword llm_scalar_keywords[] = {
    {"minimum", BIT(JSON_NUMBER), check_minimum},
    {"maximum", BIT(JSON_NUMBER), check_maximum},
    {"exclusiveMinimum", BIT(JSON_NUMBER), check_over},
    {"exclusiveMaximum", BIT(JSON_NUMBER), check_under},
    {"multipleOf", BIT(JSON_NUMBER), check_multiple},
    {"minLength", BIT(JSON_STRING), check_min_length},
    {"maxLength", BIT(JSON_STRING), check_max_length},
    {"pattern", BIT(JSON_STRING), check_pattern},
    {0},
};
