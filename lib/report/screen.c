/*
 * screen.c - a terminal as a grid of cells, without a terminal
 */
#include "config.h"

#include "report/screen.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/mem.h"

void screen_release(struct screen *screen)
{
    free(screen->cells);
    screen->cells = NULL;
    screen->rows = screen->cols = 0;
}

static int bounded(int size)
{
    return size < 1 ? 1 : size > SCREEN_MOST ? SCREEN_MOST : size;
}

void screen_clear(struct screen *screen, int rows, int cols)
{
    size_t count;

    rows = bounded(rows);
    cols = bounded(cols);
    count = (size_t)rows * (size_t)cols;
    if (rows != screen->rows || cols != screen->cols) {
        free(screen->cells);
        screen->cells = xcalloc(count, sizeof(*screen->cells));
        screen->rows = rows;
        screen->cols = cols;
    }
    for (size_t i = 0; i < count; i++)
        screen->cells[i] = (struct screen_cell){.width = 1};
}

static struct screen_cell *cell(struct screen *screen, int row, int col)
{
    return &screen->cells[(size_t)row * (size_t)screen->cols + (size_t)col];
}

const struct screen_cell *screen_at(const struct screen *screen, int row,
                                    int col)
{
    return &screen->cells[(size_t)row * (size_t)screen->cols + (size_t)col];
}

/* Who writes over half of a wide character takes the other half, too. */
static void make_room(struct screen *screen, int row, int col)
{
    struct screen_cell *here = cell(screen, row, col);

    if (here->width == 0 && col > 0)
        *cell(screen, row, col - 1) =
            (struct screen_cell){.width = 1, .attr = here->attr};
    if (here->width == 2 && col + 1 < screen->cols)
        *cell(screen, row, col + 1) =
            (struct screen_cell){.width = 1, .attr = here->attr};
}

static void set(struct screen *screen, int row, int col, const char *text,
                size_t len, int width, int attr)
{
    struct screen_cell *here = cell(screen, row, col);

    make_room(screen, row, col);
    *here = (struct screen_cell){.len = (unsigned char)len,
                                 .width = (unsigned char)width,
                                 .attr = (unsigned char)attr};
    memcpy(here->text, text, len);
    if (width == 2) {
        make_room(screen, row, col + 1);
        *cell(screen, row, col + 1) =
            (struct screen_cell){.attr = (unsigned char)attr};
    }
}

/* Joiners and selectors change widths in ways no two terminals agree on. */
static bool unwanted(uint32_t code)
{
    return (code >= 0x200b && code <= 0x200f) || code == 0x2060 ||
           code == 0xfeff || (code >= 0xfe00 && code <= 0xfe0f) ||
           (code >= 0xe0000 && code <= 0xe0fff) || code == 0xad;
}

/* One character of checked text at (row, col): the columns it took, or -1
 * when it does not fit any more. */
static int put_char(struct screen *screen, int row, int col, int left, int attr,
                    const char *text, size_t size, uint32_t code)
{
    int width = wcwidth((wchar_t)code);

    if (unwanted(code) || (screen->ascii && width == 0))
        return 0;
    if (width == 0) {
        struct screen_cell *last = col > 0 ? cell(screen, row, col - 1) : NULL;

        if (last && last->width == 0 && col > 1)
            last = cell(screen, row, col - 2);
        if (last && last->len > 0 && last->len + size <= SCREEN_CELL) {
            memcpy(last->text + last->len, text, size);
            last->len = (unsigned char)(last->len + size);
        }
        return 0;
    }
    if (width < 0 || (screen->ascii && code > 0x7e)) {
        text = "?";
        size = 1;
        width = 1;
    }
    if (width > left)
        return -1;
    set(screen, row, col, text, size, width, attr);
    return width;
}

static void mark_cut(struct screen *screen, int row, int col, int attr)
{
    if (screen->ascii)
        set(screen, row, col, ">", 1, 1, attr);
    else
        set(screen, row, col, "\xe2\x80\xa6", 3, 1, attr);
}

int screen_put(struct screen *screen, int row, int col, int cols, int attr,
               const char *text)
{
    struct buf clean = {0};
    int used = 0;

    if (col + cols > screen->cols)
        cols = screen->cols - col;
    if (row < 0 || row >= screen->rows || col < 0 || cols <= 0 || !text)
        return 0;
    buf_printable(&clean, text, strlen(text));
    for (size_t at = 0; at < clean.len;) {
        uint32_t code = 0;
        size_t size = utf8_decode(clean.data + at, clean.len - at, &code);
        int took = put_char(screen, row, col + used, cols - used, attr,
                            clean.data + at, size, code);

        if (took < 0) {
            mark_cut(screen, row, col + cols - 1, attr);
            used = cols;
            break;
        }
        used += took;
        at += size;
    }
    buf_release(&clean);
    return used;
}

int screen_fmt(struct screen *screen, int row, int col, int cols, int attr,
               const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;
    int used;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    used = screen_put(screen, row, col, cols, attr, text.data);
    buf_release(&text);
    return used;
}

void screen_right(struct screen *screen, int row, int col, int cols, int attr,
                  const char *text)
{
    int width = (int)utf8_columns(text, strlen(text));

    if (width < cols)
        screen_put(screen, row, col + cols - width, width, attr, text);
    else
        screen_put(screen, row, col, cols, attr, text);
}

void screen_attr(struct screen *screen, int row, int col, int cols, int attr)
{
    if (row < 0 || row >= screen->rows)
        return;
    for (int i = col < 0 ? 0 : col; i < col + cols && i < screen->cols; i++)
        cell(screen, row, i)->attr = (unsigned char)attr;
}

void screen_rule(struct screen *screen, int row, int col, int cols, int attr)
{
    if (row < 0 || row >= screen->rows || col < 0)
        return;
    for (int i = col; i < col + cols && i < screen->cols; i++) {
        if (screen->ascii)
            set(screen, row, i, "-", 1, 1, attr);
        else
            set(screen, row, i, "\xe2\x94\x80", 3, 1, attr);
    }
}

void screen_row(const struct screen *screen, int row, struct buf *out)
{
    size_t start = out->len;

    for (int i = 0; i < screen->cols; i++) {
        const struct screen_cell *here = screen_at(screen, row, i);

        if (here->len > 0)
            buf_put(out, here->text, here->len);
        else if (here->width == 1)
            buf_byte(out, ' ');
    }
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}
