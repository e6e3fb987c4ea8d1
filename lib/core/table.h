/*
 * table.h - rows for people and for programs
 *
 * One set of rows, four forms: an aligned table with a header (columns
 * shrink to the terminal's width, COLUMNS or 80; cells are escaped with
 * buf_printable()), JSON (one array), JSON Lines (an object a line), tsv
 * (no header; tab, newline, CR and backslash as \t \n \r \\; null is
 * empty).  Nothing is kept beyond 200 rows: a table measures its columns
 * on those and then streams, so a long list needs no memory.
 */
#ifndef AAOS_CORE_TABLE_H
#define AAOS_CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/cmd.h"

enum cell_kind {
    CELL_TEXT,  /* JSON string */
    CELL_NUM,   /* JSON number, right-aligned; a text must be one */
    CELL_TIME,  /* instant: RFC 3339 in json/tsv; "3m05s ago" in a table */
    CELL_SPAN,  /* duration: seconds in json/tsv ("1.5"); "1.5s" in a table */
    CELL_RAW,   /* JSON text, embedded as it is */
    CELL_BYTES, /* string, or null + NAME_base64 when not UTF-8 */
    CELL_BOOL,
    CELL_STATUS /* text, coloured by task status in a table */
};

struct column {
    const char *name; /* JSON key; the header is its upper case */
    enum cell_kind kind;
    bool hidden; /* only when named with -F */
    bool wide;   /* not in a table unless named with -F; in json/tsv yes */
    int shrink;  /* may be cut to this many columns; 0: never cut */
};

struct table; /* opaque */

/*
 * fields: the list of -F, or NULL for all columns that are not hidden.
 * "help" and unknown names: ERR_USAGE, with the known names in the message
 * or the hint.
 * columns must outlive the table.
 */
struct table *table_open(FILE *out, enum output output, bool color,
                         const struct column *columns, size_t count,
                         const char *fields, int64_t now, struct err *err);
/* The cells of one row in column order; then table_row(). */
void table_text(struct table *table, const char *text_or_null);
void table_bytes(struct table *table, const void *data_or_null, size_t len);
void table_num(struct table *table, int64_t num);
void table_null(struct table *table);
/* Ends the row: 0, or -1 with ERR_IO when stdout failed. */
int table_row(struct table *table, struct err *err);
/* Writes what is left (and "[]" for an empty JSON list); frees.  An err that
 * is set already stays. */
int table_close(struct table *table, struct err *err);

#endif
