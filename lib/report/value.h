/*
 * value.h - numbers with their units, as people read them
 *
 *     1234567 -> "1.23 M"    0.00123 s -> "1.23 ms"    3145728 -> "3 MiB"
 */
#ifndef AAOS_REPORT_VALUE_H
#define AAOS_REPORT_VALUE_H

#include "core/buf.h"
#include "report/doc.h"

/* Three significant digits. */
void value_put(double value, enum doc_unit unit, struct buf *out);
/* The size of one step of its prefix: 1e-3 for milliseconds, 1048576 for
 * MiB; and its name, " ms". */
double value_scale(double value, enum doc_unit unit, const char **suffix);

#endif
