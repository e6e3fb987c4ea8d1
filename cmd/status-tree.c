/*
 * status-tree.c - a workflow for people
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd/status-flow.h"
#include "core/clock.h"

enum {
    NAME_CHARS = 50, /* of a description that stands for a name */
    DEEP = 30,       /* levels that are indented */
    WIDE = 70,       /* columns of indentation and name */
    STEPS = 20,      /* of the critical path */
    REASONS = 10     /* tasks in the way */
};

/* --- why one of them is in the way ---------------------------------------- */

static void put_until(struct flow_view *view, const struct flow_node *node,
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

static void put_waiting(struct flow_view *view, const struct flow_node *node)
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

void flow_why(struct flow_view *view, const struct flow_node *node)
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
    for (uint32_t i = 0; i < node->depth && i < DEEP; i++)
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
static void put_state(struct flow_view *view, const struct flow_node *node)
{
    int64_t duration = flow_duration(node, view->status->now);
    const char *reason = flow_text(node, RK_REASON);
    size_t from = view->line.len;

    buf_str(&view->line, task_status_name(node->status));
    if (duration >= 0 &&
        (task_final(node->status) || node->status == TASK_RUNNING)) {
        char span[CLOCK_SPAN_SIZE];

        pad(&view->line, from, sizeof("completed"));
        buf_fmt(&view->line, " %s", clock_span(duration, span));
    }
    if (reason)
        buf_fmt(&view->line, " (%s)", reason);
}

static void end_line(struct flow_view *view)
{
    status_line(view->line.data, view->line.len);
    buf_reset(&view->line);
}

/* How wide names and their indentation are. */
static size_t tree_width(struct flow_view *view)
{
    size_t widest = 0;

    for (size_t i = 0; i < view->flow.count; i++) {
        size_t width;

        put_indent(&view->line, flow_in_tree(&view->flow, i));
        put_name(&view->line, flow_in_tree(&view->flow, i));
        width = utf8_columns(view->line.data, view->line.len);
        if (width > widest)
            widest = width;
        buf_reset(&view->line);
    }
    return widest < WIDE ? widest : WIDE;
}

static void print_tree(struct flow_view *view, size_t width)
{
    for (size_t i = 0; i < view->flow.count; i++) {
        const struct flow_node *node = flow_in_tree(&view->flow, i);

        buf_str(&view->line, node->critical ? "* " : "  ");
        put_indent(&view->line, node);
        put_name(&view->line, node);
        pad(&view->line, 0, width + 4);
        put_state(view, node);
        end_line(view);
    }
}

static void print_head(struct flow_view *view)
{
    const struct flow *flow = &view->flow;
    const char *name = db_text(&flow->head, 0, RV_NAME);
    const char *separator = "";

    buf_fmt(&view->line, "workflow %s%s%s", name ? name : "", name ? "  " : "",
            db_text(&flow->head, 0, RV_WORKFLOW_ID));
    end_line(view);
    buf_fmt(&view->line, "progress %d%%: %zu of %zu ended", flow_percent(flow),
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

static void print_path(struct flow_view *view, size_t width)
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

static void print_blocking(struct flow_view *view)
{
    const struct flow *flow = &view->flow;
    size_t count = 0;

    for (size_t i = 0; i < flow->count; i++) {
        const struct flow_node *node = flow_in_tree(&view->flow, i);

        if (!flow_blocks(node) || count++ >= REASONS)
            continue;
        if (count == 1)
            puts("in the way:");
        buf_str(&view->line, "  ");
        put_name(&view->line, node);
        buf_byte(&view->line, ' ');
        flow_why(view, node);
        end_line(view);
    }
    if (count > REASONS) {
        buf_fmt(&view->line, "  ... %zu more", count - REASONS);
        end_line(view);
    }
}

void flow_print(struct flow_view *view)
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
