/*
 * doc.c - a report as a list of blocks, for people
 */
#include "config.h"

#include "report/doc.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/mem.h"
#include "report/value.h"

/* --- blocks --------------------------------------------------------------- */

static struct doc_block *add(struct doc *doc, enum doc_kind kind,
                             const char *text)
{
    struct doc_block *block;

    doc->blocks =
        xgrow(doc->blocks, doc->count, &doc->cap, sizeof(*doc->blocks));
    block = &doc->blocks[doc->count++];
    *block = (struct doc_block){.kind = kind, .text = xstrdup_null(text)};
    return block;
}

void doc_title(struct doc *doc, const char *title, const char *made)
{
    free(doc->title);
    free(doc->made);
    doc->title = xstrdup(title);
    doc->made = xstrdup(made);
}

void doc_heading(struct doc *doc, const char *text)
{
    add(doc, DOC_HEADING, text);
}

void doc_text(struct doc *doc, const char *text)
{
    add(doc, DOC_TEXT, text);
}

void doc_warning(struct doc *doc, const char *text)
{
    add(doc, DOC_WARNING, text);
}

/* --- tables --------------------------------------------------------------- */

struct doc_table *doc_table(struct doc *doc, const char *caption,
                            const struct doc_column *columns, size_t width)
{
    struct doc_table *table = xcalloc(1, sizeof(*table));

    table->caption = xstrdup_null(caption);
    table->columns = columns;
    table->width = width;
    add(doc, DOC_TABLE, NULL)->table = table;
    return table;
}

static void put_cell(struct doc_table *table, char *text)
{
    table->cells =
        xgrow(table->cells, table->count, &table->cap, sizeof(*table->cells));
    table->cells[table->count++] = text;
}

void doc_cell(struct doc_table *table, const char *text)
{
    put_cell(table, xstrdup_null(text));
}

void doc_cell_fmt(struct doc_table *table, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    put_cell(table, buf_detach(&text));
}

void doc_cell_value(struct doc_table *table, double value, enum doc_unit unit)
{
    struct buf text = {0};

    if (!isfinite(value)) {
        put_cell(table, NULL);
        return;
    }
    value_put(value, unit, &text);
    put_cell(table, buf_detach(&text));
}

/* --- plots ---------------------------------------------------------------- */

struct doc_plot *doc_plot(struct doc *doc, const char *title,
                          enum doc_unit unit)
{
    struct doc_plot *plot = xcalloc(1, sizeof(*plot));

    plot->title = xstrdup(title);
    plot->unit = unit;
    add(doc, DOC_PLOT, NULL)->plot = plot;
    return plot;
}

size_t doc_series(struct doc_plot *plot, const char *name)
{
    if (plot->count == DOC_SERIES_MAX)
        xdie("a plot has too many series");
    plot->series =
        xgrow(plot->series, plot->count, &plot->cap, sizeof(*plot->series));
    plot->series[plot->count] = (struct doc_series){.name = xstrdup(name)};
    return plot->count++;
}

void doc_point(struct doc_plot *plot, size_t series, double x, double y)
{
    struct doc_series *to = &plot->series[series];

    to->points = xgrow(to->points, to->count, &to->cap, sizeof(*to->points));
    to->points[to->count++] =
        (struct doc_point){.x = x, .y = isfinite(y) ? y : (double)NAN};
}

bool doc_plot_any(const struct doc_plot *plot)
{
    for (size_t i = 0; i < plot->count; i++)
        for (size_t j = 0; j < plot->series[i].count; j++)
            if (!isnan(plot->series[i].points[j].y))
                return true;
    return false;
}

/* --- the end -------------------------------------------------------------- */

static void release_table(struct doc_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->caption);
    free(table);
}

static void release_plot(struct doc_plot *plot)
{
    if (!plot)
        return;
    for (size_t i = 0; i < plot->count; i++) {
        free(plot->series[i].name);
        free(plot->series[i].points);
    }
    free(plot->series);
    free(plot->title);
    free(plot);
}

void doc_release(struct doc *doc)
{
    for (size_t i = 0; i < doc->count; i++) {
        free(doc->blocks[i].text);
        release_table(doc->blocks[i].table);
        release_plot(doc->blocks[i].plot);
    }
    free(doc->blocks);
    free(doc->title);
    free(doc->made);
    *doc = (struct doc){0};
}
