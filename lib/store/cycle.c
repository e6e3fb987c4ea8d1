/*
 * One transaction that records what ended and claims what is next.
 *
 * When the fate of its commit is unknown, one row of it tells whether all
 * of it happened: an attempt that we ended carries our time, and a claim
 * carries our name under an attempt number that nobody else can get.  Then
 * what the first try worked out stands.
 */
#include "config.h"

#include <stdlib.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "store/cycle.h"
#include "store/gate.h"
#include "store/store-private.h"

struct cycle {
    struct finish *finishes;
    size_t count;
    const struct claim_request *request;
    struct claim_list *out;
    size_t had; /* claims in `out` before this call */
    int64_t now;
};

/* The first of what was recorded, or NULL. */
static const struct finish *recorded(const struct cycle *cycle)
{
    size_t i;

    for (i = 0; i < cycle->count; i++)
        if (!cycle->finishes[i].lost)
            return &cycle->finishes[i];
    return NULL;
}

/* Did the last try happen?  1, 0, -1. */
static int happened(struct store *store, const struct cycle *cycle,
                    struct err *err)
{
    const struct finish *finish = recorded(cycle);
    const struct claim *claim = cycle->out && cycle->out->count > cycle->had
                                    ? &cycle->out->items[cycle->had]
                                    : NULL;
    struct db_rows rows = {0};
    int ret;

    if (!finish && !claim)
        return 0; /* nothing that could not be done twice */
    /* The server may still be at that COMMIT; its row lock makes us wait. */
    ret =
        db_query(store->db, SQL_LOCK_TASK,
                 ARGS(arg_num(finish ? finish->seq : claim->seq)), &rows, err);
    if (ret < 0)
        return -1;
    db_rows_release(&rows);
    if (finish)
        ret = db_query(store->db, SQL_PROBE_FINISH,
                       ARGS(arg_num(finish->seq), arg_num(finish->attempt),
                            arg_text(finish->agent_id), arg_num(cycle->now)),
                       &rows, err);
    else
        ret = db_query(store->db, SQL_PROBE_CLAIM,
                       ARGS(arg_num(claim->seq), arg_num(claim->attempt),
                            arg_text(cycle->request->agent_id)),
                       &rows, err);
    if (ret == 0)
        ret = rows.count > 0;
    db_rows_release(&rows);
    return ret;
}

static int cycle_work(struct store *store, void *ctx, struct err *err)
{
    struct cycle *cycle = ctx;
    struct gate gate = {0};
    int ret = store->fate_unknown ? happened(store, cycle, err) : 0;

    if (ret != 0)
        return ret < 0 ? -1 : 0;
    while (cycle->out && cycle->out->count > cycle->had)
        claim_release(&cycle->out->items[--cycle->out->count]);
    store->ready.count = 0;
    if (gate_read(store, &gate, err) < 0)
        return -1;
    cycle->now = gate.now;
    if (cycle->count > 0)
        ret = finish_all(store, cycle->finishes, cycle->count, cycle->now, err);
    FAILPOINT("cycle.finished");
    if (ret == 0 && cycle->request && cycle->request->max > 0)
        ret = gate_claim(store, &gate, cycle->request, cycle->out, err);
    FAILPOINT("cycle.claimed");
    gate_release(&gate);
    return ret;
}

static int compare_seqs(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* What was unblocked and claimed in the same breath is news to nobody. */
static void leave_out_claimed(struct ready_list *ready,
                              const struct claim *claims, size_t count)
{
    int64_t *seqs;
    size_t kept = 0;
    size_t i;

    if (ready->count == 0 || count == 0)
        return;
    seqs = xcalloc(count, sizeof(*seqs));
    for (i = 0; i < count; i++)
        seqs[i] = claims[i].seq;
    qsort(seqs, count, sizeof(*seqs), compare_seqs);
    for (i = 0; i < ready->count; i++)
        if (!bsearch(&ready->items[i].seq, seqs, count, sizeof(*seqs),
                     compare_seqs))
            ready->items[kept++] = ready->items[i];
    ready->count = kept;
    free(seqs);
}

int store_cycle(struct store *store, struct finish *finishes, size_t count,
                const struct claim_request *request, struct claim_list *out,
                struct err *err)
{
    struct cycle cycle = {.finishes = finishes,
                          .count = count,
                          .request = request,
                          .out = out,
                          .had = out ? out->count : 0};
    int ret;

    if (count == 0 && (!request || request->max == 0)) {
        store->ready.count = 0;
        return 0;
    }
    ret = store_tx(store, cycle_work, &cycle, err);
    FAILPOINT("cycle.committed");
    /* Claims of a try that failed are not ours. */
    while (ret < 0 && out && out->count > cycle.had)
        claim_release(&out->items[--out->count]);
    if (ret < 0)
        store->ready.count = 0;
    else if (out)
        leave_out_claimed(&store->ready, out->items + cycle.had,
                          out->count - cycle.had);
    return ret;
}
