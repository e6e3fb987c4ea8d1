/*
 * buf.h - a growing string of bytes
 *
 * Zero is valid: `struct buf b = {0}` is an empty one.  After any put,
 * data[len] is NUL (not counted in len), so data can be used as a C
 * string; data is NULL while nothing was ever put.
 */
#ifndef AAOS_CORE_BUF_H
#define AAOS_CORE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
};

void buf_release(struct buf *buf); /* frees and zeroes */
void buf_reset(struct buf *buf);   /* len = 0, keeps the memory */
void buf_reserve(struct buf *buf, size_t more);
void buf_put(struct buf *buf, const void *data, size_t len);
void buf_byte(struct buf *buf, char byte);
void buf_str(struct buf *buf, const char *text);
void buf_num(struct buf *buf, int64_t num); /* decimal */
void buf_fmt(struct buf *buf, const char *fmt, ...) ATTR_PRINTF(2, 3);
void buf_vfmt(struct buf *buf, const char *fmt, va_list args) ATTR_PRINTF(2, 0);
/* Drop the first count bytes (count <= len). */
void buf_drop(struct buf *buf, size_t count);
/* Give the string away: NUL-terminated, never NULL; the buf is empty. */
char *buf_detach(struct buf *buf);

/*
 * One JSON string with its quotes.  The text must be UTF-8; use
 * buf_json_safe() for bytes of unknown origin (bad ones become U+FFFD).
 */
void buf_json(struct buf *buf, const char *text, size_t len);
void buf_json_safe(struct buf *buf, const char *text, size_t len);

/*
 * Text for a terminal, a log line or a message: control characters
 * (C0, DEL, C1, bidirectional overrides) and bytes that are no UTF-8 are
 * written as \xNN (U+202E etc. as \u202E).  Newline and tab count as
 * control characters.
 */
void buf_printable(struct buf *buf, const char *text, size_t len);

/* RFC 4648 base 64 with padding. */
void buf_base64(struct buf *buf, const void *data, size_t len);
/* Lower-case hexadecimal. */
void buf_hex(struct buf *buf, const void *data, size_t len);

/* Pure predicates on text. */
/* Bytes of the first character (1 to 4) and its code point; 0: no UTF-8. */
size_t utf8_decode(const char *text, size_t len, uint32_t *code);
/* Bytes at the start that never need care: ASCII 0x20-0x7e without " and \\. */
size_t utf8_plain(const char *text, size_t len);
bool utf8_valid(const char *text, size_t len); /* RFC 3629, strict */
size_t utf8_length(const char *text,
                   size_t len); /* characters; text is valid */
/* Bytes of the longest prefix of at most `chars` characters. */
size_t utf8_prefix(const char *text, size_t len, size_t chars);
/* Terminal columns of one line of valid UTF-8 (wcwidth; unknown: 1). */
size_t utf8_columns(const char *text, size_t len);

#endif
