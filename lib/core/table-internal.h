/*
 * table-internal.h - what the files of table share among themselves
 */
#ifndef AAOS_CORE_TABLE_INTERNAL_H
#define AAOS_CORE_TABLE_INTERNAL_H

#include "core/buf.h"
#include "core/table.h"

/* One value as it came; text lies in table.cells' buffer while a row is
 * gathered. */
struct cell {
    bool null;
    bool is_num;
    int64_t num;
    const char *text; /* valid when neither null nor is_num */
    size_t len;
};

/* Append the cell in the form of the output.  JSON includes the key. */
void cell_json(struct buf *buf, const struct column *column,
               const struct cell *cell);
void cell_tsv(struct buf *buf, const struct column *column,
              const struct cell *cell);
void cell_table(struct buf *buf, const struct column *column,
                const struct cell *cell, int64_t now);

/* The colour of a task status: an escape sequence, or "". */
const char *cell_color(const char *status);
#define CELL_PLAIN "\033[0m"

/*
 * Rows of a table for people: kept until their columns can be measured,
 * then streamed.
 */
struct grid;
struct grid *grid_open(FILE *out, bool color, const struct column *const *cols,
                       size_t count);
/* texts: one for each column, escaped; copied. */
void grid_row(struct grid *grid, const struct buf *texts);
void grid_close(struct grid *grid); /* prints what is left; frees */

#endif
