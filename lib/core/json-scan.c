/*
 * json-scan.c - the words of JSON: strings, numbers, literals
 *
 * Each function starts at the first byte of its word and stops behind the
 * last; what is wrong is reported with the byte where it is.
 */
#include "config.h"

#include "core/json-scan.h"

#include <string.h>

#include "core/buf.h"

int json_scan_fail(struct json_scan *scan, const char *at, const char *what)
{
    return err_set(scan->err, ERR_DATA, "at byte %zu: %s",
                   (size_t)(at - scan->text), what);
}

int json_scan_expected(struct json_scan *scan, const char *what)
{
    const char *end = scan->at == scan->end ? ", not the end" : "";

    return err_set(scan->err, ERR_DATA, "at byte %zu: expected %s%s",
                   (size_t)(scan->at - scan->text), what, end);
}

/* Four hexadecimal digits at `at`; -1 if they are not. */
static int hex4(const struct json_scan *scan, const char *at)
{
    int value = 0;
    int i;

    if (scan->end - at < 4)
        return -1;
    for (i = 0; i < 4; i++) {
        char c = at[i];

        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            value = value * 16 + (c - 'A' + 10);
        else
            return -1;
    }
    return value;
}

/* At a backslash. */
static int check_escape(struct json_scan *scan)
{
    const char *at = scan->at;
    int code, low = -1;

    if (scan->end - at < 2 || !at[1] || !strchr("\"\\/bfnrtu", at[1]))
        return json_scan_fail(scan, at, "no such escape");
    scan->at += 2;
    if (at[1] != 'u')
        return 0;
    code = hex4(scan, at + 2);
    if (code < 0)
        return json_scan_fail(scan, at, "\\u needs four hexadecimal digits");
    if (code == 0)
        return json_scan_fail(scan, at, "\\u0000 is not allowed");
    scan->at += 4;
    if (code < 0xd800 || code > 0xdfff)
        return 0;
    if (scan->end - at >= 12 && at[6] == '\\' && at[7] == 'u')
        low = hex4(scan, at + 8);
    if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return json_scan_fail(scan, at, "half of a surrogate pair");
    scan->at += 6;
    return 0;
}

/* At the opening quote. */
int json_scan_string(struct json_scan *scan, struct json_key *key)
{
    uint32_t code;

    *key = (struct json_key){.data = ++scan->at};
    for (;;) {
        size_t size;
        int c;

        scan->at += utf8_plain(scan->at, (size_t)(scan->end - scan->at));
        c = json_peek(scan);
        if (c == '"')
            break;
        if (c == '\\') {
            key->escaped = true;
            if (check_escape(scan) < 0)
                return -1;
            continue;
        }
        if (c < 0)
            return json_scan_fail(scan, key->data - 1,
                                  "a string without an end");
        if (c < 0x20)
            return json_scan_fail(scan, scan->at,
                                  "a control character must be escaped");
        size = utf8_decode(scan->at, (size_t)(scan->end - scan->at), &code);
        if (size == 0)
            return json_scan_fail(scan, scan->at, "the bytes are no UTF-8");
        scan->at += size;
    }
    key->len = (size_t)(scan->at++ - key->data);
    return 0;
}

static bool skip_digits(struct json_scan *scan)
{
    const char *first = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > first;
}

int json_scan_number(struct json_scan *scan)
{
    if (json_peek(scan) == '-')
        scan->at++;
    if (json_peek(scan) == '0')
        scan->at++;
    else if (!skip_digits(scan))
        return json_scan_expected(scan, "a digit");
    if (json_peek(scan) >= '0' && json_peek(scan) <= '9')
        return json_scan_fail(scan, scan->at - 1,
                              "a number with a leading zero");
    if (json_peek(scan) == '.') {
        scan->at++;
        if (!skip_digits(scan))
            return json_scan_expected(scan, "a digit");
    }
    if (json_peek(scan) == 'e' || json_peek(scan) == 'E') {
        scan->at++;
        if (json_peek(scan) == '+' || json_peek(scan) == '-')
            scan->at++;
        if (!skip_digits(scan))
            return json_scan_expected(scan, "a digit");
    }
    return 0;
}

int json_scan_word(struct json_scan *scan, const char *word, size_t len)
{
    if ((size_t)(scan->end - scan->at) < len ||
        memcmp(scan->at, word, len) != 0)
        return json_scan_expected(scan, "a value");
    scan->at += len;
    return 0;
}
