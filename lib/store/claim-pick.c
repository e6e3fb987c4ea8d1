/*
 * Picks: which pending tasks are the most urgent of some types.
 *
 * A type's pending tasks lie in the claim index in order of (sort_at, seq);
 * the head of each type is read from it and the heads are merged here.
 */
#include "config.h"

#include <stdlib.h>

#include "core/mem.h"
#include "store/cycle.h"
#include "store/store-private.h"

/* One call of pick_all(). */
struct picking {
    struct store *store;
    int64_t now;
    size_t limit;
    struct picks *picks;
};

static int pick_order(const void *a, const void *b)
{
    const struct pick *x = a;
    const struct pick *y = b;

    if (x->sort_at != y->sort_at)
        return x->sort_at < y->sort_at ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/*
 * Add the head of one type; keep the best `limit` of all.  Once there are
 * that many, the next type need not offer anything behind the last of them.
 */
static int pick_type(const struct picking *self, const char *type,
                     struct err *err)
{
    struct picks *picks = self->picks;
    size_t limit = self->limit;
    int64_t last =
        picks->count == limit ? picks->items[limit - 1].sort_at : INT64_MAX;
    struct db_rows rows = {0};
    size_t i;

    if (db_query(self->store->db, SQL_CLAIM_PICK,
                 ARGS(arg_text(type), arg_num((int64_t)limit),
                      arg_num(self->now), arg_num(last)),
                 &rows, err) < 0)
        return -1;
    for (i = 0; i < rows.count; i++) {
        picks->items = xgrow(picks->items, picks->count, &picks->cap,
                             sizeof(*picks->items));
        picks->items[picks->count++] =
            (struct pick){.seq = db_num(&rows, i, 0),
                          .sort_at = db_num(&rows, i, 1),
                          .expired = db_num(&rows, i, 2) != 0};
    }
    db_rows_release(&rows);
    if (picks->count > 1)
        qsort(picks->items, picks->count, sizeof(*picks->items), pick_order);
    if (picks->count > limit)
        picks->count = limit;
    return 0;
}

int pick_all(struct store *store, const struct claim_request *request,
             int64_t now, size_t limit, struct picks *picks, struct err *err)
{
    const struct picking self = {
        .store = store, .now = now, .limit = limit, .picks = picks};
    struct db_rows rows = {0};
    int ret = 0;
    size_t i;

    picks->count = 0;
    if (request->types) {
        for (i = 0; ret == 0 && i < request->type_count; i++)
            ret = pick_type(&self, request->types[i], err);
        return ret;
    }
    ret = db_query(store->db, SQL_CLAIM_TYPES, NULL, 0, &rows, err);
    for (i = 0; ret == 0 && i < rows.count; i++)
        if (!task_type_own(db_text(&rows, i, 0)))
            ret = pick_type(&self, db_text(&rows, i, 0), err);
    db_rows_release(&rows);
    return ret;
}
