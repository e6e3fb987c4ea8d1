/*
 * loadgen-report.h - from recorded lines to a report
 */
#ifndef AAOS_CMD_LOADGEN_REPORT_H
#define AAOS_CMD_LOADGEN_REPORT_H

#include "cmd/loadgen.h"
#include "core/json.h"
#include "load/baseline.h"
#include "report/doc.h"

/* Lines of a file of records, as far as they can be read. */
typedef int recorded_line(void *ctx, const struct json_slice *object,
                          struct err *err);
/* *bad: lines that are no JSON object (a torn last one among them). */
int recorded_scan(const char *path, recorded_line *seen, void *ctx,
                  int64_t *bad, struct err *err);

/* A member of a member: "latency.total.p99".  NAN when it is not there or
 * no number; malloc'd, NULL when it is no string. */
double recorded_number(const struct json_slice *object, const char *path);
char *recorded_text(const struct json_slice *object, const char *path);
double recorded_instant(const struct json_slice *object, const char *path);
bool recorded_is(const struct json_slice *object, const char *kind);

/* Add what was recorded to the document, and to the list in `json`. */
int report_run(const char *path, struct doc *doc, struct buf *json,
               struct err *err);
/* Intervals that are no longer than `shortest` (seconds) are left out. */
int report_run_plots(const char *path, double shortest, struct doc *doc,
                     struct err *err);
int report_baseline(const char *dir, struct doc *doc, struct buf *json,
                    struct err *err);

int loadgen_report(struct conf *conf, char **paths, int count, struct err *err);

#endif
