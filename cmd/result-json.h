/*
 * result-json.h - a finished task as one line of JSON
 *
 * The same line from "aaos-submit --wait" and "aaos-status results -o
 * jsonl".
 */
#ifndef AAOS_CMD_RESULT_JSON_H
#define AAOS_CMD_RESULT_JSON_H

#include "core/buf.h"
#include "db/db.h"

/* row of read_results(); line 0: null. */
void result_json(struct buf *out, const struct db_rows *rows, size_t row,
                 int64_t line);

#endif
