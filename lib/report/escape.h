/*
 * escape.h - text of unknown origin in HTML, SVG and Markdown
 *
 * Bytes that are no UTF-8 and control characters become visible
 * (buf_printable()); what means something there means nothing.
 */
#ifndef AAOS_REPORT_ESCAPE_H
#define AAOS_REPORT_ESCAPE_H

#include "core/buf.h"

void html_text(struct buf *out, const char *text);
void markdown_text(struct buf *out, const char *text);

#endif
