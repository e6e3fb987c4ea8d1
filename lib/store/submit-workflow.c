/*
 * The workflows of a submission: labels that records name, made on first
 * use, and the one of its own that a file gets.
 */
#include "config.h"

#include <stdio.h>
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

static int label_get(struct store *store, struct submit *submit,
                     const struct submit_item *item, struct label *label,
                     struct err *err)
{
    struct db_rows rows = {0};
    char id[UUID_SIZE];

    if (db_exec(store->db, SQL_INSERT_WORKFLOW,
                ARGS(arg_text(uuid_make(id)), arg_text(item->record.workflow),
                     arg_num(submit->now),
                     arg_text(item->record.correlation_id)),
                err) < 0 ||
        db_query(store->db, SQL_WORKFLOW_NAMED,
                 ARGS(arg_text(item->record.workflow)), &rows, err) < 0)
        return -1;
    if (rows.count == 0 || db_cell(&rows, 0, 0)->len >= UUID_SIZE) {
        db_rows_release(&rows);
        return err_set(err, ERR_TEMP, "workflow '%s' came and went",
                       item->record.workflow);
    }
    *label = (struct label){.name = item->record.workflow};
    memcpy(label->workflow_id, db_text(&rows, 0, 0), db_cell(&rows, 0, 0)->len);
    db_rows_release(&rows);
    return 0;
}

static const struct label *label_known(const struct submit *submit,
                                       const char *name)
{
    size_t i;

    /* From the newest: whole batches name the same one. */
    for (i = submit->label_count; i-- > 0;)
        if (strcmp(submit->labels[i].name, name) == 0)
            return &submit->labels[i];
    return NULL;
}

int submit_workflows(struct store *store, struct submit *submit,
                     struct err *err)
{
    size_t i;

    if (submit->flow && any_stored(submit) && flow_make(store, submit, err) < 0)
        return -1;
    for (i = 0; i < submit->count; i++) {
        const char *name = submit->items[i].record.workflow;

        if (!name || submit->items[i].outcome != SUBMIT_STORED ||
            label_known(submit, name))
            continue;
        submit->labels = xgrow(submit->labels, submit->label_count,
                               &submit->label_cap, sizeof(*submit->labels));
        if (label_get(store, submit, &submit->items[i],
                      &submit->labels[submit->label_count], err) < 0)
            return -1;
        submit->label_count++;
    }
    for (i = 0; i < submit->count; i++) {
        const char *name = submit->items[i].record.workflow;
        const struct label *label = name ? label_known(submit, name) : NULL;

        submit->plans[i].workflow_id = label ? label->workflow_id : NULL;
    }
    return 0;
}
