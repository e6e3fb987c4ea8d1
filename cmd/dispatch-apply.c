/*
 * dispatch-apply.c - change a batch, tell the queue, print
 *
 * In this order: what is printed is stored, and a worker may have it
 * already.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/dispatch.h"
#include "core/attr.h"

static const struct column columns[] = {
    {.name = "task_id", .kind = CELL_TEXT},
    {.name = "status", .kind = CELL_STATUS},
    {.name = "result", .kind = CELL_TEXT},
};

int dispatch_open_table(struct dispatch *dispatch, struct err *err)
{
    enum output output = cmd_output();

    dispatch->table = table_open(
        stdout, output, cmd_shared.color_out, columns, LENGTH(columns),
        output == OUTPUT_TSV ? "task_id,status" : NULL, 0, err);
    return dispatch->table ? 0 : -1;
}

int dispatch_add(struct dispatch *dispatch, int64_t seq, struct err *err)
{
    dispatch->items[dispatch->count++] = (struct control_item){.seq = seq};
    if (dispatch->count < DISPATCH_BATCH)
        return 0;
    return dispatch_flush(dispatch, err);
}

static bool written(const struct control_item *item)
{
    return item->result == CONTROL_CHANGED || item->result == CONTROL_REQUESTED;
}

/* Redis is told of new places in the queue, and workers of new work: of
 * these tasks, and of those that waited for what is cancelled now. */
static void tell_queue(struct dispatch *dispatch)
{
    const struct ready_list *news = store_ready(dispatch->store);
    struct ready_list ready = {0};
    struct ready_list soon = {0};

    for (size_t i = 0; i < dispatch->count; i++) {
        const struct control_item *item = &dispatch->items[i];

        if (item->result == CONTROL_CHANGED && item->status == TASK_PENDING)
            ready_list_add(&ready, item->seq, item->sort_at, item->task_type);
        if (item->result == CONTROL_CHANGED && item->status == TASK_SCHEDULED)
            ready_list_add(&soon, item->seq, item->sort_at, item->task_type);
    }
    for (size_t i = 0; i < news->count; i++)
        ready_list_add(&ready, news->items[i].seq, news->items[i].sort_at,
                       news->items[i].task_type);
    if (ready.count > 0 &&
        !queue_push(dispatch->queue, ready.items, ready.count))
        cmd_warn("Redis did not answer: workers will find %zu tasks in the "
                 "database",
                 ready.count);
    queue_soon(dispatch->queue, soon.items, soon.count);
    ready_list_release(&ready);
    ready_list_release(&soon);
}

/* Why a task stays as it is. */
static void complain(struct dispatch *dispatch, const struct control_item *item)
{
    enum control_verb verb = dispatch->order.verb;
    bool already = (verb == CONTROL_HOLD && item->status == TASK_HELD) ||
                   (verb != CONTROL_REQUEUE && task_final(item->status));

    if (item->result == CONTROL_MISSING) {
        cmd_warn("no such task: '%lld'", (long long)item->seq);
        dispatch->missing = true;
        return;
    }
    cmd_warn("cannot %s %s: %s %s", control_verb_name(verb), item->task_id,
             already ? "already" : "it is", task_status_name(item->status));
    dispatch->refused = true;
}

static int print_batch(struct dispatch *dispatch, struct err *err)
{
    int ret = 0;

    for (size_t i = 0; i < dispatch->count; i++) {
        const struct control_item *item = &dispatch->items[i];

        if (!written(item)) {
            complain(dispatch, item);
            continue;
        }
        dispatch->changed++;
        if (ret == 0) {
            table_text(dispatch->table, item->task_id);
            table_text(dispatch->table, task_status_name(item->status));
            table_text(dispatch->table, item->result == CONTROL_REQUESTED
                                            ? "requested"
                                            : "changed");
            ret = table_row(dispatch->table, err);
        }
    }
    return ret;
}

int dispatch_flush_stdout(struct err *err)
{
    if (fflush(stdout) == 0)
        return 0;
    if (errno == EPIPE)
        return err_set(err, ERR_IO, "stdout is closed");
    return err_errno(err, ERR_IO, "cannot write to stdout");
}

int dispatch_flush(struct dispatch *dispatch, struct err *err)
{
    int64_t before = dispatch->changed;
    int ret;

    if (dispatch->count == 0)
        return 0;
    if (store_control(dispatch->store, &dispatch->order, dispatch->items,
                      dispatch->count, err) < 0)
        return -1;
    if (!dispatch->order.dry_run)
        tell_queue(dispatch);
    ret = print_batch(dispatch, err);
    dispatch->count = 0;
    if (ret == 0)
        ret = dispatch_flush_stdout(err);
    /* Of a batch that stdout did not take, nobody knows what arrived. */
    if (ret < 0)
        dispatch->unprinted = dispatch->changed - before;
    if (!isatty(STDOUT_FILENO))
        cmd_progress(control_verb_name(dispatch->order.verb), dispatch->changed,
                     -1);
    return ret;
}
