/*
 * status-workflow.c - a workflow: its tree, how far it is, what is in its
 * way
 *
 * For people the tree (status-tree.c); a row a task for programs; -o json
 * has it all.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/status-flow.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"

static const struct column columns[] = {
    {.name = "task_id", .kind = CELL_TEXT},
    {.name = "seq", .kind = CELL_NUM, .wide = true},
    {.name = "depth", .kind = CELL_NUM},
    {.name = "ref", .kind = CELL_TEXT},
    {.name = "task_type", .kind = CELL_TEXT},
    {.name = "status", .kind = CELL_STATUS},
    {.name = "reason", .kind = CELL_TEXT},
    {.name = "attempt", .kind = CELL_NUM, .wide = true},
    {.name = "waits_for", .kind = CELL_NUM},
    {.name = "critical", .kind = CELL_BOOL},
    {.name = "duration", .kind = CELL_SPAN},
    {.name = "started_at", .kind = CELL_TIME, .wide = true},
    {.name = "finished_at", .kind = CELL_TIME, .wide = true},
    {.name = "description", .kind = CELL_TEXT, .shrink = 16},
};

static void put_time(struct table *table, const struct flow_node *node,
                     size_t column)
{
    int64_t when = flow_time(node, column);

    if (when > 0)
        table_num(table, when);
    else
        table_null(table);
}

static int put_row(struct flow_view *view, struct table *table,
                   const struct flow_node *node, struct err *err)
{
    int64_t duration = flow_duration(node, view->status->now);

    table_text(table, flow_text(node, RK_TASK_ID));
    table_num(table, node->seq);
    table_num(table, node->depth);
    table_text(table, flow_text(node, RK_REF));
    table_text(table, flow_text(node, RK_TASK_TYPE));
    table_text(table, flow_text(node, RK_STATUS));
    table_text(table, flow_text(node, RK_REASON));
    table_num(table, flow_time(node, RK_ATTEMPT));
    table_num(table, node->waits);
    table_num(table, node->critical);
    if (duration >= 0)
        table_num(table, duration);
    else
        table_null(table);
    put_time(table, node, RK_STARTED_AT);
    put_time(table, node, RK_FINISHED_AT);
    table_text(table, flow_text(node, RK_DESCRIPTION));
    return table_row(table, err);
}

static int print_rows(struct flow_view *view, struct err *err)
{
    struct table *table = table_open(
        stdout, cmd_output(), cmd_shared.color_out, columns, LENGTH(columns),
        view->status->fields, view->status->now, err);
    int ret = 0;

    if (!table)
        return -1;
    for (size_t i = 0; ret == 0 && i < view->flow.count; i++)
        ret = put_row(view, table, flow_in_tree(&view->flow, i), err);
    return status_close(table, ret, err);
}

static cJSON *object_of(struct flow_view *view, const struct flow_node *node)
{
    int64_t duration = flow_duration(node, view->status->now);
    cJSON *object = cJSON_CreateObject();

    json_add_text(object, "task_id", flow_text(node, RK_TASK_ID));
    json_add_text(object, "ref", flow_text(node, RK_REF));
    json_add_text(object, "status", flow_text(node, RK_STATUS));
    if (duration >= 0)
        cJSON_AddNumberToObject(object, "duration",
                                (double)duration / (double)USEC_PER_SEC);
    return object;
}

static void add_task(struct flow_view *view, cJSON *list,
                     const struct flow_node *node)
{
    static const struct {
        const char *name;
        size_t column;
    } times[] = {{"created_at", RK_CREATED_AT},
                 {"started_at", RK_STARTED_AT},
                 {"finished_at", RK_FINISHED_AT}};
    cJSON *object = object_of(view, node);
    char text[CLOCK_TEXT_SIZE];

    json_add_num(object, "depth", node->depth);
    json_add_text(object, "task_type", flow_text(node, RK_TASK_TYPE));
    json_add_text(object, "reason", flow_text(node, RK_REASON));
    json_add_text(object, "description", flow_text(node, RK_DESCRIPTION));
    json_add_text(object, "parent_id", flow_text(node, RK_PARENT_ID));
    json_add_num(object, "waits_for", node->waits);
    cJSON_AddBoolToObject(object, "critical", node->critical);
    for (size_t i = 0; i < LENGTH(times); i++) {
        int64_t when = flow_time(node, times[i].column);

        json_add_text(object, times[i].name,
                      when > 0 ? clock_format(when, text) : NULL);
    }
    cJSON_AddItemToArray(list, object);
}

static void add_counts(const struct flow *flow, cJSON *object)
{
    cJSON *counts = cJSON_AddObjectToObject(object, "counts");

    for (size_t i = 0; i < TASK_STATUS_COUNT; i++)
        json_add_num(counts, task_status_name((enum task_status)i),
                     (int64_t)flow->counts[i]);
}

static void print_json(struct flow_view *view)
{
    const struct flow *flow = &view->flow;
    cJSON *object = cJSON_CreateObject();
    cJSON *path, *blocking, *tasks;
    char text[CLOCK_TEXT_SIZE];

    json_add_text(object, "workflow_id",
                  db_text(&flow->head, 0, RV_WORKFLOW_ID));
    json_add_text(object, "name", db_text(&flow->head, 0, RV_NAME));
    json_add_text(object, "created_at",
                  clock_format(db_num(&flow->head, 0, RV_CREATED_AT), text));
    json_add_num(object, "progress", flow_percent(flow));
    add_counts(flow, object);
    path = cJSON_AddArrayToObject(object, "critical_path");
    for (size_t i = 0; i < flow->path_count; i++)
        cJSON_AddItemToArray(path,
                             object_of(view, &flow->nodes[flow->path[i]]));
    json_add_num(object, "critical_left", (int64_t)flow->path_left);
    blocking = cJSON_AddArrayToObject(object, "blocked_by");
    tasks = cJSON_AddArrayToObject(object, "tasks");
    for (size_t i = 0; i < flow->count; i++) {
        const struct flow_node *node = flow_in_tree(&view->flow, i);

        add_task(view, tasks, node);
        if (flow_blocks(node)) {
            cJSON *entry = object_of(view, node);

            buf_str(&view->line, "");
            flow_why(view, node);
            json_add_text(entry, "why", view->line.data);
            buf_reset(&view->line);
            cJSON_AddItemToArray(blocking, entry);
        }
    }
    json_print(object, true, &view->line);
    buf_byte(&view->line, '\n');
    fwrite(view->line.data, 1, view->line.len, stdout);
    cJSON_Delete(object);
}

static int one(struct status *status, const char *name, struct err *err)
{
    struct flow_view view = {.status = status};
    int ret = -1;

    if (!status->store)
        err_set(err, ERR_NOINPUT, "no workflow '%.100s'", name);
    else
        ret = flow_read(status->store, name, &view.flow, err);
    if (ret < 0 && err->code == ERR_NOINPUT) {
        cmd_warn("%s", err->msg);
        err_clear(err);
        status->missing = true;
        ret = 0;
    } else if (ret == 0) {
        if (cmd_output() == OUTPUT_JSON && !status->fields)
            print_json(&view);
        else if (cmd_output() == OUTPUT_TABLE && !status->fields)
            flow_print(&view);
        else
            ret = print_rows(&view, err);
    }
    buf_release(&view.line);
    flow_release(&view.flow);
    return ret;
}

int status_workflow(struct status *status, struct err *err)
{
    int ret = 0;

    if (status->id_count == 0)
        return err_set(err, ERR_USAGE, "no workflow is named");
    for (size_t i = 0; ret == 0 && i < status->id_count; i++)
        ret = one(status, status->ids[i], err);
    return ret;
}
