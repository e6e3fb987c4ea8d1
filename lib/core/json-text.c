/*
 * json-text.c - the inside of JSON strings, decoded
 *
 * Comparing decodes byte by byte and keeps nothing.  As in json-walk.c the
 * input is trusted: every escape is whole and means a character.
 */
#include "config.h"

#include "core/json.h"

#include <string.h>

static uint32_t hex4(const char *at)
{
    uint32_t value = 0;
    int i;

    for (i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)at[i];

        value = value << 4 | ((c & 15) + (c > '9' ? 9 : 0));
    }
    return value;
}

/* The code point of the escape at *at (a backslash); moves behind it. */
static uint32_t read_escape(const char **at)
{
    static const char letters[] = "bfnrt";
    static const char meaning[] = "\b\f\n\r\t";
    char c = (*at)[1];
    const char *letter = strchr(letters, c);
    uint32_t code;

    if (c != 'u') {
        *at += 2;
        return (unsigned char)(letter ? meaning[letter - letters] : c);
    }
    code = hex4(*at + 2);
    *at += 6;
    if (code >= 0xd800 && code <= 0xdbff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (hex4(*at + 2) - 0xdc00);
        *at += 6;
    }
    return code;
}

/* Returns the number of bytes, 1 to 4. */
static size_t encode(uint32_t code, char to[4])
{
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char mark[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t i;

    for (i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    to[0] = (char)(mark[size] | code);
    return size;
}

void json_decode(const struct json_slice *string, struct buf *out)
{
    const char *at = string->data + 1;
    const char *end = string->data + string->len - 1;

    buf_reserve(out, string->len);
    while (at < end) {
        const char *stop = memchr(at, '\\', (size_t)(end - at));

        if (!stop)
            stop = end;
        buf_put(out, at, (size_t)(stop - at));
        at = stop;
        if (at < end) {
            char utf8[4];

            buf_put(out, utf8, encode(read_escape(&at), utf8));
        }
    }
    buf_put(out, "", 0);
}

/* Bytes of a decoded string, one by one. */
struct cursor {
    const char *at, *end;
    char utf8[4]; /* what an escape stands for */
    size_t used, size;
};

/* The next byte, or -1 at the end. */
static int next_byte(struct cursor *cursor)
{
    if (cursor->used < cursor->size)
        return (unsigned char)cursor->utf8[cursor->used++];
    if (cursor->at == cursor->end)
        return -1;
    if (*cursor->at != '\\')
        return (unsigned char)*cursor->at++;
    cursor->size = encode(read_escape(&cursor->at), cursor->utf8);
    cursor->used = 1;
    return (unsigned char)cursor->utf8[0];
}

int json_compare(const char *a, size_t alen, const char *b, size_t blen)
{
    struct cursor left = {.at = a, .end = a + alen};
    struct cursor right = {.at = b, .end = b + blen};
    int x, y;

    do {
        x = next_byte(&left);
        y = next_byte(&right);
    } while (x == y && x >= 0);
    return x - y;
}

bool json_equals(const struct json_slice *string, const char *text)
{
    struct cursor cursor = {.at = string->data + 1};
    size_t raw = string->len - 2;
    size_t len = strlen(text);
    size_t i;

    /* An escape is always longer than what it stands for. */
    if (string->type != JSON_STRING || raw < len)
        return false;
    if (raw == len)
        return memcmp(string->data + 1, text, len) == 0 &&
               !memchr(text, '\\', len);
    if (!memchr(string->data + 1, '\\', raw))
        return false;
    cursor.end = cursor.at + raw;
    for (i = 0; i < len; i++)
        if (next_byte(&cursor) != (unsigned char)text[i])
            return false;
    return next_byte(&cursor) < 0;
}
