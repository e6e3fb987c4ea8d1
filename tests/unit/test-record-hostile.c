/*
 * Hostile lines through json_check() and task_record_parse(): each is
 * refused with a clean message or taken without harm, whatever its size.
 */
#include "config.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"
#include "task/record.h"

static const struct task_rules rules = {task_builtin_types,
                                        LENGTH(task_builtin_types)};

/* One line, as aaos-submit reads it. */
static bool taken(const char *line, size_t len, struct task_record *out,
                  struct err *err)
{
    struct json_slice slice;
    char *copy = xmalloc(len + 1); /* no byte beyond: for the sanitizer */
    bool good;

    memcpy(copy, line, len);
    copy = xrealloc(copy, len ? len : 1, 1);
    *err = (struct err){0};
    good = json_check(copy, len, &slice, err) == 0 &&
           task_record_parse(&slice, NULL, &rules, out, err) == 0;
    free(copy);
    return good;
}

/* A message that a terminal and a log line survive. */
static bool is_clean(const struct err *err)
{
    if (err->code != ERR_DATA || err->msg[0] == '\0')
        return false;
    for (const char *at = err->msg; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '\x7f')
            return false;
    return utf8_valid(err->msg, strlen(err->msg));
}

static void refuse(const char *line, size_t len, const char *what)
{
    struct task_record out = {0};
    struct err err;

    if (!ok(!taken(line, len, &out, &err) && is_clean(&err),
            "%s: refused with a clean message", what))
        printf("# '%s'\n", err.msg);
    task_record_release(&out);
}

#define LINE(what, text)             \
    {                                \
        what, text, sizeof(text) - 1 \
    }
#define TASK "{\"description\":\"abc\""
static const struct {
    const char *what, *text;
    size_t len;
} lines[] = {
    LINE("nothing", ""),
    LINE("blanks", " \t\r\n"),
    LINE("a lone surrogate", TASK ",\"ref\":\"\\ud800\"}"),
    LINE("surrogates reversed", TASK ",\"ref\":\"\\udc00\\ud800\"}"),
    LINE("an overlong slash", TASK ",\"ref\":\"\xc0\xaf\"}"),
    LINE("a byte F5", TASK ",\"ref\":\"\xf5\x80\x80\x80\"}"),
    LINE("a surrogate in UTF-8", TASK ",\"ref\":\"\xed\xa0\x80\"}"),
    LINE("8-bit CSI", TASK ",\"ref\":\"\x9b"
                           "2J\"}"),
    LINE("C1 CSI in UTF-8", TASK ",\"ref\":\"\xc2\x9b"
                                 "2J\"}"),
    LINE("a byte order mark", "\xef\xbb\xbf" TASK "}"),
    LINE("the same key twice", TASK ",\"ref\":\"a\",\"ref\":\"b\"}"),
    LINE("twice, once escaped", TASK ",\"ref\":\"a\",\"r\\u0065f\":\"b\"}"),
    LINE("the same key deep inside", TASK ",\"payload\":[{\"a\":1,"
                                          "\"a\":2}]}"),
    LINE("a key with an escaped NUL", TASK ",\"ref\\u0000\":\"a\"}"),
    LINE("a raw NUL", TASK ",\"ref\":\"a\0b\"}"),
    LINE("a NUL behind", TASK "}\0"),
    LINE("a key with a blank", TASK ",\"ref \":\"a\"}"),
    LINE("a raw newline in a string", TASK ",\"ref\":\"a\nb\"}"),
    LINE("a raw ESC in a key", TASK ",\"\x1b[2J\":1}"),
    LINE("an escaped ESC in a key", TASK ",\"\\u001b]0;x\\u0007\":1}"),
    LINE("a bidi override in a key", TASK ",\"\xe2\x80\xae"
                                          "ref\":1}"),
    LINE("printf in a key", TASK ",\"%n%s%n%s\":1}"),
    LINE("printf in a value", TASK ",\"privacy\":\"%n%s%n%s\"}"),
    LINE("a forged log line", TASK ",\"ref\":\"a\\r\\nERROR b\"}"),
    LINE("NaN", TASK ",\"priority\":NaN}"),
    LINE("Infinity", TASK ",\"payload\":-Infinity}"),
    LINE("hexadecimal", TASK ",\"priority\":0x5}"),
    LINE("a leading zero", TASK ",\"priority\":05}"),
    LINE("a plus sign", TASK ",\"priority\":+5}"),
    LINE("no digit behind the point", TASK ",\"priority\":5.}"),
    LINE("1e999", TASK ",\"priority\":1e999}"),
    LINE("2^63", TASK ",\"priority\":9223372036854775808}"),
    LINE("2^64 + 5", TASK ",\"priority\":18446744073709551621}"),
    LINE("-2^63 - 1", TASK ",\"priority\":-9223372036854775809}"),
    LINE("a trailing comma", TASK ",}"),
    LINE("a trailing comma in a list", TASK ",\"payload\":[1,]}"),
    LINE("a comment", TASK "/* */}"),
    LINE("a line comment", TASK "} // x"),
    LINE("single quotes", "{'description':'abc'}"),
    LINE("a key without quotes", "{description:\"abc\"}"),
    LINE("two documents", TASK "}" TASK "}"),
    LINE("two documents and a CR", TASK "}\r" TASK "}"),
    LINE("gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
    LINE("UTF-16", "{\0\"\0d\0\"\0:\0001\0}\0"),
    LINE("a string", "\"abc\""),
    LINE("null", "null"),
    LINE("Null", "{\"description\":Null}"),
};

static void test_lines(void)
{
    for (size_t i = 0; i < LENGTH(lines); i++)
        refuse(lines[i].text, lines[i].len, lines[i].what);
}

static void test_torn_lines(void)
{
    static const char line[] =
        TASK ",\"payload\":{\"a\":[1.5e3,\"\\ud83d\\ude00\xc3\xa9\",null]},"
             "\"priority\":7,\"metadata\":{\"k\":true}}";
    struct task_record out = {0};
    struct err err;
    size_t refused = 0;
    bool whole;

    for (size_t len = 0; len < sizeof(line) - 1; len++)
        refused += !taken(line, len, &out, &err) && is_clean(&err);
    ok(refused == sizeof(line) - 1, "a record torn at any byte is refused");
    whole = taken(line, sizeof(line) - 1, &out, &err);
    ok(whole, "the whole one is taken, without newline");
    task_record_release(&out);
    whole = taken(TASK "}\r", sizeof(TASK "}\r") - 1, &out, &err);
    ok(whole, "a CR behind is white space");
    task_record_release(&out);
}

/* prefix, `count` times middle, suffix. */
static void repeat(struct buf *line, const char *prefix, const char *middle,
                   size_t count, const char *suffix)
{
    buf_reset(line);
    buf_str(line, prefix);
    for (size_t i = 0; i < count; i++)
        buf_str(line, middle);
    buf_str(line, suffix);
}

static void test_floods(void)
{
    struct buf line = {0};

    repeat(&line, "", "[", 100000, "");
    refuse(line.data, line.len, "100,000 opening brackets");
    repeat(&line, "", "{\"a\":", 100000, "");
    refuse(line.data, line.len, "100,000 nested objects");
    repeat(&line, TASK ",\"payload\":", "[", 64, "");
    refuse(line.data, line.len, "a payload too deep");
    repeat(&line, "{\"description\":\"", "\\u0000", 174763, "\"}");
    refuse(line.data, line.len, "1 MiB of \\u0000");
    repeat(&line, "{\"description\":\"", "a", 1 << 20, "\"}");
    refuse(line.data, line.len, "a description of 1 MiB");
    repeat(&line, "{\"", "k", 1 << 20, "\":1}");
    refuse(line.data, line.len, "a key of 1 MiB");
    repeat(&line, TASK ",\"task_type\":\"", "k", 1 << 20, "\"}");
    refuse(line.data, line.len, "a type of 1 MiB");
    repeat(&line, TASK ",\"ref\":\"", "\\u00e9", 100000, "\"}");
    refuse(line.data, line.len, "a ref of 200,000 bytes");
    repeat(&line, TASK ",\"webhook\":\"http://a/", "b", 2040, "\"}");
    refuse(line.data, line.len, "a webhook of 2049 bytes");
    repeat(&line, TASK ",\"priority\":", "9", 4000, "}");
    refuse(line.data, line.len, "a priority of 4,000 digits");
    repeat(&line, TASK ",\"budget_usd\":", "9", 1 << 20, "}");
    refuse(line.data, line.len, "a budget of 1 Mi digits");
    repeat(&line, TASK ",\"budget_usd\":1e", "9", 1 << 20, "}");
    refuse(line.data, line.len, "an exponent of 1 Mi digits");
    repeat(&line, TASK ",\"timeout\":1e-", "9", 1 << 20, "}");
    refuse(line.data, line.len, "a negative exponent of 1 Mi digits");
    repeat(&line, TASK ",\"delay\":\"", "9", 4000, "\"}");
    refuse(line.data, line.len, "a delay of 4,000 digits");
    repeat(&line, TASK ",\"depends_on\":[\"x\"", ",\"x\"", 1000, "]}");
    refuse(line.data, line.len, "1,001 dependencies");
    buf_release(&line);
}

static void test_what_is_odd_but_right(void)
{
    struct buf line = {0};
    struct task_record out = {0};
    struct err err;
    bool good;

    repeat(&line, TASK ",\"payload\":", "9", 4000, ",\"priority\":-0}");
    good = taken(line.data, line.len, &out, &err);
    ok(good && out.payload_len == 4000, "4,000 digits stay in a payload");
    task_record_release(&out);
    repeat(&line, TASK ",\"depends_on\":[\"x\"", ",\"x\"", 999, "]}");
    good = taken(line.data, line.len, &out, &err);
    ok(good && out.depends_count == 1000, "1,000 dependencies are taken");
    task_record_release(&out);
    buf_reset(&line);
    buf_str(&line, TASK ",\"metadata\":{\"\xc3\xa9\":1,\"e\xcc\x81\":2}}");
    good = taken(line.data, line.len, &out, &err);
    ok(good && strlen(out.metadata) == 16,
       "keys that are equal only after NFC are two keys");
    task_record_release(&out);
    buf_reset(&line);
    buf_str(&line, "{\"description\":\"'; DROP TABLE tasks; -- $(id) `id` "
                   "${jndi:x} %n%s =cmd| \\u001b]52;c;x\\u0007\"}");
    good = taken(line.data, line.len, &out, &err);
    ok(good, "text that is code elsewhere is only text");
    task_record_release(&out);
    repeat(&line, "{\"description\":\"a", "\xcc\x81", 1999, "\"}");
    good = taken(line.data, line.len, &out, &err);
    ok(good, "1,999 combining marks are 1,999 characters");
    task_record_release(&out);
    buf_release(&line);
}

int main(void)
{
    test_lines();
    test_torn_lines();
    test_floods();
    test_what_is_odd_but_right();
    return tap_done();
}
