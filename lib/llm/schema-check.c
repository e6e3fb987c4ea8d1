/*
 * schema-check.c - a value against a schema, until the first thing is wrong
 *
 * Each keyword is one function.  Alternatives (anyOf, oneOf, not, if) are
 * tried with an error that nobody reads.  A count of steps and of depth
 * bounds what a schema that was made for it could cost.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "llm/schema-frame.h"

/* Work is counted in bytes of the schema that are walked over. */
enum { WORK = 400 << 20, DEPTH = 300, REFERENCES = 64 };

static int check_value(struct llm_check *check, const struct json_slice *schema,
                       const struct json_slice *value,
                       const struct llm_spot *spot, struct err *err);

bool llm_frame_valid(const struct llm_frame *frame,
                     const struct json_slice *schema)
{
    struct err ignored = {0};

    return check_value(frame->check, schema, frame->value, frame->spot,
                       &ignored) == 0;
}

int llm_frame_spend(const struct llm_frame *frame, size_t bytes)
{
    struct llm_check *check = frame->check;

    check->work -= (int64_t)bytes + 64;
    if (check->work >= 0)
        return 0;
    check->gave_up = true;
    return FAIL(frame, "too much work to check");
}

int llm_frame_part(const struct llm_frame *frame,
                   const struct json_slice *schema,
                   const struct json_slice *part, const struct llm_spot *spot)
{
    int references = frame->check->references;
    int ret;

    frame->check->references = 0;
    ret = check_value(frame->check, schema, part, spot, frame->err);
    frame->check->references = references;
    return ret;
}

/* --- any value ------------------------------------------------------------ */

static bool has_type(const struct json_slice *value,
                     const struct json_slice *name)
{
    switch (value->type) {
    case JSON_NULL:
        return json_equals(name, "null");
    case JSON_TRUE:
    case JSON_FALSE:
        return json_equals(name, "boolean");
    case JSON_NUMBER:
        return json_equals(name, "number") ||
               (json_equals(name, "integer") && llm_is_integer(value));
    case JSON_STRING:
        return json_equals(name, "string");
    case JSON_ARRAY:
        return json_equals(name, "array");
    case JSON_OBJECT:
        return json_equals(name, "object");
    }
    return false;
}

static int check_type(const struct llm_frame *frame,
                      const struct json_slice *types)
{
    struct json_walk walk = {.within = *types};
    struct json_slice name;

    if (types->type == JSON_STRING && has_type(frame->value, types))
        return 0;
    while (types->type == JSON_ARRAY && json_next(&walk, NULL, &name))
        if (has_type(frame->value, &name))
            return 0;
    return FAIL(frame, "expected %.*s, not %s", TEXT(types),
                json_type_name(frame->value->type));
}

static int check_enum(const struct llm_frame *frame,
                      const struct json_slice *list)
{
    struct json_walk walk = {.within = *list};
    struct json_slice item;

    if (llm_frame_spend(frame, frame->value->len) < 0)
        return -1;
    while (json_next(&walk, NULL, &item))
        if (llm_same(&item, frame->value))
            return 0;
    return FAIL(frame, "%.*s is none of %.*s", TEXT(frame->value), TEXT(list));
}

static int check_const(const struct llm_frame *frame,
                       const struct json_slice *want)
{
    if (llm_same(want, frame->value))
        return 0;
    return FAIL(frame, "expected %.*s, not %.*s", TEXT(want),
                TEXT(frame->value));
}

static int check_all(const struct llm_frame *frame,
                     const struct json_slice *list)
{
    struct json_walk walk = {.within = *list};
    struct json_slice schema;

    while (json_next(&walk, NULL, &schema))
        if (check_value(frame->check, &schema, frame->value, frame->spot,
                        frame->err) < 0)
            return -1;
    return 0;
}

static int count_valid(const struct llm_frame *frame,
                       const struct json_slice *list, int enough)
{
    struct json_walk walk = {.within = *list};
    struct json_slice schema;
    int count = 0;

    while (count < enough && json_next(&walk, NULL, &schema))
        count += llm_frame_valid(frame, &schema);
    return count;
}

static int check_any(const struct llm_frame *frame,
                     const struct json_slice *list)
{
    if (count_valid(frame, list, 1) > 0)
        return 0;
    return FAIL(frame, "%.*s fits none of the alternatives",
                TEXT(frame->value));
}

static int check_one(const struct llm_frame *frame,
                     const struct json_slice *list)
{
    int count = count_valid(frame, list, 2);

    if (count == 1)
        return 0;
    return FAIL(frame, "%.*s fits %s of the alternatives", TEXT(frame->value),
                count > 1 ? "more than one" : "none");
}

static int check_not(const struct llm_frame *frame,
                     const struct json_slice *schema)
{
    if (!llm_frame_valid(frame, schema))
        return 0;
    return FAIL(frame, "%.*s is what must not be", TEXT(frame->value));
}

static int check_if(const struct llm_frame *frame,
                    const struct json_slice *schema)
{
    struct json_slice branch;
    const char *name = llm_frame_valid(frame, schema) ? "then" : "else";

    if (!json_member(frame->schema, name, &branch))
        return 0;
    return check_value(frame->check, &branch, frame->value, frame->spot,
                       frame->err);
}

static int check_reference(const struct llm_frame *frame,
                           const struct json_slice *pointer)
{
    struct llm_check *check = frame->check;
    struct json_slice target;
    int ret;

    if (check->references == REFERENCES ||
        !llm_schema_resolve(&check->schema->root, pointer, &target)) {
        check->gave_up = true;
        return FAIL(frame, "the references of the schema never end");
    }
    check->references++;
    ret = check_value(check, &target, frame->value, frame->spot, frame->err);
    check->references--;
    return ret;
}

/* --- the table -------------------------------------------------------------------- */

#define EVERY 0x7fU

static const struct llm_keyword keywords[] = {
    {"type", EVERY, check_type},   {"enum", EVERY, check_enum},
    {"const", EVERY, check_const}, {"$ref", EVERY, check_reference},
    {"allOf", EVERY, check_all},   {"anyOf", EVERY, check_any},
    {"oneOf", EVERY, check_one},   {"not", EVERY, check_not},
    {"if", EVERY, check_if},       {0},
};

static const struct llm_keyword *const lists[] = {keywords, llm_scalar_keywords,
                                                  llm_nested_keywords};

static int check_keyword(const struct llm_frame *frame,
                         const struct json_slice *key,
                         const struct json_slice *keyword)
{
    const struct llm_keyword *known;
    size_t i;

    for (i = 0; i < LENGTH(lists); i++)
        for (known = lists[i]; known->name; known++)
            if (known->types & BIT(frame->value->type) &&
                json_equals(key, known->name))
                return known->check(frame, keyword);
    return 0;
}

/* The type first: what is wrong with it explains the rest. */
static int check_keywords(const struct llm_frame *frame)
{
    struct json_walk walk = {.within = *frame->schema};
    struct json_slice key;
    struct json_slice keyword;

    if (json_member(frame->schema, "type", &keyword) &&
        check_type(frame, &keyword) < 0)
        return -1;
    while (json_next(&walk, &key, &keyword)) {
        if (check_keyword(frame, &key, &keyword) < 0)
            return -1;
        if (frame->check->gave_up)
            return FAIL(frame, "too much work to check");
    }
    return 0;
}

static int check_value(struct llm_check *check, const struct json_slice *schema,
                       const struct json_slice *value,
                       const struct llm_spot *spot, struct err *err)
{
    struct llm_frame frame = {check, schema, value, spot, err};
    int ret;

    if (schema->type == JSON_TRUE)
        return 0;
    if (schema->type == JSON_FALSE)
        return FAIL(&frame, "nothing may be here");
    if (check->depth == DEPTH)
        check->gave_up = true;
    if (check->gave_up || llm_frame_spend(&frame, schema->len) < 0)
        return FAIL(&frame, "too much work to check");
    check->depth++;
    ret = check_keywords(&frame);
    check->depth--;
    return ret;
}

int llm_schema_check(const struct llm_schema *schema,
                     const struct json_slice *value, struct err *err)
{
    struct llm_check check = {.schema = schema, .work = WORK};
    struct llm_spot root = {0};
    int ret = check_value(&check, &schema->root, value, &root, err);

    /* An alternative that gave up must not make "not" come true. */
    if (ret == 0 && check.gave_up)
        return err_set(err, ERR_DATA, "too much work to check");
    return ret;
}
