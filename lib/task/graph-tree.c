/*
 * graph-tree.c - a forest in the order in which it is printed
 */
#include "config.h"

#include <stdlib.h>

#include "core/mem.h"
#include "task/graph.h"

/* Brothers are linked: first[parent], then next[node], by number. */
struct forest {
    uint32_t *first, *next;
    bool *seen;
    uint32_t *nodes, *depth;
    size_t count;
};

/* Everything below `root`, itself first. */
static void walk(struct forest *forest, const uint32_t *parent, uint32_t root)
{
    uint32_t node = root;
    uint32_t depth = 0;

    while (node != GRAPH_NONE) {
        forest->seen[node] = true;
        forest->nodes[forest->count] = node;
        forest->depth[forest->count++] = depth;
        if (forest->first[node] != GRAPH_NONE &&
            !forest->seen[forest->first[node]]) {
            node = forest->first[node];
            depth++;
            continue;
        }
        /* Up to the next one who has a brother left. */
        while (node != root && (forest->next[node] == GRAPH_NONE ||
                                forest->seen[forest->next[node]])) {
            node = parent[node];
            depth--;
        }
        node = node == root ? GRAPH_NONE : forest->next[node];
    }
}

void graph_preorder(const uint32_t *parent, size_t count, uint32_t *nodes,
                    uint32_t *depth)
{
    struct forest forest = {
        .first = xcalloc(count + 1, sizeof(uint32_t)),
        .next = xcalloc(count + 1, sizeof(uint32_t)),
        .seen = xcalloc(count + 1, sizeof(bool)),
    };

    forest.nodes = nodes;
    forest.depth = depth;
    for (size_t i = 0; i < count; i++)
        forest.first[i] = forest.next[i] = GRAPH_NONE;
    for (size_t i = count; i-- > 0;) {
        if (parent[i] == GRAPH_NONE)
            continue;
        forest.next[i] = forest.first[parent[i]];
        forest.first[parent[i]] = (uint32_t)i;
    }
    for (size_t i = 0; i < count; i++)
        if (parent[i] == GRAPH_NONE)
            walk(&forest, parent, (uint32_t)i);
    for (size_t i = 0; i < count; i++)
        if (!forest.seen[i])
            walk(&forest, parent, (uint32_t)i);
    free(forest.seen);
    free(forest.next);
    free(forest.first);
}
