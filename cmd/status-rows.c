/*
 * status-rows.c - rows of the store into a table; filters
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/status.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"

const struct shown status_task_columns[] = {
    {{.name = "task_id", .kind = CELL_TEXT, .shrink = 0}, RT_TASK_ID},
    {{.name = "seq", .kind = CELL_NUM, .wide = true}, RT_SEQ},
    {{.name = "task_type", .kind = CELL_TEXT}, RT_TASK_TYPE},
    {{.name = "priority", .kind = CELL_NUM}, RT_PRIORITY},
    {{.name = "status", .kind = CELL_STATUS}, RT_STATUS},
    {{.name = "reason", .kind = CELL_TEXT}, RT_REASON},
    {{.name = "attempt", .kind = CELL_NUM}, RT_ATTEMPT},
    {{.name = "failures", .kind = CELL_NUM, .wide = true}, RT_FAILURES},
    {{.name = "max_attempts", .kind = CELL_NUM, .wide = true}, RT_MAX_ATTEMPTS},
    {{.name = "losses", .kind = CELL_NUM, .wide = true}, RT_LOSSES},
    {{.name = "max_losses", .kind = CELL_NUM, .wide = true}, RT_MAX_LOSSES},
    {{.name = "agent_id", .kind = CELL_TEXT, .wide = true}, RT_AGENT_ID},
    {{.name = "workflow_id", .kind = CELL_TEXT, .wide = true}, RT_WORKFLOW_ID},
    {{.name = "run_at", .kind = CELL_TIME, .wide = true}, RT_RUN_AT},
    {{.name = "expires_at", .kind = CELL_TIME, .wide = true}, RT_EXPIRES_AT},
    {{.name = "cancel_requested_at", .kind = CELL_TIME, .wide = true},
     RT_CANCEL_REQUESTED_AT},
    {{.name = "created_at", .kind = CELL_TIME}, RT_CREATED_AT},
    {{.name = "updated_at", .kind = CELL_TIME, .wide = true}, RT_UPDATED_AT},
    {{.name = "started_at", .kind = CELL_TIME, .wide = true}, RT_STARTED_AT},
    {{.name = "finished_at", .kind = CELL_TIME, .wide = true}, RT_FINISHED_AT},
    {{.name = "correlation_id", .kind = CELL_TEXT, .wide = true},
     RT_CORRELATION_ID},
    {{.name = "description", .kind = CELL_TEXT, .shrink = 16}, RT_DESCRIPTION},
};
const size_t status_task_column_count = LENGTH(status_task_columns);

static void cell(struct table *table, const struct shown *shown,
                 const struct db_rows *rows, size_t row)
{
    const struct db_cell *value = db_cell(rows, row, (size_t)shown->from);

    if (value->kind == DB_NULL)
        table_null(table);
    else if (value->kind == DB_NUM)
        table_num(table, value->num);
    else if (shown->column.kind == CELL_BYTES)
        table_bytes(table, value->data, value->len);
    else
        table_text(table, value->data);
}

int status_fill(struct table *table, const struct shown *shown, size_t count,
                const struct db_rows *rows, struct err *err)
{
    size_t row, i;

    for (row = 0; row < rows->count; row++) {
        for (i = 0; i < count; i++)
            cell(table, &shown[i], rows, row);
        if (table_row(table, err) < 0)
            return -1;
    }
    return 0;
}

struct table *status_table(struct status *status, const struct shown *shown,
                           size_t count, struct err *err)
{
    static struct column columns[64];
    size_t i;

    for (i = 0; i < count && i < LENGTH(columns); i++)
        columns[i] = shown[i].column;
    return table_open(stdout, cmd_output(), cmd_shared.color_out, columns,
                      count, status->fields, status->now, err);
}

int status_close(struct table *table, int ret, struct err *err)
{
    struct err ignored = {0};

    if (table && table_close(table, ret < 0 ? &ignored : err) < 0)
        return -1;
    return ret;
}

/* Rows a page: a list of any length needs the memory of one. */
enum { PAGE = 500 };

int status_pages(struct status *status, const struct shown *shown, size_t count,
                 int key, status_page *page, struct err *err)
{
    struct table *table = status_table(status, shown, count, err);
    int64_t left = status->limit > 0 ? status->limit : INT64_MAX;
    int64_t before = 0;
    struct db_rows rows = {0};
    bool more = status->store != NULL;
    int ret = table ? 0 : -1;

    while (ret == 0 && more && left > 0) {
        size_t want = left < PAGE ? (size_t)left : PAGE;

        ret = page(status, before, want, &rows, err);
        if (ret < 0)
            break;
        ret = status_fill(table, shown, count, &rows, err);
        more = rows.count == want;
        left -= (int64_t)rows.count;
        if (rows.count > 0)
            before = db_num(&rows, rows.count - 1, (size_t)key);
        db_rows_release(&rows);
    }
    return status_close(table, ret, err);
}

static void add_number(cJSON *object, const struct column *column, int64_t num)
{
    char text[CLOCK_TEXT_SIZE];

    if (column->kind == CELL_TIME)
        json_add_text(object, column->name, clock_format(num, text));
    else if (column->kind == CELL_SPAN)
        cJSON_AddNumberToObject(object, column->name,
                                (double)num / (double)USEC_PER_SEC);
    else if (column->kind == CELL_BOOL)
        cJSON_AddBoolToObject(object, column->name, num != 0);
    else
        json_add_num(object, column->name, num);
}

void status_object(cJSON *object, const struct shown *shown, size_t count,
                   const struct db_rows *rows, size_t row)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const struct column *column = &shown[i].column;
        const struct db_cell *value = db_cell(rows, row, (size_t)shown[i].from);

        if (value->kind == DB_NULL)
            cJSON_AddNullToObject(object, column->name);
        else if (value->kind == DB_NUM)
            add_number(object, column, value->num);
        else if (column->kind == CELL_RAW)
            json_add_raw(object, column->name, value->data, value->len);
        else
            json_add_bytes(object, column->name, value->data, value->len);
    }
}

int status_list(const char *words, bool (*known)(const char *word),
                const char *what, struct buf *json, struct err *err)
{
    char *copy = xstrdup(words);
    char *rest = copy;
    char *word;
    int ret = 0;

    buf_byte(json, '[');
    while (ret == 0 && (word = strsep(&rest, ","))) {
        if (!*word)
            continue;
        if (!utf8_valid(word, strlen(word)) || (known && !known(word)))
            ret = err_set(err, ERR_USAGE, "unknown %s '%s'", what, word);
        if (json->len > 1)
            buf_byte(json, ',');
        buf_json_safe(json, word, strlen(word));
    }
    buf_byte(json, ']');
    free(copy);
    return ret;
}

/* What json_add_text() and its kin made is raw JSON; strings are decoded. */
void status_value(const cJSON *item, struct buf *out)
{
    struct json_slice value;
    struct err err = {0};
    struct buf text = {0};

    if (!item || cJSON_IsNull(item))
        return;
    json_print(item, false, &text);
    if (json_check(text.data, text.len, &value, &err) == 0 &&
        value.type == JSON_STRING)
        json_decode(&value, out);
    else if (strcmp(text.data, "null") != 0)
        buf_put(out, text.data, text.len);
    buf_release(&text);
}

void status_line(const char *text, size_t len)
{
    struct buf line = {0};

    buf_printable(&line, text, len);
    buf_byte(&line, '\n');
    fwrite(line.data, 1, line.len, stdout);
    buf_release(&line);
}

void status_print(const cJSON *object)
{
    const cJSON *item;
    struct buf line = {0};
    bool table = cmd_output() == OUTPUT_TABLE;

    if (!table && cmd_output() != OUTPUT_TSV) {
        json_print(object, cmd_output() == OUTPUT_JSON, &line);
        buf_byte(&line, '\n');
        fwrite(line.data, 1, line.len, stdout);
        buf_release(&line);
        return;
    }
    cJSON_ArrayForEach(item, object)
    {
        buf_reset(&line);
        status_value(item, &line);
        if (!table)
            printf("%s\t", item->string);
        else
            printf("%-22s ", item->string);
        status_line(line.data ? line.data : "", line.len);
    }
    buf_release(&line);
}
