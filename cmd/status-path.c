/*
 * status-path.c - the tree and the critical path of a workflow
 *
 * The tree hangs each task below the one of those it waits for that has the
 * longest chain before it; a task that waits for none but was added by
 * another hangs below that one.  The critical
 * path is the longest chain of what is not finished, by count; before it
 * stands what was done on the way there: of several parents the one that
 * ended last.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/status-flow.h"
#include "core/mem.h"
#include "task/refs.h"

/* --- the tree ------------------------------------------------------------- */

/* Those that wait for nobody hang below who added them. */
static void hang_added(const struct flow *flow, uint32_t *parent)
{
    struct refs *ids = refs_open(flow->count + 1);
    struct err err = {0};
    struct ref *ref;

    for (size_t i = 0; i < flow->count; i++)
        if (refs_add(ids, flow_text(&flow->nodes[i], RK_TASK_ID), &ref, &err) >
            0)
            ref->index = i;
    for (size_t i = 0; i < flow->count; i++) {
        const char *id = flow_text(&flow->nodes[i], RK_PARENT_ID);
        const struct ref *found = id ? refs_find(ids, id) : NULL;

        if (found && parent[i] == GRAPH_NONE)
            parent[i] = (uint32_t)found->index;
    }
    refs_close(ids);
}

static void make_tree(struct flow *flow)
{
    uint32_t *parent = xcalloc(flow->count + 1, sizeof(*parent));
    uint32_t *depth = xcalloc(flow->count + 1, sizeof(*depth));

    graph_deepest(flow->graph, parent);
    hang_added(flow, parent);
    flow->tree = xcalloc(flow->count + 1, sizeof(*flow->tree));
    graph_preorder(parent, flow->count, flow->tree, depth);
    for (size_t i = 0; i < flow->count; i++)
        flow->nodes[flow->tree[i]].depth = depth[i];
    free(depth);
    free(parent);
}

/* --- the critical path ---------------------------------------------------- */

/* Of these nodes the one that ended last. */
static uint32_t latest(const struct flow *flow, const uint32_t *nodes,
                       size_t count)
{
    uint32_t best = GRAPH_NONE;
    int64_t when = -1;

    for (size_t i = 0; i < count; i++) {
        const struct flow_node *node = &flow->nodes[nodes[i]];
        int64_t finished = flow_time(node, RK_FINISHED_AT);

        if (task_final(node->status) && finished > when) {
            when = finished;
            best = nodes[i];
        }
    }
    return best;
}

/* Appends what was done on the way to `node`, the last first. */
static size_t walk_back(struct flow *flow, uint32_t node, uint32_t *done)
{
    size_t n = 0;

    while (node != GRAPH_NONE && n < flow->count) {
        size_t count;
        const uint32_t *parents = graph_parents(flow->graph, node, &count);

        node = latest(flow, parents, count);
        if (node != GRAPH_NONE)
            done[n++] = node;
    }
    return n;
}

static void find_path(struct flow *flow)
{
    bool *open = xcalloc(flow->count + 1, sizeof(*open));
    uint32_t *chain = xcalloc(flow->count + 1, sizeof(*chain));
    uint32_t *done = xcalloc(flow->count + 1, sizeof(*done));
    size_t before = 0;

    for (size_t i = 0; i < flow->count; i++)
        open[i] = !task_final(flow->nodes[i].status);
    flow->path = xcalloc(2 * flow->count + 1, sizeof(*flow->path));
    flow->path_left = graph_longest(flow->graph, open, chain);
    if (flow->path_left > 0) {
        before = walk_back(flow, chain[0], done);
    } else if (flow->count > 0) {
        done[0] = latest(flow, flow->tree, flow->count);
        before = 1 + walk_back(flow, done[0], done + 1);
    }
    for (size_t i = 0; i < before; i++)
        flow->path[i] = done[before - 1 - i];
    memcpy(flow->path + before, chain, flow->path_left * sizeof(*chain));
    flow->path_count = before + flow->path_left;
    for (size_t i = 0; i < flow->path_count; i++)
        flow->nodes[flow->path[i]].critical = true;
    free(done);
    free(chain);
    free(open);
}

void flow_arrange(struct flow *flow)
{
    make_tree(flow);
    find_path(flow);
}
