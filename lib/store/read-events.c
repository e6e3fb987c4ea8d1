/*
 * read-events.c - what happened, by time
 */
#include "config.h"

#include "store/read-private.h"

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

int read_recent_logs(struct store *store, size_t limit, struct db_rows *rows,
                     struct err *err)
{
    if (store_query(store, SQL_READ_RECENT_LOGS, ARGS(arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot read logs");
    return 0;
}
