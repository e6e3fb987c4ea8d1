/*
 * loadgen-submit.c - tasks that are due become rows
 *
 * What is due is stored in one transaction, however much it is; while the
 * database does not take it, it stays due.  An arrival is never dropped
 * and never moved.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen.h"
#include "core/clock.h"
#include "core/mem.h"

#define RETRY (100 * USEC_PER_MSEC)
/* A batch of large tasks is bounded in bytes, too. */
enum { BATCH_BYTES = 8 << 20 };

/* --- one task ------------------------------------------------------------- */

/* A parent in the same batch is named by its ref, one before by its id. */
static void set_parent(struct loadgen *load, const struct mix_task *task,
                       struct task_record *record)
{
    struct task_record *parent;
    int64_t number = task->number - task->back;
    char **list;

    if (task->back == 0)
        return;
    list = xcalloc(1, sizeof(char *));
    if (task->back <= (int64_t)load->item_count) {
        parent = &load->items[load->item_count - (size_t)task->back].record;
        if (!parent->ref)
            parent->ref = xasprintf("n%lld", (long long)number);
        list[0] = xstrdup(parent->ref);
    } else {
        list[0] = xstrdup(load->last_ids[number % (MIX_BACK_MAX + 1)]);
    }
    record->depends_on = list;
    record->depends_count = 1;
    record->on_dependency_failure = xstrdup("cancel");
}

static void put_payload(const struct mix_task *task, int64_t due,
                        struct task_record *record)
{
    const struct simulation simulation = {
        .number = task->number,
        .due = due,
        .run = task->run,
        .fail = task->fail,
        .result = task->result,
        .permanent = task->dead,
    };
    struct buf payload = {0};

    simulation_put(&simulation, task->size, &payload);
    record->payload_len = payload.len;
    record->payload = buf_detach(&payload);
    record->payload_is_json = true;
}

static size_t add_item(struct loadgen *load, int64_t due, int32_t client)
{
    struct submit_item *item = &load->items[load->item_count];
    struct task_record *record = &item->record;
    struct mix_task task;

    mix_draw(&load->plan->mix, load->plan->seed, load->drawn++, load->attempts,
             &task);
    *item =
        (struct submit_item){.record = task_record_new(), .line = load->drawn};
    uuid_make(item->task_id);
    record->task_type = xstrdup(load->plan->mix.classes[task.class].type);
    record->description = xasprintf("load %lld", (long long)task.number);
    record->correlation_id = xstrdup(load->correlation_id);
    record->priority = task.priority;
    record->max_attempts = task.max_attempts;
    put_payload(&task, due, record);
    set_parent(load, &task, record);
    memcpy(load->last_ids[task.number % (MIX_BACK_MAX + 1)], item->task_id,
           UUID_SIZE);
    load->flights_new[load->item_count++] = (struct flight){
        .due = due,
        .client = client,
        .class = (uint16_t)task.class,
        .chained = task.back > 0,
        .fails = task.dead || task.fail >= task.max_attempts,
    };
    return record->payload_len;
}

/* --- what is due ---------------------------------------------------------- */

static bool more_wanted(const struct loadgen *load)
{
    return !load->stopped &&
           (load->plan->count == 0 || load->drawn < load->plan->count);
}

static void draw_next(struct loadgen *load)
{
    load->next_due = more_wanted(load) ? arrivals_next(&load->arrivals) : -1;
    if (load->next_due >= load->plan->duration)
        load->next_due = -1;
}

static void gather_open(struct loadgen *load, int64_t now)
{
    size_t bytes = 0;

    if (load->arrivals.count == 0)
        draw_next(load);
    if (load->stopped)
        load->next_due = -1;
    while (load->next_due >= 0 && load->next_due <= now &&
           (int64_t)load->item_count < load->batch_max && bytes < BATCH_BYTES) {
        bytes += add_item(load, load->start + load->next_due, -1);
        draw_next(load);
    }
}

static void gather_closed(struct loadgen *load, int64_t now)
{
    size_t bytes = 0;
    int64_t i;

    load->next_due = -1;
    for (i = 0; i < load->plan->clients; i++) {
        int64_t at = load->ready_at[i];

        if (at < 0 || at >= load->plan->duration || !more_wanted(load))
            continue;
        if (at <= now && (int64_t)load->item_count < load->batch_max &&
            bytes < BATCH_BYTES) {
            bytes += add_item(load, load->start + at, (int32_t)i);
            load->ready_at[i] = -1;
        } else if (load->next_due < 0 || at < load->next_due) {
            load->next_due = at;
        }
    }
}

void submit_gather(struct loadgen *load)
{
    int64_t now = loadgen_now(load);

    if (load->item_count > 0)
        return; /* the last one is not stored yet */
    if (load->plan->rate > 0)
        gather_open(load, now);
    else
        gather_closed(load, now);
}

/* In a closed loop results make arrivals, as long as there is time. */
bool submit_arriving(const struct loadgen *load)
{
    if (load->item_count > 0 || load->next_due >= 0)
        return true;
    return load->plan->clients > 0 && more_wanted(load) &&
           loadgen_now(load) < load->plan->duration;
}

/* --- storing -------------------------------------------------------------- */

static int by_seq(const void *a, const void *b)
{
    const struct flight *x = a;
    const struct flight *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Those in flight are looked up by their number. */
static void take_off(struct loadgen *load)
{
    struct ready_list ready = {0};
    size_t first = load->flight_count;

    for (size_t i = 0; i < load->item_count; i++) {
        const struct submit_item *item = &load->items[i];
        struct flight *flight = &load->flights_new[i];
        int64_t late = item->created_at - load->offset - flight->due;

        flight->seq = item->seq;
        load->flights = xgrow(load->flights, load->flight_count,
                              &load->flight_cap, sizeof(*load->flights));
        load->flights[load->flight_count++] = *flight;
        load->all.submitted++;
        load->recent->submitted++;
        load->classes[flight->class].submitted++;
        if (late > load->late_max)
            load->late_max = late;
        if (item->status == TASK_PENDING)
            ready_list_add(&ready, item->seq, item->sort_at,
                           item->record.task_type);
    }
    qsort(&load->flights[first], load->item_count, sizeof(*load->flights),
          by_seq);
    if (ready.count > 0)
        queue_push(load->queue, ready.items, ready.count);
    ready_list_release(&ready);
}

void submit_release(struct loadgen *load)
{
    for (size_t i = 0; i < load->item_count; i++)
        task_record_release(&load->items[i].record);
    load->item_count = 0;
}

int submit_store(struct loadgen *load, struct err *err)
{
    if (load->item_count == 0 || clock_mono() < load->retry_at)
        return 0;
    if (store_submit(load->store, load->items, load->item_count, false, err) <
        0) {
        if (err->code != ERR_UNAVAIL && err->code != ERR_TEMP &&
            err->code != ERR_IO)
            return err_wrap(err, "cannot store tasks");
        if (load->submit_errors++ == 0)
            cmd_warn("cannot store tasks, trying again: %s", err->msg);
        err_clear(err);
        load->retry_at = clock_mono() + RETRY;
        return 0;
    }
    take_off(load);
    submit_release(load);
    return 1;
}
