/*
 * status-workflow.c - a workflow: its tree, how far it is, what is in its
 * way
 *
 * For people the tree; a row a task for programs; -o json has it all.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/status-flow.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"

enum {
    NAME_CHARS = 50, /* of a description that stands for a name */
    DEEP = 30,       /* levels that are indented */
    WIDE = 70,       /* columns of indentation and name */
    STEPS = 20,      /* of the critical path, for people */
    REASONS = 10     /* tasks in the way, likewise */
};

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

struct view {
    struct status *status;
    struct flow flow;
    struct buf line;
};

static const struct flow_node *in_tree(const struct view *view, size_t i)
{
    return &view->flow.nodes[view->flow.tree[i]];
}

static int percent(const struct flow *flow)
{
    return flow->count ? (int)(flow->ended * 100 / flow->count) : 100;
}

/* --- why one of them is in the way ---------------------------------------- */

static void put_until(struct view *view, const struct flow_node *node,
                      const char *what)
{
    int64_t left = flow_time(node, RK_RUN_AT) - view->status->now;
    const char *reason = flow_text(node, RK_REASON);
    char span[CLOCK_SPAN_SIZE];

    buf_fmt(&view->line, "%s in %s", what,
            clock_span(left > 0 ? left : 0, span));
    if (reason)
        buf_fmt(&view->line, " (%s)", reason);
}

static void put_waiting(struct view *view, const struct flow_node *node)
{
    const struct flow_outside *outside = NULL;

    if (node->outside != GRAPH_NONE)
        outside = &view->flow.outside[node->outside];
    if (outside && outside->task_id)
        buf_fmt(&view->line, "waits for task %s, which is %s", outside->task_id,
                outside->status);
    else
        buf_str(&view->line, "waits to be judged again");
}

static void put_why(struct view *view, const struct flow_node *node)
{
    const char *agent = flow_text(node, RK_AGENT_ID);
    char span[CLOCK_SPAN_SIZE];

    switch (node->status) {
    case TASK_RUNNING:
        buf_fmt(&view->line, "runs since %s on agent %s",
                clock_span(flow_duration(node, view->status->now), span),
                agent ? agent : "");
        break;
    case TASK_PENDING:
        buf_str(&view->line, "waits for an agent");
        break;
    case TASK_SCHEDULED:
        put_until(view, node, "starts");
        break;
    case TASK_RETRY:
        put_until(view, node, "is tried again");
        break;
    case TASK_HELD:
        buf_str(&view->line, "is held until 'aaos-dispatch release'");
        break;
    case TASK_BLOCKED:
        put_waiting(view, node);
        break;
    case TASK_COMPLETED:
    case TASK_DEAD:
    case TASK_CANCELLED:
        break;
    }
}

/* --- for people ----------------------------------------------------------- */

static void put_name(struct buf *out, const struct flow_node *node)
{
    const char *ref = flow_text(node, RK_REF);
    const char *name = ref ? ref : flow_text(node, RK_DESCRIPTION);

    buf_put(out, name, utf8_prefix(name, strlen(name), NAME_CHARS));
}

static void put_indent(struct buf *out, const struct flow_node *node)
{
    uint32_t levels = node->depth < DEEP ? node->depth : DEEP;

    for (uint32_t i = 0; i < levels; i++)
        buf_str(out, "  ");
    if (node->depth > DEEP)
        buf_fmt(out, "[%u] ", (unsigned)node->depth);
}

static void pad(struct buf *out, size_t from, size_t to)
{
    size_t used = utf8_columns(out->data + from, out->len - from);

    for (; used < to; used++)
        buf_byte(out, ' ');
}

/* The state, and what is known of its time. */
static void put_state(struct view *view, const struct flow_node *node)
{
    int64_t duration = flow_duration(node, view->status->now);
    const char *reason = flow_text(node, RK_REASON);
    char span[CLOCK_SPAN_SIZE];
    size_t from = view->line.len;

    buf_str(&view->line, task_status_name(node->status));
    if (duration >= 0 &&
        (task_final(node->status) || node->status == TASK_RUNNING)) {
        pad(&view->line, from, sizeof("completed"));
        buf_fmt(&view->line, " %s", clock_span(duration, span));
    }
    if (reason)
        buf_fmt(&view->line, " (%s)", reason);
}

static void end_line(struct view *view)
{
    status_line(view->line.data, view->line.len);
    buf_reset(&view->line);
}

/* How wide names and their indentation are. */
static size_t tree_width(struct view *view)
{
    size_t widest = 0;

    for (size_t i = 0; i < view->flow.count; i++) {
        size_t width;

        put_indent(&view->line, in_tree(view, i));
        put_name(&view->line, in_tree(view, i));
        width = utf8_columns(view->line.data, view->line.len);
        if (width > widest)
            widest = width;
        buf_reset(&view->line);
    }
    return widest < WIDE ? widest : WIDE;
}

static void print_tree(struct view *view, size_t width)
{
    for (size_t i = 0; i < view->flow.count; i++) {
        const struct flow_node *node = in_tree(view, i);

        buf_str(&view->line, node->critical ? "* " : "  ");
        put_indent(&view->line, node);
        put_name(&view->line, node);
        pad(&view->line, 0, width + 4);
        put_state(view, node);
        end_line(view);
    }
}

static void print_head(struct view *view)
{
    const struct flow *flow = &view->flow;
    const char *name = db_text(&flow->head, 0, RV_NAME);
    const char *separator = "";

    buf_fmt(&view->line, "workflow %s%s%s", name ? name : "", name ? "  " : "",
            db_text(&flow->head, 0, RV_WORKFLOW_ID));
    end_line(view);
    buf_fmt(&view->line, "progress %d%%: %zu of %zu ended", percent(flow),
            flow->ended, flow->count);
    for (size_t i = 0; i < TASK_STATUS_COUNT; i++) {
        if (flow->counts[i] == 0)
            continue;
        buf_fmt(&view->line, "%s %zu %s", *separator ? separator : ";",
                flow->counts[i], task_status_name((enum task_status)i));
        separator = ",";
    }
    end_line(view);
}

static void print_path(struct view *view, size_t width)
{
    const struct flow *flow = &view->flow;
    size_t skip = flow->path_count > STEPS ? flow->path_count - STEPS : 0;
    size_t from = STEPS / 2;

    buf_fmt(&view->line, "critical path: %zu tasks, %zu of them to be done",
            flow->path_count, flow->path_left);
    end_line(view);
    for (size_t i = 0; i < flow->path_count; i++) {
        const struct flow_node *node = &flow->nodes[flow->path[i]];

        if (skip > 0 && i == from) {
            buf_fmt(&view->line, "  ... %zu more", skip);
            end_line(view);
            i += skip - 1;
            continue;
        }
        buf_str(&view->line, "  ");
        put_name(&view->line, node);
        pad(&view->line, 0, width + 4);
        put_state(view, node);
        end_line(view);
    }
}

static void print_blocking(struct view *view)
{
    const struct flow *flow = &view->flow;
    size_t count = 0;

    for (size_t i = 0; i < flow->count; i++) {
        const struct flow_node *node = in_tree(view, i);

        if (!flow_blocks(node) || count++ >= REASONS)
            continue;
        if (count == 1)
            puts("in the way:");
        buf_str(&view->line, "  ");
        put_name(&view->line, node);
        buf_byte(&view->line, ' ');
        put_why(view, node);
        end_line(view);
    }
    if (count > REASONS) {
        buf_fmt(&view->line, "  ... %zu more", count - REASONS);
        end_line(view);
    }
}

static void print_people(struct view *view)
{
    size_t width = tree_width(view);

    print_head(view);
    putchar('\n');
    print_tree(view, width);
    if (view->flow.count == 0)
        return;
    putchar('\n');
    print_path(view, width);
    print_blocking(view);
}

/* --- for programs --------------------------------------------------------- */

static void put_time(struct table *table, const struct flow_node *node,
                     size_t column)
{
    int64_t when = flow_time(node, column);

    if (when > 0)
        table_num(table, when);
    else
        table_null(table);
}

static int put_row(struct view *view, struct table *table,
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

static int print_rows(struct view *view, struct err *err)
{
    struct table *table = table_open(
        stdout, cmd_output(), cmd_shared.color_out, columns, LENGTH(columns),
        view->status->fields, view->status->now, err);
    int ret = 0;

    if (!table)
        return -1;
    for (size_t i = 0; ret == 0 && i < view->flow.count; i++)
        ret = put_row(view, table, in_tree(view, i), err);
    return status_close(table, ret, err);
}

static cJSON *object_of(struct view *view, const struct flow_node *node)
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

static void add_task(struct view *view, cJSON *list,
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

static void print_json(struct view *view)
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
    json_add_num(object, "progress", percent(flow));
    add_counts(flow, object);
    path = cJSON_AddArrayToObject(object, "critical_path");
    for (size_t i = 0; i < flow->path_count; i++)
        cJSON_AddItemToArray(path,
                             object_of(view, &flow->nodes[flow->path[i]]));
    json_add_num(object, "critical_left", (int64_t)flow->path_left);
    blocking = cJSON_AddArrayToObject(object, "blocked_by");
    tasks = cJSON_AddArrayToObject(object, "tasks");
    for (size_t i = 0; i < flow->count; i++) {
        const struct flow_node *node = in_tree(view, i);

        add_task(view, tasks, node);
        if (flow_blocks(node)) {
            cJSON *entry = object_of(view, node);

            buf_str(&view->line, "");
            put_why(view, node);
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
    struct view view = {.status = status};
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
            print_people(&view);
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
