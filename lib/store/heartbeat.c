/*
 * Leases renewed, and when to look again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/claim.h"
#include "store/gate.h"
#include "store/store-private.h"

static int heartbeat_work(struct store *store, void *ctx, struct err *err)
{
    struct heartbeat *beat = ctx;
    struct db_rows rows = {0};
    struct gate gate = {0};
    size_t i;

    free(beat->held);
    beat->held = NULL;
    beat->held_count = 0;
    if (db_exec(store->db, SQL_HEARTBEAT_AGENT,
                ARGS(arg_text(beat->agent_id), arg_text(beat->status),
                     arg_text(beat->progress), arg_num(beat->running),
                     arg_num(beat->completed), arg_num(beat->failed)),
                err) < 0 ||
        db_query(store->db, SQL_HEARTBEAT_TASKS,
                 ARGS(arg_text(beat->agent_id), arg_num(beat->lease)), &rows,
                 err) < 0)
        return -1;
    if (gate_read(store, &gate, err) < 0) {
        db_rows_release(&rows);
        return -1;
    }
    beat->killed = gate.killed;
    beat->paused_out = gate.paused_out;
    gate_release(&gate);
    beat->held = xcalloc(rows.count + 1, sizeof(*beat->held));
    for (i = 0; i < rows.count; i++)
        beat->held[i] =
            (struct held){.seq = db_num(&rows, i, 0),
                          .attempt = (int)db_num(&rows, i, 1),
                          .cancel_requested = db_num(&rows, i, 2) != 0};
    beat->held_count = rows.count;
    db_rows_release(&rows);
    return 0;
}

int store_heartbeat(struct store *store, struct heartbeat *beat,
                    struct err *err)
{
    int ret;

    beat->held = NULL;
    beat->held_count = 0;
    ret = store_tx(store, heartbeat_work, beat, err);
    if (ret < 0) {
        free(beat->held);
        beat->held = NULL;
        beat->held_count = 0;
    }
    return ret;
}

/* --------------------------------------------------------------- waiting */

int store_next_due(struct store *store, const char *const *types,
                   size_t type_count, int64_t *in, struct err *err)
{
    struct buf list = {0};
    struct db_rows rows = {0};
    int ret;

    ret = store_query(store, SQL_NEXT_DUE,
                      ARGS(list_types(&list, types, type_count)), &rows, err);
    if (ret == 0 && rows.count > 0) {
        *in = db_num(&rows, 0, 0) > 0 ? db_num(&rows, 0, 0) : 0;
        ret = 1;
    }
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}

int store_drained(struct store *store, const char *const *types,
                  size_t type_count, int64_t horizon, bool all, struct err *err)
{
    struct buf list = {0};
    struct db_rows rows = {0};
    int ret;

    if (all)
        ret = store_query(store, SQL_DRAINED_ALL, NULL, 0, &rows, err);
    else if (!types)
        ret = store_query(store, SQL_DRAINED_ANY, ARGS(arg_num(horizon)), &rows,
                          err);
    else
        ret = store_query(
            store, SQL_DRAINED,
            ARGS(list_types(&list, types, type_count), arg_num(horizon)), &rows,
            err);
    if (ret == 0)
        ret = db_num(&rows, 0, 0) != 0;
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}
