/*
 * schema-nested.c - the keywords about arrays and objects
 */
#include "config.h"

#include "llm/schema-frame.h"

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

static int check_min_items(const struct llm_frame *frame,
                           const struct json_slice *to)
{
    return llm_frame_count(frame, to, size_of(frame->value), true, "items");
}

static int check_max_items(const struct llm_frame *frame,
                           const struct json_slice *to)
{
    return llm_frame_count(frame, to, size_of(frame->value), false, "items");
}

static int check_prefix(const struct llm_frame *frame,
                        const struct json_slice *schemas)
{
    struct json_walk items = {.within = *frame->value};
    struct json_walk walk = {.within = *schemas};
    struct llm_spot spot = {.outer = frame->spot};
    struct json_slice schema;
    struct json_slice item;

    for (; json_next(&walk, NULL, &schema) && json_next(&items, NULL, &item);
         spot.index++)
        if (llm_frame_part(frame, &schema, &item, &spot) < 0)
            return -1;
    return 0;
}

/* Those behind the ones that prefixItems has. */
static int check_items(const struct llm_frame *frame,
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
        if (skip-- <= 0 && llm_frame_part(frame, schema, &item, &spot) < 0)
            return -1;
    return 0;
}

static int check_contains(const struct llm_frame *frame,
                          const struct json_slice *schema)
{
    struct json_walk items = {.within = *frame->value};
    struct llm_frame inner = *frame;
    struct json_slice item;

    inner.value = &item;
    while (json_next(&items, NULL, &item))
        if (llm_frame_valid(&inner, schema))
            return 0;
    return FAIL(frame, "none of the items is one that must be there");
}

static int check_unique(const struct llm_frame *frame,
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
            if (llm_frame_spend(frame, left.len + right.len) < 0)
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

static int check_required(const struct llm_frame *frame,
                          const struct json_slice *names)
{
    struct json_walk walk = {.within = *names};
    struct json_slice name;
    struct json_slice ignored;

    while (json_next(&walk, NULL, &name)) {
        if (llm_frame_spend(frame, frame->value->len) < 0)
            return -1;
        if (!find(frame->value, &name, &ignored))
            return FAIL(frame, "%.*s is missing", TEXT(&name));
    }
    return 0;
}

static int check_properties(const struct llm_frame *frame,
                            const struct json_slice *schemas)
{
    struct json_walk walk = {.within = *frame->value};
    struct json_slice key;
    struct llm_spot spot = {.outer = frame->spot, .key = &key};
    struct json_slice value;
    struct json_slice schema;

    while (json_next(&walk, &key, &value))
        if (llm_frame_spend(frame, schemas->len) < 0 ||
            (find(schemas, &key, &schema) &&
             llm_frame_part(frame, &schema, &value, &spot) < 0))
            return -1;
    return 0;
}

static int check_others(const struct llm_frame *frame,
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
        if (llm_frame_spend(frame, properties.len) < 0)
            return -1;
        if (some && find(&properties, &key, &ignored))
            continue;
        if (schema->type == JSON_FALSE)
            return FAIL(frame, "there must be no %.*s", TEXT(&key));
        if (llm_frame_part(frame, schema, &value, &spot) < 0)
            return -1;
    }
    return 0;
}

static int check_names(const struct llm_frame *frame,
                       const struct json_slice *schema)
{
    struct json_walk walk = {.within = *frame->value};
    struct json_slice key;
    struct json_slice value;

    while (json_next(&walk, &key, &value))
        if (llm_frame_part(frame, schema, &key, frame->spot) < 0)
            return -1;
    return 0;
}

static int check_min_properties(const struct llm_frame *frame,
                                const struct json_slice *to)
{
    return llm_frame_count(frame, to, size_of(frame->value), true, "members");
}

static int check_max_properties(const struct llm_frame *frame,
                                const struct json_slice *to)
{
    return llm_frame_count(frame, to, size_of(frame->value), false, "members");
}

const struct llm_keyword llm_nested_keywords[] = {
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
    {0},
};
