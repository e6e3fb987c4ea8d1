/*
 * The workflows of a submission: labels that records name, made on first
 * use, and the one of its own that a file gets.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store-private.h"
#include "store/submit-private.h"

/* --------------------------------------------------------- one of its own */

/* NAME, NAME-2, NAME-3, ... */
static void number_label(struct submit_flow *flow, int64_t number)
{
    if (number > 1)
        snprintf(flow->label, sizeof(flow->label), "%.100s-%lld", flow->name,
                 (long long)number);
    else
        snprintf(flow->label, sizeof(flow->label), "%.100s", flow->name);
}

/* 1 taken, 0 free, -1. */
static int is_taken(struct store *store, struct submit_flow *flow,
                    int64_t number, struct err *err)
{
    struct db_rows rows = {0};
    int taken;

    number_label(flow, number);
    if (db_query(store->db, SQL_WORKFLOW_NAMED, ARGS(arg_text(flow->label)),
                 &rows, err) < 0)
        return -1;
    taken = rows.count > 0;
    db_rows_release(&rows);
    return taken;
}

/* A number that is free, behind one that is taken: found by doubling and
 * halving, because the thousandth run of a file must not look a thousand
 * times. */
static int64_t free_number(struct store *store, struct submit_flow *flow,
                           struct err *err)
{
    int64_t low = 0;
    int64_t high = 1;
    int taken;

    while ((taken = is_taken(store, flow, high, err)) > 0) {
        low = high;
        high *= 2;
    }
    while (taken == 0 && high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        int there = is_taken(store, flow, middle, err);

        if (there < 0)
            return -1;
        if (there)
            low = middle;
        else
            high = middle;
    }
    return taken < 0 ? -1 : high;
}

static int flow_make(struct store *store, struct submit *submit,
                     struct err *err)
{
    struct submit_flow *flow = submit->flow;
    int64_t changed = 0;
    int64_t number;

    *flow->label = '\0';
    while (changed == 0) {
        if (flow->name) {
            number = free_number(store, flow, err);
            if (number < 0)
                return -1;
            number_label(flow, number);
        }
        changed =
            db_exec(store->db, SQL_INSERT_WORKFLOW,
                    ARGS(arg_text(flow->workflow_id),
                         arg_text(flow->name ? flow->label : NULL),
                         arg_num(submit->now), arg_text(flow->workflow_id)),
                    err);
    }
    return changed < 0 ? -1 : 0;
}

static bool any_stored(const struct submit *submit)
{
    for (size_t i = 0; i < submit->count; i++)
        if (submit->items[i].outcome == SUBMIT_STORED)
            return true;
    return false;
}

/* ---------------------------------------------------------------- labels */

static int by_name(const void *a, const void *b)
{
    const struct label *x = a;
    const struct label *y = b;
    int order = strcmp(x->name, y->name);

    if (order != 0)
        return order;
    return (x->index > y->index) - (x->index < y->index);
}

static int find_name(const void *name, const void *label)
{
    return strcmp(name, ((const struct label *)label)->name);
}

/* Every name once, with the first item that has it. */
static void collect(struct submit *submit)
{
    size_t count = 0;
    size_t kept = 0;
    size_t i;

    free(submit->labels);
    submit->labels = xcalloc(submit->count, sizeof(*submit->labels));
    for (i = 0; i < submit->count; i++)
        if (submit->items[i].record.workflow &&
            submit->items[i].outcome == SUBMIT_STORED)
            submit->labels[count++] = (struct label){
                .name = submit->items[i].record.workflow, .index = i};
    if (count > 1)
        qsort(submit->labels, count, sizeof(*submit->labels), by_name);
    for (i = 0; i < count; i++)
        if (kept == 0 ||
            strcmp(submit->labels[kept - 1].name, submit->labels[i].name) != 0)
            submit->labels[kept++] = submit->labels[i];
    submit->label_count = kept;
}

/* The ids of those that there are. */
static int look_up(struct store *store, struct submit *submit, struct err *err)
{
    struct db_rows rows = {0};
    struct buf list = {0};
    size_t i;
    int ret;

    buf_byte(&list, '[');
    for (i = 0; i < submit->label_count; i++) {
        const char *name = submit->labels[i].name;

        if (i > 0)
            buf_byte(&list, ',');
        buf_json(&list, name, strlen(name));
    }
    buf_byte(&list, ']');
    ret = db_query(store->db, SQL_WORKFLOWS_NAMED,
                   ARGS(arg_textn(list.data, list.len)), &rows, err);
    for (i = 0; i < rows.count; i++) {
        size_t at = (size_t)db_num(&rows, i, 0);

        if (at < submit->label_count && db_cell(&rows, i, 1)->len < UUID_SIZE)
            memcpy(submit->labels[at].workflow_id, db_text(&rows, i, 1),
                   db_cell(&rows, i, 1)->len + 1);
    }
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}

/* Those that are new; how many, or -1.  In the order of names: another who
 * makes the same ones waits for us, and never we for him as well. */
static int64_t make_new(struct store *store, const struct submit *submit,
                        struct err *err)
{
    int64_t made = 0;

    for (size_t i = 0; i < submit->label_count; i++) {
        const struct label *label = &submit->labels[i];
        const struct submit_item *item = &submit->items[label->index];
        char id[UUID_SIZE];

        if (*label->workflow_id)
            continue;
        if (db_exec(store->db, SQL_INSERT_WORKFLOW,
                    ARGS(arg_text(uuid_make(id)), arg_text(label->name),
                         arg_num(submit->now),
                         arg_text(item->record.correlation_id)),
                    err) < 0)
            return -1;
        made++;
    }
    return made;
}

static int labels_get(struct store *store, struct submit *submit,
                      struct err *err)
{
    int64_t made;

    if (look_up(store, submit, err) < 0)
        return -1;
    made = make_new(store, submit, err);
    if (made > 0 && look_up(store, submit, err) < 0)
        return -1;
    for (size_t i = 0; made > 0 && i < submit->label_count; i++)
        if (!*submit->labels[i].workflow_id)
            return err_set(err, ERR_TEMP, "workflow '%s' came and went",
                           submit->labels[i].name);
    return made < 0 ? -1 : 0;
}

int submit_workflows(struct store *store, struct submit *submit,
                     struct err *err)
{
    size_t i;

    if (submit->flow && any_stored(submit) && flow_make(store, submit, err) < 0)
        return -1;
    collect(submit);
    if (submit->label_count > 0 && labels_get(store, submit, err) < 0)
        return -1;
    for (i = 0; i < submit->count; i++) {
        const char *name = submit->items[i].record.workflow;
        const struct label *label =
            name ? bsearch(name, submit->labels, submit->label_count,
                           sizeof(*submit->labels), find_name)
                 : NULL;

        submit->plans[i].workflow_id = label ? label->workflow_id : NULL;
    }
    return 0;
}
