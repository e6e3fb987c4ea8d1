/*
 * Each key of a record, and defaults under it.
 */
#include "config.h"

#include "task/record.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/mem.h"
#include "record-case.h"

static void test_every_key(void)
{
    struct task_record r = parsed(
        " { \"task_type\":\"code\",\"description\":\"Gr\\u00fc\\u00dfe\","
        "\"payload\": [1, 12345678901234567890,1e400] ,\"priority\":10,"
        "\"metadata\":{ \"a\" : 1e400 },\"idempotency_key\":\"k 1\","
        "\"run_at\":\"2026-01-31T12:00:00Z\",\"expires_at\":\"2h\","
        "\"ref\":\"r\",\"depends_on\":[\"x\",\"y\"],"
        "\"on_dependency_failure\":\"run\",\"max_attempts\":1000,"
        "\"timeout\":1.5,\"agent_type\":\"a\",\"workflow\":\"w\","
        "\"session_id\":\"s\",\"correlation_id\":\"c\","
        "\"webhook\":\"HTTPS://h/p?a=b@c\",\"model\":\"m\","
        "\"llm_endpoint\":\"e\",\"privacy\":\"eu\",\"budget_usd\":0.1,"
        "\"output_schema\":{\"type\": \"object\"}} ",
        NULL);

    is(r.task_type, "code", "task_type");
    is(r.description,
       "Gr\xc3\xbc\xc3\x9f"
       "e",
       "escapes are decoded");
    is(r.payload, "[1, 12345678901234567890,1e400]", "payload as written");
    ok(r.payload_is_json && r.payload_len == 31, "and known to be JSON");
    ok(r.priority == 10 && r.max_attempts == 1000, "integers");
    is(r.metadata, "{ \"a\" : 1e400 }", "metadata as written");
    is(r.idempotency_key, "k 1", "idempotency_key");
    ok(r.run_at == INT64_C(1769860800000000) && r.delay == 0, "run_at");
    ok(r.expires_in == 7200 * USEC_PER_SEC && r.expires_at == 0, "expires_at");
    is(r.ref, "r", "ref");
    ok(r.depends_count == 2 && strcmp(r.depends_on[1], "y") == 0, "depends_on");
    is(r.on_dependency_failure, "run", "on_dependency_failure");
    ok(r.timeout == 1500000, "timeout");
    is(r.agent_type, "a", "agent_type");
    is(r.workflow, "w", "workflow");
    is(r.session_id, "s", "session_id");
    is(r.correlation_id, "c", "correlation_id");
    is(r.webhook, "HTTPS://h/p?a=b@c", "webhook");
    is(r.model, "m", "model");
    is(r.llm_endpoint, "e", "llm_endpoint");
    is(r.privacy, "eu", "privacy");
    ok(r.budget == INT64_C(100000000000), "budget_usd");
    is(r.output_schema, "{\"type\": \"object\"}", "output_schema as written");
    task_record_release(&r);
}

/* Decimal text and what it is in 10^-12 USD. */
static void test_money_is_exact(void)
{
    static const struct {
        const char *text;
        int64_t units;
    } cases[] = {
        {"0", 0},
        {"0.000", 0},
        {"0.000000000001", 1},
        {"0.0000000000010000000", 1},
        {"999999.999999999999", INT64_C(999999999999999999)},
        {"1000000", INT64_C(1000000000000000000)},
        {"1e6", INT64_C(1000000000000000000)},
        {"1E+6", INT64_C(1000000000000000000)},
        {"1e-12", 1},
        {"123456e-6", INT64_C(123456000000)},
        {"0.3", INT64_C(300000000000)},
        {"0e999999999999", 0},
        {"10000000000000000000000000e-25", INT64_C(1000000000000)},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        char *json = xasprintf("{\"description\":\"abc\",\"budget_usd\":%s}",
                               cases[i].text);
        struct task_record r = parsed(json, NULL);

        ok(r.budget == cases[i].units, "%s USD is exact", cases[i].text);
        task_record_release(&r);
        free(json);
    }
}

static void test_times(void)
{
    struct task_record r =
        parsed("{\"description\":\"abc\",\"delay\":\"5m\",\"timeout\":3e1,"
               "\"expires_at\":\"@1700000000.5\"}",
               NULL);

    ok(r.delay == 300 * USEC_PER_SEC, "a delay as text");
    ok(r.timeout == 30 * USEC_PER_SEC, "a timeout with an exponent");
    ok(r.expires_at == INT64_C(1700000000500000), "an instant since the epoch");
    task_record_release(&r);
    r = parsed("{\"description\":\"abc\",\"run_at\":\"1.5h\","
               "\"timeout\":0.30000000000000004}",
               NULL);
    ok(r.delay == 5400 * USEC_PER_SEC && r.run_at == 0,
       "run_at as a duration is a delay");
    ok(r.timeout == 300000, "less than a microsecond is cut off");
    task_record_release(&r);
}

static void test_defaults(void)
{
    struct task_record d = task_record_new();
    struct task_record r;
    struct err err = {0};

    ok(task_record_set(&d, "priority", "7", &rules, &err) == 0 &&
           task_record_set(&d, "task_type", "qa", &rules, &err) == 0 &&
           task_record_set(&d, "delay", "5m", &rules, &err) == 0 &&
           task_record_set(&d, "expires_at", "1h", &rules, &err) == 0 &&
           task_record_set(&d, "depends_on", "a,b", &rules, &err) == 0 &&
           task_record_set(&d, "budget_usd", "0.5", &rules, &err) == 0 &&
           task_record_set(&d, "payload", "raw", &rules, &err) == 0,
       "options become defaults");
    d.hold = true;
    r = parsed("{\"description\":\"abc\"}", &d);
    ok(r.priority == 7 && strcmp(r.task_type, "qa") == 0 && r.hold &&
           r.delay == 300 * USEC_PER_SEC && r.depends_count == 2 &&
           r.expires_in == 3600 * USEC_PER_SEC &&
           r.budget == INT64_C(500000000000),
       "defaults fill what is absent");
    ok(strcmp(r.payload, "raw") == 0 && !r.payload_is_json,
       "a payload of bytes stays one");
    task_record_release(&r);
    r = parsed("{\"description\":\"abc\",\"priority\":0,\"delay\":0,"
               "\"depends_on\":[],\"payload\":null,\"task_type\":\"code\","
               "\"budget_usd\":0,\"expires_at\":\"@5\"}",
               &d);
    ok(r.priority == 0 && r.delay == 0 && r.depends_count == 0 &&
           r.budget == 0 && strcmp(r.task_type, "code") == 0,
       "the record's own keys win, zero and empty ones too");
    ok(r.expires_at == 5 * USEC_PER_SEC && r.expires_in == 0,
       "an instant takes the place of a duration");
    is(r.payload, "raw", "null leaves the default");
    task_record_release(&r);
    r = parsed("{\"description\":\"abc\",\"run_at\":\"@5\"}", &d);
    ok(r.run_at == 5 * USEC_PER_SEC && r.delay == 0,
       "run_at takes the place of a default delay");
    task_record_release(&r);
    ok(task_record_text("hello", 5, &d, &rules, &r, &err) == 0 &&
           r.priority == 7,
       "a bare description goes over the defaults");
    task_record_release(&r);
    task_record_release(&d);
}

static void test_metadata(void)
{
    struct task_record d = task_record_new();
    struct task_record r = {0};
    struct buf many = {0};
    struct err err = {0};

    ok(task_record_metadata(&d, "owner=me", &err) == 0 &&
           task_record_metadata(&d, "n=1=2\"", &err) == 0 &&
           task_record_metadata(&d, "owner=you", &err) == 0,
       "pairs are taken");
    is(d.metadata, "{\"n\":\"1=2\\\"\",\"owner\":\"you\"}",
       "the last value of a key holds");
    ok(task_record_metadata(&d, "nothing", &err) < 0, "a pair has a '='");
    is(err.msg, "metadata: must be KEY=VALUE in UTF-8 (got 'nothing')",
       "and the message says so");
    ok(task_record_metadata(&d, "=x", &err) < 0, "and a key");
    r = parsed("{\"description\":\"abc\",\"metadata\":"
               "{\"\\u006ewner\":1, \"\\u006f\\u0077ner\" : 1e400, \"z\":{ }}}",
               &d);
    is(r.metadata,
       "{\"n\":\"1=2\\\"\",\"\\u006ewner\":1,\"\\u006f\\u0077ner\":1e400,"
       "\"z\":{ }}",
       "the record wins key by key, values as written");
    task_record_release(&r);

    for (int i = 0; i < 100; i++)
        buf_fmt(&many, "%c\"k%d\":%d", i ? ',' : '{', i, i);
    buf_byte(&many, '}');
    ok(task_record_set(&r, "metadata", many.data, &rules, &err) == 0,
       "a hundred keys are taken");
    ok(task_record_metadata(&r, "k99=x", &err) == 0, "replacing one is fine");
    ok(task_record_metadata(&r, "k100=x", &err) < 0, "one more is refused");
    is(err.msg,
       "metadata: must be an object of at most 100 keys (got 101 with the "
       "defaults)",
       "and the message counts");
    buf_release(&many);
    task_record_release(&r);
    task_record_release(&d);
}

static void digest_of(const char *json, const struct task_record *defaults,
                      char text[65])
{
    struct task_record r = parsed(json, defaults);

    task_record_digest(&r, text);
    task_record_release(&r);
}

static void test_digest(void)
{
    static const char canon[] = "delay\x1f"
                                "8:60000000"
                                "depends_on\x1f"
                                "1:x"
                                "depends_on\x1f"
                                "1:y"
                                "description\x1f"
                                "3:abc"
                                "metadata\x1f"
                                "7:{\"a\":1}"
                                "payload\x1f"
                                "2:{}"
                                "priority\x1f"
                                "1:5"
                                "run_at\x1f"
                                "9:+60000000";
    struct task_record d = task_record_new();
    char want[65];
    char one[65];
    char two[65];
    struct err err = {0};

    hash_text(canon, sizeof(canon) - 1, want);
    digest_of("{\"description\":\"abc\",\"metadata\":{\"a\":1},\"payload\":{},"
              "\"depends_on\":[\"x\",\"y\"],\"delay\":60,"
              "\"correlation_id\":\"1\"}",
              NULL, one);
    is(one, want, "the digest is what record-digest.c says");
    digest_of("{\"correlation_id\":\"2\",\"run_at\":\"1m\",\"priority\":5,"
              "\"depends_on\":[\"x\",\"y\"],\"payload\":{},"
              "\"metadata\":{\"a\":1},\"description\":\"\\u0061bc\"}",
              NULL, two);
    is(two, want, "order, escapes and correlation_id do not matter");
    task_record_set(&d, "delay", "1m", &rules, &err);
    task_record_set(&d, "depends_on", "x,y", &rules, &err);
    task_record_set(&d, "metadata", "{\"a\":1}", &rules, &err);
    digest_of("{\"description\":\"abc\",\"payload\":{}}", &d, two);
    is(two, want, "defaults count");
    task_record_set(&d, "payload", "{}", &rules, &err);
    digest_of("{\"description\":\"abc\"}", &d, two);
    ok(strcmp(two, want) != 0, "bytes are not the JSON that looks like them");
    digest_of("{\"description\":\"abd\",\"payload\":{}}", &d, two);
    ok(strcmp(two, want) != 0, "another description is another request");
    task_record_release(&d);
}

int main(void)
{
    test_every_key();
    test_money_is_exact();
    test_times();
    test_defaults();
    test_metadata();
    test_digest();
    return tap_done();
}
