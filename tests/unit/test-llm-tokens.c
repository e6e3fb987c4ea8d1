/*
 * The estimate of tokens, judged by the tokenizer gpt-tokenizer on this
 * very tree: text and code within 15 %, the rest within reason.
 */
#include "config.h"

#include "llm/tokens.h"

#include <glob.h>
#include <math.h>

#include "node.h"

static struct node judge;

static double truth(const char *text, size_t len)
{
    struct buf line = {0};
    char *answer;
    double count;

    buf_json_safe(&line, text, len);
    answer = node_ask(&judge, line.data);
    count = strtod(answer, NULL);
    free(answer);
    buf_release(&line);
    return count;
}

/* Estimate through truth of all files that match, as one text. */
static double ratio_of(const char *pattern)
{
    const char *source = getenv("AAOS_SRCDIR");
    char *full = xasprintf("%s/%s", source ? source : "..", pattern);
    struct buf text = {0};
    struct err err = {0};
    glob_t found;
    double ratio;
    size_t i;

    if (glob(full, 0, NULL, &found) == 0) {
        for (i = 0; i < found.gl_pathc && text.len < 400000; i++)
            if (file_read(found.gl_pathv[i], 1 << 20, &text, &err) < 0)
                node_bail(err.msg);
        globfree(&found);
    }
    if (text.len < 1000)
        node_bail(full);
    ratio =
        (double)llm_tokens(text.data, text.len) / truth(text.data, text.len);
    buf_release(&text);
    free(full);
    return ratio;
}

static void test_text_and_code(void)
{
    static const char *const corpus[] = {
        "README.md",
        "HACKING.md",
        "NEWS.md",
        "LICENSE",
        "man/*.1",
        "lib/core/*.c",
        "lib/task/*.h",
        "lib/store/*.c",
        "tests/bin/*.js",
        "bootstrap",
        "tests/bats/*.bats",
        "Makefile.am",
        "lib/store/sql/*.sql",
        "lib/queue/lua/*.lua",
        "examples/*.conf",
    };
    size_t i;

    for (i = 0; i < LENGTH(corpus); i++) {
        double ratio = ratio_of(corpus[i]);

        ok(ratio > 0.85 && ratio < 1.15, "%s: %.2f", corpus[i], ratio);
    }
}

static void repeat(struct buf *text, const char *piece, int times)
{
    while (times-- > 0)
        buf_str(text, piece);
}

static void test_everything_else(void)
{
    static const struct {
        const char *name, *piece;
    } pieces[] = {
        {"hexadecimal",
         "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 "},
        {"base 64",
         "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1 "},
        {"UUIDs", "0198a4c2-7e4b-7c11-9d2f-3b6c5e8f1a20\n"},
        {"JSON", "{\"id\":17,\"name\":\"worker\",\"tags\":[\"a\",\"b\"],"
                 "\"ok\":true},\n"},
        {"numbers", "1234 56 789012 3.14159 42\n"},
        {"a table",
         "| name       | value      |\n|------------|------------|\n"},
        {"a table of contents", "Chapter one ........................ 12\n"},
        {"lines", "==========================================\n# title\n"},
        {"Chinese", "\xe4\xba\xba\xe5\xb7\xa5\xe6\x99\xba\xe8\x83\xbd\xe6\xad"
                    "\xa3\xe5\x9c\xa8\xe6\x94\xb9\xe5\x8f\x98\xe4\xb8\x96\xe7"
                    "\x95\x8c\xe3\x80\x82"},
        {"Russian",
         "\xd0\x9e\xd1\x87\xd0\xb5\xd1\x80\xd0\xb5\xd0\xb4\xd1\x8c "
         "\xd0\xb7\xd0\xb0\xd0\xb4\xd0\xb0\xd1\x87 "
         "\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbe\xd1\x82\xd0\xb0\xd0\xb5\xd1\x82. "},
        {"German", "Die Warteschlange der Aufgaben wird dauerhaft gespeichert "
                   "und niemals doppelt ausgef\xc3\xbchrt. "},
    };
    size_t i;

    for (i = 0; i < LENGTH(pieces); i++) {
        struct buf text = {0};
        double ratio;

        repeat(&text, pieces[i].piece, 50);
        ratio = (double)llm_tokens(text.data, text.len) /
                truth(text.data, text.len);
        ok(ratio > 0.6 && ratio < 1.67, "%s: %.2f", pieces[i].name, ratio);
        buf_release(&text);
    }
}

static void test_edges(void)
{
    ok(llm_tokens("", 0) == 0, "no text, no tokens");
    ok(llm_tokens("a", 1) == 2 && llm_tokens(" ", 1) == 0, "a letter; a space");
    ok(llm_tokens("\xff\xfe\xc3", 3) > 0, "bytes that are no text");
}

static void test_requests(void)
{
    const struct llm_message messages[] = {{.text = "hello there"},
                                           {.text = "how are you"}};
    struct llm_request request = {.messages = messages, .nmessages = 2};
    int64_t plain = llm_tokens_request(&request, 100);
    struct llm_answer answer = {.text = {(char[]){"hello"}, 5, 6}};

    ok(plain >= 3 + 2 * 4 + 5 && plain <= 3 + 2 * 4 + 6,
       "3 for a request, 4 for each message");
    ok(llm_tokens_request(&request, 120) == (int64_t)ceil((3 + 8 + 5.2) * 1.2),
       "times the factor of the vendor");
    request.schema = "{\"type\":\"object\"}";
    ok(llm_tokens_request(&request, 100) > plain + 4,
       "a schema is part of the prompt");
    ok(llm_tokens_answer(&answer, 100) == 2, "and answers have a size, too");
    ok(llm_tokens_factor(LLM_ANTHROPIC) == 120 &&
           llm_tokens_factor(LLM_OPENAI) == 100 &&
           llm_tokens_factor(LLM_OLLAMA) == 110,
       "each wire has its factor");
}

int main(void)
{
    node_install("tokens", (const char *const[]){"gpt-tokenizer@4.0.0", NULL});
    node_open(&judge, (const char *const[]){"llm-judge.js", "tokens", NULL});
    test_text_and_code();
    test_everything_else();
    node_close(&judge);
    test_edges();
    test_requests();
    return tap_done();
}
