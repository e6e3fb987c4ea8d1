/*
 * Leases renewed, log lines of running attempts, and when to look again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/claim.h"
#include "store/store-private.h"

static int heartbeat_work(struct store *store, void *ctx, struct err *err)
{
    struct heartbeat *beat = ctx;
    struct db_rows rows = {0};
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

/* ------------------------------------------------------------------ logs */

struct logging {
    int64_t seq;
    int attempt;
    const char *agent_id;
    const struct finish_log *logs;
    size_t count;
};

static int send_some(struct store *store, const struct logging *logging,
                     int64_t now, size_t from, size_t to, struct err *err)
{
    struct buf text = {0};
    int ret = 0;
    size_t i;

    for (i = from; ret == 0 && i < to; i++) {
        const struct finish_log *log = &logging->logs[i];

        buf_reset(&text);
        buf_str(&text, "");
        clean_text(&text, log->message, log->message ? log->message_len : 0);
        ret = db_send(store->db, SQL_LOG_RUNNING,
                      ARGS(arg_num(logging->seq), arg_num(logging->attempt),
                           arg_text(logging->agent_id), arg_num(now),
                           arg_text(log_level_known(log->level)),
                           arg_textn(text.data, text.len),
                           arg_text(log->artifact_ref),
                           arg_text(log->artifact_sha256)),
                      err);
    }
    buf_release(&text);
    return ret;
}

/* 1 stored, 0 lost. */
static int log_work(struct store *store, void *ctx, struct err *err)
{
    const struct logging *logging = ctx;
    int64_t *changed = xcalloc(DB_SEND_MAX, sizeof(*changed));
    int64_t now = 0;
    size_t from = 0;
    int ret = tx_now(store, &now, err) < 0 ? -1 : 1;

    while (ret == 1 && from < logging->count) {
        size_t n = logging->count - from;

        if (n > DB_SEND_MAX)
            n = DB_SEND_MAX;
        if (send_some(store, logging, now, from, from + n, err) < 0 ||
            db_collect(store->db, changed, n, err) < 0)
            ret = -1;
        else if (changed[0] == 0)
            ret = 0;
        from += n;
    }
    free(changed);
    return ret;
}

int store_log(struct store *store, int64_t seq, int attempt,
              const char *agent_id, const struct finish_log *logs, size_t count,
              struct err *err)
{
    struct logging logging = {.seq = seq,
                              .attempt = attempt,
                              .agent_id = agent_id,
                              .logs = logs,
                              .count = count};

    return store_tx(store, log_work, &logging, err);
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
