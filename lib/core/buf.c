/*
 * buf.c - a growing string of bytes
 *
 * The memory doubles, so a byte costs constant time; one byte more than
 * asked for is always there, for the NUL.
 */
#include "config.h"

#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { FIRST = 64 };

void buf_release(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

static void grow(struct buf *buf, size_t more)
{
    size_t cap = buf->cap > 0 ? buf->cap : FIRST;
    size_t need;

    if (more >= PTRDIFF_MAX - buf->len)
        xdie("out of memory");
    need = buf->len + more + 1;
    while (cap < need)
        cap = cap > PTRDIFF_MAX / 2 ? need : cap * 2;
    buf->data = xrealloc(buf->data, cap, 1);
    buf->cap = cap;
}

void buf_reserve(struct buf *buf, size_t more)
{
    if (buf->cap - buf->len <= more)
        grow(buf, more);
}

void buf_put(struct buf *buf, const void *data, size_t len)
{
    buf_reserve(buf, len);
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_byte(struct buf *buf, char byte)
{
    buf_reserve(buf, 1);
    buf->data[buf->len++] = byte;
    buf->data[buf->len] = '\0';
}

void buf_str(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_num(struct buf *buf, int64_t num)
{
    char text[20];
    size_t at = sizeof(text);
    uint64_t rest = num < 0 ? 0 - (uint64_t)num : (uint64_t)num;

    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (num < 0)
        text[--at] = '-';
    buf_put(buf, text + at, sizeof(text) - at);
}

void buf_fmt(struct buf *buf, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    buf_vfmt(buf, fmt, args);
    va_end(args);
}

void buf_vfmt(struct buf *buf, const char *fmt, va_list args)
{
    va_list again;
    int len;

    buf_reserve(buf, FIRST);
    va_copy(again, args);
    len = vsnprintf(buf->data + buf->len, buf->cap - buf->len, fmt, args);
    if (len > 0 && (size_t)len >= buf->cap - buf->len) {
        buf_reserve(buf, (size_t)len);
        len = vsnprintf(buf->data + buf->len, buf->cap - buf->len, fmt, again);
    }
    va_end(again);
    if (len > 0)
        buf->len += (size_t)len;
    buf->data[buf->len] = '\0';
}

void buf_drop(struct buf *buf, size_t count)
{
    if (count == 0)
        return;
    buf->len -= count;
    memmove(buf->data, buf->data + count, buf->len + 1);
}

char *buf_detach(struct buf *buf)
{
    char *text = buf->data ? buf->data : xstrdup("");

    *buf = (struct buf){0};
    return text;
}

void buf_base64(struct buf *buf, const void *data, size_t len)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = data;
    size_t i;

    if (len > PTRDIFF_MAX / 2)
        xdie("out of memory");
    buf_reserve(buf, (len + 2) / 3 * 4);
    for (i = 0; i < len; i += 3) {
        uint32_t a = in[i];
        uint32_t b = i + 1 < len ? in[i + 1] : 0;
        uint32_t c = i + 2 < len ? in[i + 2] : 0;
        uint32_t bits = a << 16 | b << 8 | c;
        char *out = buf->data + buf->len;

        out[0] = digit[bits >> 18];
        out[1] = digit[bits >> 12 & 63];
        out[2] = '=';
        out[3] = '=';
        if (i + 1 < len)
            out[2] = digit[bits >> 6 & 63];
        if (i + 2 < len)
            out[3] = digit[bits & 63];
        buf->len += 4;
    }
    buf->data[buf->len] = '\0';
}

void buf_hex(struct buf *buf, const void *data, size_t len)
{
    static const char digit[] = "0123456789abcdef";
    const unsigned char *in = data;
    size_t i;

    if (len > PTRDIFF_MAX / 2)
        xdie("out of memory");
    buf_reserve(buf, len * 2);
    for (i = 0; i < len; i++) {
        buf->data[buf->len++] = digit[in[i] >> 4];
        buf->data[buf->len++] = digit[in[i] & 15];
    }
    buf->data[buf->len] = '\0';
}
