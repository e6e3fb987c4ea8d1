/*
 * What counters are made of stays the same when rows are pruned, to the
 * microsecond and in every bucket.
 */
#include "config.h"

#include "store/metrics.h"
#include "store/upkeep.h"

#include "store-case.h"

#define MONTH (INT64_C(30) * 86400 * 1000000)

static struct lease mine;

static struct store *begin(void)
{
    struct store *store = case_open();

    lease_take(store, LEASE_DISPATCHER, "A", 30 * INT64_C(1000000), false,
               &mine, &err);
    return store;
}

static struct metrics read_all(struct store *store)
{
    struct metrics metrics = {0};

    if (store_metrics(store, &metrics, &err) < 0)
        ok(false, "metrics: %s", err.msg);
    return metrics;
}

/* What was counted as nothing needs no row. */
static void without_zeros(struct totals *totals)
{
    size_t kept = 0;

    for (size_t i = 0; i < totals->count; i++)
        if (totals->items[i].n || totals->items[i].us)
            totals->items[kept++] = totals->items[i];
    totals->count = kept;
}

static bool equal_totals(struct totals *a, struct totals *b)
{
    bool equal;

    without_zeros(a);
    without_zeros(b);
    equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++) {
        const struct total *x = &a->items[i];
        const struct total *y = &b->items[i];

        equal = x->kind == y->kind && strcmp(x->name, y->name) == 0 &&
                strcmp(x->outcome, y->outcome) == 0 && x->bucket == y->bucket &&
                x->n == y->n && x->us == y->us;
        if (!equal)
            printf("# %s %s %s %d: %lld %lld, then %s %s %s %d: %lld %lld\n",
                   total_kind_name(x->kind), x->name, x->outcome, x->bucket,
                   (long long)x->n, (long long)x->us, total_kind_name(y->kind),
                   y->name, y->outcome, y->bucket, (long long)y->n,
                   (long long)y->us);
    }
    return equal;
}

static int64_t n_of(const struct totals *totals, enum total_kind kind,
                    const char *name, int bucket)
{
    int64_t n = 0;

    for (size_t i = 0; i < totals->count; i++)
        if (totals->items[i].kind == kind &&
            strcmp(totals->items[i].name, name) == 0 &&
            (bucket < -1 || totals->items[i].bucket == bucket))
            n += totals->items[i].n;
    return n;
}

/*
 * An old task for each bound of the buckets, for each of three lengths
 * around it; one that never ran, one that was handed back unstarted, one
 * whose clock ran backwards, one of a type with a colon.
 */
static void fill(struct store *store)
{
    static const char task[] =
        "{\"task_type\":\"code\",\"description\":\"a task\"}";
    char *sql;
    long long seq = 1;

    case_fill(store, task, 3 * TOTAL_BOUNDS + 5);
    case_run(store, "UPDATE tasks SET status = 'completed', created_at = 1000,"
                    " finished_at = 2000");
    for (int i = 0; i < TOTAL_BOUNDS; i++) {
        for (int d = -1; d <= 1; d++) {
            sql = xasprintf(
                "INSERT INTO attempts (seq, attempt, agent_id, outcome, "
                "claimed_at, started_at, finished_at) VALUES (%lld, 1, 'a', "
                "'completed', 1, %lld, %lld), (%lld, 2, 'a', 'failed', 1, 5, 6)",
                seq, (long long)total_bounds[i] + 1000 + d,
                (long long)total_bounds[i] * 2 + 1000 + d * 2LL,
                (long long)seq);
            case_run(store, sql);
            free(sql);
            seq++;
        }
    }
    sql = xasprintf(
        "INSERT INTO attempts (seq, attempt, agent_id, outcome, claimed_at, "
        "started_at, finished_at) VALUES (%lld, 1, 'a', 'handed_back', 1, NULL,"
        " 2), (%lld, 1, 'a', 'lost', 1, 9, 3);"
        "UPDATE tasks SET task_type = 'a:b' WHERE seq = %lld",
        seq, seq + 1, seq + 1);
    case_run(store, sql);
    free(sql);
    case_run(store,
             "INSERT INTO tick_ledger (term, started_at, finished_at, status, "
             "attempted, succeeded) VALUES (1, 1, 5, 'SUCCESS', 3, 2), "
             "(1, 9, 4, 'FAIL', 1, 0), (1, 10, 30000010, 'SUCCESS', 0, 0), "
             "(1, aaos_now(), NULL, NULL, 0, 0)");
}

static void test_pruning(void)
{
    struct store *store = begin();
    struct metrics before, after;
    int64_t count = 0;
    int64_t gone = 0;

    fill(store);
    before = read_all(store);
    ok(n_of(&before.totals, TOTAL_TASK, "code", -1) == 3 * TOTAL_BOUNDS + 4,
       "tasks are counted by type");
    ok(n_of(&before.totals, TOTAL_RUN, "code", 3) == 3,
       "a bucket holds what is longer than the one before, up to its bound");
    ok(n_of(&before.totals, TOTAL_RUN, "code", TOTAL_BOUNDS) == 1,
       "what is longest has a bucket of its own");
    ok(n_of(&before.totals, TOTAL_RUN, "code", -1) == 1,
       "what never started has no duration");
    ok(n_of(&before.totals, TOTAL_WAIT, "code", -2) ==
           INT64_C(3) * TOTAL_BOUNDS,
       "only a first attempt has waited");
    ok(n_of(&before.totals, TOTAL_TRIED, "", -1) == 4, "tries are added up");

    while (store_prune(store, &mine, PRUNE_TASKS, MONTH, 7, &count, &err) > 0)
        gone += count;
    gone += count;
    ok(gone == 3 * TOTAL_BOUNDS + 4, "all but the last task are pruned");
    after = read_all(store);
    ok(equal_totals(&before.totals, &after.totals),
       "no counter changes when tasks are pruned");
    metrics_release(&after);
    while (store_prune(store, &mine, PRUNE_TICKS, MONTH, 2, &count, &err) > 0)
        ;
    ok(case_num(store, "SELECT count(*) FROM tick_ledger") == 1,
       "old ticks are pruned");
    after = read_all(store);
    ok(equal_totals(&before.totals, &after.totals),
       "no counter changes when ticks are pruned");
    ok(db_num(&after.tasks, 0, MT_COUNT) == 1,
       "what is a gauge counts what is there");
    metrics_release(&before);
    metrics_release(&after);
    store_close(store);
}

static void test_empty(void)
{
    struct store *store = case_open();
    struct metrics metrics = read_all(store);

    ok(metrics.tasks.count == 0 && metrics.state.count == 1 && metrics.size > 0,
       "an empty database has metrics");
    ok(db_null(&metrics.state, 0, MS_LEASE_TERM),
       "where no dispatcher was there is no term");
    metrics_release(&metrics);
    store_close(store);
}

static void tests(void)
{
    test_pruning();
    test_empty();
}

int main(void)
{
    return case_main(tests);
}
