/*
 * lines.c - lines out of a stream of bytes
 *
 * No byte is searched twice for its newline, and none of a line that is too
 * long is kept.
 */
#include "config.h"

#include "work/lines.h"

#include <string.h>

void lines_release(struct lines *lines)
{
    buf_release(&lines->buf);
    *lines = (struct lines){.limit = lines->limit};
}

void lines_reset(struct lines *lines)
{
    buf_reset(&lines->buf);
    lines->at = 0;
    lines->seen = 0;
    lines->skipping = false;
}

char *lines_room(struct lines *lines, size_t want)
{
    if (lines->at > 0) {
        buf_drop(&lines->buf, lines->at);
        lines->at = 0;
    }
    buf_reserve(&lines->buf, want);
    return lines->buf.data + lines->buf.len;
}

void lines_added(struct lines *lines, size_t count)
{
    lines->buf.len += count;
    lines->buf.data[lines->buf.len] = '\0';
}

/* Forget the line so far; its rest is skipped when it comes. */
static enum lines_result skip(struct lines *lines)
{
    enum lines_result result = lines->skipping ? LINES_NONE : LINES_LONG;

    buf_reset(&lines->buf);
    lines->at = 0;
    lines->seen = 0;
    lines->skipping = true;
    return result;
}

enum lines_result lines_next(struct lines *lines, const char **text,
                             size_t *len)
{
    while (lines->at < lines->buf.len) {
        const char *start = lines->buf.data + lines->at;
        size_t have = lines->buf.len - lines->at;
        const char *end = memchr(start + lines->seen, '\n', have - lines->seen);
        bool skipped = lines->skipping;

        lines->seen = have;
        if (!end && (skipped || have > lines->limit)) {
            *text = "";
            *len = 0;
            return skip(lines);
        }
        if (!end)
            return LINES_NONE;
        *text = start;
        *len = (size_t)(end - start);
        lines->at += *len + 1;
        lines->seen = 0;
        lines->skipping = false;
        if (!skipped)
            return *len > lines->limit ? LINES_LONG : LINES_ONE;
    }
    return LINES_NONE;
}

enum lines_result lines_last(struct lines *lines, const char **text,
                             size_t *len)
{
    enum lines_result result = LINES_NONE;

    *len = lines->buf.len - lines->at;
    if (*len > 0 && !lines->skipping) {
        *text = lines->buf.data + lines->at;
        result = LINES_ONE;
    }
    lines->at = lines->buf.len;
    lines->seen = 0;
    lines->skipping = false;
    return result;
}
