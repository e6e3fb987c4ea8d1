/*
 * What a task waits for: the edges of a submission.
 *
 * Every task that depends on something is stored as blocked; then its edges
 * are added, each under a lock on the parent, and the lot is judged as if a
 * parent had just ended.  So there is one rule for old and new edges.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store-private.h"
#include "store/submit-private.h"

/* The refs of a batch, sorted. */
struct ref {
    const char *name;
    size_t index;
};
struct refs {
    struct ref *items;
    size_t count;
};

static int compare_refs(const void *a, const void *b)
{
    return strcmp(((const struct ref *)a)->name, ((const struct ref *)b)->name);
}

static int sort_refs(struct submit *submit, struct refs *refs, struct err *err)
{
    size_t i;

    refs->items = xcalloc(submit->count, sizeof(*refs->items));
    refs->count = 0;
    for (i = 0; i < submit->count; i++)
        if (submit->items[i].record.ref)
            refs->items[refs->count++] =
                (struct ref){.name = submit->items[i].record.ref, .index = i};
    if (refs->count > 1)
        qsort(refs->items, refs->count, sizeof(*refs->items), compare_refs);
    for (i = 1; i < refs->count; i++)
        if (compare_refs(&refs->items[i - 1], &refs->items[i]) == 0)
            return submit_blame(&submit->items[refs->items[i].index], err,
                                "ref: '%s' is used by another record",
                                refs->items[i].name);
    return 0;
}

/* The task_id that item `i` means by `name`; NULL: its record must come
 * earlier, or is in conflict and was not stored. */
static const char *resolve(const struct submit *submit, const struct refs *refs,
                           size_t i, const char *name)
{
    const struct ref want = {.name = name};
    const struct ref *found = NULL;
    const struct submit_item *parent;

    if (refs->count > 0)
        found = bsearch(&want, refs->items, refs->count, sizeof(want),
                        compare_refs);
    if (!found)
        return name;
    parent = &submit->items[found->index];
    if (found->index >= i || parent->outcome == SUBMIT_CONFLICT)
        return NULL;
    return parent->task_id;
}

static int add_edges(struct store *store, struct submit *submit,
                     const struct refs *refs, size_t i, struct err *err)
{
    struct submit_item *item = &submit->items[i];
    const struct task_record *record = &item->record;
    size_t k;

    for (k = 0; k < record->depends_count; k++) {
        const char *id = resolve(submit, refs, i, record->depends_on[k]);

        if (!id)
            return submit_blame(item, err,
                                "depends_on: no earlier record was stored as "
                                "'%s'",
                                record->depends_on[k]);
        if (db_send(store->db, SQL_ADD_EDGE,
                    ARGS(arg_num(item->seq), arg_text(id)), err) < 0)
            return -1;
    }
    /* At most 1,000 edges a record: one round trip. */
    if (db_collect(store->db, submit->changed, record->depends_count, err) < 0)
        return -1;
    for (k = 0; k < record->depends_count; k++)
        if (submit->changed[k] == 0)
            return submit_blame(item, err, "depends_on: no such task '%s'",
                                record->depends_on[k]);
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

int submit_edges(struct store *store, struct submit *submit, struct err *err)
{
    struct refs refs = {0};
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
    if (n > 0)
        ret = sort_refs(submit, &refs, err);
    for (i = 0; ret == 0 && i < n; i++)
        ret = add_edges(store, submit, &refs, indexes[i], err);
    if (ret == 0 && n > 0)
        ret = store_judge(store, seqs, n, submit->now, NULL, err);
    if (ret == 0 && n > 0)
        ret = read_statuses(store, submit, seqs, indexes, n, err);
    free(refs.items);
    free(indexes);
    free(seqs);
    return ret;
}
