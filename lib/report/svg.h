/*
 * svg.h - one plot as an SVG picture inside of a page
 *
 * Its colours are the page's (classes s0 to s5), its lines differ in their
 * dashes as well; title and description say in words what it shows.
 */
#ifndef AAOS_REPORT_SVG_H
#define AAOS_REPORT_SVG_H

#include "core/buf.h"
#include "report/doc.h"

/* number: makes the ids of this plot unique in its page. */
void svg_plot(const struct doc_plot *plot, size_t number, struct buf *out);

#endif
