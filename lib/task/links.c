/*
 * links.c - names become edges, edges an order
 */
#include "config.h"

#include "task/links.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/uuid.h"
#include "task/graph.h"
#include "task/refs.h"

/* So many names of a circle are shown. */
enum { SHOWN = 5 };

/* A name that no earlier record had. */
struct open_name {
    char *name;
    uint32_t child;
    int64_t number;
};

struct links {
    const char *unit;
    struct refs *refs;
    struct graph *graph;
    uint32_t *order;
    size_t count;
    struct open_name *open;
    size_t open_count, open_cap;
    bool forward;
};

struct links *links_open(const char *unit)
{
    struct links *links = xcalloc(1, sizeof(*links));

    links->unit = unit;
    links->refs = refs_open(LINKS_MOST_REFS);
    links->graph = graph_open();
    return links;
}

void links_close(struct links *links)
{
    if (!links)
        return;
    for (size_t i = 0; i < links->open_count; i++)
        free(links->open[i].name);
    free(links->open);
    free(links->order);
    graph_close(links->graph);
    refs_close(links->refs);
    free(links);
}

static int join(struct links *links, size_t child, size_t parent,
                struct err *err)
{
    if (graph_edge(links->graph, child, parent))
        return 0;
    return err_set(err, ERR_DATA, "depends_on: there are more than %d of them",
                   GRAPH_MOST_EDGES);
}

int links_add(struct links *links, const struct task_record *record,
              int64_t number, struct err *err)
{
    struct ref *ref;
    int added = 1;

    if (record->ref)
        added = refs_add(links->refs, record->ref, &ref, err);
    if (added < 0)
        return -1;
    if (added == 0)
        return err_set(err, ERR_DATA, "ref: '%s' is used by another record",
                       record->ref);
    if (record->ref)
        ref->index = links->count;
    for (size_t i = 0; i < record->depends_count; i++) {
        const struct ref *parent =
            refs_find(links->refs, record->depends_on[i]);

        if (parent) {
            if (join(links, links->count, parent->index, err) < 0)
                return -1;
            continue;
        }
        links->open = xgrow(links->open, links->open_count, &links->open_cap,
                            sizeof(*links->open));
        links->open[links->open_count++] =
            (struct open_name){.name = xstrdup(record->depends_on[i]),
                               .child = (uint32_t)links->count,
                               .number = number};
    }
    links->count++;
    return 0;
}

/* The names of all records, by their number; NULL where there is none. */
static const char **names_of(const struct links *links)
{
    const char **names = xcalloc(links->count + 1, sizeof(char *));

    for (size_t i = 0; i < refs_count(links->refs); i++) {
        const struct ref *ref = refs_at(links->refs, i);

        names[ref->index] = ref->name;
    }
    return names;
}

static int unknown(const struct links *links, const struct open_name *open,
                   struct err *err)
{
    const char **names = names_of(links);
    const char *name = names[open->child];

    err_set(err, ERR_DATA,
            "%s %" PRId64 "%s%s%s: depends_on: there is no '%s' here",
            links->unit, open->number, name ? " ('" : "", name ? name : "",
            name ? "')" : "", open->name);
    free(names);
    return err_hint(err, "a task that is stored is named by its whole id");
}

/* a -> b -> ... -> a: each waits for the next. */
static int report_circle(const struct links *links, struct err *err)
{
    uint32_t *nodes = xcalloc(links->count + 1, sizeof(*nodes));
    const char **names = names_of(links);
    size_t count = graph_circle(links->graph, nodes);
    struct buf path = {0};

    buf_str(&path, "");
    for (size_t i = 0; i < count; i++) {
        if (i >= SHOWN && i + 1 < count)
            continue;
        if (i + 1 == count && count > SHOWN + 1)
            buf_fmt(&path, "(%zu more) -> ", count - SHOWN - 1);
        buf_fmt(&path, "%.30s -> ", names[nodes[count - 1 - i]]);
    }
    if (count > 0)
        buf_fmt(&path, "%.30s", names[nodes[count - 1]]);
    err_set(err, ERR_DATA, "depends_on: %ss wait for each other: %s",
            links->unit, path.data);
    buf_release(&path);
    free(names);
    free(nodes);
    return -1;
}

int links_check(struct links *links, struct err *err)
{
    for (size_t i = 0; i < links->open_count; i++) {
        const struct open_name *open = &links->open[i];
        const struct ref *parent = refs_find(links->refs, open->name);

        if (!parent && !uuid_valid(open->name, strlen(open->name)))
            return unknown(links, open, err);
        if (!parent)
            continue;
        links->forward = true;
        if (join(links, open->child, parent->index, err) < 0)
            return -1;
    }
    graph_nodes(links->graph, links->count);
    links->order = xcalloc(links->count + 1, sizeof(*links->order));
    if (graph_order(links->graph, links->order) < links->count)
        return report_circle(links, err);
    return 0;
}

bool links_forward(const struct links *links)
{
    return links->forward;
}

const uint32_t *links_order(const struct links *links)
{
    return links->order;
}

size_t links_count(const struct links *links)
{
    return links->count;
}
