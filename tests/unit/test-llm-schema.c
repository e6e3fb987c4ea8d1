/*
 * Schemas, judged by the package ajv: every schema against every value that
 * stands beside it, and many against many.
 */
#include "config.h"

#include "llm/schema.h"

#include "node.h"

static struct node judge;

/* "true", "false", or "error". */
static const char *ours(const char *schema_text, const char *value_text)
{
    struct err err = {0};
    struct llm_schema *schema =
        llm_schema_open(schema_text, strlen(schema_text), &err);
    struct json_slice value;
    const char *verdict = "error";

    if (schema && json_check(value_text, strlen(value_text), &value, &err) == 0)
        verdict =
            llm_schema_check(schema, &value, &err) == 0 ? "true" : "false";
    if (!schema)
        printf("# %s\n", err.msg);
    llm_schema_close(schema);
    return verdict;
}

static char *theirs(const char *schema, const char *value)
{
    char *line = xasprintf("[%s,%s]", schema, value);
    char *verdict = node_ask(&judge, line);

    free(line);
    return verdict;
}

static const char *const schemas[] = {
    "true",
    "false",
    "{}",
    "{\"type\":\"object\"}",
    "{\"type\":[\"string\",\"null\"]}",
    "{\"type\":\"integer\"}",
    "{\"type\":\"number\",\"minimum\":0,\"exclusiveMaximum\":10}",
    "{\"exclusiveMinimum\":0,\"maximum\":10.5}",
    "{\"multipleOf\":0.5}",
    "{\"multipleOf\":3}",
    "{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}",
    "{\"pattern\":\"^[a-z]+$\"}",
    "{\"pattern\":\"\\\\d{2,3}-\\\\w\"}",
    "{\"pattern\":\"^(?:ab|[^\\\\s\\\\]-])*$\"}",
    "{\"pattern\":\"\"}",
    "{\"pattern\":\"[\\\\w.-]+@\\\\S\"}",
    "{\"enum\":[1,\"a\",null,{\"a\":1,\"b\":[2]}]}",
    "{\"const\":{\"b\":[2],\"a\":1.0}}",
    "{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":true},\"required\":"
    "[\"a\"]}",
    "{\"properties\":{\"a\":{}},\"additionalProperties\":false}",
    "{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":"
    "\"array\"}}",
    "{\"propertyNames\":{\"maxLength\":1}}",
    "{\"minProperties\":1,\"maxProperties\":2}",
    "{\"type\":\"array\",\"items\":{\"type\":\"number\"}}",
    "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"number\"}],"
    "\"items\":false}",
    "{\"minItems\":1,\"maxItems\":2}",
    "{\"uniqueItems\":true}",
    "{\"contains\":{\"type\":\"string\"}}",
    "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}",
    "{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"integer\"},{\"type\":"
    "\"string\"}]}",
    "{\"allOf\":[{\"type\":\"number\"},{\"minimum\":2}]}",
    "{\"not\":{\"type\":\"string\"}}",
    "{\"if\":{\"type\":\"number\"},\"then\":{\"minimum\":3},\"else\":{\"type\":"
    "\"string\"}}",
    "{\"$defs\":{\"node\":{\"type\":\"object\",\"properties\":{\"a\":{"
    "\"$ref\":\"#/$defs/node\"},\"b\":{\"type\":\"array\",\"items\":{\"$ref\":"
    "\"#/$defs/node\"}}}}},\"$ref\":\"#/$defs/node\"}",
    "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
    "{\"definitions\":{\"x/y\":{\"type\":\"string\"}},\"$ref\":"
    "\"#/definitions/x~1y\"}",
    "{\"title\":\"t\",\"description\":\"d\",\"default\":1,\"format\":"
    "\"email\",\"examples\":[1]}",
    "{\"type\":\"string\",\"maxLength\":1.0}",
};

static const char *const values[] = {
    "null",
    "true",
    "0",
    "-1",
    "1",
    "1.0",
    "2",
    "3",
    "5",
    "10",
    "10.5",
    "1.5",
    "9007199254740990",
    "1e3",
    "\"\"",
    "\"a\"",
    "\"ab\"",
    "\"abc\"",
    "\"abcd\"",
    "\"\\u00e9\\ud83d\\ude00x\"",
    "\"12-a\"",
    "\"a b]\"",
    "\"x.y-z@w\"",
    "[]",
    "[1]",
    "[1,2]",
    "[1,1.0]",
    "[\"a\",1]",
    "[\"a\",1,2]",
    "[{\"a\":1},{\"a\":1}]",
    "{}",
    "{\"a\":1}",
    "{\"a\":\"x\"}",
    "{\"a\":1,\"b\":[2]}",
    "{\"b\":[2.0],\"a\":1}",
    "{\"a\":{},\"b\":[{\"a\":{}},{\"b\":[]}]}",
    "{\"a\":{\"a\":5}}",
    "{\"b\":[1]}",
    "{\"long\":[],\"a\":0}",
    "{\"a\":1,\"b\":2,\"c\":3}",
};

static bool agree(const char *schema, const char *value)
{
    char *want = theirs(schema, value);
    const char *have = ours(schema, value);
    bool same = strcmp(want, have) == 0;

    if (!same)
        printf("# %s: ajv %s, ours %s\n", value, want, have);
    free(want);
    return same;
}

static void test_against_ajv(void)
{
    for (size_t i = 0; i < LENGTH(schemas); i++) {
        bool same = true;

        for (size_t j = 0; j < LENGTH(values); j++)
            same = agree(schemas[i], values[j]) && same;
        ok(same, "ajv agrees about %s", schemas[i]);
    }
}

/* --- what it says ------------------------------------------------------------- */

static void test_messages(void)
{
    static const struct {
        const char *schema, *value, *want;
    } rows[] = {
        {"{\"properties\":{\"items\":{\"items\":{\"properties\":{\"price\":{"
         "\"type\":\"number\"}}}}}}",
         "{\"items\":[{\"price\":1},{\"price\":\"x\"}]}",
         "at '/items/1/price': expected \"number\", not a string"},
        {"{\"required\":[\"a/b\"]}", "{}", "\"a/b\" is missing"},
        {"{\"properties\":{\"a/b\":{\"enum\":[1,2]}}}", "{\"a/b\":3}",
         "at '/a~1b': 3 is none of [1,2]"},
        {"{\"additionalProperties\":false}", "{\"x\":1}",
         "there must be no \"x\""},
        {"{\"minItems\":2}", "[1]", "1 items, expected at least 2"},
        {"{\"maxLength\":2}", "\"abc\"", "3 characters, expected at most 2"},
        {"{\"anyOf\":[{\"type\":\"null\"}]}", "1",
         "1 fits none of the alternatives"},
        {"{\"pattern\":\"^a\"}", "\"\\u001b[31m\"",
         "\"\\u001b[31m\" does not match \"^a\""},
    };
    size_t i;

    for (i = 0; i < LENGTH(rows); i++) {
        struct err err = {0};
        struct json_slice value;
        struct llm_schema *schema =
            llm_schema_open(rows[i].schema, strlen(rows[i].schema), &err);

        json_check(rows[i].value, strlen(rows[i].value), &value, &err);
        ok(llm_schema_check(schema, &value, &err) == -1 && err.code == ERR_DATA,
           "%s does not fit", rows[i].value);
        is(err.msg, rows[i].want, "... and why");
        llm_schema_close(schema);
    }
}

static void refuses(const char *text, const char *want)
{
    struct err err = {0};
    struct llm_schema *schema = llm_schema_open(text, strlen(text), &err);

    ok(!schema && err.code == ERR_DATA, "%s is refused", text);
    is(err.msg, want, "... with a reason");
    llm_schema_close(schema);
}

static void test_bad_schemas(void)
{
    refuses("{\"properties\":{\"a\":{\"typ\":1}}}",
            "the schema: at '/properties/a': unknown keyword \"typ\"");
    refuses("{\"type\":\"text\"}",
            "the schema: at '/type': there is no type \"text\"");
    refuses("{\"items\":[]}",
            "the schema: at '/items': expected a schema, not an array");
    refuses("{\"anyOf\":[]}", "the schema: at '/anyOf': an empty list");
    refuses("{\"$ref\":\"#/$defs/x\"}",
            "the schema: at '/$ref': a reference to what is not in this "
            "schema");
    refuses("{\"$ref\":\"http://example.org/\"}",
            "the schema: at '/$ref': a reference to what is not in this "
            "schema");
    refuses("{\"minLength\":-1}",
            "the schema: at '/minLength': expected a count");
    refuses("{\"pattern\":\"(?=a)\"}",
            "the schema: at '/pattern': pattern: a group that looks around");
    refuses("{\"pattern\":\"(a)\\\\1\"}",
            "the schema: at '/pattern': pattern: an escape that is not "
            "supported");
    refuses("{\"pattern\":\"((a{200}){200}){200}\"}",
            "the schema: at '/pattern': pattern: too many repeats");
    refuses("{\"pattern\":\"a+?\"}",
            "the schema: at '/pattern': pattern: a repeat that is not greedy");
    refuses("{\"pattern\":\"(\"}",
            "the schema: at '/pattern': pattern: not a regular expression");
    refuses("[]", "the schema: expected a schema, not an array");
    refuses("{",
            "the schema: at byte 1: expected a key in quotes, not the end");
}

/* Schemas that are made to cost much cost little. */
static void test_hostile(void)
{
    static const char loop[] = "{\"$ref\":\"#\"}";
    static const char twice[] =
        "{\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"},{\"$ref\":"
        "\"#/$defs/b\"}]},\"b\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"},{"
        "\"$ref\":\"#/$defs/a\"}]}},\"$ref\":\"#/$defs/a\"}";
    static const char negated[] = "{\"not\":{\"$ref\":\"#\"}}";
    struct buf list = {0};
    int i;

    is(ours(loop, "1"), "false", "a reference to itself ends");
    is(ours(twice, "1"), "false", "... and one that doubles each time");
    is(ours(negated, "1"), "false", "... and one that denies itself");
    buf_byte(&list, '[');
    for (i = 0; i < 20000; i++)
        buf_fmt(&list, "%s%d", i ? "," : "", i);
    buf_byte(&list, ']');
    is(ours("{\"uniqueItems\":true}", list.data), "false",
       "20,000 items are too many to compare each with each");
    buf_release(&list);
}

int main(void)
{
    node_install("schema", (const char *const[]){"ajv@8.17.1", NULL});
    node_open(&judge, (const char *const[]){"llm-judge.js", "schema", NULL});
    test_against_ajv();
    node_close(&judge);
    test_messages();
    test_bad_schemas();
    test_hostile();
    return tap_done();
}
