/*
 * graph.h - who waits for whom, as numbers
 *
 * Nodes are numbered as they come; an edge says that a child waits for a
 * parent.  Everything here takes time and memory O(nodes + edges), whatever
 * the shape: nothing recurses.
 */
#ifndef AAOS_TASK_GRAPH_H
#define AAOS_TASK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_MOST_EDGES = 10000000 };
#define GRAPH_NONE UINT32_MAX

struct graph; /* opaque */

struct graph *graph_open(void);
void graph_close(struct graph *graph);
/* Nodes 0 to count - 1 are there from now on. */
void graph_nodes(struct graph *graph, size_t count);
size_t graph_count(const struct graph *graph);
/* False when there are GRAPH_MOST_EDGES already. */
bool graph_edge(struct graph *graph, size_t child, size_t parent);

/*
 * Parents before children, otherwise in the order of the numbers as far as
 * that is possible.  Fills order and returns how many could be placed:
 * fewer than there are nodes when some wait for each other.
 */
size_t graph_order(struct graph *graph, uint32_t *order);
/* Then: the nodes of one such circle, each a parent of the next and the
 * last of the first.  How many; 0: there is none. */
size_t graph_circle(struct graph *graph, uint32_t *nodes);

/*
 * The longest chain of nodes that are `open`, each a parent of the next;
 * of two that are as long the one whose end has the lower number.  How
 * many; 0 also for a graph with a circle.
 */
size_t graph_longest(struct graph *graph, const bool *open, uint32_t *chain);
/* Of each node the parent that stands at the end of the longest chain, the
 * first of those; GRAPH_NONE for one without, and for all in a graph with a
 * circle. */
void graph_deepest(struct graph *graph, uint32_t *parent);
/* The parents of a node. */
const uint32_t *graph_parents(struct graph *graph, size_t node, size_t *count);

/*
 * A forest, given by the parent of each node (GRAPH_NONE: a root), in the
 * order in which it is printed: every node before its children, brothers by
 * number.  depth[i] belongs to nodes[i].  Nodes in a circle come last, as
 * roots.
 */
void graph_preorder(const uint32_t *parent, size_t count, uint32_t *nodes,
                    uint32_t *depth);

#endif
