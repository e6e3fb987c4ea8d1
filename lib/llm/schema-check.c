/*
 * schema-check.c - a value against a schema, until the first thing is wrong
 *
 * Each keyword is one function.  Alternatives (anyOf, oneOf, not, if) are
 * tried with an error that nobody reads.  A count of steps and of depth
 * bounds what a schema that was made for it could cost.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "llm/schema-internal.h"

/* Work is counted in bytes of the schema that are walked over. */
enum { WORK = 400 << 20, DEPTH = 300, REFERENCES = 64, SHOWN = 60 };

struct check {
    const struct llm_schema *schema;
    int64_t work; /* that may still be done */
    int depth;
    int references; /* in a row, without going into the value */
    bool gave_up;   /* a limit: no alternative can help */
};

/* One value and one schema for it. */
struct frame {
    struct check *check;
    const struct json_slice *schema; /* an object */
    const struct json_slice *value;
    const struct llm_spot *spot;
    struct err *err;
};

static int check_value(struct check *check, const struct json_slice *schema,
                       const struct json_slice *value,
                       const struct llm_spot *spot, struct err *err);

#define FAIL(frame, ...) llm_spot_fail((frame)->spot, (frame)->err, __VA_ARGS__)
#define TEXT(slice) \
    ((slice)->len < SHOWN ? (int)(slice)->len : SHOWN), (slice)->data

static bool valid(const struct frame *frame, const struct json_slice *schema)
{
    struct err ignored;

    return check_value(frame->check, schema, frame->value, frame->spot,
                       &ignored) == 0;
}

/* 0, or -1 when that was enough. */
static int spend(const struct frame *frame, size_t bytes)
{
    struct check *check = frame->check;

    check->work -= (int64_t)bytes + 64;
    if (check->work >= 0)
        return 0;
    check->gave_up = true;
    return FAIL(frame, "too much work to check");
}

/* A part of the value: references may begin anew. */
static int check_part(const struct frame *frame,
                      const struct json_slice *schema,
                      const struct json_slice *part,
                      const struct llm_spot *spot)
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

static int check_type(const struct frame *frame, const struct json_slice *types)
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

static int check_enum(const struct frame *frame, const struct json_slice *list)
{
    struct json_walk walk = {.within = *list};
    struct json_slice item;

    if (spend(frame, frame->value->len) < 0)
        return -1;
    while (json_next(&walk, NULL, &item))
        if (llm_same(&item, frame->value))
            return 0;
    return FAIL(frame, "%.*s is none of %.*s", TEXT(frame->value), TEXT(list));
}

static int check_const(const struct frame *frame, const struct json_slice *want)
{
    if (llm_same(want, frame->value))
        return 0;
    return FAIL(frame, "expected %.*s, not %.*s", TEXT(want),
                TEXT(frame->value));
}

static int check_all(const struct frame *frame, const struct json_slice *list)
{
    struct json_walk walk = {.within = *list};
    struct json_slice schema;

    while (json_next(&walk, NULL, &schema))
        if (check_value(frame->check, &schema, frame->value, frame->spot,
                        frame->err) < 0)
            return -1;
    return 0;
}

static int count_valid(const struct frame *frame, const struct json_slice *list,
                       int enough)
{
    struct json_walk walk = {.within = *list};
    struct json_slice schema;
    int count = 0;

    while (count < enough && json_next(&walk, NULL, &schema))
        count += valid(frame, &schema);
    return count;
}

static int check_any(const struct frame *frame, const struct json_slice *list)
{
    if (count_valid(frame, list, 1) > 0)
        return 0;
    return FAIL(frame, "%.*s fits none of the alternatives",
                TEXT(frame->value));
}

static int check_one(const struct frame *frame, const struct json_slice *list)
{
    int count = count_valid(frame, list, 2);

    if (count == 1)
        return 0;
    return FAIL(frame, "%.*s fits %s of the alternatives", TEXT(frame->value),
                count > 1 ? "more than one" : "none");
}

static int check_not(const struct frame *frame, const struct json_slice *schema)
{
    if (!valid(frame, schema))
        return 0;
    return FAIL(frame, "%.*s is what must not be", TEXT(frame->value));
}

static int check_if(const struct frame *frame, const struct json_slice *schema)
{
    struct json_slice branch;
    const char *name = valid(frame, schema) ? "then" : "else";

    if (!json_member(frame->schema, name, &branch))
        return 0;
    return check_value(frame->check, &branch, frame->value, frame->spot,
                       frame->err);
}

static int check_reference(const struct frame *frame,
                           const struct json_slice *pointer)
{
    struct check *check = frame->check;
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

/* --- numbers and strings ---------------------------------------------------- */

static int check_minimum(const struct frame *frame, const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) >= 0)
        return 0;
    return FAIL(frame, "%.*s is less than %.*s", TEXT(frame->value), TEXT(to));
}

static int check_maximum(const struct frame *frame, const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) <= 0)
        return 0;
    return FAIL(frame, "%.*s is more than %.*s", TEXT(frame->value), TEXT(to));
}

static int check_over(const struct frame *frame, const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) > 0)
        return 0;
    return FAIL(frame, "%.*s is not more than %.*s", TEXT(frame->value),
                TEXT(to));
}

static int check_under(const struct frame *frame, const struct json_slice *to)
{
    if (llm_number_order(frame->value, to) < 0)
        return 0;
    return FAIL(frame, "%.*s is not less than %.*s", TEXT(frame->value),
                TEXT(to));
}

/* Decimals are not exact: 0.3 is a multiple of 0.1. */
static int check_multiple(const struct frame *frame,
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

static int check_count(const struct frame *frame, const struct json_slice *to,
                       int64_t have, bool least, const char *what)
{
    if (least ? have >= limit_of(to) : have <= limit_of(to))
        return 0;
    return FAIL(frame, "%lld %s, expected at %s %.*s", (long long)have, what,
                least ? "least" : "most", TEXT(to));
}

static int check_min_length(const struct frame *frame,
                            const struct json_slice *to)
{
    return check_count(frame, to, length_of(frame->value), true, "characters");
}

static int check_max_length(const struct frame *frame,
                            const struct json_slice *to)
{
    return check_count(frame, to, length_of(frame->value), false, "characters");
}

static int check_pattern(const struct frame *frame,
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

/* --- arrays ------------------------------------------------------------------- */

static int64_t size_of(const struct json_slice *container)
{
    struct json_walk walk = {.within = *container};
    struct json_slice key;
    struct json_slice value;
    int64_t size = 0;

    while (json_next(&walk, &key, &value))
        size++;
    return size;
}

static int check_min_items(const struct frame *frame,
                           const struct json_slice *to)
{
    return check_count(frame, to, size_of(frame->value), true, "items");
}

static int check_max_items(const struct frame *frame,
                           const struct json_slice *to)
{
    return check_count(frame, to, size_of(frame->value), false, "items");
}

static int check_prefix(const struct frame *frame,
                        const struct json_slice *schemas)
{
    struct json_walk items = {.within = *frame->value};
    struct json_walk walk = {.within = *schemas};
    struct llm_spot spot = {.outer = frame->spot};
    struct json_slice schema;
    struct json_slice item;

    for (; json_next(&walk, NULL, &schema) && json_next(&items, NULL, &item);
         spot.index++)
        if (check_part(frame, &schema, &item, &spot) < 0)
            return -1;
    return 0;
}

/* Those behind the ones that prefixItems has. */
static int check_items(const struct frame *frame,
                       const struct json_slice *schema)
{
    struct json_walk items = {.within = *frame->value};
    struct llm_spot spot = {.outer = frame->spot};
    struct json_slice prefix;
    struct json_slice item;
    int64_t skip = 0;

    if (json_member(frame->schema, "prefixItems", &prefix))
        skip = size_of(&prefix);
    for (; json_next(&items, NULL, &item); spot.index++)
        if (skip-- <= 0 && check_part(frame, schema, &item, &spot) < 0)
            return -1;
    return 0;
}

static int check_contains(const struct frame *frame,
                          const struct json_slice *schema)
{
    struct json_walk items = {.within = *frame->value};
    struct frame inner = *frame;
    struct json_slice item;

    inner.value = &item;
    while (json_next(&items, NULL, &item))
        if (valid(&inner, schema))
            return 0;
    return FAIL(frame, "none of the items is one that must be there");
}

static int check_unique(const struct frame *frame,
                        const struct json_slice *wanted)
{
    struct json_walk one = {.within = *frame->value};
    struct json_slice left;
    struct json_slice right;

    if (wanted->type != JSON_TRUE)
        return 0;
    while (json_next(&one, NULL, &left)) {
        struct json_walk two = one;

        while (json_next(&two, NULL, &right)) {
            if (spend(frame, left.len + right.len) < 0)
                return -1;
            if (llm_same(&left, &right))
                return FAIL(frame, "%.*s is there twice", TEXT(&left));
        }
    }
    return 0;
}

/* --- objects ------------------------------------------------------------------- */

static bool find(const struct json_slice *object, const struct json_slice *key,
                 struct json_slice *value)
{
    struct json_walk walk = {.within = *object};
    struct json_slice name;

    while (json_next(&walk, &name, value))
        if (json_compare(name.data + 1, name.len - 2, key->data + 1,
                         key->len - 2) == 0)
            return true;
    return false;
}

static int check_required(const struct frame *frame,
                          const struct json_slice *names)
{
    struct json_walk walk = {.within = *names};
    struct json_slice name;
    struct json_slice ignored;

    while (json_next(&walk, NULL, &name)) {
        if (spend(frame, frame->value->len) < 0)
            return -1;
        if (!find(frame->value, &name, &ignored))
            return FAIL(frame, "%.*s is missing", TEXT(&name));
    }
    return 0;
}

static int check_properties(const struct frame *frame,
                            const struct json_slice *schemas)
{
    struct json_walk walk = {.within = *frame->value};
    struct json_slice key;
    struct llm_spot spot = {.outer = frame->spot, .key = &key};
    struct json_slice value;
    struct json_slice schema;

    while (json_next(&walk, &key, &value))
        if (spend(frame, schemas->len) < 0 ||
            (find(schemas, &key, &schema) &&
             check_part(frame, &schema, &value, &spot) < 0))
            return -1;
    return 0;
}

static int check_others(const struct frame *frame,
                        const struct json_slice *schema)
{
    struct json_walk walk = {.within = *frame->value};
    struct json_slice key;
    struct llm_spot spot = {.outer = frame->spot, .key = &key};
    struct json_slice properties = {0};
    struct json_slice value;
    struct json_slice ignored;
    bool some = json_member(frame->schema, "properties", &properties);

    while (json_next(&walk, &key, &value)) {
        if (spend(frame, properties.len) < 0)
            return -1;
        if (some && find(&properties, &key, &ignored))
            continue;
        if (schema->type == JSON_FALSE)
            return FAIL(frame, "there must be no %.*s", TEXT(&key));
        if (check_part(frame, schema, &value, &spot) < 0)
            return -1;
    }
    return 0;
}

static int check_names(const struct frame *frame,
                       const struct json_slice *schema)
{
    struct json_walk walk = {.within = *frame->value};
    struct json_slice key;
    struct json_slice value;

    while (json_next(&walk, &key, &value))
        if (check_part(frame, schema, &key, frame->spot) < 0)
            return -1;
    return 0;
}

static int check_min_properties(const struct frame *frame,
                                const struct json_slice *to)
{
    return check_count(frame, to, size_of(frame->value), true, "members");
}

static int check_max_properties(const struct frame *frame,
                                const struct json_slice *to)
{
    return check_count(frame, to, size_of(frame->value), false, "members");
}

/* --- the table -------------------------------------------------------------------- */

#define BIT(type) (1U << (type))
#define EVERY 0x7fU

static const struct {
    const char *name;
    unsigned types; /* of values that it says something about */
    int (*check)(const struct frame *frame, const struct json_slice *keyword);
} checks[] = {
    {"type", EVERY, check_type},
    {"enum", EVERY, check_enum},
    {"const", EVERY, check_const},
    {"required", BIT(JSON_OBJECT), check_required},
    {"properties", BIT(JSON_OBJECT), check_properties},
    {"additionalProperties", BIT(JSON_OBJECT), check_others},
    {"propertyNames", BIT(JSON_OBJECT), check_names},
    {"minProperties", BIT(JSON_OBJECT), check_min_properties},
    {"maxProperties", BIT(JSON_OBJECT), check_max_properties},
    {"minItems", BIT(JSON_ARRAY), check_min_items},
    {"maxItems", BIT(JSON_ARRAY), check_max_items},
    {"prefixItems", BIT(JSON_ARRAY), check_prefix},
    {"items", BIT(JSON_ARRAY), check_items},
    {"contains", BIT(JSON_ARRAY), check_contains},
    {"uniqueItems", BIT(JSON_ARRAY), check_unique},
    {"minimum", BIT(JSON_NUMBER), check_minimum},
    {"maximum", BIT(JSON_NUMBER), check_maximum},
    {"exclusiveMinimum", BIT(JSON_NUMBER), check_over},
    {"exclusiveMaximum", BIT(JSON_NUMBER), check_under},
    {"multipleOf", BIT(JSON_NUMBER), check_multiple},
    {"minLength", BIT(JSON_STRING), check_min_length},
    {"maxLength", BIT(JSON_STRING), check_max_length},
    {"pattern", BIT(JSON_STRING), check_pattern},
    {"$ref", EVERY, check_reference},
    {"allOf", EVERY, check_all},
    {"anyOf", EVERY, check_any},
    {"oneOf", EVERY, check_one},
    {"not", EVERY, check_not},
    {"if", EVERY, check_if},
};

static int check_keyword(const struct frame *frame,
                         const struct json_slice *key,
                         const struct json_slice *keyword)
{
    size_t i;

    for (i = 0; i < LENGTH(checks); i++)
        if (checks[i].types & BIT(frame->value->type) &&
            json_equals(key, checks[i].name))
            return checks[i].check(frame, keyword);
    return 0;
}

/* The type first: what is wrong with it explains the rest. */
static int check_keywords(const struct frame *frame)
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

static int check_value(struct check *check, const struct json_slice *schema,
                       const struct json_slice *value,
                       const struct llm_spot *spot, struct err *err)
{
    struct frame frame = {check, schema, value, spot, err};
    int ret;

    if (schema->type == JSON_TRUE)
        return 0;
    if (schema->type == JSON_FALSE)
        return FAIL(&frame, "nothing may be here");
    if (check->depth == DEPTH)
        check->gave_up = true;
    if (check->gave_up || spend(&frame, schema->len) < 0)
        return FAIL(&frame, "too much work to check");
    check->depth++;
    ret = check_keywords(&frame);
    check->depth--;
    return ret;
}

int llm_schema_check(const struct llm_schema *schema,
                     const struct json_slice *value, struct err *err)
{
    struct check check = {.schema = schema, .work = WORK};
    struct llm_spot root = {0};
    int ret = check_value(&check, &schema->root, value, &root, err);

    /* An alternative that gave up must not make "not" come true. */
    if (ret == 0 && check.gave_up)
        return err_set(err, ERR_DATA, "too much work to check");
    return ret;
}
