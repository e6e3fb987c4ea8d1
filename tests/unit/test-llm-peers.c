/*
 * Against servers and clients that others wrote: what the official packages
 * `openai` and `@anthropic-ai/sdk` read out of an answer of theirs, we read
 * out of it, too.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "drop.h"
#include "llm/call.h"
#include "llm/price.h"
#include "llm/schema-internal.h"
#include "node.h"

#define LONG (60 * USEC_PER_SEC)

enum { AIMOCK, MOCK, OTHER, DRIP };

static struct node peers;
static struct http *http;
static int ports[4];

/* The newest result. */
static struct {
    struct llm_result result;
    struct llm_answer answer;
    char *body; /* that was sent */
} got;

static void on_end(void *ctx, struct llm_result *result)
{
    (void)ctx;
    llm_answer_release(&got.answer);
    got.result = *result;
    got.answer = *result->answer;
    *result->answer = (struct llm_answer){0};
}

static const struct llm_tool tools[] = {
    {"add", "Adds.", "{\"type\":\"object\"}"},
    {"now", "The time.", "{\"type\":\"object\"}"},
};

struct question {
    enum llm_wire wire;
    int peer;
    bool stream;
    const char *say;
    const char *key;
    const char *model;
    const char *header;
    const char *path;
};

static char *base_of(const struct question *question)
{
    const char *path = question->wire == LLM_OPENAI ? "/v1" : "";

    return xasprintf("http://127.0.0.1:%d%s", ports[question->peer],
                     question->path ? question->path : path);
}

static enum llm_class ask(const struct question *question)
{
    const char *const headers[] = {question->header, NULL};
    const struct llm_message message = {.text = question->say};
    const struct llm_request request = {
        .model = question->model ? question->model : "test-model",
        .messages = &message,
        .nmessages = 1,
        .tools = tools,
        .ntools = strcmp(question->say, "tools") == 0 ? LENGTH(tools) : 0,
        .stream = question->stream,
    };
    char *base = base_of(question);
    struct llm_call call = {.wire = question->wire,
                            .base = base,
                            .key = question->key ? question->key : "k",
                            .headers = headers,
                            .allow_private = true,
                            .stream = question->stream,
                            .limits = {.total = LONG},
                            .on_end = on_end};
    struct buf body = {0};
    struct err err = {0};

    if (llm_wire_build(question->wire, &request, &body, &err) < 0)
        node_bail(err.msg);
    call.body = body.data;
    call.body_len = body.len;
    if (llm_call_start(http, &call, &err) < 0)
        node_bail(err.msg);
    while (http_running(http) > 0)
        http_run(http, LONG, -1, &err);
    free(got.body);
    got.body = buf_detach(&body);
    free(base);
    return got.result.verdict.class;
}

/* What the official package makes of the same body; a checked JSON text. */
static char *ask_them(const struct question *question, struct json_slice *value)
{
    char *base = base_of(question);
    char *line =
        xasprintf("{\"sdk\":\"%s\",\"base\":\"%s\",\"key\":\"%s\",\"body\":%s}",
                  llm_wire_name(question->wire), base,
                  question->key ? question->key : "k", got.body);
    char *answer = node_ask(&peers, line);
    struct err err = {0};

    if (json_check(answer, strlen(answer), value, &err) < 0)
        node_bail(answer);
    free(line);
    free(base);
    return answer;
}

static bool same_text(const struct json_slice *theirs, const char *name,
                      const char *ours)
{
    struct json_slice value;

    return json_member(theirs, name, &value) && value.type == JSON_STRING &&
           json_equals(&value, ours ? ours : "");
}

static bool same_count(const struct json_slice *theirs, const char *name,
                       int64_t ours)
{
    struct json_slice value;
    int64_t count;

    return json_member(theirs, name, &value) && value.type == JSON_NUMBER &&
           json_integer(&value, &count) && count == ours;
}

static bool same_calls(const struct json_slice *theirs)
{
    struct json_walk walk = {0};
    struct json_slice call;
    size_t i = 0;

    if (!json_member(theirs, "calls", &walk.within))
        return false;
    for (; json_next(&walk, NULL, &call); i++) {
        struct json_slice want;
        struct json_slice have;
        struct err err;
        const char *text;

        if (i >= got.answer.ncalls ||
            !same_text(&call, "name", got.answer.calls[i].name) ||
            !*got.answer.calls[i].id)
            return false;
        text = got.answer.calls[i].arguments;
        if (!json_member(&call, "arguments", &want) ||
            json_check(text, strlen(text), &have, &err) < 0 ||
            !llm_same(&want, &have))
            return false;
    }
    return i == got.answer.ncalls;
}

static void agrees(const struct question *question, const char *name)
{
    struct json_slice theirs;
    enum llm_class class = ask(question);
    char *answer = ask_them(question, &theirs);
    const struct llm_usage *usage = &got.answer.usage;

    ok((class == LLM_OK || class == LLM_OUTPUT) &&
           same_text(&theirs, "text", got.answer.text.data) &&
           same_text(&theirs, "finish", got.answer.finish_word) &&
           same_calls(&theirs),
       "%s, %s, %s: text, calls and finish", name,
       llm_wire_name(question->wire), question->stream ? "stream" : "whole");
    if (usage->reported)
        ok(same_count(&theirs, "input", llm_usage_prompt(usage)) &&
               same_count(&theirs, "output", usage->out),
           "... and usage");
    else
        ok(usage->estimated, "... and usage that is estimated");
    if (class != LLM_OK && class != LLM_OUTPUT)
        printf("# %s %s\n", llm_class_name(class), got.result.reason);
    free(answer);
}

/* --- the same as the official packages -------------------------------------- */

static void test_official_packages(void)
{
    static const char *const say[] = {"story", "tools", "length", "counted"};
    static const enum llm_wire wires[] = {LLM_OPENAI, LLM_ANTHROPIC};
    size_t i;
    size_t j;
    int peer;

    for (i = 0; i < LENGTH(say); i++)
        for (j = 0; j < 2 * LENGTH(wires); j++)
            for (peer = AIMOCK; peer <= DRIP; peer += DRIP)
                agrees(&(struct question){.wire = wires[j / 2],
                                          .peer = peer,
                                          .stream = j % 2,
                                          .say = say[i]},
                       peer == DRIP ? "a byte at a time" : say[i]);
    agrees(&(struct question){.peer = MOCK, .say = "hello", .key = "good"},
           "openai-mock-api");
    agrees(
        &(struct question){
            .peer = MOCK, .say = "hello", .key = "good", .stream = true},
        "openai-mock-api, which does not count in streams");
    agrees(&(struct question){.peer = OTHER,
                              .say = "hello",
                              .model = "mock-gpt-thinking"},
           "mock-openai-api");
    agrees(&(struct question){.peer = OTHER,
                              .say = "hello",
                              .stream = true,
                              .model = "mock-gpt-thinking"},
           "mock-openai-api");
}

/* No package of Ollama's is among the judges: aimock's own words are. */
static void test_ollama(void)
{
    char *text;
    int stream;

    ask(&(struct question){.say = "story"});
    text = xstrdup(got.answer.text.data);
    for (stream = 0; stream < 2; stream++) {
        ok(ask(&(struct question){.wire = LLM_OLLAMA,
                                  .stream = stream,
                                  .say = "story"}) == LLM_OK &&
               got.answer.finish == LLM_FINISH_STOP,
           "ollama answers");
        is(got.answer.text.data, text, "... with the same story");
        ok(ask(&(struct question){.wire = LLM_OLLAMA,
                                  .peer = DRIP,
                                  .stream = stream,
                                  .say = "tools"}) == LLM_OK &&
               got.answer.finish == LLM_FINISH_TOOLS &&
               got.answer.ncalls == 2 &&
               strcmp(got.answer.calls[0].name, "add") == 0 &&
               strcmp(got.answer.calls[1].arguments, "{}") == 0,
           "... and with its calls, a byte at a time");
    }
    free(text);
}

/* --- what they received -------------------------------------------------------- */

static void test_journal(void)
{
    enum llm_wire wire;

    for (wire = LLM_OPENAI; wire <= LLM_ANTHROPIC; wire++) {
        struct json_slice sent;
        struct json_slice body;
        struct json_slice want;
        struct json_slice have;
        struct err err = {0};
        char *line;

        ask(&(struct question){.wire = wire, .say = "tools"});
        line = node_ask(&peers, "{\"journal\":true}");
        if (json_check(got.body, strlen(got.body), &sent, &err) < 0 ||
            json_check(line, strlen(line), &body, &err) < 0)
            node_bail(line);
        ok(json_member(&sent, "model", &want) &&
               json_member(&body, "model", &have) && llm_same(&want, &have) &&
               json_member(&sent, "messages", &want) &&
               json_member(&body, "messages", &have) &&
               (wire != LLM_OPENAI || llm_same(&want, &have)),
           "%s: aimock received what was built", llm_wire_name(wire));
        free(line);
    }
}

/* --- failures -------------------------------------------------------------------- */

static void test_failures(void)
{
    static const struct {
        const char *say, *header;
        enum llm_class class;
    } rows[] = {
        {"limited", NULL, LLM_RATE},
        {"overloaded", NULL, LLM_OVERLOAD},
        {"too long", NULL, LLM_CONTEXT},
        {"truncated", NULL, LLM_STREAM},
        {"disconnected", NULL, LLM_STREAM},
        {"story", "x-aimock-chaos-drop: 1", LLM_SERVER},
        {"story", "x-aimock-chaos-malformed: 1", LLM_PROTOCOL},
        {"story", "x-aimock-chaos-disconnect: 1", LLM_STREAM},
        {"story", "x-aimock-chaos-ratelimit: 1", LLM_RATE},
        {"again", NULL, LLM_SERVER},
        {"again", NULL, LLM_OK},
    };
    size_t i;

    for (i = 0; i < LENGTH(rows); i++) {
        enum llm_class class = ask(&(struct question){
            .stream = true, .say = rows[i].say, .header = rows[i].header});

        ok(class == rows[i].class, "%s %s: %s: %s", rows[i].say,
           rows[i].header ? rows[i].header : "", llm_class_name(class),
           got.result.reason);
        if (i == 0)
            ok(got.result.verdict.wait == 2 * USEC_PER_SEC &&
                   got.result.head.requests.reset >= 0,
               "... for two seconds, with its limits");
    }
    ok(ask(&(struct question){.peer = MOCK, .say = "hello", .key = "bad"}) ==
           LLM_AUTH,
       "a wrong key");
    ok(ask(&(struct question){.peer = MOCK, .say = "else", .key = "good"}) ==
           LLM_BAD_REQUEST,
       "a request that nothing matches");
    ok(ask(&(struct question){.wire = LLM_ANTHROPIC,
                              .say = "overloaded",
                              .stream = true}) == LLM_OVERLOAD,
       "anthropic: overloaded");
}

static void test_odd_usage(void)
{
    ask(&(struct question){
        .peer = OTHER, .say = "hello", .model = "mock-gpt-thinking"});
    ok(got.answer.usage.reported && got.answer.usage.anomaly,
       "numbers that contradict each other are noticed");
    ok(strlen(got.answer.text.data) > 0, "... and the answer is an answer");
}

/* OpenRouter's path is the one that keeps what was read from a cache. */
static void test_cached_tokens(void)
{
    struct llm_price price;
    struct err err = {0};
    int64_t pusd = 0;
    int stream;

    llm_price_init(&price);
    price.in = 2500000;
    price.cache_read = 1250000;
    price.out = 10000000;
    for (stream = 0; stream < 2; stream++) {
        ask(&(struct question){
            .say = "counted", .path = "/api/v1", .stream = stream});
        ok(got.answer.usage.in == 176 && got.answer.usage.cache_read == 1024 &&
               llm_cost(&price, &got.answer.usage, false, &pusd, &err) == 0 &&
               pusd == INT64_C(1810000000),
           "cached tokens cost what they cost: 0.00181, %s",
           stream ? "streamed" : "whole");
    }
}

int main(void)
{
    static const char *const packages[] = {
        "@copilotkit/aimock@1.43.0", "openai-mock-api@0.4.0",
        "mock-openai-api@1.0.3",     "openai@6.49.0",
        "@anthropic-ai/sdk@1.11.0",  NULL};
    char folder[] = "/tmp/aaos-peers-XXXXXX";
    const char *const words[] = {"llm-peer.js", folder, NULL};
    struct err err = {0};
    char *line;
    char *rest;
    int i;

    node_need_20();
    node_install("peers", packages);
    if (!mkdtemp(folder))
        node_bail("no folder");
    node_open(&peers, words);
    line = node_line(&peers);
    for (i = 0, rest = line; i < 4; i++)
        ports[i] = (int)strtol(rest, &rest, 10);
    free(line);
    http = http_open("test", &err);
    test_official_packages();
    test_ollama();
    test_journal();
    test_failures();
    test_odd_usage();
    test_cached_tokens();
    http_close(http);
    node_close(&peers);
    drop_tree(folder);
    llm_answer_release(&got.answer);
    free(got.body);
    return tap_done();
}
