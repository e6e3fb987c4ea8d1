/*
 * Order, circles, chains and trees of numbers.
 */
#include "config.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tap.h"
#include "task/graph.h"

/* Edges as "child<parent child<parent": a letter each, a is 0. */
static struct graph *graph_of(size_t nodes, const char *edges)
{
    struct graph *graph = graph_open();

    graph_nodes(graph, nodes);
    for (; *edges; edges += edges[3] ? 4 : 3)
        graph_edge(graph, (size_t)(edges[0] - 'a'), (size_t)(edges[2] - 'a'));
    return graph;
}

/* Numbers as letters; valid until the next call. */
static const char *letters(const uint32_t *nodes, size_t count)
{
    static char text[64];

    for (size_t i = 0; i < count; i++) {
        text[i] = '-';
        if (nodes[i] != GRAPH_NONE)
            text[i] = (char)('a' + (int)nodes[i]);
    }
    text[count] = '\0';
    return text;
}

static const char *order_of(size_t nodes, const char *edges)
{
    struct graph *graph = graph_of(nodes, edges);
    uint32_t order[32] = {0};
    const char *text = letters(order, graph_order(graph, order));

    graph_close(graph);
    return text;
}

static const char *circle_of(size_t nodes, const char *edges)
{
    struct graph *graph = graph_of(nodes, edges);
    uint32_t order[32] = {0};
    const char *text;

    graph_order(graph, order);
    text = letters(order, graph_circle(graph, order));
    graph_close(graph);
    return text;
}

static void test_order(void)
{
    is(order_of(0, ""), "", "nothing is in order");
    is(order_of(3, ""), "abc", "who waits for nobody stays where it is");
    is(order_of(4, "b<a c<a d<b d<c"), "abcd", "and so does a good order");
    is(order_of(3, "a<b b<c"), "cba", "parents come first");
    is(order_of(5, "a<e b<a"), "cdeab", "wherever they are");
    is(order_of(3, "b<a b<a c<b c<b"), "abc", "an edge may come twice");
}

static void test_circles(void)
{
    is(circle_of(4, "b<a c<b d<c"), "", "a chain is no circle");
    is(circle_of(4, "b<a c<a d<b d<c"), "", "nor is a diamond");
    is(circle_of(1, "a<a"), "a", "who waits for itself is one");
    is(order_of(1, "a<a"), "", "and has no place in an order");
    is(circle_of(2, "a<b b<a"), "ba", "so are two that wait for each other");
    is(circle_of(6, "b<a c<b d<c b<d e<d"), "cdb",
       "a circle has neither who leads to it nor who hangs on it");
    is(order_of(6, "b<a c<b d<c b<d e<d"), "af", "only those are placed");
    is(circle_of(6, "a<b b<a c<d d<e e<c"), "ba", "one of two is enough");
}

static const char *longest_of(size_t nodes, const char *edges,
                              const char *closed)
{
    struct graph *graph = graph_of(nodes, edges);
    uint32_t chain[32] = {0};
    bool open[32];
    const char *text;

    for (size_t i = 0; i < nodes; i++)
        open[i] = !strchr(closed, (int)('a' + i));
    text = letters(chain, graph_longest(graph, open, chain));
    graph_close(graph);
    return text;
}

static void test_longest(void)
{
    is(longest_of(0, "", ""), "", "nothing has no chain");
    is(longest_of(3, "", ""), "a", "the first of those that are as long");
    is(longest_of(5, "b<a c<b d<a e<d", ""), "abc", "a chain of parents");
    is(longest_of(5, "b<a c<b d<a e<d", "b"), "ade", "of those that are open");
    is(longest_of(5, "b<a c<b d<a e<d", "abcde"), "", "or of none");
    is(longest_of(5, "a<b b<c c<d d<e", ""), "edcba", "in any order");
    is(longest_of(2, "a<b b<a", ""), "", "a circle has none");
}

static void test_deepest(void)
{
    struct graph *graph = graph_of(5, "b<a c<b d<a d<c e<a");
    uint32_t parent[5];

    graph_deepest(graph, parent);
    is(letters(parent, 5), "-abca",
       "of several parents the one with the longest chain before it");
    graph_close(graph);
}

/* Parents as letters, '-' for none; prints "a0b1": node and depth. */
static const char *tree_of(const char *parents)
{
    static char text[64];
    uint32_t parent[16] = {0};
    uint32_t nodes[16], depth[16];
    size_t count = strlen(parents);

    for (size_t i = 0; i < count; i++)
        parent[i] =
            parents[i] == '-' ? GRAPH_NONE : (uint32_t)(parents[i] - 'a');
    graph_preorder(parent, count, nodes, depth);
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = (char)('a' + (int)nodes[i]);
        text[2 * i + 1] = (char)('0' + (int)depth[i]);
    }
    text[2 * count] = '\0';
    return text;
}

static void test_tree(void)
{
    is(tree_of(""), "", "an empty forest");
    is(tree_of("---"), "a0b0c0", "roots in their order");
    is(tree_of("-aab"), "a0b1d2c1", "children below their parent");
    is(tree_of("b-"), "b0a1", "a parent may come later");
    is(tree_of("-ab-d"), "a0b1c2d0e1", "one tree after the other");
    is(tree_of("ba-"), "c0a0b1", "a circle is cut somewhere, and comes last");
}

static void test_depth(void)
{
    enum { DEEP = 200000 };
    struct graph *graph = graph_open();
    uint32_t *nodes = xcalloc(DEEP, sizeof(*nodes));
    uint32_t *parent = xcalloc(DEEP, sizeof(*parent));
    uint32_t *depth = xcalloc(DEEP, sizeof(*depth));
    bool *open = xcalloc(DEEP, sizeof(*open));

    graph_nodes(graph, DEEP);
    for (uint32_t i = 0; i < DEEP; i++) {
        open[i] = true;
        parent[i] = i + 1 < DEEP ? i + 1 : GRAPH_NONE;
        if (i + 1 < DEEP)
            graph_edge(graph, i, i + 1);
    }
    ok(graph_order(graph, nodes) == DEEP && nodes[0] == DEEP - 1,
       "a chain of 200,000 has an order");
    ok(graph_longest(graph, open, nodes) == DEEP, "and a length");
    graph_preorder(parent, DEEP, nodes, depth);
    ok(nodes[DEEP - 1] == 0 && depth[DEEP - 1] == DEEP - 1, "and a tree");
    graph_edge(graph, DEEP - 1, 0);
    ok(graph_order(graph, nodes) == 0 && graph_circle(graph, nodes) == DEEP,
       "closed, it is one circle");
    free(open);
    free(depth);
    free(parent);
    free(nodes);
    graph_close(graph);
}

int main(void)
{
    test_order();
    test_circles();
    test_longest();
    test_deepest();
    test_tree();
    test_depth();
    return tap_done();
}
