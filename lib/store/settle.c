/*
 * Dependencies: what the end of a task means for those that wait for it.
 *
 * The edges of the ended parents are closed, their blocked children locked
 * in one order, and only then, in statements that see what others committed
 * meanwhile, judged: cancelled when an edge failed, ready when none is
 * open.  Two parents that end at once would otherwise each see the other's
 * edge open and leave the child blocked for ever.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store-private.h"
#include "store/webhook.h"

enum { CASCADE_MAX = 1000 };

static int compare_seqs(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t *seqs_of(const struct db_rows *rows, size_t *count)
{
    int64_t *seqs = xcalloc(rows->count + 1, sizeof(*seqs));
    size_t n = 0;
    size_t i;

    for (i = 0; i < rows->count; i++)
        seqs[i] = db_num(rows, i, 0);
    qsort(seqs, rows->count, sizeof(*seqs), compare_seqs);
    for (i = 0; i < rows->count; i++)
        if (n == 0 || seqs[n - 1] != seqs[i])
            seqs[n++] = seqs[i];
    *count = n;
    return seqs;
}

static int query_list(struct store *store, enum sql which, const int64_t *seqs,
                      size_t count, struct db_rows *rows, struct err *err)
{
    struct buf list = {0};
    int ret;

    list_seqs(&list, seqs, count);
    ret = db_query(store->db, which, ARGS(arg_textn(list.data, list.len)), rows,
                   err);
    buf_release(&list);
    return ret;
}

static void note_ready(const struct db_rows *rows, struct ready_list *ready)
{
    size_t i;

    for (i = 0; ready && i < rows->count; i++)
        if (strcmp(db_text(rows, i, 3), "pending") == 0)
            ready_list_add(ready, db_num(rows, i, 0), db_num(rows, i, 1),
                           db_text(rows, i, 2));
}

/* When it is judged, and who wants to know what became ready. */
struct judgement {
    int64_t now;
    struct ready_list *ready;
};

/* *cancelled: rows with the seqs of those that can never run now. */
static int judge(struct store *store, const int64_t *seqs, size_t count,
                 const struct judgement *judgement, struct db_rows *cancelled,
                 struct err *err)
{
    struct buf list = {0};
    struct db_rows rows = {0};
    struct db_arg args[2];
    int ret;

    list_seqs(&list, seqs, count);
    args[0] = arg_textn(list.data, list.len);
    args[1] = arg_num(judgement->now);
    ret = db_query(store->db, SQL_JUDGE_LOCK, args, 1, &rows, err);
    if (ret == 0 && rows.count > 0) {
        db_rows_release(&rows);
        ret = db_query(store->db, SQL_JUDGE_CANCEL, args, 2, cancelled, err);
        if (ret == 0)
            ret = db_query(store->db, SQL_JUDGE_READY, args, 2, &rows, err);
        if (ret == 0)
            note_ready(&rows, judgement->ready);
    }
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}

int store_judge(struct store *store, const int64_t *seqs, size_t count,
                int64_t now, struct ready_list *ready, struct err *err)
{
    const struct judgement judgement = {.now = now, .ready = ready};
    struct db_rows cancelled = {0};
    int64_t *ended;
    size_t n;
    int ret;

    if (judge(store, seqs, count, &judgement, &cancelled, err) < 0)
        return -1;
    ended = seqs_of(&cancelled, &n);
    db_rows_release(&cancelled);
    ret = store_settle(store, ended, n, now, ready, err);
    free(ended);
    return ret;
}

int store_settle(struct store *store, const int64_t *seqs, size_t count,
                 int64_t now, struct ready_list *ready, struct err *err)
{
    if (webhooks_add(store, seqs, count, err) < 0)
        return -1;
    return settle_children(store, seqs, count, now, ready, err);
}

int settle_children(struct store *store, const int64_t *seqs, size_t count,
                    int64_t now, struct ready_list *ready, struct err *err)
{
    const struct judgement judgement = {.now = now, .ready = ready};
    int64_t *ended = NULL;
    size_t left = CASCADE_MAX;
    int ret = 0;

    while (ret == 0 && count > 0 && left > 0) {
        struct db_rows rows = {0};
        int64_t *children;
        size_t n;

        ret = query_list(store, SQL_CLOSE_EDGES, seqs, count, &rows, err);
        if (ret < 0)
            break;
        children = seqs_of(&rows, &n);
        db_rows_release(&rows);
        free(ended);
        ended = NULL;
        count = 0;
        if (n > left)
            n = left;
        left -= n;
        if (n > 0)
            ret = judge(store, children, n, &judgement, &rows, err);
        free(children);
        if (ret == 0) {
            ended = seqs_of(&rows, &count);
            seqs = ended;
            ret = webhooks_add(store, seqs, count, err);
        }
        db_rows_release(&rows);
    }
    free(ended);
    return ret;
}
