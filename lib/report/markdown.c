/*
 * markdown.c - a report as Markdown
 */
#include "config.h"

#include "report/markdown.h"

#include <math.h>

#include "report/escape.h"
#include "report/value.h"

enum { SPARKS = 60 };

static void put_table(const struct doc_table *table, struct buf *out)
{
    size_t left = 0; /* cells of this row */

    if (table->caption) {
        buf_str(out, "**");
        markdown_text(out, table->caption);
        buf_str(out, "**\n\n");
    }
    for (size_t i = 0; i < table->width; i++) {
        buf_str(out, "| ");
        markdown_text(out, table->columns[i].name);
        buf_byte(out, ' ');
    }
    buf_str(out, "|\n");
    for (size_t i = 0; i < table->width; i++)
        buf_str(out, table->columns[i].number ? "|---:" : "|---");
    buf_str(out, "|\n");
    for (size_t i = 0; i < table->count; i++) {
        buf_str(out, "| ");
        if (table->cells[i])
            markdown_text(out, table->cells[i]);
        left = left > 0 ? left - 1 : table->width - 1;
        buf_str(out, left > 0 ? " " : " |\n");
    }
    buf_byte(out, '\n');
}

/* --- plots ---------------------------------------------------------------- */

/* The greatest of each of so many equal parts; NAN: nothing. */
static void sample(const struct doc_series *series, double parts[SPARKS],
                   double *least, double *most)
{
    double from = series->count ? series->points[0].x : 0;
    double to = series->count ? series->points[series->count - 1].x : 0;

    *least = HUGE_VAL;
    *most = -HUGE_VAL;
    for (int i = 0; i < SPARKS; i++)
        parts[i] = (double)NAN;
    for (size_t i = 0; i < series->count; i++) {
        const struct doc_point *point = &series->points[i];
        int part = to > from
                       ? (int)((point->x - from) / (to - from) * (SPARKS - 1))
                       : 0;

        if (isnan(point->y))
            continue;
        if (isnan(parts[part]) || point->y > parts[part])
            parts[part] = point->y;
        if (point->y < *least)
            *least = point->y;
        if (point->y > *most)
            *most = point->y;
    }
}

static void put_sparks(const double parts[SPARKS], double most, struct buf *out)
{
    static const char *const blocks[] = {
        "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
        "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};

    for (int i = 0; i < SPARKS; i++) {
        int level = most > 0 ? (int)(parts[i] / most * 7.999) : 0;

        if (!isnan(parts[i]))
            buf_str(out, blocks[level < 0 ? 0 : level]);
    }
}

static void put_plot(const struct doc_plot *plot, struct buf *out)
{
    double parts[SPARKS];
    double least, most;

    if (!doc_plot_any(plot))
        return;
    buf_str(out, "**");
    markdown_text(out, plot->title);
    buf_str(out, "**\n\n");
    for (size_t i = 0; i < plot->count; i++) {
        sample(&plot->series[i], parts, &least, &most);
        if (isinf(least))
            continue;
        buf_str(out, "- ");
        markdown_text(out, plot->series[i].name);
        buf_str(out, ": ");
        put_sparks(parts, most, out);
        buf_byte(out, ' ');
        value_put(least, plot->unit, out);
        buf_str(out, " to ");
        value_put(most, plot->unit, out);
        buf_byte(out, '\n');
    }
    buf_byte(out, '\n');
}

/* --- the whole ------------------------------------------------------------ */

static void put_line(const char *before, const char *text, struct buf *out)
{
    buf_str(out, before);
    markdown_text(out, text);
    buf_str(out, "\n\n");
}

static void put_block(const struct doc_block *block, struct buf *out)
{
    switch (block->kind) {
    case DOC_HEADING:
        put_line("## ", block->text, out);
        break;
    case DOC_TEXT:
        put_line("", block->text, out);
        break;
    case DOC_WARNING:
        put_line("> ", block->text, out);
        break;
    case DOC_TABLE:
        put_table(block->table, out);
        break;
    case DOC_PLOT:
        put_plot(block->plot, out);
        break;
    }
}

void markdown_report(const struct doc *doc, struct buf *out)
{
    put_line("# ", doc->title, out);
    for (size_t i = 0; i < doc->count; i++)
        put_block(&doc->blocks[i], out);
    markdown_text(out, doc->made);
    buf_byte(out, '\n');
}
