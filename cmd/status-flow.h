/*
 * status-flow.h - a workflow in memory
 *
 *   status-flow.c       from rows to nodes
 *   status-path.c       the tree, the critical path
 *   status-tree.c       what people see
 *   status-workflow.c   the verb, and what programs see
 */
#ifndef AAOS_CMD_STATUS_FLOW_H
#define AAOS_CMD_STATUS_FLOW_H

#include "cmd/status.h"
#include "task/graph.h"

struct flow_node {
    const struct db_rows *rows; /* its page, RK_ columns */
    size_t row;
    int64_t seq;
    enum task_status status;
    uint32_t depth;   /* in the tree */
    uint32_t waits;   /* unfinished parents within the workflow */
    uint32_t outside; /* an open edge from outside: of flow.outside */
    bool critical;
};

/* A task of another workflow that one of ours waits for. */
struct flow_outside {
    char *task_id, *status; /* NULL: it was removed */
};

struct flow {
    struct db_rows head;   /* RV_ columns */
    struct db_rows *pages; /* of tasks */
    size_t page_count, page_cap;
    struct flow_node *nodes; /* in order of seq */
    size_t count, cap;
    struct flow_outside *outside;
    size_t outside_count, outside_cap;
    uint32_t *tree; /* nodes in the order in which they are printed */
    uint32_t *path; /* the critical path, parents first */
    size_t path_count;
    size_t path_left; /* how many of it are unfinished */
    size_t counts[TASK_STATUS_COUNT];
    size_t ended;
    struct graph *graph;
};

int flow_read(struct store *store, const char *name, struct flow *flow,
              struct err *err);
void flow_release(struct flow *flow);
/* status-path.c: nodes and edges are there. */
void flow_arrange(struct flow *flow);
/* The i-th that is printed. */
const struct flow_node *flow_in_tree(const struct flow *flow, size_t i);
/* How many of a hundred have ended. */
int flow_percent(const struct flow *flow);

const char *flow_text(const struct flow_node *node, size_t column);
/* An instant, 0: none. */
int64_t flow_time(const struct flow_node *node, size_t column);
/* From its start to its end, or until now; -1: it never ran. */
int64_t flow_duration(const struct flow_node *node, int64_t now);
/* Unfinished, and nothing of the workflow is in its way but itself. */
bool flow_blocks(const struct flow_node *node);

/* One on its way to stdout. */
struct flow_view {
    struct status *status;
    struct flow flow;
    struct buf line;
};
/* Append what keeps the workflow from going on here. */
void flow_why(struct flow_view *view, const struct flow_node *node);
void flow_print(struct flow_view *view);

#endif
