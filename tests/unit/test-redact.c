/*
 * Secrets are taken out of text, those that are known and those that look
 * like it.
 */
#include "config.h"

#include "core/redact.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"

#define R "[redacted]"

static const char key[] = "CaNaRy/+\"key 0123456789";

static char *clean(const struct redact *redact, const char *text)
{
    struct buf out = {0};

    redact_text(redact, text, strlen(text), &out);
    return buf_detach(&out);
}

static void cleans(const struct redact *redact, const char *text,
                   const char *want)
{
    char *out = clean(redact, text);
    struct buf name = {0};

    buf_printable(&name, text, strlen(text));
    is(out, want, name.data);
    buf_release(&name);
    free(out);
}

static void test_known(void)
{
    struct redact *redact = redact_open();
    struct buf text = {0};
    size_t shift;

    ok(redact_add(redact, key) && !redact_add(redact, "short"),
       "a secret has at least 8 bytes");
    cleans(redact, "is CaNaRy/+\"key 0123456789!", "is " R "!");
    cleans(redact, "CaNaRy/+\"key 0123456789CaNaRy/+\"key 0123456789", R R);
    cleans(redact, "CaNaRy/+\"key 012345678", "CaNaRy/+\"key 012345678");
    cleans(redact, "{\"a\":\"CaNaRy/+\\\"key 0123456789\"}",
           "{\"a\":\"" R "\"}");
    cleans(redact, "?x=CaNaRy%2F%2B%22key%200123456789&y", "?x=" R "&y");
    for (shift = 0; shift < 3; shift++) {
        char *out;

        buf_reset(&text);
        buf_put(&text, "ab", shift);
        buf_str(&text, key);
        buf_str(&text, " and more");
        {
            struct buf code = {0};

            buf_base64(&code, text.data, text.len);
            out = clean(redact, code.data);
            buf_release(&code);
        }
        ok(strstr(out, R) && strlen(out) < 40, "in base 64: %s", out);
        free(out);
    }
    buf_release(&text);
    redact_close(redact);
    redact_close(NULL);
}

static void test_lookalikes(void)
{
    static const char *const rows[][2] = {
        {"Authorization: Bearer abc\r\nHost: x",
         "Authorization: " R "\r\nHost: x"},
        {"authorization: Basic YTpi", "authorization: " R},
        {"{\"x-api-key\": \"abc\", \"n\": 1}",
         "{\"x-api-key\": \"" R "\", \"n\": 1}"},
        {"{\\\"api_key\\\":\\\"abc\\\"}", "{\\\"api_key\\\":\\\"" R "\\\"}"},
        {"used Bearer abcdefghijkl here", "used Bearer " R " here"},
        {"key sk-proj-0123456789abcdef.", "key " R "."},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", R},
        {"http://h/p?key=abc&q=1", "http://h/p?key=" R "&q=1"},
        {"http://h/?a=1&token=abc ", "http://h/?a=1&token=" R " "},
        {"postgres://me:secret@h/db", "postgres://" R "@h/db"},
        {"password=abc def", "password=" R " def"},
        {"max_tokens=5 total_tokens: 7", "max_tokens=5 total_tokens: 7"},
        {"the key is lost", "the key is lost"},
        {"http://h:80/a@b", "http://h:80/a@b"},
        {"task-sk-1", "task-sk-1"},
        {"a bearer of news", "a bearer of news"},
        {"", ""},
    };
    size_t i;

    for (i = 0; i < LENGTH(rows); i++)
        cleans(NULL, rows[i][0], rows[i][1]);
}

static void test_many(void)
{
    enum { SIZE = 1 << 20 };
    char *text = xmalloc(SIZE + 1);
    struct buf out = {0};

    memset(text, '=', SIZE);
    memcpy(text, "secret", 6);
    text[SIZE] = '\0';
    redact_text(NULL, text, SIZE, &out);
    ok(out.len > 0, "a value that never begins");
    free(text);
    buf_release(&out);
}

int main(void)
{
    test_known();
    test_lookalikes();
    test_many();
    return tap_done();
}
