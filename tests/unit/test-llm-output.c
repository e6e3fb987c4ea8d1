/*
 * JSON out of what models write around it.
 */
#include "config.h"

#include "llm/output.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"

/* want NULL: it cannot be read. */
static const struct {
    const char *name, *text, *want;
    bool repaired;
} cases[] = {
    {"an object", " {\"a\": 1}\n", "{\"a\": 1}", false},
    {"any value is JSON", "42", "42", false},
    {"a fence", "```json\n{\"a\":1}\n```", "{\"a\":1}", true},
    {"a fence with words around it",
     "Here it is:\n\n```json\n{\"a\":\"x```y\"}\n```\nI hope [this] helps.",
     "{\"a\":\"x```y\"}", true},
    {"a fence that is not closed", "```\n[{\"a\":1}]", "[{\"a\":1}]", true},
    {"words in front", "The answer is {\"a\":{\"b\":\"}\"}} as {you} see",
     "{\"a\":{\"b\":\"}\"}}", true},
    {"words in braces in front", "{note} the answer: {\"a\":1}", "{\"a\":1}",
     true},
    {"a footnote in front", "As said [1]: {\"a\":[1]}", "{\"a\":[1]}", true},
    {"a footnote alone", "see [1, 2]", "[1, 2]", true},
    {"a list of objects", "So: [{\"a\":1}, {\"b\":2}]",
     "[{\"a\":1}, {\"b\":2}]", true},
    {"a comma too many", "{\"a\":[1,2,],}", "{\"a\":[1,2]}", true},
    {"a comma in a string is text", "{\"a\":\",}\",}", "{\"a\":\",}\"}", true},
    {"a line end in a string", "{\"a\":\"x\ny\"}", "{\"a\":\"x\\u000ay\"}",
     true},
    {"a NUL as an escape", "{\"a\":\"\\u0000\"}", "{\"a\":\"\\ufffd\"}", true},
    {"thoughts", "<think>maybe {\"a\":0}?</think>{\"a\":1}", "{\"a\":1}", true},
    {"thoughts that the template opened", "maybe</think>\n{\"a\":1}",
     "{\"a\":1}", true},
    {"thoughts inside of a string", "ok {\"a\":\"</think>\"}",
     "{\"a\":\"</think>\"}", true},
    {"nothing", " \n", NULL, false},
    {"no JSON", "I cannot do that.", NULL, false},
    {"cut short", "{\"a\":[1,2", NULL, false},
    {"cut short, with a part that is whole", "{\"a\":{\"b\":1}, \"c\":", NULL,
     false},
    {"a part of what cannot be read", "{\"a\":{\"b\":1}, c}", NULL, false},
    {"a brace that is none", "use { to open: {\"a\":1}", "{\"a\":1}", true},
    {"nothing is invented", "{a:1}", NULL, false},
    {"twice the same key", "{\"a\":1,\"a\":2}", NULL, false},
};

static void test_cases(void)
{
    size_t i;

    for (i = 0; i < LENGTH(cases); i++) {
        struct buf json = {0};
        struct err err = {0};
        bool repaired = false;
        int ret = llm_output_json(cases[i].text, strlen(cases[i].text), &json,
                                  &repaired, &err);

        is(ret < 0 ? NULL : json.data, cases[i].want, cases[i].name);
        ok(repaired == cases[i].repaired &&
               (ret == 0 || (err.code == ERR_DATA && *err.msg)),
           "... and the caller is told");
        buf_release(&json);
    }
}

static void test_reasons(void)
{
    struct buf json = {0};
    struct err err = {0};
    bool repaired;

    llm_output_json("{\"a\":1 \"b\"}", 11, &json, &repaired, &err);
    is(err.msg, "the answer is not JSON: at byte 7: expected ',' or '}'",
       "a reason that a model understands");
    llm_output_json("{\"a\":", 5, &json, &repaired, &err);
    is(err.msg, "the answer is not JSON: a bracket is opened and not closed",
       "... also for what was cut");
    buf_release(&json);
}

/* Millions of brackets cost no more than reading them a few times. */
static void test_hostile(void)
{
    enum { SIZE = 4 << 20 };
    char *text = xmalloc(SIZE);
    struct buf json = {0};
    struct err err = {0};
    bool repaired;

    memset(text, '{', SIZE);
    ok(llm_output_json(text, SIZE, &json, &repaired, &err) < 0,
       "nothing but brackets");
    memset(text, '[', SIZE / 2);
    memset(text + SIZE / 2, ']', SIZE / 2);
    ok(llm_output_json(text, SIZE, &json, &repaired, &err) < 0,
       "nested without end");
    free(text);
}

int main(void)
{
    test_cases();
    test_reasons();
    test_hostile();
    return tap_done();
}
