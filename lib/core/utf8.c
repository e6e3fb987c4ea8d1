/*
 * utf8.c - UTF-8, and text made safe for JSON and for terminals
 *
 * Nearly all text is plain ASCII, so every function first takes the longest
 * run of it, eight bytes at a time, and looks at single characters only
 * where the run ends.
 */
#include "config.h"

#include "core/buf.h"

#include <endian.h>
#include <string.h>
#include <wchar.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

static uint64_t load(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return word;
}

/* The high bit of each byte that is zero; and of others behind the first. */
static uint64_t zeros(uint64_t word)
{
    return (word - ONES) & ~word & HIGH;
}

/* The high bits of bytes that are not plain; what is behind the first of
 * them, in the order of the text, may be wrong. */
static uint64_t special(uint64_t word)
{
    /* Over 0x7f, or 0x7f itself; under 0x20; a quote; a backslash. */
    return ((word | (word + ONES) | (word - ONES * 0x20)) & HIGH) |
           zeros(word ^ ONES * '"') | zeros(word ^ ONES * '\\');
}

static bool plain_byte(char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

size_t utf8_plain(const char *text, size_t len)
{
    size_t at = 0;

    for (; len - at >= 8; at += 8) {
        uint64_t found = special(htole64(load(text + at)));

        if (found)
            return at + (size_t)__builtin_ctzll(found) / 8;
    }
    while (at < len && plain_byte(text[at]))
        at++;
    return at;
}

static size_t ascii(const char *text, size_t len)
{
    size_t at = 0;

    while (len - at >= 8 && (load(text + at) & HIGH) == 0)
        at += 8;
    while (at < len && (unsigned char)text[at] < 0x80)
        at++;
    return at;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t first = len > 0 ? (unsigned char)text[0] : 0xff;
    size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t value;
    size_t i;

    if (first < 0x80 && len > 0) {
        *code = first;
        return 1;
    }
    if (first < 0xc2 || first > 0xf4 || len < size)
        return 0;
    value = first & (0x7fU >> size);
    for (i = 1; i < size; i++) {
        uint32_t next = (unsigned char)text[i];

        if ((next & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (next & 0x3f);
    }
    /* Too long a form, a surrogate, or beyond Unicode. */
    if (value < least[size] || (value >= 0xd800 && value <= 0xdfff) ||
        value > 0x10ffff)
        return 0;
    *code = value;
    return size;
}

bool utf8_valid(const char *text, size_t len)
{
    size_t at = ascii(text, len);
    uint32_t code;

    while (at < len) {
        size_t size = utf8_decode(text + at, len - at, &code);

        if (size == 0)
            return false;
        at += size;
        if (size == 1)
            at += ascii(text + at, len - at);
    }
    return true;
}

size_t utf8_length(const char *text, size_t len)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

size_t utf8_prefix(const char *text, size_t len, size_t chars)
{
    size_t at = 0;

    if (len <= chars)
        return len;
    while (at < len) {
        if (((unsigned char)text[at] & 0xc0) != 0x80 && chars-- == 0)
            break;
        at++;
    }
    return at;
}

size_t utf8_columns(const char *text, size_t len)
{
    size_t at = ascii(text, len);
    size_t columns = at;
    uint32_t code;

    while (at < len) {
        size_t size = utf8_decode(text + at, len - at, &code);
        int width = size > 1 ? wcwidth((wchar_t)code) : 1;

        columns += width < 0 ? 1 : (size_t)width;
        at += size > 0 ? size : 1;
    }
    return columns;
}

/*
 * Does a terminal act on this character instead of showing it?  Controls,
 * marks that reorder the text around them, line and paragraph separators.
 */
static bool acts(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void put_escape(struct buf *buf, uint32_t code)
{
    static const char named[] = "btn\0fr";
    char pair[2] = {'\\', 0};

    if (code == '"' || code == '\\')
        pair[1] = (char)code;
    else if (code >= 8 && code <= 13)
        pair[1] = named[code - 8];
    if (pair[1])
        buf_put(buf, pair, sizeof(pair));
    else
        buf_fmt(buf, "\\u%04x", code);
}

void buf_json_safe(struct buf *buf, const char *text, size_t len)
{
    size_t at = 0;
    uint32_t code;

    buf_reserve(buf, len + 2);
    buf_byte(buf, '"');
    while (at < len) {
        size_t run = utf8_plain(text + at, len - at);

        buf_put(buf, text + at, run);
        at += run;
        if (at == len)
            break;
        run = utf8_decode(text + at, len - at, &code);
        if (run == 0)
            buf_str(buf, "\xef\xbf\xbd");
        else if (code == '"' || code == '\\' || acts(code))
            put_escape(buf, code);
        else
            buf_put(buf, text + at, run);
        at += run > 0 ? run : 1;
    }
    buf_byte(buf, '"');
}

/* Looking at each character costs nothing more than trusting it. */
void buf_json(struct buf *buf, const char *text, size_t len)
{
    buf_json_safe(buf, text, len);
}

void buf_printable(struct buf *buf, const char *text, size_t len)
{
    size_t at = 0;

    buf_reserve(buf, len);
    while (at < len) {
        size_t run = utf8_plain(text + at, len - at);
        uint32_t code = 0;

        buf_put(buf, text + at, run);
        at += run;
        if (at == len)
            break;
        run = utf8_decode(text + at, len - at, &code);
        if (run > 0 && !acts(code)) {
            buf_put(buf, text + at, run);
        } else if (code >= 0x100) {
            buf_fmt(buf, "\\u%04X", code);
        } else {
            buf_fmt(buf, "\\x%02x", (unsigned char)text[at]);
            run = 1;
        }
        at += run;
    }
    buf_put(buf, "", 0);
}
