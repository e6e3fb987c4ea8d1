/*
 * err.c - messages that fit, and that no byte from outside can disturb
 *
 * Every text is formatted first and escaped after, so that an argument may
 * be the old message itself.  What does not fit ends in "...", between two
 * characters.
 */
#include "config.h"

#include "core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/buf.h"

/* Escape what was formatted and store as much of it as fits. */
static void store(char *to, size_t size, const struct buf *raw)
{
    struct buf safe = {0};
    size_t len;

    buf_printable(&safe, raw->data, raw->len);
    len = safe.len;
    if (len >= size) {
        len = size - sizeof("...");
        while (len > 0 && ((unsigned char)safe.data[len] & 0xc0) == 0x80)
            len--;
        memcpy(to + len, "...", sizeof("..."));
    } else {
        to[len] = '\0';
    }
    memcpy(to, safe.data, len);
    buf_release(&safe);
}

/* "Permission denied" becomes "permission denied"; "RFS ..." stays. */
static void put_errno(struct buf *raw, int number)
{
    const char *why = strerror(number);
    bool word = why[0] >= 'A' && why[0] <= 'Z' && why[1] >= 'a';

    buf_str(raw, ": ");
    buf_byte(raw, (char)(word ? why[0] | 0x20 : why[0]));
    buf_str(raw, why + 1);
}

/* number: an errno to be explained behind the message, or 0. */
static int set(struct err *err, enum err_code code, int number, const char *fmt,
               va_list args) ATTR_PRINTF(4, 0);

static int set(struct err *err, enum err_code code, int number, const char *fmt,
               va_list args)
{
    struct buf raw = {0};

    buf_vfmt(&raw, fmt, args);
    if (number)
        put_errno(&raw, number);
    err->code = code;
    store(err->msg, sizeof(err->msg), &raw);
    err->hint[0] = '\0';
    buf_release(&raw);
    return -1;
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set(err, code, 0, fmt, args);
    va_end(args);
    return -1;
}

int err_errno(struct err *err, enum err_code code, const char *fmt, ...)
{
    int number = errno;
    va_list args;

    va_start(args, fmt);
    set(err, code, number, fmt, args);
    va_end(args);
    return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    struct buf raw = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&raw, fmt, args);
    va_end(args);
    buf_str(&raw, ": ");
    buf_str(&raw, err->msg);
    store(err->msg, sizeof(err->msg), &raw);
    buf_release(&raw);
    return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
    struct buf raw = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&raw, fmt, args);
    va_end(args);
    store(err->hint, sizeof(err->hint), &raw);
    buf_release(&raw);
    return -1;
}

void err_clear(struct err *err)
{
    err->code = ERR_NONE;
    err->msg[0] = '\0';
    err->hint[0] = '\0';
}
