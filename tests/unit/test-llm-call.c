/*
 * One attempt against a server that misbehaves in every way we know.
 */
#include "config.h"

#include "llm/call.h"

#include <stdio.h>
#include <sys/resource.h>

#include "core/clock.h"
#include "node.h"

#define KEY "canary+0123456789/abcdef" /* looks like no key */
#define OK_HEAD "HTTP/1.1 200 OK\r\n\r\n"
#define EVENT(text) \
    "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define FINISH                                                             \
    "data: {\"model\":\"m\",\"choices\":[{\"delta\":{},\"finish_reason\":" \
    "\"stop\"}]}\n\n"
#define LONG (60 * USEC_PER_SEC)
#define SHORT (300 * USEC_PER_MSEC)

static struct node server;
static struct http *http;
static int port;
static int tls_port;

/* The newest result. */
static struct {
    int ends;
    struct llm_result result;
    struct llm_answer answer;
    struct buf heard;
} got;

static void on_text(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    buf_put(&got.heard, text, len);
}

static void on_end(void *ctx, struct llm_result *result)
{
    (void)ctx;
    got.ends++;
    llm_answer_release(&got.answer);
    got.result = *result;
    got.answer = *result->answer;
    *result->answer = (struct llm_answer){0};
}

static void finish(void)
{
    struct err err = {0};

    while (http_running(http) > 0)
        if (http_run(http, LONG, -1, &err) < 0)
            node_bail(err.msg);
}

static int64_t start(struct llm_call call, const char *path)
{
    char *base = xasprintf("http://127.0.0.1:%d%s", port, path);
    struct err err = {0};
    int64_t number;

    buf_reset(&got.heard);
    got.ends = 0;
    call.base = base;
    call.body = "{}";
    call.body_len = 2;
    call.stream = true;
    call.allow_private = true;
    call.on_text = on_text;
    call.on_end = on_end;
    if (!call.limits.total)
        call.limits.total = LONG;
    number = llm_call_start(http, &call, &err);
    if (number < 0)
        node_bail(err.msg);
    free(base);
    return number;
}

static enum llm_class call_with(struct llm_call call, const char *path)
{
    start(call, path);
    finish();
    return got.result.verdict.class;
}

/* "/ACT/BYTES" for the double; malloc'd. */
static char *script(const char *act, const char *bytes)
{
    struct buf path = {0};
    char *at;

    buf_fmt(&path, "/%s/", act);
    buf_base64(&path, bytes, strlen(bytes));
    if (!*bytes)
        buf_byte(&path, '-'); /* nothing, in a word */
    for (at = path.data + strlen(act) + 2; *at; at++) {
        if (*at == '+')
            *at = '-';
        else if (*at == '/')
            *at = '_';
        else if (*at == '=')
            *at = '\0';
    }
    return path.data;
}

static enum llm_class scripted(const char *act, const char *bytes,
                               struct llm_call call)
{
    char *path = script(act, bytes);
    enum llm_class class = call_with(call, path);

    free(path);
    return class;
}

/* An answer with this status line and headers, and this body. */
static enum llm_class answered(const char *head, const char *body)
{
    char *bytes = xasprintf("HTTP/1.1 %s\r\nConnection: close\r\n"
                            "Content-Length: %zu\r\n\r\n%s",
                            head, strlen(body), body);
    enum llm_class class = scripted("end", bytes, (struct llm_call){0});

    free(bytes);
    return class;
}

/* --- answers ---------------------------------------------------------------- */

static void test_an_answer(void)
{
    ok(call_with((struct llm_call){.model = "m"}, "/v1") == LLM_OK &&
           got.ends == 1,
       "a call ends once");
    is(got.answer.text.data, "hello", "... with the text");
    is(got.heard.data, "hello", "... that was heard as it came");
    is(got.result.reason, "", "... and nothing to complain about");
    ok(got.result.status == 200 && got.result.first_token >= 0 &&
           got.result.bytes > 100 && got.answer.usage.in == 5 &&
           got.answer.usage.reported && !got.answer.usage.estimated,
       "... with what it used");
    ok(scripted("slow", OK_HEAD EVENT("a") EVENT("b") FINISH,
                (struct llm_call){0}) == LLM_OK,
       "byte for byte it is the same");
    is(got.answer.text.data, "ab", "... text");
}

static void test_who_answers(void)
{
    ok(call_with((struct llm_call){.model = "other"}, "/v1") == LLM_MISMATCH,
       "another model than was asked for is no success");
    is(got.result.reason, "asked for 'other', but 'm' answered", "... and why");
}

static void test_usage_that_is_not_there(void)
{
    ok(scripted("end", OK_HEAD EVENT("one two three") FINISH,
                (struct llm_call){.prompt_estimate = 77}) == LLM_OK &&
           !got.answer.usage.reported && got.answer.usage.estimated &&
           got.answer.usage.in == 77 && got.answer.usage.out >= 3,
       "usage that the server keeps to itself is estimated, and says so");
    ok(call_with((struct llm_call){.prompt_estimate = 1000}, "/v1") ==
               LLM_CONTEXT &&
           got.result.context_truncated,
       "a prompt of which the server saw 5 of 1000 tokens was cut");
    is(got.result.reason, "the server took only 5 of about 1000 tokens",
       "... and why");
}

/* --- rows of the table --------------------------------------------------------- */

static void test_statuses(void)
{
    static const struct {
        enum llm_class class;
        const char *head, *body;
    } rows[] = {
        {LLM_CONTEXT, "400 Bad",
         "{\"error\":{\"message\":\"too long\",\"code\":"
         "\"context_length_exceeded\"}}"},
        {LLM_CONTEXT, "413 Large", ""},
        {LLM_BAD_REQUEST, "400 Bad", "{\"error\":{\"message\":\"no\"}}"},
        {LLM_BAD_REQUEST, "404 Not", "not here"},
        {LLM_POLICY, "400 Bad", "{\"error\":{\"code\":\"content_filter\"}}"},
        {LLM_AUTH, "401 Who", ""},
        {LLM_QUOTA, "402 Pay", ""},
        {LLM_QUOTA, "429 Many",
         "{\"error\":{\"code\":\"insufficient_quota\"}}"},
        {LLM_MODEL_GONE, "404 Not",
         "{\"error\":{\"code\":\"model_not_found\"}}"},
        {LLM_TIMEOUT, "408 Late", ""},
        {LLM_CONFLICT, "409 Conflict", ""},
        {LLM_RATE, "429 Many", ""},
        {LLM_OVERLOAD, "529 Overloaded", ""},
        {LLM_OVERLOAD, "503 Away", ""},
        {LLM_WARMING, "503 Away",
         "{\"error\":{\"message\":\"Loading model\",\"code\":503}}"},
        {LLM_SERVER, "500 Oops", "<html>"},
        {LLM_CONFIG, "302 There\r\nLocation: http://127.0.0.1:1/", ""},
        {LLM_PROTOCOL, "200 OK", "<html>"},
        {LLM_PROTOCOL, "200 OK", "{}"},
        {LLM_PROTOCOL, "200 OK", "{\"choices\": not json}"},
        {LLM_STREAM, "200 OK", ""},
        {LLM_STREAM, "200 OK", EVENT("a")},
        {LLM_STREAM, "200 OK", EVENT("a") "data: {\"error\":\"oops\"}\n\n"},
        {LLM_OVERLOAD, "200 OK",
         EVENT("a") "data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n"},
        {LLM_OUTPUT, "200 OK",
         "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":"
         "\"length\"}]}"},
        {LLM_POLICY, "200 OK",
         "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":"
         "\"content_filter\"}]}"},
    };
    size_t i;

    for (i = 0; i < LENGTH(rows); i++) {
        enum llm_class class = answered(rows[i].head, rows[i].body);

        ok(class == rows[i].class && *got.result.reason && got.ends == 1,
           "%.3s: %s: %s", rows[i].head, llm_class_name(class),
           got.result.reason);
    }
    answered("200 OK", EVENT("half") "data: {\"error\":\"oops\"}\n\n");
    is(got.answer.text.data, "half", "what came before a failure is kept");
}

static void test_headers(void)
{
    answered("429 Many\r\nRetry-After: 2\r\nx-request-id: req_7\r\n"
             "x-ratelimit-remaining-requests: 0\r\n"
             "x-ratelimit-reset-requests: 6m0s",
             "");
    ok(got.result.verdict.class == LLM_RATE &&
           got.result.verdict.wait == 2 * USEC_PER_SEC,
       "Retry-After is the wait");
    is(got.result.head.request_id, "req_7", "the id of the request is kept");
    ok(got.result.head.requests.reset == 360 * USEC_PER_SEC,
       "... and the limits");
    answered("503 Away\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
             "Retry-After: Sat, 31 Jan 2026 12:00:07 GMT",
             "");
    ok(got.result.verdict.wait == 7 * USEC_PER_SEC,
       "a date is measured against the server's clock");
}

static void test_no_connection(void)
{
    struct llm_call call = {.limits = {.connect = SHORT}};
    int good = port;

    port = 1;
    ok(call_with(call, "/v1") == LLM_CONNECT, "nobody listens");
    port = good;
}

static void test_silence(void)
{
    struct llm_call call = {.limits = {.first_byte = SHORT}};

    ok(scripted("hang", "", call) == LLM_STREAM && got.result.status == 0,
       "a server that says nothing");
    ok(strstr(got.result.reason, "sent nothing for 300ms") != NULL, "%s",
       got.result.reason);
    call = (struct llm_call){.limits = {.idle = SHORT}};
    ok(scripted("hang", OK_HEAD EVENT("a"), call) == LLM_STREAM &&
           strcmp(got.answer.text.data, "a") == 0,
       "... and one that falls silent");
    ok(strstr(got.result.reason, "sent nothing more for 300ms") != NULL, "%s",
       got.result.reason);
    ok(scripted("hang", OK_HEAD EVENT("a") FINISH, call) == LLM_OK,
       "... which does not matter when all is said");
    call = (struct llm_call){.limits = {.idle = LONG, .total = 2 * SHORT}};
    ok(scripted("drip", OK_HEAD EVENT("a"), call) == LLM_TIMEOUT,
       "a crawl ends with the time for all");
}

static void test_cuts(void)
{
    struct llm_call call = {0};

    ok(scripted("cut", OK_HEAD EVENT("a"), call) == LLM_STREAM,
       "a stream that is cut");
    ok(scripted("cut",
                "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" EVENT("a")
                    FINISH,
                call) == LLM_OK,
       "... after its end");
    ok(scripted("cut", "HTTP/1.1 503 X\r\nContent-Length: 999\r\n\r\nab",
                call) == LLM_OVERLOAD,
       "an error that is cut is still that error");
    ok(scripted("cut", "", call) == LLM_STREAM, "nothing but a cut");
    ok(scripted("end", "no HTTP at all\r\n\r\n", call) == LLM_STREAM,
       "nothing of HTTP");
}

static void test_too_much(void)
{
    ok(call_with((struct llm_call){0}, "/head") == LLM_PROTOCOL,
       "headers of a megabyte");
    ok(call_with((struct llm_call){0}, "/endless") == LLM_PROTOCOL &&
           got.result.bytes <= LLM_LINE_MAX + 65536,
       "a line and a chunk without an end");
    ok(call_with((struct llm_call){0}, "/flood") == LLM_PROTOCOL &&
           got.result.bytes <= INT64_C(2) * LLM_TEXT_MAX,
       "events without an end");
}

static void test_escape_codes(void)
{
    answered("400 \x1b[31mBad",
             "{\"error\":{\"message\":\"\\u001b[2J\\u202e\",\"code\":\"\\u0007"
             "\"}}");
    ok(!strpbrk(got.result.reason, "\x1b\x07") &&
           !strstr(got.result.reason, "\xe2\x80\xae"),
       "escape codes do not reach a terminal: %s", got.result.reason);
}

/* --- keys --------------------------------------------------------------------- */

static void test_keys(void)
{
    const char *const more[] = {"traceparent: 00-ab", NULL};
    struct llm_call call = {.key = KEY, .headers = more};
    struct err err = {0};

    call_with(call, "/echo");
    is(got.result.reason,
       "the server answered 401 (authentication_error): no such key: Bearer "
       "[redacted] undefined undefined application/json 00-ab",
       "openai: the key is sent, and is in no message");
    ok(!strstr(got.result.error.message, KEY), "... of the server either");
    is(got.result.head.request_id, "req_1", "... which has its id");
    call.wire = LLM_ANTHROPIC;
    call_with(call, "/echo");
    is(got.result.reason,
       "the server answered 401 (authentication_error): no such key: "
       "undefined [redacted] 2023-06-01 application/json 00-ab",
       "anthropic: in a header of its own");
    call.bearer = true;
    call_with(call, "/echo");
    ok(strstr(got.result.reason, "Bearer [redacted] undefined") != NULL,
       "... or in the one that gateways know");
    call = (struct llm_call){.base = "http://127.0.0.1:1/v1",
                             .key = "bad\r\nX: y",
                             .body = "{}",
                             .body_len = 2,
                             .on_end = on_end};
    got.ends = 0;
    ok(llm_call_start(http, &call, &err) < 0 && err.code == ERR_DATA &&
           !strstr(err.msg, "bad") && got.ends == 0,
       "a key that would forge a header is refused");
    call.key = NULL;
    call.base = "ftp://h";
    ok(llm_call_start(http, &call, &err) < 0 && err.code == ERR_DATA,
       "... and so is what is no URL");
}

static void test_private_addresses(void)
{
    char *base = xasprintf("http://127.0.0.1:%d/v1", port);
    struct llm_call call = {
        .base = base, .body = "{}", .body_len = 2, .on_end = on_end};
    struct err err = {0};

    llm_call_start(http, &call, &err);
    finish();
    ok(got.result.verdict.class == LLM_CONFIG,
       "an address of this host must be allowed");
    free(base);
}

static enum llm_class securely(int where)
{
    char *base = xasprintf("https://127.0.0.1:%d/v1", where);
    struct llm_call call = {.base = base,
                            .key = KEY,
                            .body = "{}",
                            .body_len = 2,
                            .allow_private = true,
                            .on_end = on_end};
    struct err err = {0};

    if (llm_call_start(http, &call, &err) < 0)
        node_bail(err.msg);
    finish();
    free(base);
    return got.result.verdict.class;
}

static void test_certificates(void)
{
    ok(securely(tls_port) == LLM_CONFIG, "a certificate nobody has signed: %s",
       got.result.reason);
    ok(securely(port) == LLM_CONNECT, "a server without TLS: %s",
       got.result.reason);
}

/* --- many, and none ------------------------------------------------------------- */

static void test_cancel(void)
{
    char *path = script("hang", OK_HEAD EVENT("a"));
    struct err err = {0};
    int64_t number = start((struct llm_call){0}, path);

    while (got.heard.len == 0)
        http_run(http, LONG, -1, &err);
    http_cancel(http, number);
    finish();
    ok(got.result.verdict.class == LLM_CANCELLED && got.ends == 1 &&
           strcmp(got.answer.text.data, "a") == 0 && got.answer.usage.estimated,
       "a call that is cancelled has its text, and what it cost");
    call_with((struct llm_call){0}, "/closed");
    ok(got.result.verdict.class == LLM_PROTOCOL,
       "... and its connection is closed, so that the server stops");
    free(path);
}

static int asked;

static int count_data(void *ctx, int status, const char *data, size_t len)
{
    (void)ctx;
    (void)status;
    if (len > 0)
        asked = data[0] - '0';
    return 0;
}

/* A request whose connection dies may have been worked on, and paid for. */
static void test_nothing_is_sent_twice(void)
{
    char *url = xasprintf("http://127.0.0.1:%d/count", port);
    struct err err = {0};

    ok(call_with((struct llm_call){0}, "/twice") == LLM_OK &&
           call_with((struct llm_call){0}, "/twice") == LLM_STREAM,
       "a connection that was used before is cut without a word");
    http_start(http,
               &(struct http_request){.url = url,
                                      .timeout = LONG,
                                      .allow_private = true,
                                      .on_data = count_data},
               &err);
    finish();
    ok(asked == 2, "... and the request is not sent once more: %d", asked);
    free(url);
}

static int thousand;

static void count_end(void *ctx, struct llm_result *result)
{
    (void)ctx;
    thousand += result->verdict.class == LLM_OK &&
                strcmp(result->answer->text.data, "hello") == 0;
}

static long peak(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void test_a_thousand(void)
{
    char *base = xasprintf("http://127.0.0.1:%d/thousand", port);
    struct llm_call call = {.base = base,
                            .key = KEY,
                            .body = "{}",
                            .body_len = 2,
                            .stream = true,
                            .allow_private = true,
                            .on_end = count_end};
    struct err err = {0};
    int i;

    for (i = 0; i < 1000; i++) {
        if (llm_call_start(http, &call, &err) < 0)
            node_bail(err.msg);
        http_run(http, 0, -1, &err);
    }
    finish();
    ok(thousand == 1000, "a thousand at once");
    ok(getenv("AAOS_SANITIZERS") || peak() < 65536,
       "... in less than 64 MB: %ld KiB", peak());
    free(base);
}

int main(void)
{
    struct err err = {0};
    char *line;
    char *rest;

    node_open(&server, (const char *const[]){"llm-double.js", NULL});
    line = node_line(&server);
    port = (int)strtol(line + strcspn(line, " "), &rest, 10);
    tls_port = (int)strtol(rest, NULL, 10);
    free(line);
    http = http_open("test", &err);
    test_an_answer();
    test_who_answers();
    test_usage_that_is_not_there();
    test_a_thousand();
    test_statuses();
    test_headers();
    test_no_connection();
    test_silence();
    test_cuts();
    test_too_much();
    test_escape_codes();
    test_keys();
    test_private_addresses();
    test_certificates();
    test_cancel();
    test_nothing_is_sent_twice();
    http_close(http);
    node_close(&server);
    llm_answer_release(&got.answer);
    buf_release(&got.heard);
    return tap_done();
}
