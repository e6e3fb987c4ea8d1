/*
 * Tasks into the store: decide, write, and know afterwards what happened.
 *
 * A transaction is all or nothing, so when the fate of a commit is unknown
 * one task_id tells: if it is there, everything is, and what the first try
 * filled in is the truth.
 */
#include "config.h"

#include "store/submit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "store/gate.h"
#include "store/store-private.h"
#include "store/submit-private.h"

int submit_blame(struct submit_item *item, struct err *err, const char *fmt,
                 ...)
{
    struct buf what = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&what, fmt, args);
    va_end(args);
    item->bad = true;
    snprintf(item->why, sizeof(item->why), "%s", what.data);
    err_set(err, ERR_DATA, "line %" PRId64 ": %s", item->line, what.data);
    buf_release(&what);
    return -1;
}

/* Times that were meant from the database's now; all that is wrong with
 * them is blamed before the first is reported. */
static int plan_times(struct submit *submit, struct err *err)
{
    size_t bad = 0;
    size_t i;

    for (i = submit->count; i-- > 0;) {
        struct submit_item *item = &submit->items[i];
        const struct task_record *record = &item->record;
        struct plan *plan = &submit->plans[i];

        plan->run_at = record->run_at;
        if (!plan->run_at && record->delay)
            plan->run_at = submit->now + record->delay;
        plan->expires_at = record->expires_at;
        if (!plan->expires_at && record->expires_in)
            plan->expires_at = submit->now + record->expires_in;
        if (plan->expires_at && plan->expires_at <= submit->now) {
            submit_blame(item, err, "expires_at: lies in the past");
            bad++;
        }
    }
    return bad ? -1 : 0;
}

static enum task_status first_status(const struct task_record *record,
                                     const struct plan *plan, int64_t now)
{
    if (record->hold)
        return TASK_HELD;
    if (record->depends_count > 0)
        return TASK_BLOCKED;
    return plan->run_at > now ? TASK_SCHEDULED : TASK_PENDING;
}

static void start_over(struct store *store, struct submit *submit)
{
    size_t i;

    submit->label_count = 0;
    submit->sent = 0;
    for (i = 0; i < submit->count; i++) {
        struct submit_item *item = &submit->items[i];
        struct plan *plan = &submit->plans[i];

        memcpy(item->task_id, plan->own_id, UUID_SIZE);
        item->seq = 0;
        item->bad = false;
        item->outcome = SUBMIT_STORED;
        item->created_at = submit->now;
        item->status = first_status(&item->record, plan, submit->now);
        item->sort_at =
            task_sort_at(submit->now, plan->run_at, item->record.priority,
                         store->policy.aging_unit);
    }
}

const char *submit_witness(const struct submit *submit)
{
    size_t i;

    for (i = 0; i < submit->count; i++)
        if (submit->items[i].outcome == SUBMIT_STORED)
            return submit->items[i].task_id;
    return NULL;
}

static bool any_bad(const struct submit *submit)
{
    size_t i;

    for (i = 0; i < submit->count; i++)
        if (submit->items[i].bad)
            return true;
    return false;
}

int submit_steps(struct store *store, struct submit *submit, struct err *err)
{
    if (plan_times(submit, err) < 0)
        return -1;
    start_over(store, submit);
    if (submit_refs(store, submit, err) < 0 ||
        submit_keys(store, submit, err) < 0 ||
        submit_workflows(store, submit, err) < 0 ||
        submit_insert(store, submit, err) < 0 ||
        submit_holders(store, submit, err) < 0 ||
        submit_edges(store, submit, err) < 0)
        return -1;
    FAILPOINT("submit.inserted");
    return 0;
}

static int submit_work(struct store *store, void *ctx, struct err *err)
{
    struct submit *submit = ctx;
    const char *task_id = store->fate_unknown ? submit_witness(submit) : NULL;
    struct db_rows rows = {0};
    int ret;

    if (task_id) {
        if (db_query(store->db, SQL_PROBE_TASK, ARGS(arg_text(task_id)), &rows,
                     err) < 0)
            return -1;
        ret = rows.count > 0;
        db_rows_release(&rows);
        if (ret)
            return 0;
    }
    ret = gate_submit(store, &submit->now, err);
    if (ret == 0)
        ret = submit_steps(store, submit, err);
    /*
     * The server may still have been at our lost COMMIT when we looked; then
     * our own task_ids are in the way now, and the next look finds them.
     */
    if (ret < 0 && task_id && err->code == ERR_DATA && !any_bad(submit))
        err->code = ERR_TEMP;
    return ret;
}

struct submit submit_prepare(struct submit_item *items, size_t count,
                             bool atomic)
{
    struct submit submit = {.items = items, .count = count, .atomic = atomic};
    size_t i;

    submit.plans = xcalloc(count, sizeof(*submit.plans));
    submit.changed = xcalloc(DB_SEND_MAX, sizeof(*submit.changed));
    for (i = 0; i < count; i++) {
        struct plan *plan = &submit.plans[i];

        if (*items[i].task_id)
            memcpy(plan->own_id, items[i].task_id, UUID_SIZE);
        else
            uuid_make(plan->own_id);
        items[i].bad = false;
        if (items[i].record.idempotency_key)
            task_record_digest(&items[i].record, plan->digest);
    }
    return submit;
}

/* For what will depend on them in later calls. */
static void remember(struct store *store, const struct submit *submit)
{
    for (size_t i = 0; i < submit->ref_count; i++) {
        const struct submit_item *item = &submit->items[submit->refs[i].index];
        struct err full = {0};
        struct ref *ref;

        if (item->outcome != SUBMIT_CONFLICT &&
            refs_add(store->refs, item->record.ref, &ref, &full) > 0)
            memcpy(ref->task_id, item->task_id, UUID_SIZE);
    }
}

void submit_dismiss(struct store *store, struct submit *submit, int ret)
{
    size_t i;

    for (i = 0; ret < 0 && i < submit->count; i++)
        memcpy(submit->items[i].task_id, submit->plans[i].own_id, UUID_SIZE);
    if (ret >= 0 && store->refs)
        remember(store, submit);
    free(submit->plans);
    free(submit->labels);
    free(submit->changed);
    free(submit->refs);
}

static int submit_all(struct store *store, struct submit *submit,
                      struct err *err)
{
    int ret = store_tx(store, submit_work, submit, err);

    submit_dismiss(store, submit, ret);
    return ret;
}

int store_submit(struct store *store, struct submit_item *items, size_t count,
                 bool atomic, struct err *err)
{
    struct submit submit;

    if (count == 0)
        return 0;
    submit = submit_prepare(items, count, atomic);
    return submit_all(store, &submit, err);
}

int store_submit_flow(struct store *store, struct submit_flow *flow,
                      struct submit_item *items, size_t count, struct err *err)
{
    struct submit submit;

    if (count == 0)
        return 0;
    if (!*flow->workflow_id)
        uuid_make(flow->workflow_id);
    submit = submit_prepare(items, count, true);
    submit.forward = true;
    submit.flow = flow;
    submit.origin.workflow_id = flow->workflow_id;
    submit.origin.correlation_id = flow->workflow_id;
    return submit_all(store, &submit, err);
}
