/*
 * table-cell.c - one value in each of the forms
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/table-internal.h"

/* Seconds with as many decimals as there are: "90", "1.5", "-0.25". */
static void put_seconds(struct buf *buf, int64_t usec)
{
    uint64_t size = usec < 0 ? -(uint64_t)usec : (uint64_t)usec;
    char decimals[8];
    size_t len;

    buf_fmt(buf, "%s%" PRIu64, usec < 0 ? "-" : "", size / USEC_PER_SEC);
    snprintf(decimals, sizeof(decimals), ".%06u",
             (unsigned)(size % USEC_PER_SEC));
    len = strlen(decimals);
    while (len > 0 && decimals[len - 1] == '0')
        len--;
    buf_put(buf, decimals, len > 1 ? len : 0);
}

static void put_time(struct buf *buf, int64_t instant)
{
    char text[CLOCK_TEXT_SIZE];

    buf_str(buf, clock_format(instant, text));
}

/* A value that came as a number. */
static void put_num(struct buf *buf, enum cell_kind kind, int64_t num)
{
    if (kind == CELL_TIME)
        put_time(buf, num);
    else if (kind == CELL_SPAN)
        put_seconds(buf, num);
    else if (kind == CELL_BOOL)
        buf_str(buf, num ? "true" : "false");
    else
        buf_num(buf, num);
}

static void put_key(struct buf *buf, const char *name, const char *suffix)
{
    buf_fmt(buf, "\"%s%s\":", name, suffix);
}

/* White space in checked JSON may be line ends; a line must stay one. */
static void put_raw(struct buf *buf, const char *text, size_t len)
{
    size_t start = buf->len;

    buf_put(buf, text, len);
    for (size_t i = start; i < buf->len; i++)
        if (buf->data[i] == '\n' || buf->data[i] == '\r')
            buf->data[i] = ' ';
}

static void put_bytes(struct buf *buf, const struct column *column,
                      const struct cell *cell)
{
    if (utf8_valid(cell->text, cell->len) &&
        !memchr(cell->text, '\0', cell->len)) {
        put_key(buf, column->name, "");
        buf_json(buf, cell->text, cell->len);
        return;
    }
    put_key(buf, column->name, "");
    buf_str(buf, "null,");
    put_key(buf, column->name, "_base64");
    buf_byte(buf, '"');
    buf_base64(buf, cell->text, cell->len);
    buf_byte(buf, '"');
}

void cell_json(struct buf *buf, const struct column *column,
               const struct cell *cell)
{
    enum cell_kind kind = column->kind;
    bool raw = kind == CELL_RAW || kind == CELL_NUM;

    if (kind == CELL_BYTES && !cell->null && !cell->is_num) {
        put_bytes(buf, column, cell);
        return;
    }
    put_key(buf, column->name, "");
    if (cell->null || (raw && !cell->is_num && cell->len == 0)) {
        buf_str(buf, "null");
    } else if (!cell->is_num && raw) {
        put_raw(buf, cell->text, cell->len);
    } else if (!cell->is_num) {
        buf_json_safe(buf, cell->text, cell->len);
    } else if (kind == CELL_TIME) {
        buf_byte(buf, '"');
        put_time(buf, cell->num);
        buf_byte(buf, '"');
    } else {
        put_num(buf, kind, cell->num);
    }
}

void cell_tsv(struct buf *buf, const struct column *column,
              const struct cell *cell)
{
    static const char special[] = "\t\n\r\\";
    static const char letters[] = "tnr\\";

    if (cell->null)
        return;
    if (cell->is_num) {
        put_num(buf, column->kind, cell->num);
        return;
    }
    for (size_t i = 0, plain = 0; i <= cell->len; i++) {
        const char *at = NULL;

        if (i < cell->len && cell->text[i])
            at = strchr(special, cell->text[i]);
        if (!at && i < cell->len)
            continue;
        buf_put(buf, cell->text + plain, i - plain);
        plain = i + 1;
        if (at)
            buf_put(buf, (char[]){'\\', letters[at - special]}, 2);
    }
}

static void put_age(struct buf *buf, int64_t instant, int64_t now)
{
    char text[CLOCK_SPAN_SIZE];

    if (instant > now)
        buf_fmt(buf, "in %s", clock_span(instant - now, text));
    else
        buf_fmt(buf, "%s ago", clock_span(now - instant, text));
}

void cell_table(struct buf *buf, const struct column *column,
                const struct cell *cell, int64_t now)
{
    char text[CLOCK_SPAN_SIZE];

    if (cell->null)
        return;
    if (!cell->is_num)
        buf_printable(buf, cell->text, cell->len);
    else if (column->kind == CELL_TIME)
        put_age(buf, cell->num, now);
    else if (column->kind == CELL_SPAN)
        buf_str(buf, clock_span(cell->num, text));
    else if (column->kind == CELL_BOOL)
        buf_str(buf, cell->num ? "yes" : "no");
    else
        buf_num(buf, cell->num);
}

const char *cell_color(const char *status)
{
    static const struct {
        const char *status;
        const char *color;
    } colors[] = {
        {"completed", "\033[32m"}, {"running", "\033[36m"},
        {"retry", "\033[33m"},     {"blocked", "\033[33m"},
        {"held", "\033[33m"},      {"dead", "\033[31m"},
        {"cancelled", "\033[35m"},
    };

    for (size_t i = 0; i < LENGTH(colors); i++)
        if (strcmp(colors[i].status, status) == 0)
            return colors[i].color;
    return "";
}
