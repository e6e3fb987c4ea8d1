/*
 * The promises of buf.h: growing text, escapes, UTF-8.
 */
#include "config.h"

#include "core/buf.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void test_it_grows(void)
{
    struct buf buf = {0};
    char *text;
    int i;

    buf_put(&buf, NULL, 0);
    is(buf.data, "", "putting nothing gives an empty string");
    for (i = 0; i < 1000; i++)
        buf_byte(&buf, 'x');
    ok(buf.len == 1000 && strlen(buf.data) == 1000, "byte after byte");
    buf_reset(&buf);
    is(buf.data, "", "reset empties it");
    buf_num(&buf, INT64_MIN);
    buf_byte(&buf, ' ');
    buf_num(&buf, INT64_MAX);
    buf_byte(&buf, ' ');
    buf_num(&buf, 0);
    is(buf.data, "-9223372036854775808 9223372036854775807 0",
       "numbers in decimal");
    buf_drop(&buf, 21);
    is(buf.data, "9223372036854775807 0", "the front can be dropped");
    buf_reset(&buf);
    buf_fmt(&buf, "%0300d", 7);
    buf_fmt(&buf, "%s", "!");
    ok(buf.len == 301 && strcmp(buf.data + 298, "07!") == 0,
       "a format longer than the room is written in full");
    text = buf_detach(&buf);
    ok(!buf.data && buf.len == 0 && strlen(text) == 301, "it is given away");
    free(text);
    text = buf_detach(&buf);
    is(text, "", "an empty one gives an empty string");
    free(text);
}

static void json_is(const char *text, size_t len, const char *want,
                    const char *name)
{
    struct buf buf = {0};

    buf_json_safe(&buf, text, len);
    is(buf.data, want, name);
    buf_reset(&buf);
    if (utf8_valid(text, len)) {
        buf_json(&buf, text, len);
        is(buf.data, want, name);
    }
    buf_release(&buf);
}

static void test_json_strings(void)
{
    json_is("", 0, "\"\"", "the empty string");
    json_is("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"", "quotes and backslashes");
    json_is("\b\f\n\r\t\v\0\x1f", 8, "\"\\b\\f\\n\\r\\t\\u000b\\u0000\\u001f\"",
            "controls");
    json_is("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", 11,
            "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"", "letters stay");
    json_is("\x7f\xc2\x9b\xe2\x80\xae", 6, "\"\\u007f\\u009b\\u202e\"",
            "what a terminal acts on is escaped");
    json_is(
        "a\xff\xc3(\xed\xa0\x80", 7,
        "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
        "bad bytes become U+FFFD");
    json_is("abcdefgh\"12345678\n", 18, "\"abcdefgh\\\"12345678\\n\"",
            "an escape right behind a full word");
}

static void test_printable(void)
{
    struct buf buf = {0};

    buf_printable(&buf, NULL, 0);
    is(buf.data, "", "nothing stays nothing");
    buf_printable(&buf, "a\tb\"\\\x7f\0", 7);
    is(buf.data, "a\\x09b\"\\\\x7f\\x00", "controls as \\xNN");
    buf_reset(&buf);
    buf_printable(&buf, "\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8\xc2\x85\xe2\x80", 12);
    is(buf.data, "\\u2066\\u061C\\u2028\\xc2\\x85\\xe2\\x80",
       "marks as \\uNNNN, C1 and torn characters as bytes");
    buf_release(&buf);
}

static void test_base64_and_hex(void)
{
    static const char *const want[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    struct buf buf = {0};
    size_t i;

    for (i = 0; i < LENGTH(want); i++) {
        buf_reset(&buf);
        buf_base64(&buf, "foobar", i);
        is(buf.data, want[i], "base 64 of RFC 4648");
    }
    buf_reset(&buf);
    buf_base64(&buf, "\xfb\xff\xfe", 3);
    buf_hex(&buf, "\x00\xaf\xff", 3);
    is(buf.data, "+//+00afff", "all bits; hexadecimal");
    buf_release(&buf);
}

static void test_what_is_utf8(void)
{
    static const char *const good[] = {
        "",
        "plain text that is longer than a word",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
    };
    static const char *const bad[] = {
        "\x80",         "12345678\xff",     "\xc0\x80",
        "\xc1\xbf",     "\xe0\x9f\xbf",     "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5",         "\xe2\x82",         "\xc3(",
    };
    size_t i;

    for (i = 0; i < LENGTH(good); i++)
        ok(utf8_valid(good[i], strlen(good[i])), "UTF-8 %zu is valid", i);
    for (i = 0; i < LENGTH(bad); i++)
        ok(!utf8_valid(bad[i], strlen(bad[i])), "UTF-8 %zu is not valid", i);
}

/* Each byte at each place of a word: the fast path agrees with the rule. */
static void test_plain_runs(void)
{
    char text[24];
    size_t place;
    int byte;
    bool good = true;

    for (byte = 0; byte < 256; byte++) {
        bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';

        for (place = 0; place < sizeof(text); place++) {
            memset(text, 'x', sizeof(text));
            text[place] = (char)byte;
            good = good && utf8_plain(text, sizeof(text)) ==
                               (plain ? sizeof(text) : place);
        }
    }
    ok(good, "a plain run ends exactly at what needs care");
    memset(text, 0xff, sizeof(text));
    ok(utf8_plain(text, sizeof(text)) == 0, "also among bytes of all ones");
}

static void test_measures(void)
{
    const char *text = "a\xc3\xa4\xe4\xb8\xad"
                       "e\xcc\x81";

    ok(utf8_length(text, 9) == 5, "characters are counted");
    ok(utf8_prefix(text, 9, 0) == 0 && utf8_prefix(text, 9, 2) == 3 &&
           utf8_prefix(text, 9, 3) == 6 && utf8_prefix(text, 9, 99) == 9,
       "a prefix ends between characters");
    if (setlocale(LC_CTYPE, "C.UTF-8"))
        ok(utf8_columns(text, 9) == 5, "wide is 2, combining is 0");
    setlocale(LC_CTYPE, "C");
    ok(utf8_columns("abc\xc3\xa4", 5) == 4, "unknown counts 1");
}

int main(void)
{
    test_it_grows();
    test_json_strings();
    test_printable();
    test_base64_and_hex();
    test_what_is_utf8();
    test_plain_runs();
    test_measures();
    return tap_done();
}
