/*
 * The bytes of requests: three wires, the same request.
 */
#include "config.h"

#include "core/hash.h"
#include "core/json.h"
#include "llm-case.h"

static const char object[] = "{\"type\":\"object\"}";

static char *built(enum llm_wire wire, const struct llm_request *request)
{
    struct json_slice value;
    struct buf body = {0};
    struct err err = {0};

    if (llm_wire_build(wire, request, &body, &err) < 0) {
        buf_release(&body);
        return xstrdup(err.msg);
    }
    ok(json_check(body.data, body.len, &value, &err) == 0,
       "a body is strict JSON");
    return buf_detach(&body);
}

static void is_built(enum llm_wire wire, const struct llm_request *request,
                     const char *want, const char *name)
{
    char *body = built(wire, request);

    is(body, want, name);
    free(body);
}

static const struct llm_message hello[] = {{.text = "hello \"you\"\n"}};

static void test_the_least(void)
{
    struct llm_request request = {
        .model = "m", .messages = hello, .nmessages = 1};

    is_built(LLM_OPENAI, &request,
             "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
             "\"content\":\"hello \\\"you\\\"\\n\"}]}",
             "openai: a model and a message");
    is_built(LLM_ANTHROPIC, &request,
             "{\"model\":\"m\",\"max_tokens\":4096,\"messages\":[{\"role\":"
             "\"user\",\"content\":\"hello \\\"you\\\"\\n\"}]}",
             "anthropic: max_tokens must be there");
    is_built(LLM_OLLAMA, &request,
             "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
             "\"hello \\\"you\\\"\\n\"}],\"stream\":false}",
             "ollama: without a word it would stream");
}

static void test_parameters(void)
{
    struct llm_request request = {
        .model = "m",
        .system = "be brief",
        .messages = hello,
        .nmessages = 1,
        .max_output = 64,
        .temperature = "0.2",
        .stream = true,
        .json = true,
        .num_ctx = 8192,
        .keep_alive = "5m",
    };

    is_built(LLM_OPENAI, &request,
             "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
             "\"be brief\"},{\"role\":\"user\",\"content\":\"hello "
             "\\\"you\\\"\\n\"}],\"max_completion_tokens\":64,"
             "\"temperature\":0.2,\"response_format\":{\"type\":"
             "\"json_object\"},\"stream\":true,\"stream_options\":"
             "{\"include_usage\":true}}",
             "openai: all that can be said");
    is_built(LLM_ANTHROPIC, &request,
             "{\"model\":\"m\",\"max_tokens\":64,\"system\":\"be brief\","
             "\"messages\":[{\"role\":\"user\",\"content\":\"hello "
             "\\\"you\\\"\\n\"}],\"temperature\":0.2,\"stream\":true}",
             "anthropic: the system prompt is on top");
    is_built(LLM_OLLAMA, &request,
             "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
             "\"be brief\"},{\"role\":\"user\",\"content\":\"hello "
             "\\\"you\\\"\\n\"}],\"format\":\"json\",\"options\":{\"num_ctx\":"
             "8192,\"num_predict\":64,\"temperature\":0.2},\"keep_alive\":"
             "\"5m\",\"stream\":true}",
             "ollama: options, and how long to stay loaded");
    request.keep_alive = "-1";
    request.drop_params = (const char *const[]){
        "temperature", "stream_options", "response_format",
        "format",      "num_ctx",        NULL};
    request.max_tokens_field = "max_tokens";
    is_built(LLM_OPENAI, &request,
             "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
             "\"be brief\"},{\"role\":\"user\",\"content\":\"hello "
             "\\\"you\\\"\\n\"}],\"max_tokens\":64,\"stream\":true}",
             "openai: parameters that a server does not know are left out");
    is_built(LLM_OLLAMA, &request,
             "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
             "\"be brief\"},{\"role\":\"user\",\"content\":\"hello "
             "\\\"you\\\"\\n\"}],\"options\":{\"num_predict\":64},"
             "\"keep_alive\":-1,\"stream\":true}",
             "ollama: ... and options");
}

static struct llm_tool_call calls[] = {
    {(char[]){"c1"}, (char[]){"add"}, (char[]){"{\"a\":1}"}},
    {(char[]){"c2"}, (char[]){"now"}, (char[]){"not json"}},
};
static const struct llm_message talk[] = {
    {.text = "sum"},
    {.role = LLM_ASSISTANT, .calls = calls, .ncalls = 2},
    {.role = LLM_TOOL, .call_id = "c1", .text = "2"},
    {.role = LLM_TOOL, .call_id = "c2", .text = "none", .is_error = true},
    {.text = "go on"},
};

static void test_tools(void)
{
    const struct llm_tool tool = {"add", "Adds.", object};
    const struct llm_request request = {
        .model = "m",
        .messages = talk,
        .nmessages = LENGTH(talk),
        .tools = &tool,
        .ntools = 1,
        .tool_choice = LLM_TOOLS_REQUIRED,
        .max_output = 9,
    };

    is_built(
        LLM_OPENAI, &request,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"sum\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
        "{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"add\","
        "\"arguments\":\"{\\\"a\\\":1}\"}},{\"id\":\"c2\",\"type\":"
        "\"function\",\"function\":{\"name\":\"now\",\"arguments\":"
        "\"not json\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\","
        "\"content\":\"2\"},{\"role\":\"tool\",\"tool_call_id\":\"c2\","
        "\"content\":\"none\"},{\"role\":\"user\",\"content\":\"go on\"}],"
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"add\","
        "\"description\":\"Adds.\",\"parameters\":{\"type\":\"object\"}}}],"
        "\"tool_choice\":\"required\",\"max_completion_tokens\":9}",
        "openai: calls and their results");
    is_built(
        LLM_ANTHROPIC, &request,
        "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
        "\"content\":\"sum\"},{\"role\":\"assistant\",\"content\":[{\"type\":"
        "\"tool_use\",\"id\":\"c1\",\"name\":\"add\",\"input\":{\"a\":1}},"
        "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"now\",\"input\":{}}]}"
        ",{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
        "\"tool_use_id\":\"c1\",\"content\":\"2\"},{\"type\":\"tool_result\","
        "\"tool_use_id\":\"c2\",\"content\":\"none\",\"is_error\":true},"
        "{\"type\":\"text\",\"text\":\"go on\"}]}],\"tools\":[{\"name\":"
        "\"add\",\"description\":\"Adds.\",\"input_schema\":{\"type\":"
        "\"object\"}}],\"tool_choice\":{\"type\":\"any\"}}",
        "anthropic: all results in one message, and first in it");
    is_built(
        LLM_OLLAMA, &request,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"sum\"},{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":["
        "{\"function\":{\"name\":\"add\",\"arguments\":{\"a\":1}}},"
        "{\"function\":{\"name\":\"now\",\"arguments\":{}}}]},{\"role\":"
        "\"tool\",\"content\":\"2\",\"tool_name\":\"add\"},{\"role\":\"tool\","
        "\"content\":\"none\",\"tool_name\":\"now\"},{\"role\":\"user\","
        "\"content\":\"go on\"}],\"tools\":[{\"type\":\"function\","
        "\"function\":{\"name\":\"add\",\"description\":\"Adds.\","
        "\"parameters\":{\"type\":\"object\"}}}],\"options\":{\"num_predict\":"
        "9},\"stream\":false}",
        "ollama: arguments as objects, results by the tool's name");
}

static void test_schemas(void)
{
    struct llm_request request = {
        .model = "m",
        .messages = hello,
        .nmessages = 1,
        .schema = " {\"type\":\"object\",\"properties\":{\"a\":{}},"
                  "\"required\":[\"a\"],\"additionalProperties\":false}",
    };
    char *body = built(LLM_OPENAI, &request);

    ok(strstr(body,
              "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{"
              "\"name\":\"output\",\"strict\":true,\"schema\":{\"type\""),
       "openai: a closed schema is asked for strictly");
    free(body);
    body = built(LLM_ANTHROPIC, &request);
    ok(strstr(body, "\"output_config\":{\"format\":{\"type\":\"json_schema\","
                    "\"schema\": {\"type\":\"object\"") != NULL,
       "anthropic: as a format");
    free(body);
    body = built(LLM_OLLAMA, &request);
    ok(strstr(body, "\"format\": {\"type\":\"object\"") != NULL,
       "ollama: the schema itself");
    free(body);
    request.schema = "{\"type\":\"object\",\"properties\":{\"a\":{}}}";
    request.schema_name = "x";
    body = built(LLM_OPENAI, &request);
    ok(strstr(body, "{\"name\":\"x\",\"schema\":") != NULL,
       "openai: an open one is not, as that would be refused");
    free(body);
}

static void test_refusals(void)
{
    const struct llm_message bad = {.text = "\xff"};
    const struct llm_tool tool = {"no name", NULL, object};
    const struct llm_tool list = {"name", NULL, "[]"};
    struct llm_request request = {.messages = hello, .nmessages = 1};

    is_built(LLM_OPENAI, &request,
             "cannot build a request: a request without a model", "no model");
    request.model = "m";
    request.temperature = "hot";
    is_built(LLM_OPENAI, &request,
             "cannot build a request: the temperature: at byte 0: expected a "
             "value",
             "a temperature that is no number");
    request.temperature = NULL;
    request.schema = "{\"a\":1,}";
    ok(llm_wire_build(LLM_OLLAMA, &request, &(struct buf){0},
                      &(struct err){0}) < 0,
       "a schema that is no JSON");
    request.schema = NULL;
    request.tools = &tool;
    request.ntools = 1;
    is_built(LLM_OPENAI, &request,
             "cannot build a request: 'no name' cannot be the name of a tool",
             "a tool without a proper name");
    request.tools = &list;
    is_built(LLM_OPENAI, &request,
             "cannot build a request: the parameters of a tool: expected an "
             "object, not an array",
             "parameters that are no schema");
    request.ntools = 0;
    request.messages = &bad;
    is_built(LLM_ANTHROPIC, &request,
             "cannot build a request: message 1 is not UTF-8",
             "a message that is no text");
    request.nmessages = 0;
    is_built(LLM_ANTHROPIC, &request,
             "cannot build a request: a request without a message",
             "no message");
}

static void test_urls(void)
{
    static const struct {
        enum llm_wire wire;
        enum llm_place place;
        const char *base, *url;
    } urls[] = {
        {LLM_OPENAI, LLM_CHAT, "http://h/v1", "http://h/v1/chat/completions"},
        {LLM_OPENAI, LLM_PROBE, "http://h/v1/", "http://h/v1/models"},
        {LLM_OPENAI, LLM_COUNT, "http://h/v1/", NULL},
        {LLM_ANTHROPIC, LLM_CHAT, "https://h", "https://h/v1/messages"},
        {LLM_ANTHROPIC, LLM_CHAT, "https://h/v1/", "https://h/v1/messages"},
        {LLM_ANTHROPIC, LLM_COUNT, "https://h",
         "https://h/v1/messages/count_tokens"},
        {LLM_OLLAMA, LLM_CHAT, "http://h:11434//", "http://h:11434/api/chat"},
        {LLM_OLLAMA, LLM_PROBE, "http://h", "http://h/api/version"},
    };
    enum llm_wire wire = LLM_OPENAI;
    size_t i;

    for (i = 0; i < LENGTH(urls); i++) {
        char *url = llm_wire_url(urls[i].wire, urls[i].base, urls[i].place);

        is(url, urls[i].url, urls[i].base);
        free(url);
    }
    ok(llm_wire_parse("ollama", &wire) == 1 && wire == LLM_OLLAMA,
       "wires have names");
    ok(llm_wire_parse("OpenAI", &wire) == 0, "... in small letters");
    is(llm_wire_name(LLM_ANTHROPIC), "anthropic", "... both ways");
}

/* What a proof shows and what is sent later are the same bytes. */
static void test_the_same_bytes_again(void)
{
    const struct llm_tool tool = {"add", "Adds.", object};
    const struct llm_request request = {
        .model = "m",
        .messages = talk,
        .nmessages = LENGTH(talk),
        .tools = &tool,
        .ntools = 1,
    };
    enum llm_wire wire;

    for (wire = LLM_OPENAI; wire <= LLM_OLLAMA; wire++) {
        char one[HASH_TEXT_SIZE];
        char two[HASH_TEXT_SIZE];
        char *first = built(wire, &request);
        char *second = built(wire, &request);

        hash_text(first, strlen(first), one);
        hash_text(second, strlen(second), two);
        is(one, two, "the same request has the same hash");
        free(first);
        free(second);
    }
}

int main(void)
{
    test_the_least();
    test_parameters();
    test_tools();
    test_schemas();
    test_refusals();
    test_urls();
    test_the_same_bytes_again();
    return tap_done();
}
