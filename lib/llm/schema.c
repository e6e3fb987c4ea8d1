/*
 * schema.c - reading a schema: every keyword known, every reference found
 *
 * The schema stays text, and is walked while values are checked; only its
 * patterns are compiled.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/schema-internal.h"

/* What the value of a keyword must be. */
enum shape {
    ANY,
    TYPE,    /* a name, or a list of names */
    SCHEMA,  /* an object or a boolean */
    SCHEMAS, /* a list of them, not empty */
    NAMED,   /* an object of them */
    LIST,    /* of anything */
    WORDS,   /* a list of strings */
    NUMBER,
    POSITIVE, /* a number over 0 */
    COUNT,    /* an integer, 0 or more */
    BOOLEAN,
    PATTERN,
    REFERENCE
};

static const struct {
    const char *name;
    enum shape shape;
} keywords[] = {
    {"type", TYPE},
    {"enum", LIST},
    {"const", ANY},
    {"properties", NAMED},
    {"required", WORDS},
    {"additionalProperties", SCHEMA},
    {"propertyNames", SCHEMA},
    {"minProperties", COUNT},
    {"maxProperties", COUNT},
    {"items", SCHEMA},
    {"prefixItems", SCHEMAS},
    {"contains", SCHEMA},
    {"minItems", COUNT},
    {"maxItems", COUNT},
    {"uniqueItems", BOOLEAN},
    {"minimum", NUMBER},
    {"maximum", NUMBER},
    {"exclusiveMinimum", NUMBER},
    {"exclusiveMaximum", NUMBER},
    {"multipleOf", POSITIVE},
    {"minLength", COUNT},
    {"maxLength", COUNT},
    {"pattern", PATTERN},
    {"anyOf", SCHEMAS},
    {"oneOf", SCHEMAS},
    {"allOf", SCHEMAS},
    {"not", SCHEMA},
    {"if", SCHEMA},
    {"then", SCHEMA},
    {"else", SCHEMA},
    {"$ref", REFERENCE},
    {"$defs", NAMED},
    {"definitions", NAMED},
    {"$schema", ANY},
    {"$id", ANY},
    {"$comment", ANY},
    {"title", ANY},
    {"description", ANY},
    {"default", ANY},
    {"examples", ANY},
    {"deprecated", ANY},
    {"readOnly", ANY},
    {"writeOnly", ANY},
    {"format", ANY},
    {"contentEncoding", ANY},
    {"contentMediaType", ANY},
};

struct reader_of {
    struct llm_schema *schema;
    struct err *err;
};

static int read_schema(struct reader_of *reader, const struct json_slice *from,
                       const struct llm_spot *spot);

static bool is_type(const struct json_slice *word)
{
    static const char *const names[] = {"null",   "boolean", "object", "array",
                                        "number", "integer", "string"};
    size_t i;

    for (i = 0; i < LENGTH(names); i++)
        if (word->type == JSON_STRING && json_equals(word, names[i]))
            return true;
    return false;
}

static int read_type(struct reader_of *reader, const struct json_slice *value,
                     const struct llm_spot *spot)
{
    struct json_walk walk = {.within = *value};
    struct json_slice word;

    if (value->type == JSON_STRING && !is_type(value))
        return llm_spot_fail(spot, reader->err, "there is no type %.*s",
                             value->len < 40 ? (int)value->len : 40,
                             value->data);
    if (value->type != JSON_STRING && value->type != JSON_ARRAY)
        return llm_spot_fail(spot, reader->err, "expected a name or a list");
    while (value->type == JSON_ARRAY && json_next(&walk, NULL, &word))
        if (!is_type(&word))
            return llm_spot_fail(spot, reader->err, "an unknown type");
    return 0;
}

static int read_list(struct reader_of *reader, const struct json_slice *value,
                     const struct llm_spot *spot)
{
    struct json_walk walk = {.within = *value};
    struct llm_spot inner = {.outer = spot};
    struct json_slice item;

    if (value->type != JSON_ARRAY)
        return llm_spot_fail(spot, reader->err, "expected a list of schemas");
    for (; json_next(&walk, NULL, &item); inner.index++)
        if (read_schema(reader, &item, &inner) < 0)
            return -1;
    return inner.index > 0 ? 0
                           : llm_spot_fail(spot, reader->err, "an empty list");
}

static int read_named(struct reader_of *reader, const struct json_slice *value,
                      const struct llm_spot *spot)
{
    struct json_walk walk = {.within = *value};
    struct llm_spot inner = {.outer = spot};
    struct json_slice key;
    struct json_slice item;

    if (value->type != JSON_OBJECT)
        return llm_spot_fail(spot, reader->err,
                             "expected an object of schemas");
    inner.key = &key;
    while (json_next(&walk, &key, &item))
        if (read_schema(reader, &item, &inner) < 0)
            return -1;
    return 0;
}

static int read_words(struct reader_of *reader, const struct json_slice *value,
                      const struct llm_spot *spot)
{
    struct json_walk walk = {.within = *value};
    struct json_slice word;
    bool good = value->type == JSON_ARRAY;

    while (good && json_next(&walk, NULL, &word))
        good = word.type == JSON_STRING;
    return good
               ? 0
               : llm_spot_fail(spot, reader->err, "expected a list of strings");
}

static int read_pattern(struct reader_of *reader,
                        const struct json_slice *value,
                        const struct llm_spot *spot)
{
    struct llm_schema *schema = reader->schema;
    struct llm_pattern pattern = {.at = value->data};
    struct err why;

    if (value->type != JSON_STRING)
        return llm_spot_fail(spot, reader->err, "expected a string");
    if (llm_pattern_compile(value, &pattern.regex, &why) < 0)
        return llm_spot_fail(spot, reader->err, "%s", why.msg);
    schema->patterns = xgrow(schema->patterns, schema->npatterns, &schema->cap,
                             sizeof(struct llm_pattern));
    schema->patterns[schema->npatterns++] = pattern;
    return 0;
}

static int read_reference(struct reader_of *reader,
                          const struct json_slice *value,
                          const struct llm_spot *spot)
{
    struct json_slice target;

    if (value->type != JSON_STRING ||
        !llm_schema_resolve(&reader->schema->root, value, &target))
        return llm_spot_fail(spot, reader->err,
                             "a reference to what is not in this schema");
    if (target.type != JSON_OBJECT && target.type != JSON_TRUE &&
        target.type != JSON_FALSE)
        return llm_spot_fail(spot, reader->err,
                             "a reference to what is no schema");
    return 0;
}

static int read_number(struct reader_of *reader, const struct json_slice *value,
                       const struct llm_spot *spot, enum shape shape)
{
    static const struct json_slice zero = {"0", 1, JSON_NUMBER};

    if (value->type != JSON_NUMBER)
        return llm_spot_fail(spot, reader->err, "expected a number");
    if (shape == POSITIVE && llm_number_order(value, &zero) <= 0)
        return llm_spot_fail(spot, reader->err, "expected more than 0");
    if (shape == COUNT &&
        (!llm_is_integer(value) || llm_number_order(value, &zero) < 0))
        return llm_spot_fail(spot, reader->err, "expected a count");
    return 0;
}

static int read_value(struct reader_of *reader, enum shape shape,
                      const struct json_slice *value,
                      const struct llm_spot *spot)
{
    bool boolean = value->type == JSON_TRUE || value->type == JSON_FALSE;

    switch (shape) {
    case ANY:
        return 0;
    case TYPE:
        return read_type(reader, value, spot);
    case SCHEMA:
        return read_schema(reader, value, spot);
    case SCHEMAS:
        return read_list(reader, value, spot);
    case NAMED:
        return read_named(reader, value, spot);
    case WORDS:
        return read_words(reader, value, spot);
    case PATTERN:
        return read_pattern(reader, value, spot);
    case REFERENCE:
        return read_reference(reader, value, spot);
    case NUMBER:
    case POSITIVE:
    case COUNT:
        return read_number(reader, value, spot, shape);
    case LIST:
        return value->type == JSON_ARRAY
                   ? 0
                   : llm_spot_fail(spot, reader->err, "expected a list");
    case BOOLEAN:
        break;
    }
    return boolean ? 0
                   : llm_spot_fail(spot, reader->err, "expected true or false");
}

static int read_keyword(struct reader_of *reader, const struct json_slice *key,
                        const struct json_slice *value,
                        const struct llm_spot *spot)
{
    struct llm_spot inner = {.outer = spot, .key = key};
    size_t i;

    /* "x-...": a note of somebody's. */
    if (key->len > 3 && memcmp(key->data, "\"x-", 3) == 0)
        return 0;
    for (i = 0; i < LENGTH(keywords); i++)
        if (json_equals(key, keywords[i].name))
            return read_value(reader, keywords[i].shape, value, &inner);
    return llm_spot_fail(spot, reader->err, "unknown keyword %.*s",
                         key->len < 60 ? (int)key->len : 60, key->data);
}

static int read_schema(struct reader_of *reader, const struct json_slice *from,
                       const struct llm_spot *spot)
{
    struct json_walk walk = {.within = *from};
    struct json_slice key;
    struct json_slice value;

    if (from->type == JSON_TRUE || from->type == JSON_FALSE)
        return 0;
    if (from->type != JSON_OBJECT)
        return llm_spot_fail(spot, reader->err, "expected a schema, not %s",
                             json_type_name(from->type));
    while (json_next(&walk, &key, &value))
        if (read_keyword(reader, &key, &value, spot) < 0)
            return -1;
    return 0;
}

struct llm_schema *llm_schema_open(const char *text, size_t len,
                                   struct err *err)
{
    struct llm_spot root = {0};
    struct reader_of reader = {.err = err};

    if (len > LLM_SCHEMA_MAX) {
        err_set(err, ERR_DATA, "a schema of more than 256 KiB");
        return NULL;
    }
    reader.schema = xcalloc(1, sizeof(*reader.schema));
    reader.schema->text = xmemdup0(text, len);
    if (json_check(reader.schema->text, len, &reader.schema->root, err) < 0 ||
        read_schema(&reader, &reader.schema->root, &root) < 0) {
        err_wrap(err, "the schema");
        llm_schema_close(reader.schema);
        return NULL;
    }
    return reader.schema;
}

void llm_schema_close(struct llm_schema *schema)
{
    size_t i;

    if (!schema)
        return;
    for (i = 0; i < schema->npatterns; i++)
        regfree(&schema->patterns[i].regex);
    free(schema->patterns);
    free(schema->text);
    free(schema);
}
