/*
 * result-json.c - a finished task as one line of JSON
 */
#include "config.h"

#include "cmd/result-json.h"

#include <string.h>

#include "core/clock.h"
#include "store/read.h"

static void put_text(struct buf *out, const char *name,
                     const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);

    buf_fmt(out, ",\"%s\":", name);
    if (cell->kind == DB_NULL)
        buf_str(out, "null");
    else
        buf_json_safe(out, cell->data, cell->len);
}

static void put_num(struct buf *out, const char *name,
                    const struct db_rows *rows, size_t row, size_t column)
{
    buf_fmt(out, ",\"%s\":", name);
    if (db_null(rows, row, column))
        buf_str(out, "null");
    else
        buf_num(out, db_num(rows, row, column));
}

static void put_time(struct buf *out, const char *name,
                     const struct db_rows *rows, size_t row, size_t column)
{
    char text[CLOCK_TEXT_SIZE];

    if (db_null(rows, row, column))
        buf_fmt(out, ",\"%s\":null", name);
    else
        buf_fmt(out, ",\"%s\":\"%s\"", name,
                clock_format(db_num(rows, row, column), text));
}

/* A JSON value as it came; other bytes as a string, or in base 64. */
static void put_result(struct buf *out, const struct db_rows *rows, size_t row)
{
    const struct db_cell *cell = db_cell(rows, row, RR_RESULT);
    const char *format = db_text(rows, row, RR_RESULT_FORMAT);
    const char *data = cell->data ? cell->data : "";

    if (cell->kind == DB_NULL) {
        buf_str(out, ",\"result\":null");
    } else if (format && strcmp(format, "json") == 0) {
        buf_str(out, ",\"result\":");
        buf_put(out, data, cell->len);
    } else if (utf8_valid(data, cell->len)) {
        buf_str(out, ",\"result\":");
        buf_json(out, data, cell->len);
    } else {
        buf_str(out, ",\"result\":null,\"result_base64\":\"");
        buf_base64(out, data, cell->len);
        buf_byte(out, '"');
    }
}

void result_json(struct buf *out, const struct db_rows *rows, size_t row,
                 int64_t line)
{
    buf_str(out, "{\"task_id\":");
    buf_json_safe(out, db_text(rows, row, RR_TASK_ID),
                  strlen(db_text(rows, row, RR_TASK_ID)));
    if (line > 0)
        buf_fmt(out, ",\"line\":%lld", (long long)line);
    else
        buf_str(out, ",\"line\":null");
    put_text(out, "status", rows, row, RR_STATUS);
    put_text(out, "reason", rows, row, RR_REASON);
    put_num(out, "attempt", rows, row, RR_ATTEMPT);
    put_num(out, "exit_status", rows, row, RR_EXIT_STATUS);
    put_num(out, "signal", rows, row, RR_SIGNAL);
    put_result(out, rows, row);
    if (!db_null(rows, row, RR_RESULT_ARTIFACT)) {
        put_text(out, "result_artifact", rows, row, RR_RESULT_ARTIFACT);
        put_num(out, "result_size", rows, row, RR_RESULT_SIZE);
    }
    put_text(out, "error", rows, row, RR_ERROR);
    put_time(out, "created_at", rows, row, RR_CREATED_AT);
    put_time(out, "started_at", rows, row, RR_STARTED_AT);
    put_time(out, "finished_at", rows, row, RR_FINISHED_AT);
    put_text(out, "correlation_id", rows, row, RR_CORRELATION_ID);
    buf_str(out, "}\n");
}
