/*
 * upkeep.c - samples and pruning, each batch a transaction under the lease
 */
#include "config.h"

#include "store/upkeep.h"

#include <stdlib.h>

#include "core/mem.h"
#include "store/lease-private.h"
#include "store/store-private.h"
#include "store/totals.h"

/* --- samples -------------------------------------------------------------- */

int store_sampled(struct store *store, int64_t spacing, struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (store_query(store, SQL_SAMPLED, ARGS(arg_num(spacing)), &rows, err) < 0)
        return err_wrap(err, "cannot read samples");
    found = rows.count > 0;
    db_rows_release(&rows);
    return found;
}

struct sampling {
    const struct sample *samples;
    size_t count;
    int64_t now; /* of the last try */
};

static int sample_work(struct store *store, void *ctx, struct err *err)
{
    struct sampling *sampling = ctx;
    int64_t *changed;
    int ret = 0;

    if (tx_now(store, &sampling->now, err) < 0)
        return -1;
    changed = xcalloc(sampling->count + 1, sizeof(*changed));
    for (size_t i = 0; ret == 0 && i < sampling->count; i++)
        ret = db_send(store->db, SQL_SAMPLE_INSERT,
                      ARGS(arg_num(sampling->now),
                           arg_text(sampling->samples[i].name),
                           arg_real(sampling->samples[i].value)),
                      err);
    if (ret == 0)
        ret = db_collect(store->db, changed, sampling->count, err);
    free(changed);
    return ret;
}

/* A sample that a lost answer stores twice harms nobody. */
int store_sample(struct store *store, const struct lease *mine,
                 const struct sample *samples, size_t count, struct err *err)
{
    struct sampling sampling = {.samples = samples, .count = count};

    if (guarded_tx(store, mine, sample_work, &sampling, err) < 0)
        return err_wrap(err, "cannot store a sample");
    return 0;
}

/* --- pruning -------------------------------------------------------------- */

static const struct {
    const char *name;
    enum sql which;
} kinds[] = {
    [PRUNE_TASKS] = {"tasks", SQL_PRUNE_TASKS},
    [PRUNE_KEYS] = {"keys", SQL_PRUNE_KEYS},
    [PRUNE_ACTIONS] = {"actions", SQL_PRUNE_ACTIONS},
    [PRUNE_LOGS] = {"logs", SQL_PRUNE_LOGS},
    [PRUNE_METRICS] = {"metrics", SQL_PRUNE_METRICS},
    [PRUNE_MESSAGES] = {"messages", SQL_PRUNE_MESSAGES},
    [PRUNE_TICKS] = {"ticks", SQL_PRUNE_TICKS},
    [PRUNE_SNAPSHOTS] = {"snapshots", SQL_PRUNE_SNAPSHOTS},
    [PRUNE_AGENTS] = {"agents", SQL_PRUNE_AGENTS},
    [PRUNE_CALLS] = {"calls", SQL_PRUNE_CALLS},
    [PRUNE_BUDGETS] = {"budgets", SQL_PRUNE_BUDGETS},
    [PRUNE_SESSIONS] = {"sessions", SQL_PRUNE_SESSIONS},
    [PRUNE_TURNS] = {"turns", SQL_PRUNE_TURNS},
    [PRUNE_SUMMARIES] = {"summaries", SQL_PRUNE_SUMMARIES},
    [PRUNE_NOTES] = {"notes", SQL_PRUNE_NOTES},
};

const char *prune_kind_name(enum prune_kind kind)
{
    return kinds[kind].name;
}

int store_prune_due(struct store *store, int64_t age, struct err *err)
{
    struct db_rows rows = {0};
    int due;

    if (store_query(store, SQL_PRUNE_DUE,
                    ARGS(arg_num(age), arg_num(store->policy.idempotency_ttl)),
                    &rows, err) < 0)
        return err_wrap(err, "cannot look for old rows");
    due = db_num(&rows, 0, 0) != 0;
    db_rows_release(&rows);
    return due;
}

struct pruning {
    enum prune_kind kind;
    int64_t age;
    size_t limit;
    int64_t count;
    bool more;
};

/* The seqs in the first column as a list; how many. */
static size_t take_list(struct db_rows *rows, struct buf *list)
{
    size_t count;
    int64_t *seqs = seqs_of(rows, &count);

    buf_reset(list);
    list_seqs(list, seqs, count);
    free(seqs);
    db_rows_release(rows);
    return count;
}

/* What belongs to them goes first; bodies, attempts and edges follow by
 * the schema. */
static int delete_tasks(struct store *store, struct pruning *pruning,
                        const struct buf *list, struct err *err)
{
    static const enum sql steps[] = {SQL_PRUNE_KEYS_OF, SQL_PRUNE_LOGS_OF,
                                     SQL_PRUNE_REASONING_OF, SQL_PRUNE_TASKS};
    int64_t changed = 0;

    if (totals_keep_tasks(store, list->data, list->len, err) < 0)
        return -1;
    for (size_t i = 0; changed >= 0 && i < LENGTH(steps); i++)
        changed = db_exec(store->db, steps[i],
                          ARGS(arg_textn(list->data, list->len)), err);
    pruning->count = changed;
    return changed < 0 ? -1 : 0;
}

static int tasks_work(struct store *store, void *ctx, struct err *err)
{
    struct pruning *pruning = ctx;
    struct db_rows rows = {0};
    struct buf list = {0};
    size_t count;
    int ret;

    pruning->count = 0;
    if (db_query(store->db, SQL_PRUNE_PICK,
                 ARGS(arg_num(pruning->age), arg_num((int64_t)pruning->limit)),
                 &rows, err) < 0)
        return -1;
    count = take_list(&rows, &list);
    pruning->more = count == pruning->limit;
    ret = count == 0
              ? 0
              : db_query(store->db, SQL_PRUNE_STILL,
                         ARGS(arg_textn(list.data, list.len)), &rows, err);
    if (ret == 0 && count > 0 && take_list(&rows, &list) > 0)
        ret = delete_tasks(store, pruning, &list, err);
    buf_release(&list);
    return ret;
}

static int rows_work(struct store *store, void *ctx, struct err *err)
{
    struct pruning *pruning = ctx;

    pruning->count = db_exec(
        store->db, kinds[pruning->kind].which,
        ARGS(arg_num(pruning->age), arg_num((int64_t)pruning->limit)), err);
    pruning->more = pruning->count == (int64_t)pruning->limit;
    return pruning->count < 0 ? -1 : 0;
}

/* What metrics count is kept first. */
static int counted_work(struct store *store, struct pruning *pruning,
                        struct err *err)
{
    bool ticks = pruning->kind == PRUNE_TICKS;
    struct db_rows rows = {0};
    struct buf list = {0};
    int ret;

    pruning->count = 0;
    if (db_query(store->db, ticks ? SQL_PRUNE_TICKS_PICK : SQL_PRUNE_CALLS_PICK,
                 ARGS(arg_num(pruning->age), arg_num((int64_t)pruning->limit)),
                 &rows, err) < 0)
        return -1;
    ret = ticks ? totals_keep_ticks(store, &rows, err)
                : totals_keep_calls(store, &rows, err);
    pruning->more = rows.count == pruning->limit;
    if (take_list(&rows, &list) > 0 && ret == 0)
        pruning->count = db_exec(store->db, kinds[pruning->kind].which,
                                 ARGS(arg_textn(list.data, list.len)), err);
    buf_release(&list);
    return ret < 0 || pruning->count < 0 ? -1 : 0;
}

static int prune_work(struct store *store, void *ctx, struct err *err)
{
    struct pruning *pruning = ctx;

    if (pruning->kind == PRUNE_TASKS)
        return tasks_work(store, ctx, err);
    if (pruning->kind == PRUNE_TICKS || pruning->kind == PRUNE_CALLS)
        return counted_work(store, pruning, err);
    return rows_work(store, ctx, err);
}

int store_prune(struct store *store, const struct lease *mine,
                enum prune_kind kind, int64_t age, size_t limit, int64_t *count,
                struct err *err)
{
    struct pruning pruning = {.kind = kind, .age = age, .limit = limit};

    if (kind == PRUNE_KEYS)
        pruning.age = store->policy.idempotency_ttl;
    if (guarded_tx(store, mine, prune_work, &pruning, err) < 0)
        return err_wrap(err, "cannot prune %s", prune_kind_name(kind));
    *count = pruning.count;
    return pruning.more;
}
