/*
 * errlog.c - the log lines of an attempt
 */
#include "config.h"

#include "work/errlog.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum {
    LINE_COST = 16, /* an empty line is not free: it becomes a row */
    REMARKS_MAX = 2000
};

static void drop(struct errlog_line *line)
{
    free(line->message);
    free(line->ref);
    free(line->sha256);
}

void errlog_release(struct errlog *log)
{
    size_t i;

    for (i = 0; i < log->count; i++)
        drop(&log->lines[i]);
    free(log->lines);
    buf_release(&log->part);
    buf_release(&log->tail);
    *log = (struct errlog){0};
}

static struct errlog_line *add(struct errlog *log, const char *level,
                               const char *text, size_t len)
{
    struct errlog_line *line;

    log->lines = xgrow(log->lines, log->count, &log->cap, sizeof(*log->lines));
    line = &log->lines[log->count++];
    *line = (struct errlog_line){
        .level = level, .message = xmemdup0(text, len), .len = len};
    return line;
}

static void add_line(struct errlog *log, int64_t limit, const char *text,
                     size_t len)
{
    if (log->cut)
        return;
    if (log->kept + (int64_t)len + LINE_COST > limit) {
        log->cut = true;
        errlog_add(log, "warn", "stderr cut at %lld bytes",
                   (long long)log->kept);
        return;
    }
    log->kept += (int64_t)len + LINE_COST;
    add(log, "stderr", text, len);
}

/* Where to split what is too long for one row: not within a character. */
static size_t split(const char *text, size_t len)
{
    size_t at = ERRLOG_LINE;
    size_t back = 0;

    if (len <= at)
        return len;
    while (back < 4 && ((unsigned char)text[at - back] & 0xc0) == 0x80)
        back++;
    return back < 4 ? at - back : at;
}

/* A whole line: as many rows as it needs. */
static void add_whole(struct errlog *log, int64_t limit, const char *text,
                      size_t len)
{
    do {
        size_t n = split(text, len);

        add_line(log, limit, text, n);
        text += n;
        len -= n;
    } while (len > 0 && !log->cut);
}

static void keep_tail(struct buf *tail, const char *data, size_t len)
{
    if (len > ERRLOG_TAIL + 1) {
        data += len - (ERRLOG_TAIL + 1);
        len = ERRLOG_TAIL + 1;
    }
    buf_put(tail, data, len);
    if (tail->len > (size_t)4 * ERRLOG_TAIL)
        buf_drop(tail, tail->len - (ERRLOG_TAIL + 1));
}

void errlog_put(struct errlog *log, int64_t limit, const char *data, size_t len)
{
    keep_tail(&log->tail, data, len);
    while (len > 0 && !log->cut) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;

        if (!end || log->part.len > 0)
            buf_put(&log->part, data, n);
        if (end && log->part.len > 0)
            add_whole(log, limit, log->part.data, log->part.len);
        else if (end)
            add_whole(log, limit, data, n);
        if (end)
            buf_reset(&log->part);
        n += end != NULL;
        data += n;
        len -= n;
        while (log->part.len > ERRLOG_LINE) {
            n = split(log->part.data, log->part.len);
            add_line(log, limit, log->part.data, n);
            buf_drop(&log->part, n);
        }
    }
}

void errlog_end(struct errlog *log, int64_t limit)
{
    if (log->part.len > 0)
        add_whole(log, limit, log->part.data, log->part.len);
    buf_reset(&log->part);
}

void errlog_add(struct errlog *log, const char *level, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;

    if (log->remarks++ >= REMARKS_MAX)
        return;
    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    add(log, level, text.data, text.len);
    buf_release(&text);
}

void errlog_artifact(struct errlog *log, const char *name, const char *ref,
                     const char *sha256)
{
    char *text = xasprintf("artifact %s", name);
    struct errlog_line *line = add(log, "info", text, strlen(text));

    line->ref = xstrdup(ref);
    line->sha256 = xstrdup_null(sha256);
    free(text);
}

struct finish_log *errlog_view(const struct errlog *log)
{
    struct finish_log *view;
    size_t i;

    if (log->count == 0)
        return NULL;
    view = xcalloc(log->count, sizeof(*view));
    for (i = 0; i < log->count; i++) {
        const struct errlog_line *line = &log->lines[i];

        view[i] = (struct finish_log){.level = line->level,
                                      .message = line->message,
                                      .message_len = line->len,
                                      .artifact_ref = line->ref,
                                      .artifact_sha256 = line->sha256};
    }
    return view;
}

void errlog_stored(struct errlog *log, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        drop(&log->lines[i]);
    log->count -= count;
    if (log->count > 0)
        memmove(log->lines, log->lines + count,
                log->count * sizeof(*log->lines));
}

const char *errlog_tail(const struct errlog *log, size_t *len)
{
    const char *text = log->tail.data ? log->tail.data : "";

    *len = log->tail.len;
    if (*len > 0 && text[*len - 1] == '\n')
        --*len;
    if (*len > ERRLOG_TAIL) {
        text += *len - ERRLOG_TAIL;
        *len = ERRLOG_TAIL;
    }
    return text;
}
