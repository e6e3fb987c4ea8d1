/*
 * read-events.c - what happened, by time
 */
#include "config.h"

#include "core/clock.h"
#include "store/read-private.h"

/* A transaction that began while we asked may not have been seen. */
#define MARGIN (50 * USEC_PER_MSEC)

int read_events(struct store *store, int64_t after_ts, const char *after_key,
                size_t limit, struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_EVENTS,
                    ARGS(arg_num(after_ts),
                         arg_text(after_key ? after_key : ""),
                         arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot read events");
    return 0;
}

int read_horizon(struct store *store, int64_t *safe, struct err *err)
{
    int64_t margin = db_engine(store_db(store)) == DB_POSTGRES ? MARGIN : 0;
    struct db_rows rows = {0};

    if (store_query(store, SQL_EVENTS_HORIZON, NULL, 0, &rows, err) < 0)
        return err_wrap(err, "cannot read events");
    *safe = db_num(&rows, 0, 0) - margin;
    if (!db_null(&rows, 0, 1) && db_num(&rows, 0, 1) <= *safe)
        *safe = db_num(&rows, 0, 1) - 1;
    db_rows_release(&rows);
    return 0;
}

size_t read_events_until(const struct db_rows *rows, int64_t safe)
{
    size_t count = rows->count;

    while (count > 0 && db_num(rows, count - 1, RE_TS) > safe)
        count--;
    return count;
}

int read_recent_logs(struct store *store, size_t limit, struct db_rows *rows,
                     struct err *err)
{
    if (store_query(store, SQL_READ_RECENT_LOGS, ARGS(arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot read logs");
    return 0;
}
