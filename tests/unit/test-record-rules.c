/*
 * What may not be in a record, and what is said about it.
 */
#include "config.h"

#include "task/record.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "record-case.h"

/* The members besides the description, and the message they deserve. */
static const struct {
    const char *members;
    const char *message;
} refusals[] = {
    {"\"priority\":11", "priority: must be an integer from 0 to 10 (got 11)"},
    {"\"priority\":-1", "priority: must be an integer from 0 to 10 (got -1)"},
    {"\"priority\":\"high\"",
     "priority: must be an integer from 0 to 10 (got \"high\")"},
    {"\"priority\":\"7\"",
     "priority: must be an integer from 0 to 10 (got \"7\")"},
    {"\"priority\":5.5", "priority: must be an integer from 0 to 10 (got 5.5)"},
    {"\"priority\":9223372036854775808",
     "priority: must be an integer from 0 to 10 (got 9223372036854775808)"},
    {"\"priority\":18446744073709551621",
     "priority: must be an integer from 0 to 10 (got 18446744073709551621)"},
    {"\"priority\":1e999",
     "priority: must be an integer from 0 to 10 (got 1e999)"},
    {"\"priority\":true",
     "priority: must be an integer from 0 to 10 (got true)"},
    {"\"max_attempts\":0",
     "max_attempts: must be an integer from 1 to 1000 (got 0)"},
    {"\"max_attempts\":1001",
     "max_attempts: must be an integer from 1 to 1000 (got 1001)"},
    {"\"priorty\":5", "unknown key 'priorty' (did you mean 'priority'?)"},
    {"\"Priority\":5", "unknown key 'Priority' (did you mean 'priority'?)"},
    {"\"ref \":\"a\"", "unknown key 'ref ' (did you mean 'ref'?)"},
    {"\"hold\":true", NULL},
    {"\"zzzzzzzzzzzzzzzzz\":5", "unknown key 'zzzzzzzzzzzzzzzzz'"},
    {"\"\\u001b[2J\":5", "unknown key '\\x1b[2J'"},
    {"\"task_type\":\"cod\"",
     "task_type: unknown type 'cod' (did you mean 'code'?)"},
    {"\"task_type\":\"Code\"",
     "task_type: unknown type 'Code' (did you mean 'code'?)"},
    {"\"task_type\":\"\"", NULL},
    {"\"task_type\":7", "task_type: must be a string (got a number)"},
    {"\"agent_type\":\"\"", "agent_type: must have 1 to 100 bytes of printable "
                            "text (got \"\")"},
    {"\"model\":\"a\\u0007\"",
     "model: must have 1 to 100 bytes of printable text (got \"a\\u0007\")"},
    {"\"workflow\":\"\xe2\x80\xae\"", NULL},
    {"\"idempotency_key\":\"a\\nb\"", NULL},
    {"\"privacy\":\"Eu\"",
     "privacy: must be 'local', 'eu' or 'public' (got \"Eu\")"},
    {"\"privacy\":\"123456789a123456789b123456789c123456789d123\"",
     "privacy: must be 'local', 'eu' or 'public' "
     "(got \"123456789a123456789b123456789c123456789...)"},
    {"\"on_dependency_failure\":\"stop\"",
     "on_dependency_failure: must be 'cancel' or 'run' (got \"stop\")"},
    {"\"webhook\":\"ftp://a/\"",
     "webhook: must be an http or https URL of at most 2048 bytes"},
    {"\"webhook\":\"http://\"", NULL},
    {"\"webhook\":\"http://:80/\"", NULL},
    {"\"webhook\":\"http:///a\"", NULL},
    {"\"webhook\":\"http://a b/\"", NULL},
    {"\"webhook\":\"http://a/\\r\\nX: y\"", NULL},
    {"\"webhook\":\"http://a\\\\@b/\"", NULL},
    {"\"webhook\":\"javascript:alert(1)\"", NULL},
    {"\"webhook\":\"https://me:secret@host/\"",
     "webhook: must not carry a user or a password"},
    {"\"delay\":-1", NULL},
    {"\"delay\":\"5 minutes\"", "delay: must be seconds, or a number with s, "
                                "m, h or d (got \"5 minutes\")"},
    {"\"delay\":1e400", NULL},
    {"\"delay\":true", NULL},
    {"\"timeout\":0", "timeout: must be longer than 0: seconds, or a number "
                      "with s, m, h or d (got 0)"},
    {"\"timeout\":\"0s\"", NULL},
    {"\"timeout\":0.0000001", NULL},
    {"\"run_at\":1700000000",
     "run_at: must be a string: RFC 3339 with zone, '@EPOCH', or a duration "
     "from now (got 1700000000)"},
    {"\"run_at\":\"tomorrow\"", NULL},
    {"\"run_at\":\"2026-02-30T00:00:00Z\"", NULL},
    {"\"run_at\":\"@0\"", NULL},
    {"\"run_at\":\"1m\",\"delay\":1",
     "delay: must not be given beside 'run_at'"},
    {"\"delay\":0,\"run_at\":\"1m\"",
     "run_at: must not be given beside 'delay'"},
    {"\"expires_at\":\"0s\"", NULL},
    {"\"budget_usd\":-0.1", "budget_usd: must be a number from 0 to 1000000 "
                            "with at most 12 decimals (got -0.1)"},
    {"\"budget_usd\":0.0000000000001", NULL},
    {"\"budget_usd\":1000000.000000000001", NULL},
    {"\"budget_usd\":1e7", NULL},
    {"\"budget_usd\":1e999999999999999999999", NULL},
    {"\"budget_usd\":1e-13", NULL},
    {"\"budget_usd\":\"1\"", NULL},
    {"\"metadata\":[1]",
     "metadata: must be an object of at most 100 keys (got [1])"},
    {"\"output_schema\":true", "output_schema: must be an object (got true)"},
    {"\"depends_on\":5", NULL},
    {"\"depends_on\":[\"a\",5]",
     "depends_on: must be at most 1000 ids or refs, each 1 to 100 printable "
     "bytes (got 5)"},
    {"\"depends_on\":[\"a\",null]", NULL},
    {"\"depends_on\":[\"\"]", NULL},
};

static void test_refusals(void)
{
    for (size_t i = 0; i < LENGTH(refusals); i++) {
        struct task_record out = {.priority = 77};
        struct err err = {0};
        char *json =
            xasprintf("{\"description\":\"a task\",%s}", refusals[i].members);

        ok(parse(json, NULL, &out, &err) < 0 && err.code == ERR_DATA,
           "%.60s is refused", json);
        ok(out.priority == 77 && !out.description, "and out is untouched");
        if (refusals[i].message)
            is(err.msg, refusals[i].message, "with the message it deserves");
        free(json);
    }
}

static void test_descriptions(void)
{
    static const char e_acute[] = "\xc3\xa9";
    struct task_record out = {0};
    struct buf text = {0};
    struct err err = {0};

    parse("{}", NULL, &out, &err);
    is(err.msg, "description: is required", "there must be a description");
    parse("{\"description\":null}", NULL, &out, &err);
    is(err.msg, "description: is required", "null is as good as none");
    parse("{\"description\":\"ab\"}", NULL, &out, &err);
    is(err.msg, "description: must have 3 to 2000 characters (got 2)",
       "two characters are too few");
    parse("{\"description\":\"\xc3\xa9\xc3\xa9\"}", NULL, &out, &err);
    is(err.msg, "description: must have 3 to 2000 characters (got 2)",
       "characters are counted, not bytes");
    parse("{\"description\":[]}", NULL, &out, &err);
    is(err.msg, "description: must be a string (got an array)",
       "an array is no description");
    parse("[]", NULL, &out, &err);
    is(err.msg, "a record must be an object (got an array)",
       "an array is no record");
    ok(task_record_text("a\0bc", 4, NULL, &rules, &out, &err) < 0,
       "a description with a NUL is refused");
    is(err.msg, "description: must not contain a NUL byte", "and says so");
    ok(task_record_text("a\xff"
                        "bc",
                        4, NULL, &rules, &out, &err) < 0,
       "a description that is no UTF-8 is refused");
    is(err.msg, "description: must be UTF-8 (got 'a\\xffbc')", "and says so");

    for (int i = 0; i < 2000; i++)
        buf_str(&text, e_acute);
    ok(task_record_text(text.data, text.len, NULL, &rules, &out, &err) == 0,
       "2000 characters are enough");
    task_record_release(&out);
    buf_str(&text, "x");
    ok(task_record_text(text.data, text.len, NULL, &rules, &out, &err) < 0,
       "2001 are too many");
    buf_release(&text);

    ok(task_record_text("line\n\ttwo \x1b[2J", 14, NULL, &rules, &out, &err) ==
           0,
       "control characters may be in a description");
    is(out.description, "line\n\ttwo \x1b[2J", "and stay in it");
    ok(out.priority == 5 && !out.task_type && out.budget == -1,
       "what was not given has its default");
    task_record_release(&out);
    task_record_release(&out);
}

static void test_options(void)
{
    static const struct {
        const char *field, *text, *message;
    } cases[] = {
        {"priority", "11",
         "priority: must be an integer from 0 to 10 (got 11)"},
        {"priority", "high",
         "priority: must be an integer from 0 to 10 (got 'high')"},
        {"priority", "", "priority: must not be empty"},
        {"timeout", "x",
         "timeout: must be longer than 0: seconds, or a number "
         "with s, m, h or d (got 'x')"},
        {"agent_type", "a\xff", "agent_type: must be UTF-8 (got 'a\\xff')"},
        {"agnt_type", "a",
         "unknown key 'agnt_type' (did you mean "
         "'agent_type'?)"},
        {"depends_on", "a,,b", NULL},
        {"budget_usd", "1,5", NULL},
        {"budget_usd", ".5", NULL},
        {"budget_usd", "5.", NULL},
        {"metadata", "[]",
         "metadata: must be an object of at most 100 keys "
         "(got '[]')"},
        {"metadata", "{", NULL},
        {"output_schema", "{\"a\":1,\"a\":2}", NULL},
    };
    struct task_record r = task_record_new();
    struct err err = {0};

    for (size_t i = 0; i < LENGTH(cases); i++) {
        ok(task_record_set(&r, cases[i].field, cases[i].text, &rules, &err) < 0,
           "%s '%s' is refused", cases[i].field, cases[i].text);
        if (cases[i].message)
            is(err.msg, cases[i].message, "with the message it deserves");
    }
    ok(task_record_set(&r, "delay", "5m", &rules, &err) == 0 &&
           task_record_set(&r, "run_at", "@9", &rules, &err) == 0 &&
           r.delay == 0 && r.run_at == 9 * USEC_PER_SEC,
       "of delay and run_at the last option holds");
    ok(task_record_set(&r, "ref", "one", &rules, &err) == 0 &&
           task_record_set(&r, "ref", "two", &rules, &err) == 0,
       "an option may be given twice");
    is(r.ref, "two", "and the last one holds");
    task_record_release(&r);
}

int main(void)
{
    test_refusals();
    test_descriptions();
    test_options();
    return tap_done();
}
