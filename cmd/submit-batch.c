/*
 * submit-batch.c - items become rows, rows become lines on stdout
 *
 * The order is the promise: stored, then told to the queue, then printed.
 * A line on stdout is an acknowledgement, so nothing is printed before its
 * COMMIT, and what was stored but could not be printed is counted.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/submit.h"
#include "core/clock.h"
#include "core/cmd.h"
#include "core/failpoint.h"
#include "core/mem.h"

/*
 * A batch is what comes within this time of its first record.  A record that
 * comes after such a time of silence is stored at once: somebody may wait for
 * it, and there is nothing to gather.
 */
#define GATHER (20 * USEC_PER_MSEC)
/* Idle workers look for what is due once a second; what is due before, they
 * are told of. */
#define SOON (1500 * USEC_PER_MSEC)
/* How often results are looked for while the input is slow. */
#define LOOK (100 * USEC_PER_MSEC)
/* A batch of large records is bounded in bytes, too. */
enum { BATCH_BYTES = 8 << 20 };

void submit_print(const struct submit *submit, const struct submit_item *item,
                  bool deferred, struct buf *out)
{
    char when[CLOCK_TEXT_SIZE];
    bool duplicate = item->outcome == SUBMIT_DUPLICATE;

    if (!submit->json) {
        buf_put(out, item->task_id, UUID_SIZE - 1);
        buf_byte(out, '\n');
        return;
    }
    buf_fmt(out, "{\"line\":%lld,\"task_id\":\"%s\"", (long long)item->line,
            item->task_id);
    if (!duplicate || item->seq)
        buf_fmt(out, ",\"status\":\"%s\"", task_status_name(item->status));
    buf_fmt(out, ",\"message\":\"%s\"",
            duplicate ? "Task already known" : "Task queued successfully");
    if (!duplicate || item->seq)
        buf_fmt(out, ",\"queued_at\":\"%s\"",
                clock_format(item->created_at, when));
    if (duplicate)
        buf_str(out, ",\"duplicate\":true");
    if (deferred)
        buf_str(out, ",\"deferred\":true");
    if (item->record.ref) {
        buf_str(out, ",\"ref\":");
        buf_json(out, item->record.ref, strlen(item->record.ref));
    }
    if (submit->workflow_id && !duplicate)
        buf_fmt(out, ",\"workflow_id\":\"%s\"", submit->workflow_id);
    buf_str(out, "}\n");
}

int submit_write(struct submit *submit, const char *lines, size_t len,
                 struct err *err)
{
    size_t i;
    ssize_t n;

    while (len > 0) {
        n = write(STDOUT_FILENO, lines, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err_errno(err, ERR_IO, "cannot write to stdout");
            for (i = 0; i < len; i++)
                submit->unprinted += lines[i] == '\n';
            return -1;
        }
        lines += n;
        len -= (size_t)n;
    }
    return 0;
}

/* More wake up nobody. */
enum { SOON_MAX = 64 };

void submit_note_soon(struct submit *submit, const struct submit_item *item)
{
    const struct task_record *record = &item->record;
    int64_t in =
        record->run_at ? record->run_at - item->created_at : record->delay;

    if (item->outcome == SUBMIT_STORED && item->status == TASK_SCHEDULED &&
        in <= SOON && submit->soon.count < SOON_MAX)
        ready_list_add(&submit->soon, item->seq, item->sort_at,
                       record->task_type);
}

void submit_tell_soon(struct submit *submit)
{
    queue_soon(submit->queue, submit->soon.items, submit->soon.count);
    submit->soon.count = 0;
}

/* Tell the queue of what became pending.  False: Redis did not take it. */
static bool push(struct submit *submit)
{
    struct ready_list ready = {0};
    bool taken = true;
    size_t i;

    for (i = 0; i < submit->count; i++) {
        const struct submit_item *item = &submit->items[i];

        if (item->outcome == SUBMIT_STORED && item->status == TASK_PENDING)
            ready_list_add(&ready, item->seq, item->sort_at,
                           item->record.task_type);
        submit_note_soon(submit, item);
    }
    if (ready.count > 0) {
        taken = queue_push(submit->queue, ready.items, ready.count);
        if (!taken)
            submit->deferred += (int64_t)ready.count;
    }
    ready_list_release(&ready);
    submit_tell_soon(submit);
    return taken;
}

static void settle(struct submit *submit, size_t i, bool deferred)
{
    const struct submit_item *item = &submit->items[i];
    char why[200];

    if (item->outcome == SUBMIT_CONFLICT) {
        snprintf(why, sizeof(why),
                 "idempotency_key: is already used by task %s with other "
                 "contents",
                 item->task_id);
        submit_refuse_item(submit, i, why);
        return;
    }
    if (item->outcome == SUBMIT_DUPLICATE)
        submit->duplicates++;
    else
        submit->stored++;
    submit_log(submit, item);
    submit->webhooks = submit->webhooks || item->record.webhook;
    if (submit->waiting)
        waiting_add(submit->waiting, item->seq, item->line);
    else
        submit_print(submit, item, deferred, &submit->out);
}

/* Refuse what the store found wrong; returns how many. */
static size_t refuse_bad(struct submit *submit)
{
    size_t before = submit->count;
    size_t i = 0;

    while (i < submit->count) {
        if (submit->items[i].bad) {
            submit_refuse_item(submit, i, submit->items[i].why);
            submit_drop(submit, i);
        } else {
            i++;
        }
    }
    return before - submit->count;
}

/*
 * One transaction.  Items that only the store could find wrong (a deadline
 * that has passed by its clock) are refused and the others tried again.
 */
static int store(struct submit *submit, struct err *err)
{
    int ret =
        store_submit(submit->store, submit->items, submit->count, false, err);

    while (ret < 0 && err->code == ERR_DATA && refuse_bad(submit) > 0) {
        err_clear(err);
        ret = store_submit(submit->store, submit->items, submit->count, false,
                           err);
    }
    if (ret < 0 && submit->count > 0)
        err_wrap(err, "%s %lld to %lld not stored", submit->unit,
                 (long long)submit->items[0].line,
                 (long long)submit->items[submit->count - 1].line);
    return ret;
}

int submit_acknowledge(struct submit *submit, struct err *err)
{
    bool deferred = !push(submit) && queue_has_redis(submit->queue);
    size_t i;

    FAILPOINT("submit.pushed");
    buf_reset(&submit->out);
    for (i = 0; i < submit->count; i++)
        settle(submit, i, deferred);
    submit_items_release(submit);
    return submit_write(submit, submit->out.data, submit->out.len, err);
}

int submit_flush(struct submit *submit, struct err *err)
{
    if (submit->count == 0)
        return 0;
    if (!submit->store) { /* --dry-run */
        submit->stored += (int64_t)submit->count;
        submit_items_release(submit);
        return 0;
    }
    FAILPOINT("submit.before");
    if (store(submit, err) < 0) {
        submit_items_release(submit);
        return -1;
    }
    FAILPOINT("submit.committed");
    return submit_acknowledge(submit, err);
}

/* When the input is slow: what has come is stored now. */
static bool due(const struct submit *submit, int64_t first)
{
    int64_t since =
        first < submit->flushed_at + GATHER ? first : first - GATHER;

    return !submit->single && submit->count > 0 &&
           clock_mono() - since >= GATHER;
}

/* How long reader_next() may wait; -1: for ever. */
static int64_t patience(const struct submit *submit, int64_t first)
{
    int64_t left = first + GATHER - clock_mono();

    if (due(submit, first))
        return 0;
    if (submit->count > 0 && !submit->single)
        return left > 0 ? left : 0;
    if (submit->waiting && waiting_any(submit->waiting))
        return LOOK;
    return -1;
}

/* Take one record; 1 more may come, 0 the input has ended. */
static int step(struct submit *submit, struct reader *reader, int64_t *first,
                struct err *err)
{
    struct record_text text;
    int got = reader_next(reader, patience(submit, *first), &text, err);
    bool full;

    if (got < 0)
        return got;
    if (got == 1 && submit_record(submit, &text) == 1 && submit->count == 1)
        *first = clock_mono();
    if (submit->single && submit->read > 1)
        return err_set(err, ERR_USAGE,
                       "--idempotency-key names one task, and the input has "
                       "more than one");
    full = (int64_t)submit->count >= submit->batch ||
           submit->bytes >= BATCH_BYTES ||
           (!submit->single && submit->count > 0 &&
            clock_mono() - *first >= GATHER);
    if (got == 0 || full || (got == 2 && due(submit, *first))) {
        if (submit_flush(submit, err) < 0)
            return -1;
        submit->flushed_at = clock_mono();
        cmd_progress("submitted", submit->stored + submit->duplicates, -1);
    }
    if (submit->waiting && waiting_any(submit->waiting) && got == 2 &&
        waiting_poll(submit->waiting, submit, err) < 0)
        return -1;
    return got != 0;
}

int submit_stream(struct submit *submit, int fd, char separator,
                  struct err *err)
{
    struct reader *reader = reader_open(fd, separator, submit->max_line);
    int64_t first = 0;
    int more;

    do
        more = step(submit, reader, &first, err);
    while (more > 0);
    cmd_progress_end();
    submit_items_release(submit);
    reader_close(reader);
    return more;
}
