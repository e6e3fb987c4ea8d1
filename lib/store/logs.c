/*
 * Log lines of attempts: what handlers said, made fit for a database.
 */
#include "config.h"

#include <string.h>

#include "store/cycle.h"
#include "store/store-private.h"

void clean_text(struct buf *buf, const char *text, size_t len)
{
    size_t from = 0;
    size_t i;

    buf_str(buf, ""); /* so that no text is still a text */
    for (i = 0; i < len; i++) {
        if (text[i] != '\n' && text[i] != '\t')
            continue;
        buf_printable(buf, text + from, i - from);
        buf_byte(buf, text[i]);
        from = i + 1;
    }
    buf_printable(buf, text + from, len - from);
}

char *stored_text(const char *text)
{
    struct buf clean = {0};

    if (!text || !*text)
        return NULL;
    clean_text(&clean, text, strlen(text));
    return buf_detach(&clean);
}

const char *log_level_known(const char *level)
{
    static const char *const levels[] = {"debug", "info", "warn", "error",
                                         "stderr"};
    size_t i;

    for (i = 0; level && i < LENGTH(levels); i++)
        if (strcmp(level, levels[i]) == 0)
            return levels[i];
    return "info";
}

int logs_put(struct bulk *bulk, const struct finish *finish, int64_t now,
             struct err *err)
{
    struct buf text = {0};
    int ret = 0;
    size_t i;

    for (i = 0; ret == 0 && i < finish->log_count; i++) {
        const struct finish_log *log = &finish->logs[i];

        buf_reset(&text);
        clean_text(&text, log->message, log->message ? log->message_len : 0);
        ret = bulk_put(bulk, SQL_LOG_RUNNING,
                       ARGS(arg_num(finish->seq), arg_num(finish->attempt),
                            arg_text(finish->agent_id), arg_num(now),
                            arg_text(log_level_known(log->level)),
                            arg_textn(text.data, text.len),
                            arg_text(log->artifact_ref),
                            arg_text(log->artifact_sha256)),
                       err);
    }
    buf_release(&text);
    return ret;
}

/* Is the attempt still ours?  Then its row is locked.  1, 0, -1. */
static int lock_fence(struct store *store, const struct finish *finish,
                      struct err *err)
{
    struct db_rows rows = {0};
    struct buf list = {0};
    int ret;

    list_seqs(&list, &finish->seq, 1);
    ret = db_query(store->db, SQL_FINISH_FACTS,
                   ARGS(arg_textn(list.data, list.len)), &rows, err);
    if (ret == 0)
        ret = rows.count > 0 && db_num(&rows, 0, 1) == finish->attempt &&
              strcmp(db_text(&rows, 0, 2), finish->agent_id) == 0;
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}

/* 1 stored, 0 lost. */
static int log_work(struct store *store, void *ctx, struct err *err)
{
    static const enum sql part = SQL_LOG_RUNNING;
    const struct finish *finish = ctx;
    struct bulk bulk;
    int64_t now;
    int ret = lock_fence(store, finish, err);

    if (ret != 1)
        return ret;
    bulk_open(&bulk, store->db, &part, 1);
    if (tx_now(store, &now, err) < 0 || logs_put(&bulk, finish, now, err) < 0 ||
        bulk_flush(&bulk, err) < 0)
        ret = -1;
    bulk_close(&bulk);
    return ret;
}

/* NOLINTNEXTLINE(readability-function-size): the header's contract */
int store_log(struct store *store, int64_t seq, int attempt,
              const char *agent_id, const struct finish_log *logs, size_t count,
              struct err *err)
{
    struct finish finish = {.seq = seq,
                            .attempt = attempt,
                            .agent_id = agent_id,
                            .logs = logs,
                            .log_count = count};

    return store_tx(store, log_work, &finish, err);
}
