/*
 * totals-keep.c - what is about to be pruned is counted first
 */
#include "config.h"

#include <stdio.h>

#include "store/store-private.h"
#include "store/totals.h"

static int bucket_of(int64_t us)
{
    int bucket = 0;

    while (bucket < TOTAL_BOUNDS && us > total_bounds[bucket])
        bucket++;
    return bucket;
}

static void set_names(struct total *total, const char *name,
                      const char *outcome)
{
    snprintf(total->name, sizeof(total->name), "%s", name ? name : "");
    snprintf(total->outcome, sizeof(total->outcome), "%s",
             outcome ? outcome : "");
}

/* One of something that took so long. */
static void count_one(struct totals *totals, enum total_kind kind,
                      const char *name, const char *outcome, int64_t us)
{
    struct total total = {
        .kind = kind, .bucket = bucket_of(us), .n = 1, .us = us > 0 ? us : 0};

    set_names(&total, name, outcome);
    totals_add(totals, &total);
}

static void count_plain(struct totals *totals, enum total_kind kind,
                        const char *name, const char *outcome, int64_t n)
{
    struct total total = {.kind = kind, .bucket = -1, .n = n};

    set_names(&total, name, outcome);
    totals_add(totals, &total);
}

static int keep_part(struct store *store, const struct total *total,
                     const char *unit, int64_t value, struct err *err)
{
    char key[160];

    if (value == 0)
        return 0;
    snprintf(key, sizeof(key), "total:%s:%s:%s:%s:%d",
             total_kind_name(total->kind), unit, total->name, total->outcome,
             total->bucket);
    return db_exec(store->db, SQL_METRICS_KEEP,
                   ARGS(arg_text(key), arg_num(value)), err) < 0
               ? -1
               : 0;
}

/* In a fixed order, so that two never wait for each other. */
static int keep(struct store *store, struct totals *totals, struct err *err)
{
    int ret = 0;

    totals_merge(totals);
    for (size_t i = 0; ret == 0 && i < totals->count; i++) {
        const struct total *total = &totals->items[i];

        ret = keep_part(store, total, "n", total->n, err);
        if (ret == 0)
            ret = keep_part(store, total, "us", total->us, err);
    }
    totals_release(totals);
    return ret;
}

enum {
    P_TYPE,
    P_OUTCOME,
    P_ATTEMPT,
    P_STARTED,
    P_FINISHED,
    P_CREATED,
    P_FIRST
};

static void count_attempt(struct totals *totals, const struct db_rows *rows,
                          size_t i)
{
    const char *type = db_text(rows, i, P_TYPE);
    const char *outcome = db_text(rows, i, P_OUTCOME);
    int64_t started = db_num(rows, i, P_STARTED);

    if (db_null(rows, i, P_STARTED)) {
        count_plain(totals, TOTAL_RUN, type, outcome, 1);
        return;
    }
    count_one(totals, TOTAL_RUN, type, outcome,
              db_num(rows, i, P_FINISHED) - started);
    if (db_num(rows, i, P_ATTEMPT) == 1)
        count_one(totals, TOTAL_WAIT, type, "",
                  started - db_num(rows, i, P_CREATED));
}

int totals_keep_tasks(struct store *store, const char *seqs, size_t len,
                      struct err *err)
{
    struct totals totals = {0};
    struct db_rows rows = {0};

    if (db_query(store->db, SQL_PRUNE_TOTALS_OF, ARGS(arg_textn(seqs, len)),
                 &rows, err) < 0)
        return -1;
    for (size_t i = 0; i < rows.count; i++) {
        /* A task comes once for each of its attempts, in any order. */
        bool first = db_null(&rows, i, P_OUTCOME) ||
                     db_num(&rows, i, P_ATTEMPT) == db_num(&rows, i, P_FIRST);

        if (first)
            count_plain(&totals, TOTAL_TASK, db_text(&rows, i, P_TYPE), "", 1);
        if (!db_null(&rows, i, P_OUTCOME))
            count_attempt(&totals, &rows, i);
    }
    db_rows_release(&rows);
    return keep(store, &totals, err);
}

enum { K_ID, K_STATUS, K_ELAPSED, K_ATTEMPTED, K_SUCCEEDED };

int totals_keep_ticks(struct store *store, const struct db_rows *rows,
                      struct err *err)
{
    struct totals totals = {0};

    for (size_t i = 0; i < rows->count; i++) {
        count_one(&totals, TOTAL_TICK, db_text(rows, i, K_STATUS), "",
                  db_num(rows, i, K_ELAPSED));
        count_plain(&totals, TOTAL_TRIED, "", "", db_num(rows, i, K_ATTEMPTED));
        count_plain(&totals, TOTAL_SUCCEEDED, "", "",
                    db_num(rows, i, K_SUCCEEDED));
    }
    return keep(store, &totals, err);
}

enum { L_ID, L_ENDPOINT, L_CLASS, L_ELAPSED, L_FALLBACK };

int totals_keep_calls(struct store *store, const struct db_rows *rows,
                      struct err *err)
{
    struct totals totals = {0};

    for (size_t i = 0; i < rows->count; i++) {
        const char *endpoint = db_text(rows, i, L_ENDPOINT);
        const char *class = db_text(rows, i, L_CLASS);

        if (db_null(rows, i, L_ELAPSED))
            count_plain(&totals, TOTAL_CALL, endpoint, class, 1);
        else
            count_one(&totals, TOTAL_CALL, endpoint, class,
                      db_num(rows, i, L_ELAPSED));
        if (db_num(rows, i, L_FALLBACK) != 0)
            count_plain(&totals, TOTAL_FALLBACK, endpoint, "", 1);
    }
    return keep(store, &totals, err);
}
