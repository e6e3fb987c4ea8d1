/*
 * Answers of the three wires, whole and streamed, cut anywhere.
 */
#include "config.h"

#include "llm-case.h"

/* --- the same, whatever the pieces ------------------------------------------ */

static const struct {
    const char *name;
    enum llm_wire wire;
    bool stream;
    const char *text;
    const char *want;
} answers[] = {
    {"openai, whole", LLM_OPENAI, false,
     "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"M\","
     "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
     "\"content\":\"h\\u00e9llo\",\"refusal\":null},\"finish_reason\":\"stop\"}"
     "],\"usage\":{\"prompt_tokens\":1200,\"completion_tokens\":9,"
     "\"total_tokens\":1209,\"prompt_tokens_details\":{\"cached_tokens\":1024},"
     "\"completion_tokens_details\":{\"reasoning_tokens\":4}}}",
     "parse 0 finish stop\nword \"stop\"\ntext \"h\xc3\xa9llo\"\nreasoning \n"
     "model \"M\"\nid \"chatcmpl-1\"\n"
     "usage 176 1024 0 0 9 reasoning 4 reported\nerror \n"},
    {"openai, printed over many lines", LLM_OPENAI, true,
     "{\n  \"id\": \"c\",\n  \"choices\": [\n    {\"message\":\n  {\n\"content\""
     ": \"x\"\n}\n, \"finish_reason\": \"length\"}\n  ]\n}\n",
     "parse 0 finish length\nword \"length\"\ntext \"x\"\nreasoning \nmodel \n"
     "id \"c\"\nusage 0 0 0 0 0 reasoning 0 silent\nerror \n"},
    {"openai, streamed", LLM_OPENAI, true,
     ": OPENROUTER PROCESSING\r\n\r\n"
     "data: {\"id\":\"c\",\"model\":\"M\",\"choices\":[{\"index\":0,\"delta\":"
     "{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\r\n"
     "\r\ndata: {\"id\":\"c\",\"model\":\"M\",\"choices\":[{\"index\":0,"
     "\"delta\":{\"content\":\"h\xc3\xa9\"}}],\"usage\":null}\r\n\r\n"
     "data:{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"}}]}\r\n"
     "\r\nevent: message\r\nid: 7\r\nretry: 100\r\n"
     "data: {\"choices\":[{\"index\":0,\r\ndata: \"delta\":{\"content\":"
     "\"llo\",\"reasoning_content\":\"hm\"}}]}\r\n\r\n"
     "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
     "\"stop\"}]}\r\n\r\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,"
     "\"completion_tokens\":2,\"total_tokens\":7}}\r\n\r\ndata: [DONE]\r\n"
     "\r\nwhat comes now does not matter",
     "parse 0 finish stop\nword \"stop\"\ntext \"h\xc3\xa9llo\"\n"
     "reasoning \"hm\"\nmodel \"M\"\nid \"c\"\n"
     "usage 5 0 0 0 2 reasoning 0 reported\nerror \n"},
    {"openai, tools by their index", LLM_OPENAI, true,
     "data: {\"choices\":[{\"delta\":{\"content\":null,\"tool_calls\":[{"
     "\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":"
     "\"f\",\"arguments\":\"\"}}]}}]}\n\n"
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,"
     "\"function\":{\"arguments\":\"{\\\"a\"}}]}}]}\n\n"
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":"
     "\"c2\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}},{\"index\":0,"
     "\"function\":{\"arguments\":\"\\\":1}\"}}]}}]}\n\n"
     "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}",
     "parse 0 finish tools\nword \"tool_calls\"\ntext \nreasoning \nmodel \n"
     "id \ncall \"c1\"\nname \"f\"\narguments \"{\\\"a\\\":1}\"\ncall \"c2\"\n"
     "name \"g\"\narguments \"{}\"\n"
     "usage 0 0 0 0 0 reasoning 0 silent\nerror \n"},
    {"openai, tools without an index, counted from one, events without an end",
     LLM_OPENAI, true,
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"c1\","
     "\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n"
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{"
     "\"arguments\":\"}\"}}]}}]}\n"
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":2,\"id\":"
     "\"c2\",\"function\":{\"name\":\"g\"}}]},\"finish_reason\":"
     "\"function_call\"}]}\n",
     "parse 0 finish tools\nword \"function_call\"\ntext \nreasoning \nmodel \n"
     "id \ncall \"c1\"\nname \"f\"\narguments \"{}\"\ncall \"c2\"\n"
     "name \"g\"\narguments \n"
     "usage 0 0 0 0 0 reasoning 0 silent\nerror \n"},
    {"openai, text in parts, a refusal", LLM_OPENAI, false,
     "{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":"
     "\"a\"},{\"type\":\"text\",\"text\":\"b\"}],\"refusal\":\"no\"},"
     "\"finish_reason\":\"stop\"}]}",
     "parse 0 finish filter\nword \"stop\"\ntext \"abno\"\nreasoning \n"
     "model \nid \nusage 0 0 0 0 0 reasoning 0 silent\nerror \n"},
    {"openai, numbers that contradict each other", LLM_OPENAI, false,
     "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\""
     "}],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":9.0,"
     "\"total_tokens\":72,\"prompt_tokens_details\":{\"cached_tokens\":5},"
     "\"completion_tokens_details\":{\"reasoning_tokens\":61}}}",
     "parse 0 finish stop\nword \"stop\"\ntext \"x\"\nreasoning \nmodel \nid \n"
     "usage 0 5 0 0 9 reasoning 61 reported anomaly\nerror \n"},
    {"openai, half a character and a NUL as escapes", LLM_OPENAI, false,
     "{\"choices\":[{\"message\":{\"content\":\"a\\u0000b\\ud83dc\\ud83d\\ude00"
     "\\\\u0000\"},\"finish_reason\":\"stop\"}]}",
     "parse 0 finish stop\nword \"stop\"\ntext \"a\xef\xbf\xbd"
     "b\xef\xbf\xbd"
     "c\xf0\x9f\x98\x80\\\\u0000\"\nreasoning \nmodel \nid \n"
     "usage 0 0 0 0 0 reasoning 0 silent\nerror \n"},
    {"anthropic, whole, with caches", LLM_ANTHROPIC, false,
     "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
     "\"M\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\","
     "\"signature\":\"s\"},{\"type\":\"text\",\"text\":\"hi\"},{\"type\":"
     "\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{\"a\": 1}},{"
     "\"type\":\"new\"}],\"stop_reason\":\"tool_use\",\"usage\":{"
     "\"input_tokens\":3,\"cache_creation_input_tokens\":12304,"
     "\"cache_read_input_tokens\":7,\"cache_creation\":{"
     "\"ephemeral_5m_input_tokens\":12000,\"ephemeral_1h_input_tokens\":304},"
     "\"output_tokens\":550,\"output_tokens_details\":{\"thinking_tokens\":9}}"
     "}",
     "parse 0 finish tools\nword \"tool_use\"\ntext \"hi\"\nreasoning \"hm\"\n"
     "model \"M\"\nid \"msg_1\"\ncall \"t1\"\nname \"f\"\n"
     "arguments \"{\\\"a\\\": 1}\"\n"
     "usage 3 7 12000 304 550 reasoning 9 reported\nerror \n"},
    {"anthropic, streamed", LLM_ANTHROPIC, true,
     "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{"
     "\"id\":\"msg_1\",\"type\":\"message\",\"model\":\"M\",\"content\":[],"
     "\"stop_reason\":null,\"usage\":{\"input_tokens\":25,"
     "\"cache_read_input_tokens\":10,\"output_tokens\":1}}}\n\n"
     "event: ping\ndata: {\"type\": \"ping\"}\n\n"
     "event: content_block_start\ndata: {\"type\":\"content_block_start\","
     "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
     "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"he\"}}\n\n"
     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
     "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"y\"}}\n\n"
     "event: content_block_stop\ndata: {\"type\":\"content_block_stop\","
     "\"index\":0}\n\n"
     "event: content_block_start\ndata: {\"type\":\"content_block_start\","
     "\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\","
     "\"name\":\"f\",\"input\":{}}}\n\n"
     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
     "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
     "\"\"}}\n\n"
     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
     "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
     "\"{\\\"a\\\"\"}}\n\n"
     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
     "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
     "\":[1]}\"}}\n\n"
     "event: content_block_start\ndata: {\"type\":\"content_block_start\","
     "\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t2\","
     "\"name\":\"g\",\"input\":{}}}\n\n"
     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
     "\"index\":3,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}"
     "\n\nevent: novelty\ndata: {\"type\":\"novelty\"}\n\n"
     "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"
     "\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":15}}\n\n"
     "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"
     "\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":18,"
     "\"input_tokens\":26}}\n\n"
     "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
     "parse 0 finish stop\nword \"end_turn\"\ntext \"hey\"\nreasoning \"hm\"\n"
     "model \"M\"\nid \"msg_1\"\ncall \"t1\"\nname \"f\"\n"
     "arguments \"{\\\"a\\\":[1]}\"\ncall \"t2\"\nname \"g\"\n"
     "arguments \"{}\"\n"
     "usage 26 10 0 0 18 reasoning 0 reported\nerror \n"},
    {"anthropic, a split that does not add up", LLM_ANTHROPIC, false,
     "{\"type\":\"message\",\"content\":[],\"stop_reason\":\"refusal\","
     "\"usage\":{\"input_tokens\":-3,\"cache_creation_input_tokens\":10,"
     "\"cache_creation\":{\"ephemeral_5m_input_tokens\":30,"
     "\"ephemeral_1h_input_tokens\":4},\"output_tokens\":1}}",
     "parse 0 finish filter\nword \"refusal\"\ntext \nreasoning \nmodel \nid \n"
     "usage 0 0 30 4 1 reasoning 0 reported anomaly\nerror \n"},
    {"ollama, streamed", LLM_OLLAMA, true,
     "{\"model\":\"M\",\"message\":{\"role\":\"assistant\",\"content\":\"h\","
     "\"thinking\":\"t\"},\"done\":false}\n"
     "{\"model\":\"M\",\"message\":{\"role\":\"assistant\",\"content\":\"i\"},"
     "\"done\":false}\n\n"
     "{\"model\":\"M\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
     "\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":26,"
     "\"eval_count\":259,\"total_duration\":5043500667}",
     "parse 0 finish stop\nword \"stop\"\ntext \"hi\"\nreasoning \"t\"\n"
     "model \"M\"\nid \nusage 26 0 0 0 259 reasoning 0 reported\nerror \n"},
    {"ollama, tools without ids", LLM_OLLAMA, false,
     "{\"model\":\"M\",\"message\":{\"role\":\"assistant\",\"content\":\"\","
     "\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}},"
     "{\"id\":\"x\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
     "\"done\":true,\"done_reason\":\"stop\"}",
     "parse 0 finish tools\nword \"stop\"\ntext \nreasoning \nmodel \"M\"\n"
     "id \ncall \"call_0\"\nname \"f\"\narguments \"{\\\"a\\\":1}\"\n"
     "call \"x\"\nname \"g\"\narguments \"{}\"\n"
     "usage 0 0 0 0 0 reasoning 0 silent\nerror \n"},
};

static void test_answers(void)
{
    size_t i;
    size_t piece;

    for (i = 0; i < LENGTH(answers); i++) {
        const char *text = answers[i].text;
        bool same = true;
        char *all;

        read_all(answers[i].wire, answers[i].stream, text);
        all = dump();
        is(all, answers[i].want, answers[i].name);
        ok(got.heard.len == got.answer.text.len &&
               (got.heard.len == 0 ||
                memcmp(got.heard.data, got.answer.text.data, got.heard.len) ==
                    0),
           "... and its text was heard as it came");
        free(all);
        for (piece = 1; piece <= 64; piece++) {
            char *again;

            read_pieces(answers[i].wire, answers[i].stream, text, strlen(text),
                        piece);
            again = dump();
            same = same && strcmp(again, answers[i].want) == 0;
            free(again);
        }
        ok(same, "... and the same in pieces of 1 to 64 bytes");
    }
}

/* Cut at every byte: only an answer with its end is complete. */
static void test_cut_anywhere(void)
{
    size_t i;
    size_t len;

    for (i = 0; i < LENGTH(answers); i++) {
        const char *text = answers[i].text;
        size_t first = 0;
        bool good = true;

        for (len = 0; len < strlen(text); len++) {
            read_pieces(answers[i].wire, answers[i].stream, text, len, len + 1);
            if (got.parse == LLM_PARSE_OK && first == 0)
                first = len;
            /* From the end marker on it stays complete. */
            if ((got.parse == LLM_PARSE_OK) != (first > 0) ||
                (got.parse == LLM_PARSE_OK &&
                 got.answer.finish == LLM_FINISH_NONE))
                good = false;
        }
        ok(good, "%s: cut before its end it is not complete", answers[i].name);
    }
}

/* --- what is no answer -------------------------------------------------------- */

static const struct {
    const char *name;
    enum llm_wire wire;
    bool stream;
    enum llm_parse parse;
    const char *text;
    const char *message;
} failures[] = {
    {"nothing at all", LLM_OPENAI, false, LLM_PARSE_MALFORMED, "",
     "the answer is not what this wire sends"},
    {"a stream of nothing", LLM_OPENAI, true, LLM_PARSE_TRUNCATED, "",
     "the answer ended before its end"},
    {"only pings", LLM_OPENAI, true, LLM_PARSE_TRUNCATED, ": ping\n\n", NULL},
    {"a stream without its end", LLM_OPENAI, true, LLM_PARSE_TRUNCATED,
     "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n",
     NULL},
    {"an answer without a finish_reason", LLM_OPENAI, false,
     LLM_PARSE_TRUNCATED,
     "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":null}]}",
     NULL},
    {"a page", LLM_OPENAI, false, LLM_PARSE_MALFORMED,
     "<html><body>Bad Gateway</body></html>", NULL},
    {"a sentence", LLM_OPENAI, true, LLM_PARSE_MALFORMED, "Hello there", NULL},
    {"JSON without choices", LLM_OPENAI, false, LLM_PARSE_MALFORMED,
     "{\"hello\":1}", NULL},
    {"choices that are no list", LLM_OPENAI, false, LLM_PARSE_MALFORMED,
     "{\"choices\":1}", NULL},
    {"a brace that begins no JSON", LLM_OPENAI, false, LLM_PARSE_MALFORMED,
     "{malformed json: <<<", NULL},
    {"a list", LLM_OPENAI, false, LLM_PARSE_MALFORMED, "[1,2]", NULL},
    {"data that is no JSON", LLM_OPENAI, true, LLM_PARSE_MALFORMED,
     "data: {nonsense}\n\n", NULL},
    {"twice the same key", LLM_OPENAI, false, LLM_PARSE_MALFORMED,
     "{\"choices\":[],\"choices\":[]}", NULL},
    {"a thousandth tool", LLM_OPENAI, true, LLM_PARSE_MALFORMED,
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1000}]}}]}\n\n",
     NULL},
    {"an error in the middle", LLM_OPENAI, true, LLM_PARSE_ERROR,
     "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
     "data: {\"error\":{\"message\":\"out of memory\",\"type\":\"t\",\"code\":"
     "500}}\n\n",
     "out of memory"},
    {"an error as vLLM has it", LLM_OPENAI, true, LLM_PARSE_ERROR,
     "data: {\"object\":\"error\",\"message\":\"older\",\"code\":400}\n\n",
     "older"},
    {"a finish_reason of error", LLM_OPENAI, true, LLM_PARSE_ERROR,
     "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\",\"error\":{"
     "\"message\":\"upstream\"}}]}\n\n",
     "upstream"},
    {"anthropic: an error event", LLM_ANTHROPIC, true, LLM_PARSE_ERROR,
     "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
     "\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
     "Overloaded"},
    {"anthropic: no stop", LLM_ANTHROPIC, true, LLM_PARSE_TRUNCATED,
     "data: {\"type\":\"message_start\",\"message\":{}}\n\n"
     "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
     "\"end_turn\"}}\n\n",
     NULL},
    {"anthropic: JSON of something else", LLM_ANTHROPIC, false,
     LLM_PARSE_MALFORMED, "{\"choices\":[]}", NULL},
    {"ollama: not done", LLM_OLLAMA, true, LLM_PARSE_TRUNCATED,
     "{\"message\":{\"content\":\"x\"},\"done\":false}\n", NULL},
    {"ollama: torn", LLM_OLLAMA, true, LLM_PARSE_TRUNCATED,
     "{\"message\":{\"content\":\"x\"},\"done\":false}\n{\"mess", NULL},
    {"ollama: an error", LLM_OLLAMA, true, LLM_PARSE_ERROR,
     "{\"message\":{\"content\":\"x\"},\"done\":false}\n"
     "{\"error\":\"an error was \\u001b[31mencountered\"}\n",
     "an error was \\x1b[31mencountered"},
};

static void test_failures(void)
{
    size_t i;

    for (i = 0; i < LENGTH(failures); i++) {
        enum llm_parse one;

        read_pieces(failures[i].wire, failures[i].stream, failures[i].text,
                    strlen(failures[i].text), 1);
        one = got.parse;
        ok(read_all(failures[i].wire, failures[i].stream, failures[i].text) ==
                   failures[i].parse &&
               one == failures[i].parse,
           "%s", failures[i].name);
        if (failures[i].message)
            is(got.error.message, failures[i].message, "... with a message");
    }
}

/* How many bytes of pings it takes until that was enough. */
static size_t pinged(void)
{
    static const char ping[] = ": this is a ping of 32 bytes...\n";
    struct llm_parser *parser = llm_parser_open(LLM_OPENAI, true, NULL, NULL);
    struct buf pings = {0};
    size_t sum = 0;
    int i;

    for (i = 0; i < 4096; i++)
        buf_str(&pings, ping);
    while (llm_parser_feed(parser, pings.data, pings.len) == 0)
        sum += pings.len;
    llm_parser_close(parser);
    buf_release(&pings);
    return sum;
}

/* As long as models can answer, an event a token. */
static void test_the_longest_answer(void)
{
    struct llm_parser *parser = llm_parser_open(LLM_OPENAI, true, NULL, NULL);
    struct buf event = {0};
    int i;

    buf_fmt(&event,
            "data: {\"id\":\"%0200d\",\"choices\":[{\"index\":0,\"delta\":{"
            "\"content\":\"word \"},\"finish_reason\":null}]}\n\n",
            1);
    for (i = 0; i < 128000; i++)
        llm_parser_feed(parser, event.data, event.len);
    buf_reset(&event);
    buf_str(&event, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":"
                    "\"stop\"}]}\n\n");
    llm_parser_feed(parser, event.data, event.len);
    llm_answer_release(&got.answer);
    got.parse = llm_parser_end(parser, &got.answer, &got.error);
    llm_parser_close(parser);
    ok(got.parse == LLM_PARSE_OK && got.answer.text.len == 640000,
       "128,000 tokens are an answer");
    buf_release(&event);
}

static void test_limits(void)
{
    struct buf text = {0};
    size_t i;

    buf_str(&text, "data: {\"choices\":[{\"delta\":{\"content\":\"");
    while (text.len <= LLM_LINE_MAX)
        buf_str(&text, "0123456789abcdef");
    ok(read_pieces(LLM_OPENAI, true, text.data, text.len, 65536) ==
           LLM_PARSE_TOO_LARGE,
       "a line that never ends has an end");
    buf_reset(&text);
    buf_byte(&text, '{');
    while (text.len <= LLM_LINE_MAX)
        buf_str(&text, "\"0123456789abcdef\":\n");
    ok(read_pieces(LLM_OLLAMA, false, text.data, text.len, 65536) ==
           LLM_PARSE_TOO_LARGE,
       "... and so has a document");
    buf_reset(&text);
    for (i = 0; i <= LLM_TEXT_MAX / 1000; i++)
        buf_fmt(&text,
                "data: {\"choices\":[{\"delta\":{\"content\":\"%01000d\"}}]}"
                "\n\n",
                7);
    ok(read_pieces(LLM_OPENAI, true, text.data, text.len, 65536) ==
               LLM_PARSE_TOO_LARGE &&
           got.answer.text.len > LLM_TEXT_MAX &&
           got.answer.text.len <= LLM_TEXT_MAX + 1000,
       "... and an answer, of which what came is kept");
    ok(pinged() == LLM_TOTAL_MAX, "... even if it never says anything");
    buf_release(&text);
}

/* A word of a thousand characters is a word that we do not know. */
static void test_long_words(void)
{
    struct buf text = {0};
    int i;

    buf_str(&text, "{\"choices\":[{\"message\":{},\"finish_reason\":\"");
    for (i = 0; i < 1000; i++)
        buf_str(&text, "\xc3\xa9");
    buf_str(&text, "\"}]}");
    ok(read_all(LLM_OPENAI, false, text.data) == LLM_PARSE_OK &&
           got.answer.finish == LLM_FINISH_OTHER &&
           strlen(got.answer.finish_word) < 512 &&
           utf8_valid(got.answer.finish_word, strlen(got.answer.finish_word)),
       "a reason to finish that is no word is one all the same");
    buf_release(&text);
}

static void test_errors(void)
{
    static const struct {
        const char *body, *type, *code, *param, *message;
    } bodies[] = {
        {"{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\","
         "\"code\":\"c\"}}",
         "t", "c", "p", "m"},
        {"{\"error\":{\"message\":\"m\",\"code\":429,\"type\":null}}", "",
         "429", "", "m"},
        {"{\"type\":\"error\",\"error\":{\"type\":\"t\",\"message\":\"m\","
         "\"details\":{\"error_code\":\"d\"}},\"request_id\":\"r\"}",
         "t", "d", "", "m"},
        {"{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"code\":400}",
         "t", "400", "", "m"},
        {"{\"error\":\"model 'x' not found\"}", "", "", "",
         "model 'x' not found"},
        {"{\"detail\":\"no\"}", "", "", "", "no"},
        {"{\"detail\":[{\"loc\":[1]}]}", "", "", "", "[{\"loc\":[1]}]"},
        {"{\"message\":\"gateway\"}", "", "", "", "gateway"},
        {"<html>\x1b[2J</html>", "", "", "", "<html>\\x1b[2J</html>"},
        {"", "", "", "", ""},
        {"{\"error\":{\"message\":\"bad key sk-0123456789abcdef0123\"}}", "",
         "", "", "bad key [redacted]"},
    };
    struct llm_error error;
    char *huge;
    size_t i;

    for (i = 0; i < LENGTH(bodies); i++) {
        llm_error_read(bodies[i].body, strlen(bodies[i].body), &error);
        is(error.message, bodies[i].message, bodies[i].body);
        ok(strcmp(error.type, bodies[i].type) == 0 &&
               strcmp(error.code, bodies[i].code) == 0 &&
               strcmp(error.param, bodies[i].param) == 0,
           "... with its type, code and parameter");
    }
    huge = xmalloc(1 << 20);
    memset(huge, 'x', 1 << 20);
    llm_error_read(huge, 1 << 20, &error);
    ok(strlen(error.message) == sizeof(error.message) - 1,
       "a body of a megabyte is cut");
    free(huge);
}

static void test_models(void)
{
    ok(llm_model_matches("gpt-x", "gpt-x") && llm_model_matches("a", NULL) &&
           llm_model_matches("a", "") &&
           llm_model_matches("gpt-x", "gpt-x-2026-01-31") &&
           llm_model_matches("qwen", "qwen:latest") &&
           llm_model_matches("qwen:latest", "qwen") &&
           llm_model_matches("qwen", "vendor/qwen") &&
           llm_model_matches("vendor/qwen", "qwen"),
       "a model answers by its name, dated or tagged");
    ok(!llm_model_matches("gpt-x", "gpt-x-mini") &&
           !llm_model_matches("gpt-x", "gpt") &&
           !llm_model_matches("a/qwen", "b/qwen") &&
           !llm_model_matches("qwen:7b", "qwen:latest"),
       "... and another one does not");
}

int main(void)
{
    test_answers();
    test_cut_anywhere();
    test_failures();
    test_limits();
    test_the_longest_answer();
    test_long_words();
    test_errors();
    test_models();
    llm_answer_release(&got.answer);
    buf_release(&got.heard);
    return tap_done();
}
