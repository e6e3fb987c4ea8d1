/*
 * status-flow.c - from rows to nodes
 */
#include "config.h"

#include "cmd/status-flow.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { PAGE = 5000 };

const char *flow_text(const struct flow_node *node, size_t column)
{
    return db_text(node->rows, node->row, column);
}

int64_t flow_time(const struct flow_node *node, size_t column)
{
    return db_num(node->rows, node->row, column);
}

int64_t flow_duration(const struct flow_node *node, int64_t now)
{
    int64_t started = flow_time(node, RK_STARTED_AT);
    int64_t finished = flow_time(node, RK_FINISHED_AT);

    if (started == 0)
        return -1;
    if (node->status == TASK_RUNNING)
        finished = now;
    return finished > started ? finished - started : 0;
}

bool flow_blocks(const struct flow_node *node)
{
    return !task_final(node->status) &&
           (node->waits == 0 || node->status == TASK_HELD);
}

const struct flow_node *flow_in_tree(const struct flow *flow, size_t i)
{
    return &flow->nodes[flow->tree[i]];
}

int flow_percent(const struct flow *flow)
{
    return flow->count ? (int)(flow->ended * 100 / flow->count) : 100;
}

/* --- reading -------------------------------------------------------------- */

static void add_node(struct flow *flow, const struct db_rows *rows, size_t row)
{
    struct flow_node *node;

    flow->nodes =
        xgrow(flow->nodes, flow->count, &flow->cap, sizeof(*flow->nodes));
    node = &flow->nodes[flow->count++];
    *node = (struct flow_node){
        .row = row, .seq = db_num(rows, row, RK_SEQ), .outside = GRAPH_NONE};
    task_status_parse(db_text(rows, row, RK_STATUS), &node->status);
    flow->counts[node->status]++;
    flow->ended += task_final(node->status);
}

/* Pages move while they are read: nodes point to them afterwards. */
static void point(struct flow *flow)
{
    size_t at = 0;

    for (size_t page = 0; page < flow->page_count; page++)
        for (size_t i = 0; i < flow->pages[page].count; i++)
            flow->nodes[at++].rows = &flow->pages[page];
}

static int read_tasks_of(struct store *store, struct flow *flow,
                         struct err *err)
{
    struct read_flow_at at = {0};
    struct db_rows rows = {0};

    for (;;) {
        if (read_flow_tasks(store, db_text(&flow->head, 0, RV_WORKFLOW_ID), &at,
                            PAGE, &rows, err) < 0)
            return -1;
        if (rows.count == 0)
            break;
        for (size_t i = 0; i < rows.count; i++)
            add_node(flow, &rows, i);
        flow->pages = xgrow(flow->pages, flow->page_count, &flow->page_cap,
                            sizeof(*flow->pages));
        flow->pages[flow->page_count++] = rows;
        rows = (struct db_rows){0};
    }
    db_rows_release(&rows);
    point(flow);
    return 0;
}

static int by_seq(const void *key, const void *member)
{
    int64_t seq = *(const int64_t *)key;
    const struct flow_node *node = member;

    return (seq > node->seq) - (seq < node->seq);
}

static struct flow_node *find(const struct flow *flow, int64_t seq)
{
    if (flow->count == 0)
        return NULL;
    return bsearch(&seq, flow->nodes, flow->count, sizeof(*flow->nodes),
                   by_seq);
}

static void add_outside(struct flow *flow, struct flow_node *child,
                        const struct db_rows *rows, size_t row)
{
    const char *id = db_text(rows, row, RP_TASK_ID);

    if (strcmp(db_text(rows, row, RP_STATE), "open") != 0)
        return;
    flow->outside = xgrow(flow->outside, flow->outside_count,
                          &flow->outside_cap, sizeof(*flow->outside));
    child->outside = (uint32_t)flow->outside_count;
    flow->outside[flow->outside_count++] = (struct flow_outside){
        .task_id = xstrdup_null(id),
        .status = xstrdup_null(db_text(rows, row, RP_STATUS)),
    };
}

static int add_edge(struct flow *flow, const struct db_rows *rows, size_t row,
                    struct err *err)
{
    struct flow_node *child = find(flow, db_num(rows, row, RP_CHILD_SEQ));
    struct flow_node *parent = find(flow, db_num(rows, row, RP_PARENT_SEQ));

    if (!child) /* it came after the tasks were read */
        return 0;
    if (!parent) {
        add_outside(flow, child, rows, row);
        return 0;
    }
    child->waits += !task_final(parent->status);
    if (graph_edge(flow->graph, (size_t)(child - flow->nodes),
                   (size_t)(parent - flow->nodes)))
        return 0;
    return err_set(err, ERR_DATA, "the workflow has more than %d dependencies",
                   GRAPH_MOST_EDGES);
}

static int read_edges_of(struct store *store, struct flow *flow,
                         struct err *err)
{
    struct read_flow_at at = {0};
    struct db_rows rows = {0};
    size_t got;
    int ret;

    do {
        ret = read_flow_edges(store, db_text(&flow->head, 0, RV_WORKFLOW_ID),
                              &at, PAGE, &rows, err);
        got = ret == 0 ? rows.count : 0;
        for (size_t i = 0; ret == 0 && i < got; i++)
            ret = add_edge(flow, &rows, i, err);
        db_rows_release(&rows);
    } while (ret == 0 && got > 0);
    return ret;
}

int flow_read(struct store *store, const char *name, struct flow *flow,
              struct err *err)
{
    flow->graph = graph_open();
    if (read_flow(store, name, &flow->head, err) < 0 ||
        read_tasks_of(store, flow, err) < 0 ||
        read_edges_of(store, flow, err) < 0)
        return -1;
    graph_nodes(flow->graph, flow->count);
    flow_arrange(flow);
    return 0;
}

void flow_release(struct flow *flow)
{
    for (size_t i = 0; i < flow->outside_count; i++) {
        free(flow->outside[i].task_id);
        free(flow->outside[i].status);
    }
    for (size_t i = 0; i < flow->page_count; i++)
        db_rows_release(&flow->pages[i]);
    free(flow->outside);
    free(flow->pages);
    free(flow->nodes);
    free(flow->tree);
    free(flow->path);
    graph_close(flow->graph);
    db_rows_release(&flow->head);
    *flow = (struct flow){0};
}
