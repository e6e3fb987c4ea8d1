/*
 * totals.h - what is counted for ever, though its rows are pruned
 *
 * A counter is the rows that are there plus what pruning has taken away.
 * The second part is kept in meta, under "total:KIND:n:NAME:OUTCOME:BUCKET"
 * (how many) and "total:KIND:us:..." (their microseconds), and changes in
 * the transaction that deletes the rows: no counter ever goes down.
 */
#ifndef AAOS_STORE_TOTALS_H
#define AAOS_STORE_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "db/db.h"
#include "store/store.h"

enum total_kind {
    TOTAL_TASK,      /* name: task type */
    TOTAL_RUN,       /* name: task type, outcome: of the attempt */
    TOTAL_WAIT,      /* name: task type; creation to the first start */
    TOTAL_TICK,      /* name: status of the tick */
    TOTAL_TRIED,     /* actions that ticks tried */
    TOTAL_SUCCEEDED, /* and that were delivered */
    TOTAL_CALL,      /* to a model; name: endpoint, outcome: class */
    TOTAL_FALLBACK   /* name: endpoint that served for another model */
};
enum { TOTAL_KINDS = TOTAL_FALLBACK + 1, TOTAL_BOUNDS = 14 };

/* Upper bounds of the buckets, microseconds; what is longer has bucket
 * TOTAL_BOUNDS, what has no duration -1. */
extern const int64_t total_bounds[TOTAL_BOUNDS];

const char *total_kind_name(enum total_kind kind);

struct total {
    enum total_kind kind;
    char name[68];
    char outcome[16];
    int bucket;
    int64_t n, us;
};
struct totals {
    struct total *items;
    size_t count, cap;
};
void totals_release(struct totals *totals);
void totals_add(struct totals *totals, const struct total *total);
/* Sort by kind, name, outcome, bucket; equal ones become one. */
void totals_merge(struct totals *totals);

/* Rows of metrics_totals, and of metrics_kept. */
void totals_of_rows(struct totals *totals, const struct db_rows *rows);
void totals_of_kept(struct totals *totals, const struct db_rows *rows);

/*
 * Inside a transaction that deletes these tasks (JSON list of seqs), before
 * it does: keep what they count.  Whoever deletes tasks calls this.
 */
int totals_keep_tasks(struct store *store, const char *seqs, size_t len,
                      struct err *err);
/* The same for rows of prune_ticks_pick and prune_calls_pick. */
int totals_keep_ticks(struct store *store, const struct db_rows *rows,
                      struct err *err);
int totals_keep_calls(struct store *store, const struct db_rows *rows,
                      struct err *err);

#endif
