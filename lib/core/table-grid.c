/*
 * table-grid.c - aligned columns
 *
 * The first rows are kept to measure the columns; the rest is streamed in
 * the widths found, so that a list of any length needs no memory.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/table-internal.h"

enum { KEPT = 200, GAP = 2, NARROW = 80 };

#define CUT "\u2026"

struct grid {
    FILE *out;
    bool color;
    const struct column *const *cols;
    size_t count;
    size_t *widths;
    char **kept; /* KEPT rows of count texts */
    size_t rows;
    bool streaming;
    struct buf line;
};

struct grid *grid_open(FILE *out, bool color, const struct column *const *cols,
                       size_t count)
{
    struct grid *grid = xcalloc(1, sizeof(*grid));

    grid->out = out;
    grid->color = color;
    grid->cols = cols;
    grid->count = count;
    grid->widths = xcalloc(count, sizeof(*grid->widths));
    grid->kept = xcalloc(KEPT * count, sizeof(*grid->kept));
    return grid;
}

static size_t screen_width(FILE *out)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    long num = 0;

    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    if (columns)
        num = strtol(columns, NULL, 10);
    return num > 0 && num < 100000 ? (size_t)num : NARROW;
}

/* Narrow the widest column that may be cut, until the line fits. */
static void shrink(struct grid *grid)
{
    size_t limit = screen_width(grid->out);
    size_t total = GAP * (grid->count - 1);

    for (size_t i = 0; i < grid->count; i++)
        total += grid->widths[i];
    while (total > limit) {
        size_t widest = grid->count;

        for (size_t i = 0; i < grid->count; i++) {
            int least = grid->cols[i]->shrink;

            if (least > 0 && grid->widths[i] > (size_t)least &&
                (widest == grid->count ||
                 grid->widths[i] > grid->widths[widest]))
                widest = i;
        }
        if (widest == grid->count)
            return;
        grid->widths[widest]--;
        total--;
    }
}

static void measure(struct grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        size_t width = strlen(grid->cols[i]->name);

        for (size_t row = 0; row < grid->rows; row++) {
            const char *text = grid->kept[row * grid->count + i];
            size_t columns = utf8_columns(text, strlen(text));

            if (columns > width)
                width = columns;
        }
        grid->widths[i] = width;
    }
    shrink(grid);
}

static void put_spaces(struct buf *buf, size_t count)
{
    while (count-- > 0)
        buf_byte(buf, ' ');
}

/* The longest beginning of text that takes at most width columns. */
static size_t fitting(const char *text, size_t width)
{
    size_t len = utf8_prefix(text, strlen(text), width);

    while (len > 0 && utf8_columns(text, len) > width)
        len = utf8_prefix(text, len, utf8_length(text, len) - 1);
    return len;
}

static void put_cell(struct grid *grid, size_t i, const char *text,
                     const char *color)
{
    struct buf *line = &grid->line;
    size_t width = grid->widths[i];
    size_t columns = utf8_columns(text, strlen(text));
    size_t len = strlen(text);
    bool right = grid->cols[i]->kind == CELL_NUM;
    bool cut = columns > width && grid->cols[i]->shrink > 0 && width > 0;

    if (cut) {
        len = fitting(text, width - 1);
        columns = utf8_columns(text, len) + 1;
    }
    if (right && columns < width)
        put_spaces(line, width - columns);
    buf_str(line, color);
    buf_put(line, text, len);
    if (cut)
        buf_str(line, CUT);
    if (*color)
        buf_str(line, CELL_PLAIN);
    /* Nothing behind the last column: lines end where their text does. */
    if (i + 1 == grid->count)
        return;
    if (!right && columns < width)
        put_spaces(line, width - columns);
    put_spaces(line, GAP);
}

static void end_line(struct grid *grid)
{
    struct buf *line = &grid->line;

    while (line->len > 0 && line->data[line->len - 1] == ' ')
        line->len--;
    buf_byte(line, '\n');
    fwrite(line->data, 1, line->len, grid->out);
    buf_reset(line);
}

static const char *color_of(const struct grid *grid, size_t i, const char *text)
{
    if (!grid->color || grid->cols[i]->kind != CELL_STATUS)
        return "";
    return cell_color(text);
}

static void put_header(struct grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        char *name = xstrdup(grid->cols[i]->name);

        for (char *at = name; *at; at++)
            *at = (char)toupper((unsigned char)*at);
        put_cell(grid, i, name, grid->color ? "\033[1m" : "");
        free(name);
    }
    end_line(grid);
}

static void start_streaming(struct grid *grid)
{
    measure(grid);
    put_header(grid);
    for (size_t row = 0; row < grid->rows; row++) {
        for (size_t i = 0; i < grid->count; i++) {
            char *text = grid->kept[row * grid->count + i];

            put_cell(grid, i, text, color_of(grid, i, text));
            free(text);
        }
        end_line(grid);
    }
    grid->streaming = true;
}

void grid_row(struct grid *grid, const struct buf *texts)
{
    if (!grid->streaming && grid->rows == KEPT)
        start_streaming(grid);
    for (size_t i = 0; i < grid->count; i++) {
        const char *text = texts[i].len > 0 ? texts[i].data : "";

        if (grid->streaming)
            put_cell(grid, i, text, color_of(grid, i, text));
        else
            grid->kept[grid->rows * grid->count + i] = xstrdup(text);
    }
    if (grid->streaming)
        end_line(grid);
    else
        grid->rows++;
}

void grid_close(struct grid *grid)
{
    if (!grid)
        return;
    if (!grid->streaming)
        start_streaming(grid);
    buf_release(&grid->line);
    free(grid->widths);
    free(grid->kept);
    free(grid);
}
