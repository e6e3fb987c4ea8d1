/*
 * Every row of the table of failures, from what a server says to what is
 * done about it.
 */
#include "config.h"

#include "llm/class.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tap.h"

#define SEC USEC_PER_SEC
#define NOW (INT64_C(1769860800) * SEC) /* 2026-01-31T12:00:00Z */

static struct llm_verdict verdict;

static enum llm_class judge(const struct llm_signal *signal)
{
    llm_classify(signal, &verdict);
    return verdict.class;
}

/* An answer with this status and body, and no header of any use. */
static struct llm_signal answered(int status, const char *body)
{
    struct llm_signal signal = {
        .status = status, .connected = true, .parse = LLM_PARSE_TRUNCATED};

    llm_head_init(&signal.head);
    llm_error_read(body, strlen(body), &signal.error);
    return signal;
}

static enum llm_class status(int status, const char *body)
{
    struct llm_signal signal = answered(status, body);

    return judge(&signal);
}

static enum llm_class failed(enum http_failure failure, bool idle,
                             bool connected)
{
    struct llm_signal signal = answered(0, "");

    signal.failure = failure;
    signal.idle = idle;
    signal.connected = connected;
    signal.certificate = idle;
    return judge(&signal);
}

static enum llm_class finished(enum llm_finish finish)
{
    struct llm_signal signal = answered(200, "");

    signal.parse = LLM_PARSE_OK;
    signal.finish = finish;
    return judge(&signal);
}

static enum llm_class parsed(enum llm_parse parse, const char *body)
{
    struct llm_signal signal = answered(200, body);

    signal.parse = parse;
    return judge(&signal);
}

/* --- the rows --------------------------------------------------------------- */

static void test_transport(void)
{
    ok(failed(HTTP_RESOLVE, false, false) == LLM_CONNECT &&
           failed(HTTP_CONNECT, false, false) == LLM_CONNECT &&
           failed(HTTP_TIMEOUT, false, false) == LLM_CONNECT &&
           failed(HTTP_TLS, false, false) == LLM_CONNECT,
       "no host, no connection, none in time, no handshake: connect");
    ok(failed(HTTP_TLS, true, false) == LLM_CONFIG &&
           failed(HTTP_REFUSED, false, false) == LLM_CONFIG &&
           status(301, "") == LLM_CONFIG,
       "a bad certificate, a forbidden address, a redirect: config");
    ok(failed(HTTP_TIMEOUT, false, true) == LLM_TIMEOUT, "too long in all");
    ok(failed(HTTP_TIMEOUT, true, true) == LLM_STREAM &&
           failed(HTTP_BROKEN, false, true) == LLM_STREAM,
       "silence and a cut are failures of the stream");
    ok(failed(HTTP_TOO_LARGE, false, true) == LLM_PROTOCOL &&
           failed(HTTP_OTHER, false, true) == LLM_PROTOCOL,
       "headers of a megabyte are no protocol");
    ok(failed(HTTP_STOPPED, false, true) == LLM_CANCELLED,
       "what we cancelled says nothing about the server");
}

static const struct {
    int status;
    enum llm_class class;
    const char *body;
} statuses[] = {
    {400, LLM_CONTEXT,
     "{\"error\":{\"code\":\"context_length_exceeded\",\"type\":"
     "\"invalid_request_error\"}}"},
    {400, LLM_CONTEXT,
     "{\"error\":{\"message\":\"This model's maximum context length is 4096"
     " tokens.\"}}"},
    {400, LLM_CONTEXT,
     "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
     "\"message\":\"prompt is too long: 210000 tokens > 200000\"}}"},
    {413, LLM_CONTEXT, "{\"error\":{\"type\":\"request_too_large\"}}"},
    {500, LLM_CONTEXT,
     "{\"error\":{\"message\":\"the request exceeds the available context "
     "size\"}}"},
    {400, LLM_BAD_REQUEST,
     "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}"},
    {404, LLM_BAD_REQUEST, "{\"detail\":\"Not Found\"}"},
    {405, LLM_BAD_REQUEST, ""},
    {415, LLM_BAD_REQUEST, ""},
    {422, LLM_BAD_REQUEST, "{\"detail\":[]}"},
    {400, LLM_POLICY, "{\"error\":{\"code\":\"content_filter\"}}"},
    {400, LLM_POLICY, "{\"error\":{\"code\":\"content_policy_violation\"}}"},
    {403, LLM_POLICY,
     "{\"error\":{\"code\":403,\"message\":\"flagged\",\"metadata\":{"
     "\"reasons\":[\"x\"],\"flagged_input\":\"y\"}}}"},
    {401, LLM_AUTH, "{\"error\":{\"code\":\"invalid_api_key\"}}"},
    {403, LLM_AUTH, "{\"error\":{\"type\":\"permission_error\"}}"},
    {402, LLM_QUOTA, "{\"error\":{\"type\":\"billing_error\"}}"},
    {429, LLM_QUOTA, "{\"error\":{\"code\":\"insufficient_quota\"}}"},
    {429, LLM_QUOTA,
     "{\"error\":{\"type\":\"rate_limit_error\",\"details\":{"
     "\"error_code\":\"enforced_spend_limit_reached\"}}}"},
    {429, LLM_QUOTA,
     "{\"error\":{\"type\":\"rate_limit_error\",\"details\":{"
     "\"error_code\":\"contract_spend_limit_reached\"}}}"},
    {400, LLM_QUOTA,
     "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
     "\"message\":\"Your credit balance is too low\"}}"},
    {404, LLM_MODEL_GONE, "{\"error\":{\"code\":\"model_not_found\"}}"},
    {404, LLM_MODEL_GONE, "{\"error\":\"model 'x' not found\"}"},
    {404, LLM_MODEL_GONE,
     "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\","
     "\"message\":\"model: x\"}}"},
    {410, LLM_MODEL_GONE, ""},
    {408, LLM_TIMEOUT, ""},
    {504, LLM_TIMEOUT, "{\"error\":{\"type\":\"timeout_error\"}}"},
    {409, LLM_CONFLICT, "{\"error\":{\"type\":\"conflict_error\"}}"},
    {429, LLM_RATE, "{\"error\":{\"type\":\"rate_limit_error\"}}"},
    {429, LLM_RATE,
     "{\"error\":{\"details\":{\"error_code\":\"ramp_limit_exceeded\"}}}"},
    {429, LLM_RATE, "<html>slow down</html>"},
    {529, LLM_OVERLOAD, "{\"error\":{\"type\":\"overloaded_error\"}}"},
    {503, LLM_OVERLOAD, ""},
    {503, LLM_WARMING,
     "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":"
     "\"unavailable_error\"}}"},
    {500, LLM_SERVER, "{\"error\":{\"type\":\"api_error\"}}"},
    {502, LLM_SERVER, "<html></html>"},
    {520, LLM_SERVER, ""},
    {526, LLM_SERVER, ""},
    {500, LLM_OVERLOAD, "{\"error\":{\"type\":\"overloaded_error\"}}"},
    {501, LLM_BAD_REQUEST, ""},
};

static void test_words(void)
{
    size_t i;

    for (i = 0; i < LENGTH(statuses); i++) {
        enum llm_class class = status(statuses[i].status, statuses[i].body);

        ok(class == statuses[i].class, "%d %s: %s", statuses[i].status,
           statuses[i].body, llm_class_name(class));
    }
}

static void test_answers(void)
{
    ok(finished(LLM_FINISH_STOP) == LLM_OK &&
           finished(LLM_FINISH_TOOLS) == LLM_OK &&
           finished(LLM_FINISH_PAUSE) == LLM_OK &&
           finished(LLM_FINISH_OTHER) == LLM_OK,
       "an answer with its end is an answer");
    ok(finished(LLM_FINISH_LENGTH) == LLM_OUTPUT,
       "one that was cut for its length is not what was asked for");
    ok(finished(LLM_FINISH_FILTER) == LLM_POLICY &&
           finished(LLM_FINISH_CONTEXT) == LLM_CONTEXT,
       "a filter, a full window");
    ok(parsed(LLM_PARSE_TRUNCATED, "") == LLM_STREAM &&
           parsed(LLM_PARSE_MALFORMED, "") == LLM_PROTOCOL &&
           parsed(LLM_PARSE_TOO_LARGE, "") == LLM_PROTOCOL,
       "without an end, without sense, without bounds");
    ok(parsed(LLM_PARSE_ERROR, "{\"error\":{\"type\":\"overloaded_error\"}}") ==
               LLM_OVERLOAD &&
           parsed(LLM_PARSE_ERROR, "{\"error\":{\"code\":502}}") ==
               LLM_SERVER &&
           parsed(LLM_PARSE_ERROR, "{\"error\":\"oops\"}") == LLM_STREAM,
       "an error in the middle is what it says, else one of the stream");
}

static void test_broken_off_after_the_end(void)
{
    struct llm_signal signal = answered(200, "");

    signal.failure = HTTP_BROKEN;
    signal.parse = LLM_PARSE_OK;
    signal.finish = LLM_FINISH_STOP;
    ok(judge(&signal) == LLM_OK, "who has said all may break off");
    signal.status = 503;
    ok(judge(&signal) == LLM_OVERLOAD,
       "and a status counts, even if its body was cut");
}

static void test_truncated_context(void)
{
    struct llm_usage usage = {.in = 400, .cache_read = 100, .reported = true};
    struct llm_signal signal = answered(200, "");

    ok(llm_context_truncated(&usage, 1000), "500 of 1000 tokens: it was cut");
    usage.cache_read = 200;
    ok(!llm_context_truncated(&usage, 1000), "... 600 may be an estimate");
    usage.in = 1;
    ok(!llm_context_truncated(&usage, 199), "... and so may all of so little");
    ok(!llm_context_truncated(&(struct llm_usage){0}, 1000),
       "what is not reported is not judged");
    signal.parse = LLM_PARSE_OK;
    signal.finish = LLM_FINISH_STOP;
    signal.context_truncated = true;
    ok(judge(&signal) == LLM_CONTEXT, "a prompt that was cut is no success");
}

/* --- the rules --------------------------------------------------------------- */

static void test_rules(void)
{
    static const struct {
        enum llm_class class;
        int retries;
        enum llm_failover failover;
        enum llm_circuit circuit;
    } rules[] = {
        {LLM_OK, 0, LLM_FAILOVER_NO, LLM_CIRCUIT_NONE},
        {LLM_CONNECT, 1, LLM_FAILOVER_YES, LLM_CIRCUIT_COUNT},
        {LLM_CONFIG, 0, LLM_FAILOVER_YES, LLM_CIRCUIT_OPEN},
        {LLM_CONTEXT, 1, LLM_FAILOVER_CONTEXT, LLM_CIRCUIT_NONE},
        {LLM_BAD_REQUEST, 0, LLM_FAILOVER_NO, LLM_CIRCUIT_NONE},
        {LLM_POLICY, 0, LLM_FAILOVER_POLICY, LLM_CIRCUIT_NONE},
        {LLM_AUTH, 0, LLM_FAILOVER_YES, LLM_CIRCUIT_OPEN},
        {LLM_QUOTA, 0, LLM_FAILOVER_YES, LLM_CIRCUIT_OPEN_FOR},
        {LLM_MODEL_GONE, 0, LLM_FAILOVER_YES, LLM_CIRCUIT_OPEN_MODEL},
        {LLM_TIMEOUT, 1, LLM_FAILOVER_YES, LLM_CIRCUIT_COUNT},
        {LLM_CONFLICT, 2, LLM_FAILOVER_NO, LLM_CIRCUIT_NONE},
        {LLM_RATE, 1000, LLM_FAILOVER_YES, LLM_CIRCUIT_COOL},
        {LLM_OVERLOAD, 1, LLM_FAILOVER_YES, LLM_CIRCUIT_COUNT},
        {LLM_WARMING, 120, LLM_FAILOVER_YES, LLM_CIRCUIT_HALF},
        {LLM_SERVER, 2, LLM_FAILOVER_YES, LLM_CIRCUIT_COUNT},
        {LLM_STREAM, 1, LLM_FAILOVER_YES, LLM_CIRCUIT_COUNT},
        {LLM_PROTOCOL, 1, LLM_FAILOVER_YES, LLM_CIRCUIT_COUNT},
        {LLM_OUTPUT, 0, LLM_FAILOVER_REASK, LLM_CIRCUIT_NONE},
        {LLM_MISMATCH, 0, LLM_FAILOVER_YES, LLM_CIRCUIT_OPEN_MODEL},
        {LLM_CANCELLED, 0, LLM_FAILOVER_NO, LLM_CIRCUIT_NONE},
    };
    enum llm_class parsed_class;
    size_t i;

    ok(LENGTH(rules) == LLM_CLASSES, "every class has its rule");
    for (i = 0; i < LENGTH(rules); i++) {
        const struct llm_rule *rule = llm_rule(rules[i].class);
        const char *name = llm_class_name(rules[i].class);

        ok(rule->retries == rules[i].retries &&
               rule->failover == rules[i].failover &&
               rule->circuit == rules[i].circuit &&
               llm_class_parse(name, &parsed_class) == 1 &&
               parsed_class == rules[i].class,
           "%s", name);
    }
    ok(llm_class_parse("RATE", &parsed_class) == 0, "there is no other name");
    ok(llm_rule(LLM_TIMEOUT)->idempotent_only &&
           llm_rule(LLM_CONTEXT)->after_compaction &&
           llm_rule(LLM_RATE)->not_a_failure &&
           llm_rule(LLM_WARMING)->not_a_failure &&
           llm_rule(LLM_OVERLOAD)->not_a_failure &&
           !llm_rule(LLM_SERVER)->not_a_failure && llm_rule(LLM_AUTH)->alert,
       "some come with conditions");
}

static void put(struct llm_signal *signal, const char *name, const char *value)
{
    llm_head_put(&signal->head, name, value, NOW);
}

static void test_waits(void)
{
    struct llm_signal signal = answered(429, "");

    judge(&signal);
    ok(verdict.wait == -1, "no header, no wait that is known");
    put(&signal, "Retry-After", "2");
    judge(&signal);
    ok(verdict.wait == 2 * SEC, "Retry-After in seconds");
    put(&signal, "retry-after-ms", "1500");
    judge(&signal);
    ok(verdict.wait == 1500 * USEC_PER_MSEC, "retry-after-ms is exacter");
    put(&signal, "retry-after", "9");
    judge(&signal);
    ok(verdict.wait == 1500 * USEC_PER_MSEC, "... whatever comes first");

    signal = answered(429, "");
    put(&signal, "retry-after", "0.5");
    ok(signal.head.retry_after == SEC / 2, "half a second");
    signal = answered(429, "");
    put(&signal, "retry-after", "Sat, 31 Jan 2026 12:00:07 GMT");
    ok(signal.head.retry_after == 7 * SEC, "a date");
    signal = answered(429, "");
    put(&signal, "retry-after", "-1");
    put(&signal, "retry-after-ms", "soon");
    ok(signal.head.retry_after == -1, "nonsense is overlooked");

    signal = answered(503, "");
    put(&signal, "retry-after", "7");
    judge(&signal);
    ok(verdict.wait == 7 * SEC, "an overload may name a time, too");
    signal = answered(400, "");
    put(&signal, "retry-after", "7");
    judge(&signal);
    ok(verdict.wait == -1, "a bad request does not get better by waiting");
}

static void test_resets(void)
{
    struct llm_signal signal = answered(429, "");

    put(&signal, "x-ratelimit-limit-requests", "60");
    put(&signal, "x-ratelimit-remaining-requests", "0");
    put(&signal, "x-ratelimit-reset-requests", "6m0s");
    put(&signal, "x-ratelimit-remaining-tokens", "1000");
    put(&signal, "x-ratelimit-reset-tokens", "14m1.5s");
    judge(&signal);
    ok(signal.head.requests.limit == 60 && signal.head.requests.remaining == 0,
       "limits are kept");
    ok(verdict.wait == 360 * SEC, "what is used up decides");
    signal.head.requests.remaining = 5;
    judge(&signal);
    ok(verdict.wait == 841 * SEC + SEC / 2, "else the latest of all");

    signal = answered(429, "");
    put(&signal, "anthropic-ratelimit-input-tokens-remaining", "0");
    put(&signal, "anthropic-ratelimit-input-tokens-reset",
        "2026-01-31T12:00:20Z");
    put(&signal, "anthropic-ratelimit-output-tokens-reset",
        "2026-01-31T11:00:00Z");
    judge(&signal);
    ok(verdict.wait == 20 * SEC && signal.head.output_tokens.reset == 0,
       "an instant is measured against the clock");
    put(&signal, "anthropic-ratelimit-input-tokens-reset", "tomorrow");
    ok(signal.head.input_tokens.reset == -1, "nonsense is overlooked");
}

static void test_durations(void)
{
    ok(llm_head_duration("6m0s") == 360 * SEC &&
           llm_head_duration("1.5s") == 1500000 &&
           llm_head_duration("120ms") == 120000 &&
           llm_head_duration("1h2m3.25s") == 3723250000 &&
           llm_head_duration("1d") == 86400 * SEC,
       "durations as vendors write them");
    ok(llm_head_duration("") == -1 && llm_head_duration("5") == -1 &&
           llm_head_duration("m") == -1 && llm_head_duration("5x") == -1 &&
           llm_head_duration("-5s") == -1 && llm_head_duration("5s ") == -1,
       "anything else is none");
    ok(llm_head_duration("99999999999999999999999d") ==
               INT64_C(365) * 86400 * SEC &&
           llm_head_duration("300d300d") == INT64_C(365) * 86400 * SEC,
       "none is longer than a year");
}

static void test_limits_of_waits(void)
{
    struct llm_signal signal = answered(429, "");

    put(&signal, "retry-after", "901");
    ok(judge(&signal) == LLM_QUOTA && verdict.open_for == 3600 * SEC,
       "more than 15 minutes is a matter of quota");
    put(&signal, "retry-after-ms", "7200000");
    judge(&signal);
    ok(verdict.open_for == 7200 * SEC, "... for an hour or longer");
    signal.max_wait = 7200 * SEC;
    ok(judge(&signal) == LLM_RATE, "... or as it is configured");
    signal = answered(429, "{\"error\":{\"code\":\"insufficient_quota\"}}");
    put(&signal, "retry-after", "1");
    judge(&signal);
    ok(verdict.open_for == 3600 * SEC && verdict.wait == -1,
       "without money an hour passes in any case");
}

static void test_should_retry(void)
{
    struct llm_signal signal = answered(500, "");

    put(&signal, "x-should-retry", "false");
    judge(&signal);
    ok(verdict.retries == 0, "x-should-retry: false forbids");
    signal = answered(400, "");
    put(&signal, "x-should-retry", "true");
    judge(&signal);
    ok(verdict.retries == 1, "... true allows, whatever the status");
    put(&signal, "x-should-retry", "maybe");
    ok(signal.head.should_retry == 1, "... and nothing else means anything");
}

static void test_params(void)
{
    ok(status(400, "{\"error\":{\"code\":\"unsupported_parameter\",\"param\":"
                   "\"temperature\"}}") == LLM_BAD_REQUEST &&
           verdict.drop_param,
       "a parameter that is named can be left out elsewhere");
    ok(status(400, "{\"error\":{}}") == LLM_BAD_REQUEST && !verdict.drop_param,
       "... if it is named");
}

static void test_backoff(void)
{
    uint64_t random = 0;
    bool good = true;
    int n;

    for (n = 0; n < 40; n++) {
        int64_t most = n < 6 ? (SEC / 2) << n : 30 * SEC;
        int64_t wait = llm_backoff_wait(LLM_WAIT_FULL, n, random);

        most = most < 30 * SEC ? most : 30 * SEC;
        good = good && wait >= 0 && wait <= most &&
               llm_backoff_wait(LLM_WAIT_FULL, n, (uint64_t)most) == most;
        random = random * 6364136223846793005U + 1442695040888963407U;
    }
    ok(good, "full jitter: up to half a second, doubled, 30 s at most");
    ok(llm_backoff_wait(LLM_WAIT_DOUBLE, 0, 7) == 2 * SEC &&
           llm_backoff_wait(LLM_WAIT_DOUBLE, 3, 7) == 16 * SEC &&
           llm_backoff_wait(LLM_WAIT_DOUBLE, 9, 7) == 16 * SEC,
       "2, 4, 8, 16 seconds");
    ok(llm_backoff_wait(LLM_WAIT_SECOND, 5, 7) == SEC &&
           llm_backoff_wait(LLM_WAIT_NONE, 5, 7) == 0 &&
           llm_backoff_wait(LLM_WAIT_JITTER, 0, UINT64_MAX) <= SEC / 4,
       "a second each time; none; a quarter at most");
}

static void test_heads(void)
{
    struct llm_head head;

    llm_head_init(&head);
    llm_head_put(&head, "X-Request-Id", "req_1\x1b[31m", NOW);
    is(head.request_id, "req_1\\x1b[31m", "an id is safe to show");
    llm_head_put(&head, "authorization", "Bearer x", NOW);
    llm_head_put(&head, "x-ratelimit-limit-tokens",
                 "99999999999999999999999999", NOW);
    ok(head.tokens.limit > 0, "a limit that is huge is no accident");
}

int main(void)
{
    test_transport();
    test_words();
    test_answers();
    test_broken_off_after_the_end();
    test_truncated_context();
    test_rules();
    test_waits();
    test_resets();
    test_durations();
    test_limits_of_waits();
    test_should_retry();
    test_params();
    test_backoff();
    test_heads();
    return tap_done();
}
