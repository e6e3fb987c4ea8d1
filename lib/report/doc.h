/*
 * doc.h - a report as a list of blocks, for people
 *
 * Headings, paragraphs, tables and plots, in order; html.h and markdown.h
 * write them down.  All text may come from anywhere: it is copied here and
 * escaped there.  Tables and plots belong to their document and are filled
 * after they were added.
 */
#ifndef AAOS_REPORT_DOC_H
#define AAOS_REPORT_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"

enum doc_kind { DOC_HEADING, DOC_TEXT, DOC_WARNING, DOC_TABLE, DOC_PLOT };

/* What the numbers of a plot are. */
enum doc_unit {
    UNIT_NUMBER,
    UNIT_RATE,    /* a second */
    UNIT_SECONDS, /* a duration */
    UNIT_BYTES,
    UNIT_SHARE /* 0 to 1 */
};

struct doc_column {
    const char *name; /* a constant */
    bool number;      /* to the right */
};
struct doc_table {
    char *caption;
    const struct doc_column *columns; /* constants */
    size_t width;
    char **cells; /* row by row; NULL: nothing */
    size_t count, cap;
};

/* y over time; y NAN: a gap. */
struct doc_point {
    double x; /* seconds since the epoch */
    double y;
};
struct doc_series {
    char *name;
    struct doc_point *points; /* x never falls */
    size_t count, cap;
};
struct doc_plot {
    char *title;
    enum doc_unit unit;
    struct doc_series *series;
    size_t count, cap;
};
enum { DOC_SERIES_MAX = 6 };

struct doc_block {
    enum doc_kind kind;
    char *text; /* of heading, text, warning */
    struct doc_table *table;
    struct doc_plot *plot;
};
struct doc {
    char *title;
    char *made; /* by whom and when: the last line */
    struct doc_block *blocks;
    size_t count, cap;
};

void doc_release(struct doc *doc);
void doc_title(struct doc *doc, const char *title, const char *made);
void doc_heading(struct doc *doc, const char *text);
void doc_text(struct doc *doc, const char *text);
void doc_warning(struct doc *doc, const char *text);

struct doc_table *doc_table(struct doc *doc, const char *caption,
                            const struct doc_column *columns, size_t width);
/* The next cell, row by row; NULL: nothing. */
void doc_cell(struct doc_table *table, const char *text);
void doc_cell_fmt(struct doc_table *table, const char *fmt, ...)
    ATTR_PRINTF(2, 3);
/* A number in its unit, for people; NAN: nothing. */
void doc_cell_value(struct doc_table *table, double value, enum doc_unit unit);

struct doc_plot *doc_plot(struct doc *doc, const char *title,
                          enum doc_unit unit);
/* At most DOC_SERIES_MAX; an index. */
size_t doc_series(struct doc_plot *plot, const char *name);
void doc_point(struct doc_plot *plot, size_t series, double x, double y);
/* Any point that is no gap? */
bool doc_plot_any(const struct doc_plot *plot);

#endif
