/*
 * Plans: the schema that a model is given, and what it cannot say.
 */
#include "config.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"
#include "work/llm.h"

#define TASK(ref, after)                                                   \
    "{\"ref\":\"" ref "\",\"agent\":\"qa\",\"title\":\"t\",\"instructions" \
    "\":\"i\",\"depends_on\":[" after "]}"
#define PLAN(tasks) "{\"summary\":\"s\",\"tasks\":[" tasks "]}"

static struct err err;

static bool keeps(const struct llm_schema *schema, const char *text)
{
    struct json_slice value;

    err_clear(&err);
    return json_check(text, strlen(text), &value, &err) == 0 &&
           llm_schema_check(schema, &value, &err) == 0;
}

static bool works(const char *text)
{
    struct json_slice value;

    err_clear(&err);
    return json_check(text, strlen(text), &value, &err) == 0 &&
           llm_plan_check(&value, &err) == 0;
}

static bool fails(const char *text, const char *words)
{
    bool good = !works(text) && err.code == ERR_DATA && strstr(err.msg, words);

    if (!good)
        printf("# %s\n", err.msg);
    return good;
}

static void test_schema(void)
{
    struct work_profile profile;
    struct llm_schema *schema = NULL;
    char *text = NULL;

    if (work_profile_get(NULL, "cto", &profile, &err) == 0) {
        text = llm_plan_schema(&profile);
        schema = llm_schema_open(text, strlen(text), &err);
    }
    if (!ok(schema != NULL, "a planner has a schema"))
        return;
    ok(keeps(schema, PLAN(TASK("a", "") "," TASK("b", "\"a\""))),
       "a plan keeps to it");
    ok(!keeps(schema, "{\"summary\":\"s\",\"tasks\":[{\"ref\":\"a\","
                      "\"agent\":\"cto\",\"title\":\"t\",\"instructions\":"
                      "\"i\",\"depends_on\":[]}]}"),
       "... but not for an agent that is not named");
    ok(!keeps(schema, "{\"summary\":\"s\"}") &&
           !keeps(schema, "{\"summary\":\"s\",\"tasks\":[{}]}"),
       "nothing may be left out");
    llm_schema_close(schema);
    free(text);
    work_profile_release(&profile);
}

static void test_order(void)
{
    ok(works(PLAN(TASK("b", "\"a\"") "," TASK("a", ""))),
       "the order of the list does not matter");
    ok(works(PLAN(TASK("\\u0061", "") "," TASK("b", "\"a\",\"a\""))),
       "a name may be written in two ways, and named twice");
    ok(fails(PLAN(TASK("a", "\"a\"")), "wait for each other") &&
           fails(PLAN(TASK("a", "\"b\"") "," TASK("b", "\"a\"")),
                 "wait for each other"),
       "tasks that wait for themselves never run");
    ok(fails(PLAN(TASK("a", "\"c\"")), "no task has the ref \"c\""),
       "a name has to be there");
    ok(fails(PLAN(TASK("a", "") "," TASK("a", "")), "/tasks/1/ref"),
       "... once");
    ok(fails(PLAN(TASK("a b", "")), "/tasks/0/ref") &&
           fails(PLAN(TASK("", "")), "/tasks/0/ref"),
       "... and be a name");
    ok(fails(PLAN(""), "no task"), "a plan of nothing is none");
}

static void test_many(void)
{
    struct buf text = {0};
    int i;

    buf_str(&text, "{\"summary\":\"s\",\"tasks\":[");
    for (i = 0; i < 51; i++) {
        buf_fmt(&text, "%s{\"ref\":\"t%d\",\"depends_on\":[", i > 0 ? "," : "",
                i);
        if (i > 0)
            buf_fmt(&text, "\"t%d\"", i - 1);
        buf_str(&text, "]}");
    }
    buf_str(&text, "]}");
    ok(fails(text.data, "more than 50"), "a plan has an end");
    buf_release(&text);
}

int main(void)
{
    test_schema();
    test_order();
    test_many();
    return tap_done();
}
