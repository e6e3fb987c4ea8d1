/*
 * html.h - a report as one page that needs nothing else
 *
 * No script, no request, no font: style and pictures are in it.  Wide and
 * narrow windows, light and dark ones, paper.
 */
#ifndef AAOS_REPORT_HTML_H
#define AAOS_REPORT_HTML_H

#include "core/buf.h"
#include "report/doc.h"

void html_report(const struct doc *doc, struct buf *out);

#endif
