/*
 * control-change.c - what a verb does to each task
 *
 * A task that is requeued sorts as if it were made now.  A new priority
 * moves a task by the difference of the two, so that what it was born with
 * (its first run_at, an earlier requeue) keeps its place.
 */
#include "config.h"

#include "store/control-private.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Priority is no event: the state stays. */
static const enum task_event events[] = {
    [CONTROL_CANCEL] = TASK_EV_CANCEL,
    [CONTROL_HOLD] = TASK_EV_HOLD,
    [CONTROL_RELEASE] = TASK_EV_RELEASE,
    [CONTROL_REQUEUE] = TASK_EV_REQUEUE,
};

static void copy_text(char *to, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (len >= size)
        len = size - 1;
    memcpy(to, text, len);
    to[len] = '\0';
}

static int compare_seqs(const void *key, const void *member)
{
    const int64_t seq = *(const int64_t *)key;
    const struct found *found = member;

    return seq < found->seq ? -1 : seq > found->seq;
}

static struct found *find(const struct control *c, int64_t seq)
{
    return c->found_count == 0 ? NULL
                               : bsearch(&seq, c->found, c->found_count,
                                         sizeof(*c->found), compare_seqs);
}

static int read_tasks(struct store *store, struct control *c, const char *list,
                      struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store->db, SQL_CONTROL_LOCK, ARGS(arg_text(list)), &rows,
                 err) < 0)
        return -1;
    c->found = xcalloc(rows.count + 1, sizeof(*c->found));
    c->found_count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        struct found *found = &c->found[i];

        found->seq = db_num(&rows, i, 0);
        copy_text(found->task_id, sizeof(found->task_id), db_text(&rows, i, 1));
        copy_text(found->task_type, sizeof(found->task_type),
                  db_text(&rows, i, 2));
        found->priority = (int)db_num(&rows, i, 3);
        task_status_parse(db_text(&rows, i, 4), &found->status);
        found->sort_at = db_num(&rows, i, 5);
        found->run_at = db_num(&rows, i, 6);
        found->cancel_requested = !db_null(&rows, i, 7);
    }
    db_rows_release(&rows);
    return 0;
}

/* Whose edges decide what becomes of it: the dependencies of a requeued
 * task are judged anew first. */
static int read_edges(struct store *store, struct control *c, struct err *err)
{
    struct buf list = {0};
    struct db_rows rows = {0};
    int64_t *seqs = xcalloc(c->found_count + 1, sizeof(*seqs));
    size_t count = 0;
    int ret = -1;

    for (size_t i = 0; i < c->found_count; i++)
        if (c->order->verb == CONTROL_RELEASE || task_final(c->found[i].status))
            seqs[count++] = c->found[i].seq;
    list_seqs(&list, seqs, count);
    if (c->order->verb == CONTROL_REQUEUE) {
        if (db_query(store->db, SQL_CONTROL_PARENTS, ARGS(arg_text(list.data)),
                     &rows, err) < 0)
            goto out;
        db_rows_release(&rows);
        if (db_exec(store->db, SQL_CONTROL_REOPEN, ARGS(arg_text(list.data)),
                    err) < 0)
            goto out;
    }
    if (db_query(store->db, SQL_CONTROL_OPEN, ARGS(arg_text(list.data)), &rows,
                 err) < 0)
        goto out;
    for (size_t i = 0; i < rows.count; i++) {
        struct found *found = find(c, db_num(&rows, i, 0));

        if (found)
            found->blocked = true;
    }
    ret = 0;
out:
    db_rows_release(&rows);
    buf_release(&list);
    free(seqs);
    return ret;
}

static int send(struct store *store, struct control *c, enum sql which,
                const struct db_arg *args, size_t nargs, struct err *err)
{
    if (db_send(store->db, which, args, nargs, err) < 0)
        return -1;
    c->sent++;
    return 0;
}

/* What the audit says of the tasks: how many, and a digest of their ids. */
static void count_in(struct control *c, const struct found *found)
{
    hash_put(c->ids, found->task_id, strlen(found->task_id));
    hash_put(c->ids, "\n", 1);
    c->written++;
}

static int request_cancel(struct store *store, struct control *c,
                          struct found *found, struct err *err)
{
    if (found->cancel_requested)
        return 0;
    found->cancel_requested = true;
    count_in(c, found);
    if (send(store, c, SQL_CONTROL_REQUEST,
             ARGS(arg_num(found->seq), arg_num(c->now)), err) < 0)
        return -1;
    return send(
        store, c, SQL_CONTROL_MESSAGE,
        ARGS(arg_num(found->seq), arg_num(c->now), arg_text(c->message)), err);
}

static int set_priority(struct store *store, struct control *c,
                        struct found *found, struct err *err)
{
    found->sort_at +=
        (found->priority - c->order->priority) * store->policy.aging_unit;
    found->priority = c->order->priority;
    count_in(c, found);
    return send(store, c, SQL_CONTROL_PRIORITY,
                ARGS(arg_num(found->seq), arg_num(c->now),
                     arg_num(found->priority), arg_num(found->sort_at)),
                err);
}

static int set_status(struct store *store, struct control *c,
                      struct found *found, enum task_status to, struct err *err)
{
    const struct db_arg seq = arg_num(found->seq);
    const struct db_arg now = arg_num(c->now);
    const struct db_arg status = arg_text(task_status_name(to));

    found->status = to;
    count_in(c, found);
    if (c->order->verb == CONTROL_CANCEL) {
        c->cancelled[c->cancelled_count++] = found->seq;
        return send(store, c, SQL_CONTROL_CANCEL, ARGS(seq, now), err);
    }
    if (c->order->verb == CONTROL_REQUEUE) {
        found->sort_at =
            task_sort_at(c->now, 0, found->priority, store->policy.aging_unit);
        return send(store, c, SQL_CONTROL_REQUEUE,
                    ARGS(seq, now, status, arg_num(found->sort_at)), err);
    }
    return send(store, c, SQL_CONTROL_STATE, ARGS(seq, now, status), err);
}

static int change_one(struct store *store, struct control *c,
                      struct found *found, enum control_result *result,
                      struct err *err)
{
    const struct task_facts facts = {
        .blocked = found->blocked,
        .scheduled = found->run_at > c->now,
    };
    enum task_status to;

    *result = CONTROL_CHANGED;
    if (c->order->verb == CONTROL_PRIORITY && !task_final(found->status))
        return set_priority(store, c, found, err);
    if (c->order->verb == CONTROL_CANCEL && found->status == TASK_RUNNING) {
        *result = CONTROL_REQUESTED;
        return request_cancel(store, c, found, err);
    }
    if (c->order->verb != CONTROL_PRIORITY &&
        task_next(found->status, events[c->order->verb], &facts, &to))
        return set_status(store, c, found, to, err);
    *result = CONTROL_REFUSED;
    return 0;
}

int control_read(struct store *store, struct control *c, struct err *err)
{
    struct buf list = {0};
    int64_t *seqs = xcalloc(c->count + 1, sizeof(*seqs));
    int ret;

    for (size_t i = 0; i < c->count; i++)
        seqs[i] = c->items[i].seq;
    list_seqs(&list, seqs, c->count);
    ret = read_tasks(store, c, list.data, err);
    if (ret == 0 && (c->order->verb == CONTROL_RELEASE ||
                     c->order->verb == CONTROL_REQUEUE))
        ret = read_edges(store, c, err);
    buf_release(&list);
    free(seqs);
    return ret;
}

int control_change(struct store *store, struct control *c, struct err *err)
{
    for (size_t i = 0; i < c->count; i++) {
        struct control_item *item = &c->items[i];
        struct found *found = find(c, item->seq);

        *item =
            (struct control_item){.seq = item->seq, .result = CONTROL_MISSING};
        if (!found)
            continue;
        if (change_one(store, c, found, &item->result, err) < 0)
            return -1;
        item->status = found->status;
        item->sort_at = found->sort_at;
        memcpy(item->task_id, found->task_id, sizeof(item->task_id));
        memcpy(item->task_type, found->task_type, sizeof(item->task_type));
    }
    return 0;
}
