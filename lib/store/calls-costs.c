/*
 * Sums of what calls cost: most calls of a transaction count in the same,
 * which are added up here and written once.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/calls-private.h"

struct cost {
    struct cost_of what;
    int64_t calls, failed, unpriced;
    int64_t in, cached, out;
    int64_t cost;
};

void costs_release(struct costs *costs)
{
    free(costs->rows);
    *costs = (struct costs){0};
}

/* As the columns have it, which are a key. */
static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static int compare(const struct cost_of *x, const struct cost_of *y)
{
    int order = strcmp(x->workflow_id, y->workflow_id);

    if (order == 0)
        order = strcmp(x->task_type, y->task_type);
    if (order == 0)
        order = strcmp(x->agent_type, y->agent_type);
    if (order == 0)
        order = strcmp(x->model, y->model);
    if (order == 0)
        order = strcmp(x->endpoint, y->endpoint);
    return order ? order : strcmp(x->day, y->day);
}

static int by_key(const void *a, const void *b)
{
    const struct cost *x = a;
    const struct cost *y = b;

    return compare(&x->what, &y->what);
}

static struct cost *find(struct costs *costs, const struct cost_of *what)
{
    struct cost_of key = *what;

    key.agent_type = or_empty(what->agent_type);
    key.workflow_id = or_empty(what->workflow_id);
    for (size_t i = 0; i < costs->count; i++)
        if (compare(&costs->rows[i].what, &key) == 0)
            return &costs->rows[i];
    costs->rows =
        xgrow(costs->rows, costs->count, &costs->cap, sizeof(*costs->rows));
    costs->rows[costs->count] = (struct cost){.what = key};
    return &costs->rows[costs->count++];
}

void costs_add(struct costs *costs, const struct cost_of *what,
               const struct call_end *call)
{
    struct cost *sum = find(costs, what);

    sum->calls++;
    sum->failed += !call->done;
    sum->unpriced += call->cost < 0;
    sum->in += call->in + call->cache_read + call->cache_5m + call->cache_1h;
    sum->cached += call->cache_read;
    sum->out += call->out;
    sum->cost += call->cost > 0 ? call->cost : 0;
}

int costs_store(struct sending *sending, struct costs *costs, struct err *err)
{
    int ret = 0;

    if (costs->count > 1)
        qsort(costs->rows, costs->count, sizeof(*costs->rows), by_key);
    for (size_t i = 0; ret == 0 && i < costs->count; i++) {
        const struct cost *sum = &costs->rows[i];
        const struct cost_of *what = &sum->what;

        ret = send_one(sending, SQL_COST_ADD,
                       ARGS(arg_text(what->day), arg_text(what->endpoint),
                            arg_text(what->model), arg_text(what->agent_type),
                            arg_text(what->task_type),
                            arg_text(what->workflow_id), arg_num(sum->calls),
                            arg_num(sum->failed), arg_num(sum->unpriced),
                            arg_num(sum->in), arg_num(sum->cached),
                            arg_num(sum->out), arg_num(sum->cost)),
                       err);
    }
    return ret;
}
