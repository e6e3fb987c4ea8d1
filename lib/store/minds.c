/*
 * What agents are doing, a row at a time.
 */
#include "config.h"

#include "store/minds.h"

#include "store/store-private.h"

static int work(struct store *store, void *ctx, struct err *err)
{
    const struct mind_row *row = ctx;

    if (db_exec(store->db, SQL_INSERT_MIND,
                ARGS(arg_text(row->agent_id), arg_text(row->activity),
                     arg_num((int64_t)(row->error_rate * 1e6)),
                     arg_opt(row->latency > 0, row->latency),
                     arg_num(row->tokens), arg_num(row->claim_limit),
                     arg_text(row->state)),
                err) < 0 ||
        db_exec(store->db, SQL_AGENT_LIMIT,
                ARGS(arg_text(row->agent_id), arg_num(row->claim_limit)),
                err) < 0)
        return -1;
    return 0;
}

int store_mind(struct store *store, const struct mind_row *row, struct err *err)
{
    struct mind_row copy = *row;

    return store_tx(store, work, &copy, err);
}
