/*
 * graph.c - order, circles and chains
 *
 * Edges are kept as they come and sorted by their child, and by their
 * parent, when the first question is asked.
 */
#include "config.h"

#include "task/graph.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Neighbours of node i: list[from[i]] to list[from[i + 1] - 1]. */
struct side {
    uint32_t *from, *list;
};

struct graph {
    size_t nodes;
    uint32_t *child, *parent; /* of each edge */
    size_t edges, cap;
    bool sorted;
    struct side parents, children;
    uint32_t *waits; /* parents that were not placed by graph_order() */
};

struct graph *graph_open(void)
{
    return xcalloc(1, sizeof(struct graph));
}

static void forget(struct graph *graph)
{
    free(graph->parents.from);
    free(graph->parents.list);
    free(graph->children.from);
    free(graph->children.list);
    graph->parents = graph->children = (struct side){0};
    graph->sorted = false;
}

void graph_close(struct graph *graph)
{
    if (!graph)
        return;
    forget(graph);
    free(graph->child);
    free(graph->parent);
    free(graph->waits);
    free(graph);
}

void graph_nodes(struct graph *graph, size_t count)
{
    graph->nodes = count;
    forget(graph);
}

size_t graph_count(const struct graph *graph)
{
    return graph->nodes;
}

bool graph_edge(struct graph *graph, size_t child, size_t parent)
{
    if (graph->edges == GRAPH_MOST_EDGES)
        return false;
    if (graph->edges == graph->cap) {
        graph->cap = graph->cap ? 2 * graph->cap : 64;
        graph->child = xrealloc(graph->child, graph->cap, sizeof(uint32_t));
        graph->parent = xrealloc(graph->parent, graph->cap, sizeof(uint32_t));
    }
    graph->child[graph->edges] = (uint32_t)child;
    graph->parent[graph->edges++] = (uint32_t)parent;
    forget(graph);
    return true;
}

/* A counting sort: the edges by `key`, as lists of `value`. */
static struct side sort_by(const struct graph *graph, const uint32_t *key,
                           const uint32_t *value)
{
    struct side side = {
        .from = xcalloc(graph->nodes + 2, sizeof(uint32_t)),
        .list = xcalloc(graph->edges + 1, sizeof(uint32_t)),
    };

    for (size_t i = 0; i < graph->edges; i++)
        side.from[key[i] + 2]++;
    for (size_t i = 2; i < graph->nodes + 2; i++)
        side.from[i] += side.from[i - 1];
    for (size_t i = 0; i < graph->edges; i++)
        side.list[side.from[key[i] + 1]++] = value[i];
    return side;
}

static void sort(struct graph *graph)
{
    if (graph->sorted)
        return;
    graph->parents = sort_by(graph, graph->child, graph->parent);
    graph->children = sort_by(graph, graph->parent, graph->child);
    graph->sorted = true;
}

const uint32_t *graph_parents(struct graph *graph, size_t node, size_t *count)
{
    sort(graph);
    *count = graph->parents.from[node + 1] - graph->parents.from[node];
    return graph->parents.list + graph->parents.from[node];
}

/* Are the numbers themselves an order? */
static bool in_order(const struct graph *graph)
{
    for (size_t i = 0; i < graph->edges; i++)
        if (graph->parent[i] >= graph->child[i])
            return false;
    return true;
}

/* Kahn: whoever waits for nobody is placed, and no longer waited for. */
static size_t place(struct graph *graph, uint32_t *order)
{
    const struct side *children = &graph->children;
    size_t placed = 0;

    for (size_t i = 0; i < graph->nodes; i++) {
        graph->waits[i] = graph->parents.from[i + 1] - graph->parents.from[i];
        if (graph->waits[i] == 0)
            order[placed++] = (uint32_t)i;
    }
    for (size_t at = 0; at < placed; at++) {
        uint32_t node = order[at];

        for (size_t i = children->from[node]; i < children->from[node + 1]; i++)
            if (--graph->waits[children->list[i]] == 0)
                order[placed++] = children->list[i];
    }
    return placed;
}

size_t graph_order(struct graph *graph, uint32_t *order)
{
    free(graph->waits);
    graph->waits = xcalloc(graph->nodes + 1, sizeof(uint32_t));
    if (in_order(graph)) {
        for (size_t i = 0; i < graph->nodes; i++)
            order[i] = (uint32_t)i;
        return graph->nodes;
    }
    sort(graph);
    return place(graph, order);
}

/* A parent that waits itself: every node that was not placed has one. */
static uint32_t waiting_parent(const struct graph *graph, uint32_t node)
{
    const struct side *parents = &graph->parents;

    for (size_t i = parents->from[node]; i < parents->from[node + 1]; i++)
        if (graph->waits[parents->list[i]] > 0)
            return parents->list[i];
    return GRAPH_NONE;
}

size_t graph_circle(struct graph *graph, uint32_t *nodes)
{
    uint32_t *step = xcalloc(graph->nodes + 1, sizeof(*step));
    uint32_t node = 0;
    size_t walked = 0;
    size_t count = 0;

    while (node < graph->nodes && graph->waits && graph->waits[node] == 0)
        node++;
    /* Upwards from parent to parent, until one comes again. */
    while (graph->waits && node < graph->nodes && step[node] == 0) {
        step[node] = (uint32_t)++walked;
        nodes[walked - 1] = node;
        node = waiting_parent(graph, node);
    }
    if (walked > 0 && node != GRAPH_NONE) {
        count = walked - (step[node] - 1);
        memmove(nodes, nodes + (step[node] - 1), count * sizeof(*nodes));
    }
    for (size_t i = 0; i < count / 2; i++) {
        uint32_t other = nodes[i];

        nodes[i] = nodes[count - 1 - i];
        nodes[count - 1 - i] = other;
    }
    free(step);
    return count;
}

/* How long the longest open chain to each node is, and where it comes
 * from. */
static void measure(struct graph *graph, const bool *open,
                    const uint32_t *order, uint32_t *length, uint32_t *before)
{
    for (size_t i = 0; i < graph->nodes; i++) {
        uint32_t node = order[i];
        size_t count;
        const uint32_t *parents = graph_parents(graph, node, &count);

        before[node] = GRAPH_NONE;
        length[node] = open[node];
        for (size_t k = 0; open[node] && k < count; k++)
            if (open[parents[k]] && length[parents[k]] + 1 > length[node]) {
                length[node] = length[parents[k]] + 1;
                before[node] = parents[k];
            }
    }
}

static bool in_chains(struct graph *graph, const bool *open, uint32_t *length,
                      uint32_t *before)
{
    uint32_t *order = xcalloc(graph->nodes + 1, sizeof(*order));
    bool whole = graph_order(graph, order) == graph->nodes;

    if (whole)
        measure(graph, open, order, length, before);
    free(order);
    return whole;
}

size_t graph_longest(struct graph *graph, const bool *open, uint32_t *chain)
{
    uint32_t *length = xcalloc(graph->nodes + 1, sizeof(*length));
    uint32_t *before = xcalloc(graph->nodes + 1, sizeof(*before));
    size_t count = 0;

    if (in_chains(graph, open, length, before)) {
        uint32_t end = 0;

        for (uint32_t i = 1; i < graph->nodes; i++)
            if (length[i] > length[end])
                end = i;
        count = length[end];
        for (size_t i = count; i-- > 0; end = before[end])
            chain[i] = end;
    }
    free(before);
    free(length);
    return count;
}

void graph_deepest(struct graph *graph, uint32_t *parent)
{
    uint32_t *length = xcalloc(graph->nodes + 1, sizeof(*length));
    bool *open = xcalloc(graph->nodes + 1, sizeof(*open));

    for (size_t i = 0; i < graph->nodes; i++) {
        open[i] = true;
        parent[i] = GRAPH_NONE;
    }
    in_chains(graph, open, length, parent);
    free(open);
    free(length);
}
