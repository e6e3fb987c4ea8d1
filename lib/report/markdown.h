/*
 * markdown.h - a report as Markdown (GitHub's, for the tables)
 *
 * A plot becomes a line of block characters for each of its series.
 */
#ifndef AAOS_REPORT_MARKDOWN_H
#define AAOS_REPORT_MARKDOWN_H

#include "core/buf.h"
#include "report/doc.h"

void markdown_report(const struct doc *doc, struct buf *out);

#endif
