/*
 * mend.c - JSON that is nearly JSON
 *
 * Models emit NUL as an escape, and servers cut characters outside of the
 * basic plane in two.  Neither can be kept as text; both are one character
 * of many, and no reason to lose the others.
 */
#include "config.h"

#include <string.h>

#include "llm/wire-internal.h"

/* The value of \uXXXX at text, or -1. */
static int escape_at(const char *text, size_t len)
{
    int value = 0;
    size_t i;

    if (len < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (i = 2; i < 6; i++) {
        int digit = (unsigned char)text[i];

        if (digit >= '0' && digit <= '9')
            digit -= '0';
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            digit = (digit | 0x20) - 'a' + 10;
        else
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Bytes of the escape at text that can be kept, or those that cannot,
 * negative. */
static int judge(const char *text, size_t len)
{
    int code = escape_at(text, len);
    int next;

    if (code < 0)
        return len < 2 ? 1 : 2;
    if (code == 0 || (code >= 0xdc00 && code <= 0xdfff))
        return -6;
    if (code < 0xd800 || code > 0xdbff)
        return 6;
    next = escape_at(text + 6, len - 6);
    return next >= 0xdc00 && next <= 0xdfff ? 12 : -6;
}

const char *llm_balance(const char *at, const char *end)
{
    bool quoted = false;
    int depth = 0;

    for (; at < end; at++) {
        if (quoted) {
            if (*at == '\\')
                at++;
            else if (*at == '"')
                quoted = false;
            continue;
        }
        if (*at == '"')
            quoted = true;
        else if (*at == '{' || *at == '[')
            depth++;
        else if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
    }
    return NULL;
}

void llm_mend(const char *text, size_t len, struct buf *out)
{
    size_t at = 0;
    uint32_t code;

    while (at < len) {
        size_t run = utf8_plain(text + at, len - at);
        int kept = 1;

        buf_put(out, text + at, run);
        at += run;
        if (at == len)
            break;
        if (text[at] == '\\') {
            kept = judge(text + at, len - at);
            if (kept < 0)
                buf_str(out, "\\ufffd");
        } else if ((run = utf8_decode(text + at, len - at, &code)) > 0) {
            kept = (int)run;
        } else {
            buf_str(out, "\xef\xbf\xbd");
            kept = -1;
        }
        if (kept > 0)
            buf_put(out, text + at, (size_t)kept);
        at += (size_t)(kept > 0 ? kept : -kept);
    }
}

int llm_json(const char *text, size_t len, struct buf *scratch,
             struct json_slice *value, struct err *err)
{
    struct err again;

    if (json_check(text, len, value, err) == 0)
        return 0;
    if (!memchr(text, '\\', len) && utf8_valid(text, len))
        return -1;
    buf_reset(scratch);
    llm_mend(text, len, scratch);
    return json_check(scratch->data, scratch->len, value, &again);
}
