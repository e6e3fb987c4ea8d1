/*
 * load.h - what a load generator asks the store, and what it writes
 *
 * Tasks of a load are recognised by their correlation id alone
 * (task/simulation.h); samples are rows of system_metrics whose source is
 * "loadgen" and whose labels are JSON text.
 */
#ifndef AAOS_STORE_LOAD_H
#define AAOS_STORE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/samples.h"
#include "store/store.h"

/* What else is in the database; counts stop at 1,000. */
struct load_others {
    bool any;         /* a task that is of no load, ended ones included */
    int64_t live;     /* of those */
    int64_t of_types; /* of those, of one of the types asked for */
    int64_t own;      /* live tasks of loads */
    int64_t agents;   /* that are not gone */
};
int load_others(struct store *store, const char *const *types, size_t count,
                struct load_others *others, struct err *err);

/* Of these tasks those that are final, in no order. */
enum load_ended_column {
    LE_SEQ,
    LE_STATUS,
    LE_REASON,
    LE_ATTEMPT,
    LE_CREATED_AT,
    LE_FINISHED_AT,
    LE_FIRST_STARTED_AT, /* of the first attempt that was started */
    LE_FIRST_FINISHED_AT,
    LE_FIRST_RESULT,
    LE_COLUMNS
};
int load_ended(struct store *store, const int64_t *seqs, size_t count,
               struct db_rows *rows, struct err *err);

/* Attempts that ended within `window`, newest first, at most limit. */
enum load_window_column { LW_WAIT, LW_RUN, LW_COLUMNS };
int load_window(struct store *store, int64_t window, size_t limit,
                struct db_rows *rows, struct err *err);

/* What the database takes on its disk, the log of SQLite left out. */
int load_bytes(struct store *store, int64_t *bytes, struct err *err);

/*
 * One sample under these labels: 1 stored, 0 there was one since
 * `not_before` already, -1.
 */
struct load_sample {
    int64_t ts, not_before;
    const char *labels;
    const struct sample *samples;
    size_t count;
};
int load_sample_put(struct store *store, const struct load_sample *sample,
                    struct err *err);
/* The labels, each once, that begin with `prefix` (no '%' or '_' counts as
 * such); one column. */
int load_sample_labels(struct store *store, int64_t not_before,
                       const char *prefix, struct db_rows *rows,
                       struct err *err);

/*
 * Delete tasks of a load with seq > *after, at most limit, with all that
 * belongs to them; *after moves on.  What runs stays, and so does the task
 * with the highest number.  1 when there may be more, 0, -1.
 */
int load_forget(struct store *store, const char *correlation_id, size_t limit,
                int64_t *after, int64_t *count, struct err *err);

#endif
