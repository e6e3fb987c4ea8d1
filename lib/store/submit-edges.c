/*
 * What a task waits for: the edges of a submission.
 *
 * Every task that depends on something is stored as blocked; then its edges
 * are added, each under a lock on the parent, and those that depend on a
 * task that was there before are judged as if it had just ended.  So there
 * is one rule for old and new edges; what depends only on tasks that are
 * born with it is blocked for certain, unless one of those is cancelled, and
 * then it is judged because of that.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store-private.h"
#include "store/submit-private.h"

/* The edges of a submission that were sent and not yet collected. */
struct edge {
    size_t item, k; /* the k-th of what the item depends on */
};
struct edges {
    struct submit *submit;
    struct edge sent[DB_SEND_MAX];
    size_t count;
    int64_t *judged; /* seqs of those that must be */
    size_t judged_count;
};

static int collect(struct store *store, struct edges *edges, struct err *err)
{
    struct submit *submit = edges->submit;
    size_t count = edges->count;

    edges->count = 0;
    if (db_collect(store->db, submit->changed, count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct submit_item *item = &submit->items[edges->sent[i].item];

        if (submit->changed[i] == 0)
            return submit_blame(item, err, "depends_on: no such task '%s'",
                                item->record.depends_on[edges->sent[i].k]);
    }
    return 0;
}

static int add_edges(struct store *store, struct edges *edges, size_t i,
                     struct err *err)
{
    struct submit_item *item = &edges->submit->items[i];
    const struct task_record *record = &item->record;
    bool all_born = true;

    for (size_t k = 0; k < record->depends_count; k++) {
        const char *name = record->depends_on[k];
        bool born;
        const char *id = submit_resolve(store, edges->submit, i, name, &born);

        if (!id)
            return submit_blame(item, err,
                                "depends_on: no earlier record was stored as "
                                "'%s'",
                                name);
        if (db_send(store->db, SQL_ADD_EDGE,
                    ARGS(arg_num(item->seq), arg_text(id)), err) < 0)
            return -1;
        all_born = all_born && born;
        edges->sent[edges->count++] = (struct edge){.item = i, .k = k};
        if (edges->count == DB_SEND_MAX && collect(store, edges, err) < 0)
            return -1;
    }
    if (!all_born)
        edges->judged[edges->judged_count++] = item->seq;
    return 0;
}

/* What the judgement made of them. */
static int read_statuses(struct store *store, struct submit *submit,
                         const int64_t *seqs, const size_t *indexes, size_t n,
                         struct err *err)
{
    struct buf list = {0};
    struct db_rows rows = {0};
    size_t i;
    int ret;

    list_seqs(&list, seqs, n);
    ret = db_query(store->db, SQL_STATUSES,
                   ARGS(arg_textn(list.data, list.len)), &rows, err);
    /* Both are in the order of seq, which is that of the items. */
    for (i = 0; ret == 0 && i < rows.count && i < n; i++)
        task_status_parse(db_text(&rows, i, 1),
                          &submit->items[indexes[i]].status);
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}

static int judge(struct store *store, const struct edges *edges,
                 const int64_t *seqs, const size_t *indexes, size_t n,
                 struct err *err)
{
    struct submit *submit = edges->submit;

    if (edges->judged_count == 0)
        return 0;
    if (store_judge(store, edges->judged, edges->judged_count, submit->now,
                    NULL, err) < 0)
        return -1;
    return read_statuses(store, submit, seqs, indexes, n, err);
}

int submit_edges(struct store *store, struct submit *submit, struct err *err)
{
    struct edges *edges = NULL;
    int64_t *seqs = xcalloc(submit->count, sizeof(*seqs));
    size_t *indexes = xcalloc(submit->count, sizeof(*indexes));
    size_t n = 0;
    size_t i;
    int ret = 0;

    for (i = 0; i < submit->count; i++)
        if (submit->items[i].record.depends_count > 0 &&
            submit->items[i].outcome == SUBMIT_STORED) {
            seqs[n] = submit->items[i].seq;
            indexes[n++] = i;
        }
    if (n == 0)
        goto out;
    edges = xcalloc(1, sizeof(*edges));
    edges->submit = submit;
    edges->judged = xcalloc(n, sizeof(*edges->judged));
    for (i = 0; ret == 0 && i < n; i++)
        ret = add_edges(store, edges, indexes[i], err);
    if (ret == 0)
        ret = collect(store, edges, err);
    if (ret == 0)
        ret = judge(store, edges, seqs, indexes, n, err);
    free(edges->judged);
    free(edges);
out:
    free(indexes);
    free(seqs);
    return ret;
}
