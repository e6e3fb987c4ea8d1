/*
 * status-task.c - one task, everything that is known
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/result-json.h"
#include "cmd/status.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"

/* Beside the columns of the list. */
static const struct shown more_columns[] = {
    {{.name = "idempotency_key", .kind = CELL_TEXT}, RX_IDEMPOTENCY_KEY},
    {{.name = "parent_id", .kind = CELL_TEXT}, RX_PARENT_ID},
    {{.name = "session_id", .kind = CELL_TEXT}, RX_SESSION_ID},
    {{.name = "agent_type", .kind = CELL_TEXT}, RX_AGENT_TYPE},
    {{.name = "timeout", .kind = CELL_SPAN}, RX_TIMEOUT},
    {{.name = "webhook", .kind = CELL_TEXT}, RX_WEBHOOK},
    {{.name = "model", .kind = CELL_TEXT}, RX_MODEL},
    {{.name = "llm_endpoint", .kind = CELL_TEXT}, RX_LLM_ENDPOINT},
    {{.name = "privacy", .kind = CELL_TEXT}, RX_PRIVACY},
    {{.name = "output_schema", .kind = CELL_RAW}, RX_OUTPUT_SCHEMA},
    {{.name = "ref", .kind = CELL_TEXT}, RX_REF},
    {{.name = "on_dependency_failure", .kind = CELL_TEXT},
     RX_ON_DEPENDENCY_FAILURE},
    {{.name = "workflow", .kind = CELL_TEXT}, RX_WORKFLOW_NAME},
    {{.name = "lease_left", .kind = CELL_SPAN}, RX_LEASE_LEFT},
    {{.name = "metadata", .kind = CELL_RAW}, RX_METADATA},
};

static const struct shown result_columns[] = {
    {{.name = "outcome", .kind = CELL_TEXT}, RR_OUTCOME},
    {{.name = "exit_status", .kind = CELL_NUM}, RR_EXIT_STATUS},
    {{.name = "signal", .kind = CELL_NUM}, RR_SIGNAL},
    {{.name = "error", .kind = CELL_TEXT}, RR_ERROR},
    {{.name = "result_size", .kind = CELL_NUM}, RR_RESULT_SIZE},
    {{.name = "result_sha256", .kind = CELL_TEXT}, RR_RESULT_SHA256},
    {{.name = "result_artifact", .kind = CELL_TEXT}, RR_RESULT_ARTIFACT},
};

static const struct shown attempt_columns[] = {
    {{.name = "attempt", .kind = CELL_NUM}, RA_ATTEMPT},
    {{.name = "agent_id", .kind = CELL_TEXT}, RA_AGENT_ID},
    {{.name = "outcome", .kind = CELL_TEXT}, RA_OUTCOME},
    {{.name = "exit_status", .kind = CELL_NUM}, RA_EXIT_STATUS},
    {{.name = "signal", .kind = CELL_NUM}, RA_SIGNAL},
    {{.name = "claimed_at", .kind = CELL_TIME}, RA_CLAIMED_AT},
    {{.name = "started_at", .kind = CELL_TIME}, RA_STARTED_AT},
    {{.name = "finished_at", .kind = CELL_TIME}, RA_FINISHED_AT},
    {{.name = "user_time", .kind = CELL_SPAN}, RA_USER_TIME},
    {{.name = "system_time", .kind = CELL_SPAN}, RA_SYSTEM_TIME},
    {{.name = "max_rss", .kind = CELL_NUM}, RA_MAX_RSS},
    {{.name = "error", .kind = CELL_TEXT}, RA_ERROR},
};

/* A value as it came: JSON embedded, bytes as a string or in base 64. */
static void add_value(cJSON *object, const char *name,
                      const struct db_rows *rows, size_t column, size_t format)
{
    const struct db_cell *cell = db_cell(rows, 0, column);
    const char *form = db_text(rows, 0, format);

    if (cell->kind == DB_NULL)
        cJSON_AddNullToObject(object, name);
    else if (form && strcmp(form, "json") == 0)
        json_add_raw(object, name, cell->data, cell->len);
    else
        json_add_bytes(object, name, cell->data, cell->len);
}

static void add_progress(struct status *status, cJSON *object,
                         const struct db_rows *task)
{
    const char *agent = db_text(task, 0, RT_AGENT_ID);
    char text[200] = "";
    struct err err = {0};
    int percent = -1;

    if (!agent ||
        read_progress(status->store, agent, db_text(task, 0, RT_TASK_ID),
                      &percent, text, &err) != 1)
        return;
    if (percent >= 0)
        json_add_num(object, "progress", percent);
    json_add_text(object, "progress_text", text);
}

static int add_attempts(struct status *status, cJSON *object, int64_t seq,
                        struct err *err)
{
    struct db_rows rows = {0};
    cJSON *list;
    size_t i;

    if (read_attempts(status->store, seq, &rows, err) < 0)
        return -1;
    list = cJSON_AddArrayToObject(object, "attempts");
    for (i = 0; i < rows.count; i++) {
        cJSON *entry = cJSON_CreateObject();

        status_object(entry, attempt_columns, LENGTH(attempt_columns), &rows,
                      i);
        cJSON_AddItemToArray(list, entry);
    }
    db_rows_release(&rows);
    return 0;
}

static int add_result(struct status *status, cJSON *object, int64_t seq,
                      struct err *err)
{
    char list[32];
    struct db_rows rows = {0};

    snprintf(list, sizeof(list), "[%lld]", (long long)seq);
    if (read_results(status->store, list, true, &rows, err) < 0)
        return -1;
    if (rows.count > 0) {
        add_value(object, "result", &rows, RR_RESULT, RR_RESULT_FORMAT);
        status_object(object, result_columns, LENGTH(result_columns), &rows, 0);
    }
    db_rows_release(&rows);
    return 0;
}

static int compose(struct status *status, int64_t seq, cJSON *object,
                   struct err *err)
{
    struct db_rows task = {0};
    int ret = read_task(status->store, seq, &task, err);

    if (ret < 0)
        return -1;
    if (task.count == 0)
        ret = err_set(err, ERR_NOINPUT, "the task was just removed");
    if (ret == 0) {
        status_object(object, status_task_columns, status_task_column_count,
                      &task, 0);
        status_object(object, more_columns, LENGTH(more_columns), &task, 0);
        add_value(object, "payload", &task, RX_PAYLOAD, RX_PAYLOAD_FORMAT);
        add_progress(status, object, &task);
        ret = add_result(status, object, seq, err);
    }
    if (ret == 0)
        ret = add_attempts(status, object, seq, err);
    db_rows_release(&task);
    return ret;
}

/* For people: "name: value" a line, absent ones left out. */
static void print_lines(const cJSON *object)
{
    const cJSON *item;
    struct buf line = {0};
    size_t named;

    cJSON_ArrayForEach(item, object)
    {
        if (cJSON_IsArray(item))
            continue;
        buf_reset(&line);
        buf_fmt(&line, "%-20s ", item->string);
        named = line.len;
        status_value(item, &line);
        if (line.len > named)
            status_line(line.data, line.len);
    }
    buf_release(&line);
}

struct printed {
    int64_t count;
};

static int print_task(struct status *status, int64_t seq, void *ctx,
                      struct err *err)
{
    struct printed *printed = ctx;
    cJSON *object = cJSON_CreateObject();
    struct buf out = {0};
    int ret = compose(status, seq, object, err);

    if (ret == 0 && cmd_output() == OUTPUT_TABLE) {
        if (printed->count > 0)
            putchar('\n');
        print_lines(object);
    } else if (ret == 0) {
        json_print(object, cmd_output() == OUTPUT_JSON, &out);
        buf_byte(&out, '\n');
        fwrite(out.data, 1, out.len, stdout);
    }
    printed->count++;
    buf_release(&out);
    cJSON_Delete(object);
    return ret;
}

int status_task(struct status *status, struct err *err)
{
    struct printed printed = {0};

    /* One object is no row: where a list would be tsv this is JSON. */
    if (cmd_output() == OUTPUT_TSV && cmd_shared.output == OUTPUT_AUTO)
        cmd_shared.output = OUTPUT_JSON;
    return status_each(status, print_task, &printed, err);
}
