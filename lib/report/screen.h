/*
 * screen.h - a terminal as a grid of cells, without a terminal
 *
 * What is drawn on a screen is decided here and can be tested as text; who
 * owns a terminal only copies cells.  Text may come from anywhere: control
 * characters and bytes that are no UTF-8 are written as \xNN, a cell has
 * at most as many combining characters as fit into it, and a character of
 * two columns is never cut in half.
 */
#ifndef AAOS_REPORT_SCREEN_H
#define AAOS_REPORT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/buf.h"

enum screen_attr {
    SCREEN_PLAIN,
    SCREEN_TITLE, /* of a part of the screen */
    SCREEN_HEAD,  /* of a column */
    SCREEN_DIM,
    SCREEN_GOOD,
    SCREEN_INFO,
    SCREEN_WARN,
    SCREEN_BAD,
    SCREEN_BAR,           /* a line from edge to edge */
    SCREEN_SELECTED = 16, /* added to one of the others */
};

enum { SCREEN_CELL = 20, SCREEN_MOST = 1000 };

struct screen_cell {
    char text[SCREEN_CELL]; /* one character and what combines with it */
    unsigned char len;      /* 0: a blank */
    unsigned char width;    /* 0: the second half of a wide one */
    unsigned char attr;
};

struct screen {
    int rows, cols; /* at most SCREEN_MOST */
    bool ascii;     /* the terminal knows nothing else */
    struct screen_cell *cells;
};
void screen_release(struct screen *screen);
/* All blank, in this size. */
void screen_clear(struct screen *screen, int rows, int cols);
const struct screen_cell *screen_at(const struct screen *screen, int row,
                                    int col);

/*
 * Text into at most `cols` columns from (row, col) on; what does not fit is
 * cut, with a mark.  Outside of the screen nothing is drawn.  Returns the
 * columns that were filled.
 */
int screen_put(struct screen *screen, int row, int col, int cols, int attr,
               const char *text);
int screen_fmt(struct screen *screen, int row, int col, int cols, int attr,
               const char *fmt, ...) ATTR_PRINTF(6, 7);
/* The same at the right end of the columns. */
void screen_right(struct screen *screen, int row, int col, int cols, int attr,
                  const char *text);
/* A line of the same attribute; keeps what stands there. */
void screen_attr(struct screen *screen, int row, int col, int cols, int attr);
/* A horizontal line. */
void screen_rule(struct screen *screen, int row, int col, int cols, int attr);

/* One row as text, blanks at the end left out. */
void screen_row(const struct screen *screen, int row, struct buf *out);

#endif
